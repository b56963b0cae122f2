//! `search_conversations`: structured filters and the whole search language.

use super::query::Filters;
use super::{Arguments, company, names, official, text};
use crate::{CallError, ToolResult, context::Context};
use catalog::{Shape, search::Searchable};
use serde_json::Value;

/// An id that no contact has.
const NOBODY: &str = "000000000000000000000000";
/// Arguments that are durations, which take an operator.
const DURATIONS: [&str; 3] = [
    "time_to_assignment",
    "time_to_admin_reply",
    "time_to_first_close",
];

/// Finds conversations.
pub(super) async fn run(
    context: &Context<'_>,
    mut given: Arguments,
) -> Result<ToolResult, CallError> {
    let query = query(context, &mut given).await?;
    let page = official::page(context, "search_conversations", &given, query).await?;
    Ok(official::answer("conversations", Shape::Conversation, page))
}

/// The search that the filters and the `query` of the arguments make.
pub(super) async fn query(
    context: &Context<'_>,
    given: &mut Arguments,
) -> Result<Value, CallError> {
    let mut filters = Filters::new(Searchable::Conversations);
    filters.add_any(given, "ids", "id");
    filters.add_any(given, "contact_ids", "contact_ids");
    for (name, field) in [
        ("state", "state"),
        ("source_type", "source.type"),
        ("team_assignee_id", "team_assignee_id"),
        ("admin_assignee_id", "admin_assignee_id"),
        ("priority", "priority"),
        ("open", "open"),
        ("source_author_email", "source.author.email"),
    ] {
        filters.add_given(given, name, field, "=");
    }
    filters.add_given(given, "source_author_name", "source.author.name", "~");
    filters.add_words(given, "text", "source.body");
    for field in ["created", "updated"] {
        filters.add_given(
            given,
            &format!("{field}_after"),
            &format!("{field}_at"),
            ">",
        );
        filters.add_given(
            given,
            &format!("{field}_before"),
            &format!("{field}_at"),
            "<",
        );
    }
    for duration in DURATIONS {
        add_duration(context, &mut filters, given, duration)?;
    }
    if let Some(tag) = text(given, "tag") {
        filters.add("tag_ids", "=", names::tag_id(context, tag).await?);
    }
    if let Some(wanted) = text(given, "company") {
        match company::people(context, wanted).await? {
            nobody if nobody.is_empty() => filters.add("contact_ids", "=", NOBODY),
            people => filters.add("contact_ids", "IN", people),
        }
    }
    filters.with(context, given.remove("query"))
}

fn add_duration(
    context: &Context<'_>,
    filters: &mut Filters,
    given: &Arguments,
    duration: &str,
) -> Result<(), CallError> {
    let name = format!("statistics_{duration}");
    let Some(condition) = given.get(&name) else {
        return Ok(());
    };
    let operator = condition
        .get("operator")
        .and_then(Value::as_str)
        .unwrap_or("=");
    let seconds = condition
        .get("value")
        .and_then(|value| value.as_i64().or_else(|| value.as_str()?.parse().ok()));
    match seconds {
        Some(seconds) if ["<", ">", "=", "!=", "<=", ">="].contains(&operator) => {
            filters.add(&format!("statistics.{duration}"), operator, seconds);
            Ok(())
        }
        _ => Err(context.bad(format!(
            "`{name}` must be {{operator, value}}: an operator of < > = != <= >=, and whole seconds"
        ))),
    }
}
