//! `add_internal_note`: on a conversation or a ticket; no customer sees it.

use super::{Arguments, object, reference, required};
use crate::{CallError, ToolResult, context::Context, shape};
use serde_json::{Map, Value, json};

/// Leaves the note.
pub(super) async fn run(context: &Context<'_>, given: Arguments) -> Result<ToolResult, CallError> {
    let target = reference::parse(
        required(&given, "conversation_id"),
        reference::Kind::Conversation,
    );
    let body = required(&given, "body");
    let on_conversation = match target.kind {
        reference::Kind::Conversation => note_on_conversation(context, &target.id, body).await,
        reference::Kind::Ticket => return note_on_ticket(context, &target.id, body).await,
        _ => {
            return Err(
                context.bad("`conversation_id` must be the id of a conversation or of a ticket")
            );
        }
    };
    match on_conversation {
        // Tickets share the id space of conversations, but not their endpoint.
        Err(
            refusal @ (CallError::NotFound { .. }
            | CallError::Intercom(
                intercom::Error::MissingScope(_) | intercom::Error::Forbidden(_),
            )),
        ) => note_on_ticket(context, &target.id, body)
            .await
            .map_err(|_| refusal),
        other => other,
    }
}

async fn note_on_conversation(
    context: &Context<'_>,
    id: &str,
    body: &str,
) -> Result<ToolResult, CallError> {
    let note = object(json!({"conversation_id": id, "message_type": "note", "body": body}));
    let conversation = context.operation("reply_conversation", note).await?.body;
    let part = newest_note(&conversation);
    let mut answer = shape::conversation::standing(&conversation);
    answer.insert("done".into(), "Internal note added".into());
    add_part(&mut answer, part);
    Ok(shape::both(answer.into()))
}

async fn note_on_ticket(
    context: &Context<'_>,
    id: &str,
    body: &str,
) -> Result<ToolResult, CallError> {
    let note = object(json!({"ticket_id": id, "message_type": "note", "body": body}));
    let part = context.operation("reply_ticket", note).await?.body;
    let mut answer = Map::from_iter([
        ("id".to_owned(), Value::from(id)),
        (
            "done".to_owned(),
            "Internal note added to the ticket".into(),
        ),
    ]);
    add_part(&mut answer, Some(&part));
    Ok(shape::both(answer.into()))
}

/// The note's id, and its kind: `note_and_unsnooze` woke the conversation.
fn add_part(answer: &mut Map<String, Value>, part: Option<&Value>) {
    let Some(part) = part else { return };
    if let Some(id) = shape::id_of(part) {
        answer.insert("part_id".into(), id.into());
    }
    if let Some(kind) = part.get("part_type") {
        answer.insert("part_type".into(), kind.clone());
    }
}

fn newest_note(conversation: &Value) -> Option<&Value> {
    let parts = conversation
        .pointer("/conversation_parts/conversation_parts")?
        .as_array()?;
    parts
        .iter()
        .filter(|part| {
            part.get("part_type")
                .and_then(Value::as_str)
                .is_some_and(|kind| kind.starts_with("note"))
        })
        .max_by_key(|part| part.get("created_at").and_then(Value::as_i64))
}
