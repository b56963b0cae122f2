//! `find_unassigned_conversations`: open conversations that wait for somebody to take them.

use super::Arguments;
use super::query::{self, Filters};
use crate::{CallError, ToolResult, context::Context, shape::moment};
use catalog::search::Searchable;
use serde_json::{Value, json};

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
    let sort = json!({"field": "created_at", "order": "ascending"});
    query::list_conversations(context, filters, &given, sort).await
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
