//! `get_conversation`: what is known of a conversation, and its thread page by page.

use super::{Arguments, object, required, text};
use crate::shape::{self, Thread};
use crate::{CallError, ToolResult, context::Context};
use serde_json::{Value, json};

/// What one page of the raw object holds, in bytes.
pub(super) const RAW_PAGE: usize = 60_000;

/// Reads a conversation.
pub(super) async fn run(context: &Context<'_>, given: Arguments) -> Result<ToolResult, CallError> {
    let asked = object(json!({"conversation_id": required(&given, "id")}));
    let conversation = context.operation("get_conversation", asked).await?.body;
    let cursor = text(&given, "cursor");
    let page = match text(&given, "detail") {
        Some(_) => raw(conversation, cursor),
        None => shape::conversation::document(&conversation, cursor),
    };
    let page = page.ok_or_else(|| {
        context.bad("`cursor` is not one of this conversation: pass next_cursor unchanged, or leave it out to start again")
    })?;
    Ok(shape::text(&page))
}

/// The object as Intercom has it, with as many parts as a page holds.
fn raw(conversation: Value, cursor: Option<&str>) -> Option<Value> {
    let (parts, next) = {
        let (parts, next) = Thread::of_conversation(&conversation).raw_page(cursor, RAW_PAGE)?;
        (parts.into_iter().cloned().collect::<Vec<_>>(), next)
    };
    let mut conversation = conversation;
    if let Some(own) = conversation.pointer_mut("/conversation_parts/conversation_parts") {
        *own = parts.into();
    }
    if let Some(next) = next {
        conversation["next_cursor"] = next.into();
    }
    Some(conversation)
}
