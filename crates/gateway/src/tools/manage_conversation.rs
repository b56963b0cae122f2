//! `snooze_conversation`, `close_conversation`, `reopen_conversation`.

use super::reply_to_conversation::confirm;
use super::{Arguments, object, required, text};
use crate::{CallError, ToolResult, context::Context, shape::moment};
use serde_json::{Value, json};

/// Puts a conversation away until a time to come.
pub(super) async fn snooze(
    context: &Context<'_>,
    given: Arguments,
) -> Result<ToolResult, CallError> {
    let until = given
        .get("until")
        .and_then(Value::as_i64)
        .unwrap_or_default();
    if until <= moment::now() {
        return Err(context.bad(format!(
            "`until` must be a time to come; now is {}",
            moment::iso(moment::now()).unwrap_or_default()
        )));
    }
    let asked = object(json!({
        "conversation_id": required(&given, "conversation_id"), "message_type": "snoozed", "snoozed_until": until,
    }));
    let conversation = context.operation("manage_conversation", asked).await?.body;
    let done = format!("Snoozed until {}", moment::iso(until).unwrap_or_default());
    Ok(confirm(&done, &conversation))
}

/// Closes a conversation: a reason becomes an internal note before, a body goes to the customer along with it.
pub(super) async fn close(
    context: &Context<'_>,
    given: Arguments,
) -> Result<ToolResult, CallError> {
    let id = required(&given, "conversation_id");
    if let Some(reason) = text(&given, "reason") {
        let note = object(json!({"conversation_id": id, "message_type": "note", "body": reason}));
        context.operation("reply_conversation", note).await?;
    }
    let mut asked = object(json!({"conversation_id": id, "message_type": "close"}));
    if let Some(body) = given.get("body") {
        asked.insert("body".into(), body.clone());
    }
    let conversation = context.operation("manage_conversation", asked).await?.body;
    let done = match (text(&given, "body"), text(&given, "reason")) {
        (Some(_), Some(_)) => "Closed with a message to the customer, and the reason noted",
        (Some(_), None) => "Closed with a message to the customer",
        (None, Some(_)) => "Closed, and the reason noted",
        (None, None) => "Closed",
    };
    Ok(confirm(done, &conversation))
}

/// Opens a conversation again.
pub(super) async fn reopen(
    context: &Context<'_>,
    given: Arguments,
) -> Result<ToolResult, CallError> {
    let asked = object(
        json!({"conversation_id": required(&given, "conversation_id"), "message_type": "open"}),
    );
    let conversation = context.operation("manage_conversation", asked).await?.body;
    Ok(confirm("Reopened", &conversation))
}
