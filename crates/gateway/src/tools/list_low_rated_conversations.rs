//! `list_low_rated_conversations`: where the customer gave a bad rating.

use super::query::Filters;
use super::{Arguments, count, object, official, text};
use crate::{CallError, ToolResult, context::Context, shape};
use catalog::{Shape, search::Searchable};
use serde_json::json;

/// Rows of a page when none were asked for.
const PAGE: u32 = 20;
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
    let asked = json!({
        "query": filters.with(context, None)?,
        "sort": {"field": "updated_at", "order": "descending"},
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
