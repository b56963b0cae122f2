//! `search`: conversations or contacts by one line of words, as Intercom's own server has it.

mod line;

use super::fetch::page_url;
use super::reference::Kind;
use super::{Arguments, object, official, required};
use crate::shape::{self, Rows};
use crate::{CallError, ToolResult, context::Context};
use catalog::search::Searchable;
use serde_json::{Map, Value, json};

/// What the text copy says of a row.
const ESSENTIAL: [&str; 3] = ["id", "title", "url"];
/// Rows when the line names no limit.
const LIMIT: u32 = 5;

/// Searches.
pub(super) async fn run(context: &Context<'_>, given: Arguments) -> Result<ToolResult, CallError> {
    let line = line::parse(required(&given, "query")).map_err(|problem| context.bad(problem))?;
    let query = line.filters.with(context, None)?;
    let (operation, kind) = match line.what {
        Searchable::Contacts => ("search_contacts", Kind::Contact),
        _ => ("search_conversations", Kind::Conversation),
    };
    let cursor = line.starting_after.as_deref().map(official::own_cursor);
    let page = context
        .page(
            operation,
            object(json!({"query": query})),
            Some(line.limit.unwrap_or(LIMIT)),
            cursor.as_deref(),
        )
        .await?;
    let mut rows = Vec::with_capacity(page.items.len());
    for item in &page.items {
        let id = shape::id_of(item).unwrap_or_default();
        let url = page_url(context, kind, &id).await;
        rows.push(result(kind, item, &id, url));
    }
    let next = page.next.as_deref().map(official::bare_cursor);
    let answer = official::under(
        "results",
        Rows::new(rows, &ESSENTIAL),
        next.clone(),
        page.total,
    );
    Ok(match next {
        Some(next) => noted(answer, &next),
        None => answer,
    })
}

/// The note speaks the language of the line.
fn noted(mut answer: ToolResult, next: &str) -> ToolResult {
    let note = Value::from(format!("More: add starting_after:{next} to the query"));
    if let Some(structured) = &mut answer.structured {
        structured["_note"] = note.clone();
    }
    if let Ok(mut text) = serde_json::from_str::<Value>(&answer.text) {
        text["_note"] = note;
        answer.text = text.to_string();
    }
    answer
}

fn result(kind: Kind, item: &Value, id: &str, url: Option<String>) -> Value {
    let (title, text) = match kind {
        Kind::Contact => contact(item),
        _ => conversation(item),
    };
    let mut row = Map::from_iter([
        (
            "id".to_owned(),
            Value::from(format!("{}_{id}", kind.prefix())),
        ),
        ("title".to_owned(), title.into()),
    ]);
    if !text.is_empty() {
        row.insert("text".into(), text.into());
    }
    if let Some(url) = url {
        row.insert("url".into(), url.into());
    }
    row.into()
}

fn conversation(item: &Value) -> (String, String) {
    let row = shape::conversation::row(item);
    let told = |key: &str| {
        row.get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let (title, snippet) = (told("title"), told("text"));
    let title = if title.is_empty() {
        snippet.clone()
    } else {
        title
    };
    let mut words = vec![told("state"), told("from"), told("updated_at")];
    if snippet != title {
        words.push(snippet);
    }
    words.retain(|word| !word.is_empty());
    (title, words.join("; "))
}

fn contact(item: &Value) -> (String, String) {
    let told = |key: &str| {
        item.get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let title = [told("name"), told("email"), told("external_id")]
        .into_iter()
        .find(|text| !text.is_empty())
        .unwrap_or_else(|| told("id"));
    let mut words = vec![
        told("role"),
        told("email"),
        told("phone"),
        told("external_id"),
    ];
    words.retain(|word| !word.is_empty() && *word != title);
    (title, words.join("; "))
}
