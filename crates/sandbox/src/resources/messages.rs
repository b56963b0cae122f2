//! Operations on messages that admins send out.

use super::{admins, conversations, notes};
use crate::{
    call::{Answer, Call, Fault, Handler, Reply, identifier_of},
    world::{
        Attributes, ObjectId, Time, World,
        data::Message,
        inbox::{Author, Conversation, Priority, Source, State, Statistics},
    },
};
use serde_json::{Value, json};

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    (operation == "create_message").then_some(create)
}

/// What a body asks to send, checked.
struct Draft {
    /// As it is told: `inapp`, `email` or `whatsapp`.
    kind: &'static str,
    subject: Option<String>,
    body: String,
    from: u64,
    to: Vec<ObjectId>,
    created_at: Time,
}

/// Sends a message. A conversation comes of it only when a contact answers, or at once when asked.
fn create(world: &mut World, call: &Call) -> Reply {
    let draft = Draft::read(world, call)?;
    let id = world.ids.message();
    let opens = call
        .flag("create_conversation_without_contact_reply")
        .unwrap_or(false);
    for contact in &draft.to {
        if let Some(contact) = world.contacts.get_mut(contact) {
            contact.last_contacted_at = contact.last_contacted_at.max(Some(draft.created_at));
        }
    }
    let mut message = Message {
        id,
        kind: draft.kind.to_owned(),
        subject: draft.subject,
        body: draft.body,
        from: draft.from,
        to: draft.to,
        created_at: draft.created_at,
        conversation: None,
    };
    let conversation = opens.then(|| open(world, &message, message.to.clone()));
    message.conversation = conversation;
    let answer = render(world, &message);
    world.messages.insert(id, message);
    if let Some(talk) = conversation {
        world.emit("conversation.admin.single.created", |world| {
            world
                .conversations
                .get(&talk)
                .map_or(Value::Null, |talk| conversations::notice(world, talk, &[]))
        });
    }
    Answer::ok(answer)
}

/// The conversation that a contact's answer opens: of their latest message since then that has none yet.
pub(crate) fn answered(world: &mut World, contact: ObjectId, since: Time) -> Option<u64> {
    let has_none = |message: &&Message| {
        !world.conversations.values().any(|conversation| {
            conversation.source.id == message.id && conversation.contacts.contains(&contact)
        })
    };
    let latest = world
        .messages
        .values()
        .filter(|message| message.to.contains(&contact) && message.created_at >= since)
        .filter(has_none)
        .max_by_key(|message| (message.created_at, message.id))?
        .clone();
    Some(open(world, &latest, vec![contact]))
}

impl Draft {
    fn read(world: &World, call: &Call) -> Result<Self, Fault> {
        let kind = match call.text("message_type") {
            Some("inapp" | "in_app") => "inapp",
            Some("email") => "email",
            Some("whatsapp") => "whatsapp",
            Some(_) => {
                return Err(
                    Fault::invalid("message_type must be in_app, email or whatsapp")
                        .of("message_type"),
                );
            }
            None => return Err(Fault::absent("message_type").of("message_type")),
        };
        let body = call.text("body").filter(|body| !body.trim().is_empty());
        let body = match (kind, body) {
            ("whatsapp", body) => template(call, body)?,
            (_, Some(body)) => notes::html(body),
            (_, None) => return Err(Fault::invalid("Body is required").of("body")),
        };
        let subject = call
            .text("subject")
            .filter(|subject| !subject.is_empty())
            .map(str::to_owned);
        if kind == "email" && subject.is_none() {
            return Err(Fault::new(
                422,
                "parameter_not_found",
                "No subject supplied for email message",
            )
            .of("subject"));
        }
        let to = recipients(world, call, "to")?;
        if to.is_empty() {
            return Err(Fault::absent("to").of("to"));
        }
        for copies in ["cc", "bcc"] {
            recipients(world, call, copies)?;
        }
        let created_at = call.integer("created_at").unwrap_or_else(|| world.now());
        Ok(Self {
            kind,
            subject,
            body,
            from: sender(world, call)?,
            to,
            created_at,
        })
    }
}

/// What a message by template says; without a body the template's name stands for it.
fn template(call: &Call, body: Option<&str>) -> Result<String, Fault> {
    let name = call
        .text("template")
        .ok_or_else(|| Fault::absent("template").of("template"))?;
    if call.list("components").is_none() {
        return Err(Fault::absent("components").of("components"));
    }
    Ok(notes::html(body.unwrap_or(name)))
}

fn sender(world: &World, call: &Call) -> Result<u64, Fault> {
    let from = call
        .object_field("from")
        .ok_or_else(|| Fault::absent("from").of("from"))?;
    if from.get("type").and_then(Value::as_str) != Some("admin") {
        return Err(Fault::invalid("from.type must be admin").of("from"));
    }
    let id = from
        .get("id")
        .and_then(identifier_of)
        .ok_or_else(|| Fault::absent("from.id").of("from"))?;
    let id = id.parse().ok().filter(|id| world.admins.contains_key(id));
    id.ok_or_else(|| Fault::missing("admin_not_found", "Admin not found"))
}

/// The contacts that a field names: one object or a list of them.
fn recipients(world: &World, call: &Call, field: &str) -> Result<Vec<ObjectId>, Fault> {
    let listed = match call.field(field) {
        None => return Ok(Vec::new()),
        Some(Value::Array(many)) => many.as_slice(),
        Some(one) => std::slice::from_ref(one),
    };
    listed
        .iter()
        .map(|one| recipient(world, one, field))
        .collect()
}

fn recipient(world: &World, one: &Value, field: &str) -> Result<ObjectId, Fault> {
    if !matches!(
        one.get("type").and_then(Value::as_str),
        Some("user" | "lead" | "contact")
    ) {
        return Err(Fault::invalid(format!("{field}.type must be user or lead")).of(field));
    }
    let missing = || Fault::missing("not_found", "User Not Found");
    let alive = || world.contacts.values().filter(|contact| !contact.archived);
    let given = |name: &str| one.get(name).and_then(identifier_of);
    let found = if let Some(id) = given("id") {
        let id: ObjectId = id.parse().map_err(|()| missing())?;
        alive().find(|contact| contact.id == id)
    } else if let Some(user_id) = given("user_id") {
        alive().find(|contact| contact.external_id.as_deref() == Some(&user_id))
    } else if let Some(email) = given("email") {
        alive().find(|contact| {
            contact
                .email
                .as_deref()
                .is_some_and(|known| known.eq_ignore_ascii_case(&email))
        })
    } else {
        return Err(Fault::absent(&format!("{field}.id")).of(field));
    };
    found.map(|contact| contact.id).ok_or_else(missing)
}

/// Puts the message into the inbox as a conversation that an admin began.
fn open(world: &mut World, message: &Message, contacts: Vec<ObjectId>) -> u64 {
    let id = world.ids.conversation();
    let author = Author::Admin(message.from);
    let at = message.created_at;
    let source = Source {
        id: message.id,
        kind: match message.kind.as_str() {
            "email" => "email",
            "whatsapp" => "whatsapp",
            _ => "conversation",
        },
        delivered_as: "admin_initiated",
        subject: message.subject.clone().unwrap_or_default().into(),
        body: message.body.clone().into(),
        author,
        attachments: Vec::new(),
        url: None,
        redacted: false,
    };
    let statistics = Statistics {
        first_admin_reply_at: Some(at),
        last_admin_reply_at: Some(at),
        ..Statistics::default()
    };
    let conversation = Conversation {
        id,
        title: None,
        created_at: at,
        updated_at: at,
        waiting_since: None,
        snoozed_until: None,
        state: State::Open,
        read: false,
        priority: Priority::None,
        admin_assignee: Some(message.from),
        team_assignee: None,
        company: None,
        tags: Vec::new(),
        source,
        contacts,
        teammates: vec![message.from],
        custom_attributes: Attributes::new(),
        sla: None,
        rating: None,
        statistics,
        linked_tickets: Vec::new(),
        ai_agent: None,
        parts: Vec::new(),
        ticket: None,
    };
    world.conversations.insert(id, conversation);
    id
}

fn render(world: &World, message: &Message) -> Value {
    let mut body = json!({
        "type": "admin_message",
        "id": message.id.to_string(),
        "created_at": message.created_at,
        "body": message.body,
        "message_type": message.kind,
        "owner": world.admins.get(&message.from).map(admins::render),
    });
    if let Some(subject) = &message.subject {
        body["subject"] = json!(subject);
    }
    if let Some(conversation) = message.conversation {
        body["conversation_id"] = json!(conversation.to_string());
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{NOW, RUI, call, contact, fault, world};

    fn to_ana(world: &World, changes: &Value) -> Value {
        let ana = contact(world, "Ana").to_string();
        let mut body = json!({"message_type": "in_app", "body": "Hello", "from": {"type": "admin", "id": RUI}, "to": {"type": "user", "id": ana}});
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    }

    #[test]
    fn messages_go_out_without_a_conversation() {
        let mut world = world();
        for (kind, told) in [("in_app", "inapp"), ("inapp", "inapp"), ("email", "email")] {
            let body = to_ana(&world, &json!({"message_type": kind, "subject": "Hi"}));
            let sent = call(&mut world, "create_message", "", body).unwrap();
            assert_eq!(
                (&sent["type"], &sent["message_type"], &sent["body"]),
                (
                    &json!("admin_message"),
                    &json!(told),
                    &json!("<p>Hello</p>")
                )
            );
            assert_eq!(
                (&sent["owner"]["id"], sent.get("conversation_id")),
                (&json!("7001"), None)
            );
        }
        assert!(world.conversations.is_empty());
        assert_eq!(
            (
                world.messages.len(),
                world.contacts[&contact(&world, "Ana")].last_contacted_at
            ),
            (3, Some(NOW))
        );
    }

    #[test]
    fn a_conversation_opens_when_a_contact_answers() {
        let mut world = world();
        let ana = contact(&world, "Ana").to_string();
        let body = to_ana(&world, &json!({}));
        call(&mut world, "create_message", "", body).unwrap();
        let answer = json!({"type": "user", "message_type": "comment", "intercom_user_id": ana, "body": "Thanks"});
        let first = call(&mut world, "reply_conversation", "last", answer.clone()).unwrap();
        assert_eq!(first["source"]["delivered_as"], "admin_initiated");
        assert_eq!(first["source"]["author"]["id"], RUI.to_string());
        let parts = &first["conversation_parts"]["conversation_parts"];
        assert_eq!(parts[0]["body"], "<p>Thanks</p>", "{first}");
        assert_eq!(parts[0]["author"]["id"], ana);
        let second = call(&mut world, "reply_conversation", "last", answer).unwrap();
        assert_eq!(
            (&second["id"], world.conversations.len()),
            (&first["id"], 1)
        );
    }

    #[test]
    fn a_conversation_opens_at_once_when_asked() {
        let mut world = world();
        world.listening = true;
        let ana = contact(&world, "Ana").to_string();
        let body = to_ana(
            &world,
            &json!({"create_conversation_without_contact_reply": true, "to": [{"type": "lead", "id": ana}]}),
        );
        let sent = call(&mut world, "create_message", "", body).unwrap();
        let id: u64 = sent["conversation_id"].as_str().unwrap().parse().unwrap();
        let talk = &world.conversations[&id];
        assert_eq!(
            (talk.source.delivered_as, talk.source.author, talk.state),
            ("admin_initiated", Author::Admin(RUI), State::Open)
        );
        assert_eq!(world.outbox[0].topic, "conversation.admin.single.created");
    }

    #[test]
    fn templates_are_for_whatsapp() {
        let mut world = world();
        let body = to_ana(
            &world,
            &json!({"message_type": "whatsapp", "body": null, "template": "order_ready", "components": []}),
        );
        assert_eq!(
            call(&mut world, "create_message", "", body).unwrap()["body"],
            "<p>order_ready</p>"
        );
    }

    #[test]
    fn half_messages_are_refused() {
        let mut world = world();
        for (changes, expected) in [
            (
                json!({"message_type": "email"}),
                (422, "parameter_not_found"),
            ),
            (
                json!({"message_type": "pigeon"}),
                (400, "parameter_invalid"),
            ),
            (json!({"message_type": null}), (400, "parameter_not_found")),
            (
                json!({"message_type": "whatsapp"}),
                (400, "parameter_not_found"),
            ),
            (json!({"body": ""}), (400, "parameter_invalid")),
            (json!({"from": null}), (400, "parameter_not_found")),
            (
                json!({"from": {"type": "user", "id": "1"}}),
                (400, "parameter_invalid"),
            ),
            (
                json!({"from": {"type": "admin", "id": "1"}}),
                (404, "admin_not_found"),
            ),
            (json!({"to": null}), (400, "parameter_not_found")),
            (
                json!({"to": {"type": "user", "id": "u-77"}}),
                (404, "not_found"),
            ),
            (
                json!({"to": {"type": "dog", "id": "1"}}),
                (400, "parameter_invalid"),
            ),
            (
                json!({"to": [{"type": "user"}]}),
                (400, "parameter_not_found"),
            ),
        ] {
            let body = to_ana(&world, &changes);
            assert_eq!(
                fault(&mut world, "create_message", "", body),
                expected,
                "{changes}"
            );
        }
        assert!(world.messages.is_empty() && world.conversations.is_empty());
    }
}
