//! `get_ticket`: what is known of a ticket, and its thread page by page.

use super::get_conversation::RAW_PAGE;
use super::{Arguments, object, required, text};
use crate::shape::{self, Thread};
use crate::{CallError, ToolResult, context::Context};
use serde_json::{Value, json};

/// Reads a ticket.
pub(super) async fn run(context: &Context<'_>, given: Arguments) -> Result<ToolResult, CallError> {
    let asked = object(json!({"ticket_id": required(&given, "ticket_id")}));
    let ticket = context.operation("get_ticket", asked).await?.body;
    let cursor = text(&given, "cursor");
    let page = match text(&given, "detail") {
        Some(_) => raw(ticket, cursor),
        None => shape::ticket_document(&ticket, cursor),
    };
    let page = page.ok_or_else(|| {
        context.bad("`cursor` is not one of this ticket: pass next_cursor unchanged, or leave it out to start again")
    })?;
    Ok(shape::text(&page))
}

/// The object as Intercom has it, with as many parts as a page holds.
fn raw(mut ticket: Value, cursor: Option<&str>) -> Option<Value> {
    let (parts, next) = Thread::of_ticket(&ticket).raw_page(cursor, RAW_PAGE)?;
    let parts: Vec<Value> = parts.into_iter().cloned().collect();
    if let Some(own) = ticket.pointer_mut("/ticket_parts/ticket_parts") {
        *own = parts.into();
    }
    if let Some(next) = next {
        ticket["next_cursor"] = next.into();
    }
    Some(ticket)
}
