//! `list_low_rated_conversations`: where the customer gave a bad rating.

use super::query::{self, Filters};
use super::{Arguments, count};
use crate::{CallError, ToolResult, context::Context};
use catalog::search::Searchable;
use serde_json::json;

/// The worst two of five.
const MAX_RATING: u32 = 2;

/// Finds them, latest first.
pub(super) async fn run(context: &Context<'_>, given: Arguments) -> Result<ToolResult, CallError> {
    let worst = count(&given, "max_rating").unwrap_or(MAX_RATING);
    let mut filters = Filters::new(Searchable::Conversations);
    // By equality: whether `<` includes its bound is told in two ways.
    filters.add(
        "conversation_rating.score",
        "IN",
        (1..=worst).collect::<Vec<u32>>(),
    );
    let sort = json!({"field": "updated_at", "order": "descending"});
    query::list_conversations(context, filters, &given, sort).await
}
