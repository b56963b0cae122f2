//! `assign_conversation`: to a team, an admin or both, however they are named.

use super::names::{self, Named};
use super::{Arguments, object, required};
use crate::{CallError, ToolResult, context::Context, shape};
use serde_json::{Value, json};

/// Assigns, team first.
pub(super) async fn run(context: &Context<'_>, given: Arguments) -> Result<ToolResult, CallError> {
    let id = required(&given, "conversation_id");
    // Both names are understood before anything is changed.
    let team = names::assignee(context, "team", &given).await?;
    let admin = names::assignee(context, "admin", &given).await?;
    let mut conversation = Value::Null;
    let mut done = Vec::new();
    for (kind, assignee) in [("team", &team), ("admin", &admin)] {
        let Some(assignee) = assignee else { continue };
        let asked = object(
            json!({"conversation_id": id, "message_type": "assignment", "type": kind, "assignee_id": assignee.id}),
        );
        conversation = context.operation("manage_conversation", asked).await?.body;
        done.push(words(kind, assignee));
    }
    let mut answer = shape::conversation::standing(&conversation);
    for (key, assignee) in [("team", &team), ("admin", &admin)] {
        if let Some(named) = assignee.as_ref().filter(|named| named.id != "0") {
            answer.insert(key.into(), named.name.as_str().into());
        }
    }
    answer.insert("done".into(), done.join(", ").into());
    Ok(shape::both(answer.into()))
}

fn words(kind: &str, assignee: &Named) -> String {
    if assignee.id == "0" {
        format!("Assigned to no {kind}")
    } else {
        format!("Assigned to {kind} {}", assignee.name)
    }
}
