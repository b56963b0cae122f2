//! Operations on how a conversation is handled: pauses, talks with third parties, and the state of single parts.

use super::conversations;
use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    paging::PageNumber,
    world::{World, clock::iso, inbox::Part, records::SideConversation},
};
use serde_json::{Value, json};

/// Side conversations on a page unless asked otherwise, and at most.
const PAGE: (usize, usize) = (25, 50);

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_conversation_handling_events" => events,
        "list_side_conversations" => side_conversations,
        "update_conversation_part" => update_part,
        _ => return None,
    })
}

/// A snooze pauses the work on a conversation; what opens it again resumes it.
fn events(world: &mut World, call: &Call) -> Reply {
    let conversation = conversations::find(world, call)?;
    let mut paused = false;
    let mut events = Vec::new();
    for part in &conversation.parts {
        let now_paused = match part.kind {
            "snoozed" => true,
            "note" | "assignment" => paused,
            _ => false,
        };
        if now_paused != paused {
            events.push(event(world, part, now_paused));
            paused = now_paused;
        }
    }
    Answer::ok(json!({"handling_events": events}))
}

fn event(world: &World, part: &Part, paused: bool) -> Value {
    let author = conversations::author_json(world, part.author);
    let person = match author["type"].as_str() {
        Some("admin" | "bot") => author,
        _ => json!({"type": "bot", "id": world.workspace.bot_id.to_string(), "name": "Fin"}),
    };
    let id: Option<u64> = person["id"].as_str().and_then(|id| id.parse().ok());
    json!({
        "teammate": {
            "type": person["type"],
            "id": id.unwrap_or(world.workspace.bot_id),
            "name": person["name"].as_str().unwrap_or_default(),
            "email": person["email"],
        },
        "type": if paused { "paused" } else { "resumed" },
        "timestamp": iso(part.created_at),
        "reason": paused.then_some("Snoozed"),
    })
}

fn side_conversations(world: &mut World, call: &Call) -> Reply {
    let id = conversations::find(world, call)?.id;
    let page = PageNumber::of(call, PAGE.0, PAGE.1)?;
    let all = world.records.side_conversations.get(&id);
    let all = all.map(Vec::as_slice).unwrap_or_default();
    let one = |side: &SideConversation| {
        let parts: Vec<Value> = side
            .parts
            .iter()
            .map(|part| conversations::part_json(world, part))
            .collect();
        json!({
            "side_conversation_id": side.id.to_string(),
            "total_count": parts.len(),
            "conversation_parts": parts,
        })
    };
    let shown: Vec<Value> = page.slice(all).iter().map(one).collect();
    Answer::ok(json!({
        "type": "side_conversation.list",
        "side_conversations": shown,
        "total_count": all.len(),
        "pages": {"type": "pages", "page": page.page, "per_page": page.per_page, "total_pages": page.total_pages(all.len())},
    }))
}

/// Marks a part as seen, or tells what became of an answer outside. Behind a secret of its own.
fn update_part(world: &mut World, call: &Call) -> Reply {
    let id = conversations::find(world, call)?.id;
    let trusted = call.flag("experimental") == Some(true)
        && call.text("secret").is_some_and(|secret| !secret.is_empty());
    if !trusted {
        return Err(Fault::new(403, "forbidden", "Forbidden request"));
    }
    let missing = || Fault::missing("not_found", "Resource Not Found");
    let wanted = call.number(1).ok_or_else(missing)?;
    let seen = call.flag("seen") == Some(true);
    let talk = world.conversations.get_mut(&id).ok_or_else(missing)?;
    let part = talk.parts.iter().find(|part| part.id == wanted);
    let part = part.cloned().ok_or_else(missing)?;
    talk.read |= seen;
    let mut body = conversations::part_json(world, &part);
    if let Some(state) = call.text("send_state") {
        body["external_reply_send_state"] = json!(state);
    }
    Answer::ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{NOW, RUI, call, conversation, fault, world};

    #[test]
    fn a_snooze_pauses_and_an_answer_resumes() {
        let mut world = world();
        let id = conversation(&mut world, "Hello");
        let until = json!({"message_type": "snoozed", "admin_id": RUI, "snoozed_until": NOW + 900});
        call(&mut world, "manage_conversation", &id, until).unwrap();
        let note =
            json!({"message_type": "note", "type": "admin", "admin_id": RUI, "body": "Wait"});
        call(&mut world, "reply_conversation", &id, note).unwrap();
        let open = json!({"message_type": "open", "admin_id": RUI});
        call(&mut world, "manage_conversation", &id, open).unwrap();
        let told = call(
            &mut world,
            "list_conversation_handling_events",
            &id,
            Value::Null,
        )
        .unwrap();
        let kinds: Vec<&Value> = told["handling_events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| &event["type"])
            .collect();
        assert_eq!(kinds, ["paused", "resumed"]);
        assert_eq!(told["handling_events"][0]["teammate"]["id"], RUI);
    }

    #[test]
    fn side_conversations_are_paged() {
        let mut world = world();
        let id = conversation(&mut world, "Hello");
        let talks = (1..=3).map(|id| SideConversation {
            id,
            parts: Vec::new(),
        });
        let place = &mut world.records.side_conversations;
        place.insert(id.parse().unwrap(), talks.collect());
        let target = format!("{id}?page=2&per_page=2");
        let told = call(&mut world, "list_side_conversations", &target, Value::Null).unwrap();
        assert_eq!(
            (
                &told["total_count"],
                &told["side_conversations"][0]["side_conversation_id"]
            ),
            (&json!(3), &json!("3"))
        );
    }

    #[test]
    fn a_part_is_marked_as_seen_with_the_secret_only() {
        let mut world = world();
        let id = conversation(&mut world, "Hello");
        let reply =
            json!({"message_type": "comment", "type": "admin", "admin_id": RUI, "body": "Hi"});
        let told = call(&mut world, "reply_conversation", &id, reply).unwrap();
        let part = &told["conversation_parts"]["conversation_parts"][0]["id"];
        let target = format!("{id}/{}", part.as_str().unwrap());
        assert_eq!(
            fault(
                &mut world,
                "update_conversation_part",
                &target,
                json!({"seen": true})
            ),
            (403, "forbidden")
        );
        let body = json!({"seen": true, "experimental": true, "secret": "s", "send_state": "sent"});
        let told = call(&mut world, "update_conversation_part", &target, body).unwrap();
        assert_eq!(
            (&told["id"], &told["external_reply_send_state"]),
            (part, &json!("sent"))
        );
        assert!(world.conversations[&id.parse().unwrap()].read);
    }
}
