//! Replies: of admins, as comments, notes and quick replies, and of contacts.

use super::{
    Entry, Moment, answer, append,
    message::{admin, attachments, body, find_contact},
    missing,
};
use crate::{
    call::{Call, Fault, Reply},
    resources::messages,
    world::{ObjectId, World, inbox::Author},
};
use serde_json::{Map, Value};

pub(super) fn reply(world: &mut World, call: &Call) -> Reply {
    match call.text("type") {
        Some("admin") => admin_reply(world, call),
        Some("user" | "contact" | "lead") => contact_reply(world, call),
        Some(_) => Err(Fault::invalid("type must be admin or user").of("type")),
        None => Err(Fault::absent("type")),
    }
}

fn admin_reply(world: &mut World, call: &Call) -> Reply {
    let id = super::find(world, call)?.id;
    let author = Author::Admin(admin(world, call)?);
    let kind = call
        .text("message_type")
        .ok_or_else(|| Fault::absent("message_type"))?;
    let reply_options = quick_replies(world, call)?;
    let (kind, moment, topic) = match kind {
        "comment" => ("comment", Moment::Reply, "conversation.admin.replied"),
        "note" => ("note", Moment::Note, "conversation.admin.noted"),
        "quick_reply" if reply_options.is_empty() => return Err(Fault::absent("reply_options")),
        "quick_reply" => ("quick_reply", Moment::Reply, "conversation.admin.replied"),
        _ => {
            return Err(
                Fault::invalid("message_type must be comment, note or quick_reply")
                    .of("message_type"),
            );
        }
    };
    let (body, attachments) = (body(call)?, attachments(world, call)?);
    if body.is_none() && attachments.is_empty() && kind != "quick_reply" {
        return Err(Fault::invalid("Body is required").of("body"));
    }
    let at = call.integer("created_at").unwrap_or_else(|| world.now());
    let entry = Entry {
        kind,
        author,
        body,
        attachments,
        reply_options,
        at,
        moment,
    };
    if let Some(part) = append(world, id, entry) {
        world.tell_conversation(topic, id, part);
    }
    answer(world, id, call)
}

fn contact_reply(world: &mut World, call: &Call) -> Reply {
    let empty = Map::new();
    let contact = find_contact(world, call.body.as_object().unwrap_or(&empty))?
        .ok_or_else(|| Fault::absent("intercom_user_id, user_id or email"))?;
    let id = of_contact(world, call, contact)?;
    if call.text("message_type") != Some("comment") {
        return Err(Fault::invalid("message_type must be comment").of("message_type"));
    }
    let (body, attachments) = (body(call)?, attachments(world, call)?);
    if body.is_none() && attachments.is_empty() {
        return Err(Fault::invalid("Body is required").of("body"));
    }
    let at = call.integer("created_at").unwrap_or_else(|| world.now());
    if let Some(conversation) = world.conversations.get_mut(&id)
        && !conversation.contacts.contains(&contact)
    {
        conversation.contacts.push(contact);
    }
    let entry = Entry {
        kind: "comment",
        author: Author::Contact(contact),
        body,
        attachments,
        reply_options: Vec::new(),
        at,
        moment: Moment::ContactReply,
    };
    if let Some(part) = append(world, id, entry) {
        world.tell_conversation("conversation.user.replied", id, part);
    }
    answer(world, id, call)
}

/// The conversation of the path; `last` is the contact's most recent one, or that of a message nobody answered yet.
fn of_contact(world: &mut World, call: &Call, contact: ObjectId) -> Result<u64, Fault> {
    if call.id(0) != "last" {
        return Ok(super::find(world, call)?.id);
    }
    let theirs = world
        .conversations
        .values()
        .filter(|conversation| conversation.contacts.contains(&contact));
    let latest = theirs
        .map(|conversation| (conversation.updated_at, conversation.id))
        .max();
    let since = latest.map_or(0, |(at, _)| at);
    messages::answered(world, contact, since)
        .or(latest.map(|(_, id)| id))
        .ok_or_else(missing)
}

fn quick_replies(world: &mut World, call: &Call) -> Result<Vec<(String, String)>, Fault> {
    let Some(options) = call.list("reply_options") else {
        return Ok(Vec::new());
    };
    let read = |option: &Value| {
        let text = option.get("text").and_then(Value::as_str)?.to_owned();
        let uuid = option
            .get("uuid")
            .and_then(Value::as_str)
            .map_or_else(|| world.ids.uuid(), str::to_owned);
        Some((text, uuid))
    };
    options
        .iter()
        .map(read)
        .collect::<Option<_>>()
        .ok_or_else(|| Fault::invalid("reply_options need text and uuid").of("reply_options"))
}

#[cfg(test)]
mod tests {
    use crate::testing::{EVA, NOW, RUI, call, conversation, fault, world};
    use serde_json::json;

    #[test]
    fn an_admins_answer_ends_the_waiting() {
        let mut world = world();
        let id = conversation(&mut world, "Where is my order?");
        let body = json!({"message_type": "comment", "type": "admin", "admin_id": RUI.to_string(), "body": "On its way"});
        let got = call(&mut world, "reply_conversation", &id, body).unwrap();
        assert_eq!(got["waiting_since"], json!(null));
        assert_eq!(got["statistics"]["time_to_admin_reply"], 300);
        let part = &got["conversation_parts"]["conversation_parts"][0];
        assert_eq!(
            (&part["part_type"], &part["body"], &part["author"]["name"]),
            (
                &json!("comment"),
                &json!("<p>On its way</p>"),
                &json!("Rui")
            )
        );
        assert_eq!(got["teammates"]["admins"][0]["id"], "7001");
    }

    #[test]
    fn a_contacts_answer_opens_what_was_closed() {
        let mut world = world();
        let id = conversation(&mut world, "Hello");
        call(
            &mut world,
            "manage_conversation",
            &id,
            json!({"message_type": "close", "type": "admin", "admin_id": RUI}),
        )
        .unwrap();
        for who in [
            json!({"user_id": "u-77"}),
            json!({"email": "ANA@example.com"}),
        ] {
            let mut body =
                json!({"message_type": "comment", "type": "user", "body": "Still broken"});
            body.as_object_mut()
                .unwrap()
                .extend(who.as_object().unwrap().clone());
            call(&mut world, "reply_conversation", &id, body).unwrap();
        }
        let got = call(&mut world, "get_conversation", &id, json!(null)).unwrap();
        let kinds: Vec<&str> = got["conversation_parts"]["conversation_parts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|part| part["part_type"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, ["close", "open", "comment"]);
        assert_eq!(
            (
                &got["open"],
                &got["waiting_since"],
                &got["statistics"]["count_reopens"]
            ),
            (&json!(true), &json!(NOW), &json!(1))
        );
    }

    #[test]
    fn a_note_of_another_admin_wakes_a_snoozed_conversation() {
        let mut world = world();
        let id = conversation(&mut world, "Hello");
        for body in [
            json!({"message_type": "assignment", "type": "admin", "admin_id": RUI, "assignee_id": RUI}),
            json!({"message_type": "snoozed", "admin_id": RUI, "snoozed_until": NOW + 3600}),
        ] {
            call(&mut world, "manage_conversation", &id, body).unwrap();
        }
        let body =
            json!({"message_type": "note", "type": "admin", "admin_id": EVA, "body": "Look here"});
        let got = call(&mut world, "reply_conversation", &id, body).unwrap();
        assert_eq!(
            (&got["state"], &got["snoozed_until"]),
            (&json!("open"), &json!(null))
        );
        assert_eq!(
            got["conversation_parts"]["conversation_parts"][2]["part_type"],
            "note_and_unsnooze"
        );
    }

    #[test]
    fn bad_replies_are_refused() {
        let mut world = world();
        let id = conversation(&mut world, "Hello");
        let admin =
            json!({"message_type": "comment", "type": "admin", "admin_id": "7001", "body": "Hi"});
        for (target, patch, expected) in [
            ("1", json!({}), (404, "not_found")),
            (
                id.as_str(),
                json!({"admin_id": "1"}),
                (404, "admin_not_found"),
            ),
            (
                id.as_str(),
                json!({"admin_id": null}),
                (400, "parameter_not_found"),
            ),
            (
                id.as_str(),
                json!({"body": " "}),
                (400, "parameter_invalid"),
            ),
            (id.as_str(), json!({"body": 5}), (400, "type_mismatch")),
            (
                id.as_str(),
                json!({"message_type": "shout"}),
                (400, "parameter_invalid"),
            ),
            (
                id.as_str(),
                json!({"message_type": "quick_reply"}),
                (400, "parameter_not_found"),
            ),
            (
                id.as_str(),
                json!({"type": "user", "email": "nobody@example.com"}),
                (404, "not_found"),
            ),
            (
                id.as_str(),
                json!({"attachment_urls": vec!["http://x/a.png"; 11]}),
                (400, "parameter_invalid"),
            ),
        ] {
            let mut body = admin.clone();
            body.as_object_mut()
                .unwrap()
                .extend(patch.as_object().unwrap().clone());
            assert_eq!(
                fault(&mut world, "reply_conversation", target, body),
                expected,
                "{patch}"
            );
        }
    }
}
