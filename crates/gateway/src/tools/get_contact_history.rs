//! `get_contact_history`: a contact's conversations and tickets as one digest.

use super::{Arguments, count, object, required};
use crate::shape::{self, Rows};
use crate::{CallError, ToolResult, context::Context};
use catalog::Shape;
use intercom::PageOf;
use serde_json::{Map, Value, json};

/// Rows of each kind when no number was given.
const EACH: u32 = 10;
/// What the text copy says of a row.
const ESSENTIAL: [&str; 6] = ["kind", "id", "state", "title", "text", "updated_at"];
/// What is the same in every row, as it is the contact's.
pub(super) const OWN: [&str; 3] = ["from", "contact_id", "contact_ids"];

/// Gathers the digest.
pub(super) async fn run(context: &Context<'_>, given: Arguments) -> Result<ToolResult, CallError> {
    let id = required(&given, "contact_id");
    let limit = count(&given, "limit").unwrap_or(EACH);
    let query = json!({"field": "contact_ids", "operator": "=", "value": id});
    let conversations =
        json!({"query": query, "sort": {"field": "updated_at", "order": "descending"}});
    let (contact, conversations, tickets) = tokio::try_join!(
        context.operation("get_contact", object(json!({"contact_id": id}))),
        context.page(
            "search_conversations",
            object(conversations),
            Some(limit),
            None
        ),
        context.page(
            "search_tickets",
            object(json!({"query": query})),
            Some(limit),
            None
        ),
    )?;
    let counts = (conversations.total, tickets.total);
    let mut items = kind("ticket", Shape::Ticket, tickets);
    // A conversation that became a ticket is both: the ticket says more.
    items.extend(
        kind("conversation", Shape::Conversation, conversations)
            .into_iter()
            .filter(|row| !items.iter().any(|known| known["id"] == row["id"]))
            .collect::<Vec<_>>(),
    );
    items.sort_by(|a, b| b["updated_at"].as_str().cmp(&a["updated_at"].as_str()));
    let mut beside = Map::from_iter([("contact".to_owned(), head(&contact.body))]);
    for (key, total) in [
        ("total_conversations", counts.0),
        ("total_tickets", counts.1),
    ] {
        if let Some(total) = total {
            beside.insert(key.into(), total.into());
        }
    }
    Ok(Rows::new(items, &ESSENTIAL).under("items", &beside))
}

fn kind(kind: &str, shape: Shape, page: PageOf) -> Vec<Value> {
    let rows = shape::rows(shape, page.items).whole;
    rows.into_iter()
        .map(|row| {
            let mut told = Map::from_iter([("kind".to_owned(), Value::from(kind))]);
            if let Value::Object(row) = row {
                told.extend(
                    row.into_iter()
                        .filter(|(key, _)| !OWN.contains(&key.as_str())),
                );
            }
            told.into()
        })
        .collect()
}

fn head(contact: &Value) -> Value {
    let keys = ["id", "name", "email", "role", "external_id"];
    let head: Map<String, Value> = keys
        .iter()
        .filter_map(|key| {
            Some((
                (*key).to_owned(),
                contact.get(*key).filter(|value| !value.is_null())?.clone(),
            ))
        })
        .collect();
    head.into()
}
