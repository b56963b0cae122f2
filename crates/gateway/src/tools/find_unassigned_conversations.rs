//! `find_unassigned_conversations`: open conversations that wait for somebody to take them.

use super::query::Filters;
use super::{Arguments, count, object, official, text};
use crate::{CallError, ToolResult, context::Context, shape, shape::moment};
use catalog::{Shape, search::Searchable};
use serde_json::{Value, json};

/// Rows of a page when none were asked for.
const PAGE: u32 = 20;

/// Finds them, oldest first.
pub(super) async fn run(context: &Context<'_>, given: Arguments) -> Result<ToolResult, CallError> {
    let mut filters = Filters::new(Searchable::Conversations);
    filters.add("state", "=", "open");
    filters.add("admin_assignee_id", "=", 0);
    filters.add("team_assignee_id", "=", 0);
    let hours = given
        .get("older_than_hours")
        .and_then(Value::as_f64)
        .unwrap_or_default();
    if hours > 0.0 {
        filters.add("created_at", "<", moment::now() - seconds(hours));
    }
    filters.add_given(&given, "priority", "priority", "=");
    filters.add_words(&given, "text", "source.body");
    let asked = json!({
        "query": filters.with(context, None)?,
        "sort": {"field": "created_at", "order": "ascending"},
    });
    let cursor = text(&given, "cursor").map(official::own_cursor);
    let limit = count(&given, "limit").unwrap_or(PAGE);
    let page = context
        .page(
            "search_conversations",
            object(asked),
            Some(limit),
            cursor.as_deref(),
        )
        .await?;
    Ok(shape::list(Shape::Conversation, page))
}

/// Whole seconds; a million hours ago is before everything.
fn seconds(hours: f64) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "clamped to a million hours"
    )]
    let seconds = (hours.min(1e6) * 3600.0) as i64;
    seconds
}
