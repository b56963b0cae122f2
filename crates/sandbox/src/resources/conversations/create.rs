//! Beginning a conversation as a contact.

use super::{
    message::{attachments, body},
    render::notice,
};
use crate::{
    call::{Answer, Call, Fault, Reply, identifier_of},
    world::{
        ObjectId, Time, World,
        inbox::{Author, Conversation, Priority, Source, State, Statistics},
        people::Role,
    },
};
use serde_json::{Value, json};

pub(super) fn create(world: &mut World, call: &Call) -> Reply {
    let contact = sender(world, call)?;
    let body = body(call)?.ok_or_else(|| Fault::invalid("Body is required").of("body"))?;
    let attachments = attachments(world, call)?;
    let at = call.integer("created_at").unwrap_or_else(|| world.now());
    let (id, message) = (world.ids.conversation(), world.ids.message());
    let source = Source {
        id: message,
        kind: "conversation",
        delivered_as: "customer_initiated",
        subject: call.text("subject").unwrap_or("").into(),
        body: body.clone().into_boxed_str(),
        author: Author::Contact(contact),
        attachments,
        url: None,
        redacted: false,
    };
    world
        .conversations
        .insert(id, begun(id, contact, source, at));
    if let Some(contact) = world.contacts.get_mut(&contact) {
        contact.last_replied_at = contact.last_replied_at.max(Some(at));
    }
    world.emit("conversation.user.created", |world| {
        notice(world, &world.conversations[&id], &[])
    });
    Answer::ok(json!({
        "type": "user_message",
        "id": message.to_string(),
        "created_at": at,
        "body": call.text("body").unwrap_or(&body),
        "message_type": "inapp",
        "conversation_id": id.to_string(),
    }))
}

/// A conversation that a contact has just begun.
fn begun(id: u64, contact: ObjectId, source: Source, at: Time) -> Conversation {
    let statistics = Statistics {
        first_contact_reply_at: Some(at),
        last_contact_reply_at: Some(at),
        ..Statistics::default()
    };
    Conversation {
        id,
        title: None,
        created_at: at,
        updated_at: at,
        waiting_since: Some(at),
        snoozed_until: None,
        state: State::Open,
        read: false,
        priority: Priority::None,
        admin_assignee: None,
        team_assignee: None,
        company: None,
        tags: Vec::new(),
        source,
        contacts: vec![contact],
        teammates: Vec::new(),
        custom_attributes: serde_json::Map::new(),
        sla: None,
        rating: None,
        statistics,
        linked_tickets: Vec::new(),
        ai_agent: None,
        parts: Vec::new(),
        ticket: None,
    }
}

/// Who `from` names: by Intercom's id, or, leniently, by the workspace's own.
fn sender(world: &World, call: &Call) -> Result<ObjectId, Fault> {
    let from = call
        .object_field("from")
        .ok_or_else(|| Fault::absent("from"))?;
    let kind = from
        .get("type")
        .and_then(Value::as_str)
        .ok_or_else(|| Fault::absent("from.type"))?;
    if !matches!(kind, "user" | "lead" | "contact") {
        return Err(Fault::invalid("from.type must be user, lead or contact").of("from"));
    }
    let text = from
        .get("id")
        .and_then(identifier_of)
        .ok_or_else(|| Fault::absent("from.id"))?;
    let contact = text
        .parse::<ObjectId>()
        .ok()
        .and_then(|id| world.contacts.get(&id))
        .or_else(|| {
            world
                .contacts
                .values()
                .find(|contact| contact.external_id.as_deref() == Some(&text))
        })
        .filter(|contact| kind != "lead" || contact.role == Role::Lead);
    contact
        .map(|contact| contact.id)
        .ok_or_else(|| Fault::missing("not_found", "User Not Found"))
}

#[cfg(test)]
mod tests {
    use crate::testing::{NOW, call, contact, fault, world};
    use serde_json::json;

    #[test]
    fn a_contact_begins_a_conversation() {
        let mut world = world();
        let ana = contact(&world, "Ana").to_string();
        let body =
            json!({"from": {"type": "user", "id": ana}, "body": "Hello", "created_at": NOW - 60});
        let message = call(&mut world, "create_conversation", "", body).unwrap();
        assert_eq!(
            (message["type"].as_str(), message["body"].as_str()),
            (Some("user_message"), Some("Hello"))
        );
        let got = call(
            &mut world,
            "get_conversation",
            message["conversation_id"].as_str().unwrap(),
            json!(null),
        )
        .unwrap();
        assert_eq!(got["created_at"], NOW - 60);
        assert_eq!(
            (&got["waiting_since"], &got["state"], &got["source"]["body"]),
            (&json!(NOW - 60), &json!("open"), &json!("<p>Hello</p>"))
        );
    }

    #[test]
    fn bad_beginnings_are_refused() {
        let mut world = world();
        let ana = contact(&world, "Ana").to_string();
        for (body, expected) in [
            (json!({"body": "Hi"}), (400, "parameter_not_found")),
            (
                json!({"from": {"type": "user", "id": ana}}),
                (400, "parameter_invalid"),
            ),
            (
                json!({"from": {"type": "lead", "id": ana}, "body": "Hi"}),
                (404, "not_found"),
            ),
            (
                json!({"from": {"type": "user", "id": "66f0aa00bb11cc22dd33ee55"}, "body": "Hi"}),
                (404, "not_found"),
            ),
            (
                json!({"from": {"type": "user", "id": ana}, "body": "x".repeat(100_001)}),
                (400, "parameter_invalid"),
            ),
        ] {
            assert_eq!(
                fault(&mut world, "create_conversation", "", body.clone()),
                expected,
                "{}",
                &body.to_string()[..60.min(body.to_string().len())]
            );
        }
    }
}
