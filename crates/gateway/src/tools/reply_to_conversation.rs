//! `reply_to_conversation`: a message that the customer gets.

use super::{Arguments, object, required};
use crate::shape::{self, Thread};
use crate::{CallError, ToolResult, context::Context};
use serde_json::{Value, json};

/// Sends the message.
pub(super) async fn run(context: &Context<'_>, given: Arguments) -> Result<ToolResult, CallError> {
    let mut reply = object(json!({
        "conversation_id": required(&given, "conversation_id"),
        "message_type": "comment",
        "body": required(&given, "body"),
    }));
    if let Some(urls) = given.get("attachment_urls") {
        reply.insert("attachment_urls".into(), urls.clone());
    }
    let conversation = context.operation("reply_conversation", reply).await?.body;
    let done = format!("Sent to {}", customer(&conversation));
    Ok(confirm(&done, &conversation))
}

/// What happened, and where the conversation stands now.
pub(super) fn confirm(done: &str, conversation: &Value) -> ToolResult {
    let mut answer = shape::conversation::standing(conversation);
    answer.insert("done".into(), done.into());
    shape::both(answer.into())
}

fn customer(conversation: &Value) -> String {
    let author = conversation
        .pointer("/source/author")
        .unwrap_or(&Value::Null);
    let is_customer = author
        .get("type")
        .and_then(Value::as_str)
        .is_some_and(|kind| matches!(kind, "user" | "lead" | "contact"));
    if is_customer {
        Thread::of_conversation(conversation).people.call(author)
    } else {
        "the customer".into()
    }
}
