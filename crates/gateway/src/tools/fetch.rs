//! `fetch`: one document by prefixed id or URL, as text.

use super::reference::{self, Kind};
use super::{Arguments, object, required};
use crate::{CallError, ToolResult, context::Context, shape};
use serde_json::{Map, Value, json};

/// Reads the document.
pub(super) async fn run(context: &Context<'_>, given: Arguments) -> Result<ToolResult, CallError> {
    let wanted = reference::parse(required(&given, "id"), Kind::Conversation);
    let (operation, key) = match wanted.kind {
        Kind::Conversation => ("get_conversation", "conversation_id"),
        Kind::Contact => ("get_contact", "contact_id"),
        Kind::Company => ("get_company", "company_id"),
        Kind::Article => ("get_article", "article_id"),
        Kind::Ticket => ("get_ticket", "ticket_id"),
    };
    let found = context
        .operation(operation, object(json!({key: wanted.id})))
        .await?
        .body;
    let url = match found.get("url").and_then(Value::as_str) {
        Some(url) if wanted.kind == Kind::Article => Some(url.to_owned()),
        _ => page_url(context, wanted.kind, &wanted.id).await,
    };
    let mut document = match wanted.kind {
        Kind::Conversation => first_page(
            shape::conversation::document(&found, None),
            "get_conversation",
        ),
        Kind::Ticket => first_page(shape::ticket_document(&found, None), "get_ticket"),
        Kind::Article => article(found),
        Kind::Contact | Kind::Company => facts(found),
    };
    document.insert(
        "id".into(),
        format!("{}_{}", wanted.kind.prefix(), wanted.id).into(),
    );
    if let Some(url) = url {
        document.insert("url".into(), url.into());
    }
    Ok(shape::text(&ordered(document)))
}

/// Where a person sees the object.
pub(super) async fn page_url(context: &Context<'_>, kind: Kind, id: &str) -> Option<String> {
    // A page's address is worth no failure.
    let workspace = &context.admin().await.ok()?.workspace;
    let base = context.connection.account.base.as_str();
    let region = ["eu", "au"]
        .iter()
        .find(|region| base.contains(&format!("//api.{region}.")));
    let app = region.map_or_else(
        || "https://app.intercom.com".to_owned(),
        |region| format!("https://app.{region}.intercom.com"),
    );
    Some(match kind {
        Kind::Conversation | Kind::Ticket => {
            format!("{app}/a/inbox/{workspace}/inbox/conversation/{id}")
        }
        Kind::Contact => format!("{app}/a/apps/{workspace}/users/{id}"),
        Kind::Company => format!("{app}/a/apps/{workspace}/companies/{id}"),
        Kind::Article => format!("{app}/a/apps/{workspace}/articles/articles/{id}/show"),
    })
}

/// The first page of a thread, and the tool that reads on.
fn first_page(document: Option<Value>, reader: &str) -> Map<String, Value> {
    let document = document.unwrap_or_default();
    let next = document
        .get("next_cursor")
        .and_then(Value::as_str)
        .map(str::to_owned);
    let mut answer = thread(document);
    if let (Some(next), Some(Value::String(text))) = (next, answer.get_mut("text")) {
        text.extend([
            "\n[The thread goes on: ",
            reader,
            " with cursor ",
            &next,
            "]",
        ]);
    }
    answer
}

/// The transcript as the text, everything else as metadata.
fn thread(document: Value) -> Map<String, Value> {
    let Value::Object(mut metadata) = document else {
        return Map::new();
    };
    metadata.shift_remove("id");
    metadata.shift_remove("next_cursor");
    let text = metadata.shift_remove("transcript").unwrap_or_default();
    let title = metadata
        .shift_remove("title")
        .unwrap_or_else(|| "Conversation".into());
    Map::from_iter([
        ("title".to_owned(), title),
        ("text".to_owned(), text),
        ("metadata".to_owned(), metadata.into()),
    ])
}

fn article(found: Value) -> Map<String, Value> {
    let Value::Object(mut metadata) = shape::prune::pruned(found) else {
        return Map::new();
    };
    for key in ["id", "url", "default_locale"] {
        metadata.shift_remove(key);
    }
    let text = metadata.shift_remove("body").unwrap_or_default();
    let title = metadata.shift_remove("title").unwrap_or_default();
    Map::from_iter([
        ("title".to_owned(), title),
        ("text".to_owned(), text),
        ("metadata".to_owned(), metadata.into()),
    ])
}

/// A line a fact.
fn facts(found: Value) -> Map<String, Value> {
    let Value::Object(facts) = shape::prune::pruned(found) else {
        return Map::new();
    };
    let title = ["name", "email", "external_id", "id"]
        .iter()
        .find_map(|key| facts.get(*key))
        .cloned()
        .unwrap_or_default();
    let lines: Vec<String> = facts
        .iter()
        .map(|(key, value)| format!("{key}: {}", shape::scalar(value)))
        .collect();
    Map::from_iter([
        ("title".to_owned(), title),
        ("text".to_owned(), lines.join("\n").into()),
    ])
}

/// In the order that readers of such documents expect.
fn ordered(mut document: Map<String, Value>) -> Value {
    let keys = ["id", "title", "text", "url", "metadata"];
    keys.iter()
        .filter_map(|key| Some(((*key).to_owned(), document.shift_remove(*key)?)))
        .collect::<Map<_, _>>()
        .into()
}
