//! `search_tickets`: filters and the whole search language; without either, all tickets.

use super::query::Filters;
use super::{Arguments, count, names, object, official, text};
use crate::{CallError, ToolResult, context::Context, shape};
use catalog::{Shape, search::Searchable};
use serde_json::json;

/// Rows of a page when none were asked for.
const PAGE: u32 = 20;

/// Finds tickets.
pub(super) async fn run(
    context: &Context<'_>,
    mut given: Arguments,
) -> Result<ToolResult, CallError> {
    let mut filters = Filters::new(Searchable::Tickets);
    filters.add_given(&given, "contact_id", "contact_ids", "=");
    filters.add_given(&given, "state", "state", "=");
    filters.add_given(&given, "open", "open", "=");
    if let Some(wanted) = text(&given, "ticket_type") {
        filters.add("ticket_type_id", "=", ticket_type(context, wanted).await?);
    }
    for kind in ["team", "admin"] {
        if let Some(assignee) = names::assignee(context, kind, &given).await? {
            filters.add(&format!("{kind}_assignee_id"), "=", assignee.id);
        }
    }
    let query = filters.with(context, given.remove("query"))?;
    let cursor = text(&given, "cursor").map(official::own_cursor);
    let limit = count(&given, "limit").unwrap_or(PAGE);
    let page = context
        .page(
            "search_tickets",
            object(json!({"query": query})),
            Some(limit),
            cursor.as_deref(),
        )
        .await?;
    Ok(shape::list(Shape::Ticket, page))
}

async fn ticket_type(context: &Context<'_>, wanted: &str) -> Result<String, CallError> {
    if names::is_id(wanted) {
        return Ok(wanted.to_owned());
    }
    let types = names::all(context, "list_ticket_types").await?;
    match names::choose("ticket_type", wanted, &types) {
        names::Choice::One(one) => Ok(one.id),
        names::Choice::Unclear(problem) => Err(context.bad(problem)),
    }
}
