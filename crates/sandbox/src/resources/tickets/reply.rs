//! Replies: a comment for the customer, a note for teammates, a word from the contact.

use super::{part, render};
use crate::{
    call::{Answer, Call, Fault, Reply},
    resources::conversations::{self, Entry, Moment},
    world::{
        World,
        inbox::{Attachment, Author},
        tickets::TicketPart,
    },
};
use serde_json::{Value, json};

pub(super) fn reply(world: &mut World, call: &Call) -> Reply {
    let id = super::find(world, call)
        .map_err(|_| Fault::missing("not_found", "Resource Not Found"))?
        .id;
    let (kind, author, topic) = match call.text("type") {
        Some("user") => (
            "comment",
            contact_author(world, id, call)?,
            "ticket.contact.replied",
        ),
        Some("admin") => admin_author(world, call)?,
        Some(_) => return Err(Fault::invalid("type must be admin or user")),
        None => return Err(Fault::absent("type")),
    };
    let body = call.text("body").filter(|body| !body.is_empty());
    if body.is_none() && kind != "quick_reply" {
        return Err(Fault::absent("body"));
    }
    let attachments = attachments(world, call)?;
    let created_at = call.integer("created_at").unwrap_or_else(|| world.now());
    let entry = TicketPart {
        body: body.map(|text| html(text).into()),
        created_at,
        attachments,
        reply_options: if kind == "quick_reply" {
            reply_options(call)?
        } else {
            Vec::new()
        },
        ..part(world, kind, author)
    };
    if kind == "note" && call.flag("cross_post") == Some(true) {
        cross_post(world, id, &entry);
    }
    let answer = render::reply(world, &entry);
    let now = world.now();
    if let Some(ticket) = world.tickets.get_mut(&id) {
        if matches!(author, Author::Contact(_)) {
            (ticket.open, ticket.snoozed_until) = (true, None);
        }
        ticket.updated_at = now;
        ticket.parts.push(entry);
    }
    world.emit(topic, |world| json!({"type": "ticket_ticket_part", "ticket": render::ticket(world, &world.tickets[&id]), "ticket_part": answer}));
    Answer::ok(answer)
}

fn admin_author(world: &World, call: &Call) -> Result<(&'static str, Author, &'static str), Fault> {
    let (kind, topic) = match call.text("message_type") {
        Some("comment") => ("comment", "ticket.admin.replied"),
        Some("note") => ("note", "ticket.note.created"),
        Some("quick_reply") => ("quick_reply", "ticket.admin.replied"),
        Some(_) => {
            return Err(Fault::invalid(
                "message_type must be comment, note or quick_reply",
            ));
        }
        None => return Err(Fault::absent("message_type")),
    };
    let text = call
        .identifier("admin_id")
        .ok_or_else(|| Fault::absent("admin_id"))?;
    let admin = text.parse().ok().filter(|id| world.admins.contains_key(id));
    let admin =
        admin.ok_or_else(|| Fault::missing("admin_not_found", "Admin for admin_id not found"))?;
    Ok((kind, Author::Admin(admin), topic))
}

/// The contact who speaks; teammates' own tickets hear no customers.
fn contact_author(world: &World, ticket: u64, call: &Call) -> Result<Author, Fault> {
    let ticket = &world.tickets[&ticket];
    let category = world
        .ticket_types
        .get(&ticket.ticket_type)
        .map_or("Customer", |kind| kind.category.as_str());
    if category != "Customer" {
        let said = if category == "Tracker" {
            "Tracker"
        } else {
            "Backoffice"
        };
        return Err(Fault::new(
            400,
            "parameter_mismatch",
            format!("User replies are not allowed on {said} tickets"),
        ));
    }
    let named = call
        .body
        .as_object()
        .map(|body| conversations::find_contact(world, body))
        .transpose()?
        .flatten();
    named
        .map(Author::Contact)
        .ok_or_else(|| Fault::absent("intercom_user_id, user_id or email"))
}

/// The files of a reply; uploaded ones win over linked ones.
fn attachments(world: &World, call: &Call) -> Result<Vec<Attachment>, Fault> {
    let mut files = conversations::attachments(world, call)?;
    let linked = call.list("attachment_urls").map_or(0, Vec::len);
    if files.len() > linked {
        files.drain(..linked);
    }
    Ok(files)
}

fn reply_options(call: &Call) -> Result<Vec<(String, String)>, Fault> {
    let options = call
        .list("reply_options")
        .filter(|options| !options.is_empty())
        .ok_or_else(|| Fault::absent("reply_options"))?;
    let read = |option: &Value| {
        Some((
            option["text"].as_str()?.to_owned(),
            option["uuid"].as_str()?.to_owned(),
        ))
    };
    options
        .iter()
        .map(|option| {
            read(option).ok_or_else(|| Fault::invalid("each of reply_options needs text and uuid"))
        })
        .collect()
}

/// Writes a note of a back-office ticket into every conversation that is linked to it.
fn cross_post(world: &mut World, ticket: u64, note: &TicketPart) {
    for id in world.tickets[&ticket].linked_conversations.clone() {
        let copy = Entry {
            body: note.body.as_deref().map(str::to_owned),
            attachments: note.attachments.clone(),
            ..Entry::silent("note", note.author, note.created_at, Moment::Note)
        };
        conversations::append(world, id, copy);
    }
}

/// Plain text becomes a paragraph; HTML stays what it is.
fn html(text: &str) -> String {
    if text.trim_start().starts_with('<') {
        text.to_owned()
    } else {
        format!("<p>{text}</p>")
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{kinds, with_ticket};
    use crate::testing::{call, contact, fault};
    use serde_json::{Value, json};

    #[test]
    fn admins_comment_and_note_and_contacts_answer() {
        let (mut world, id, _) = with_ticket("Customer");
        world.listening = true;
        let ana = contact(&world, "Ana").to_string();
        call(&mut world, "update_ticket", &id, json!({"open": false})).unwrap();
        world.outbox.clear();
        for (body, kind, author) in [
            (
                json!({"type": "admin", "message_type": "comment", "admin_id": "7001", "body": "On it"}),
                "comment",
                "admin",
            ),
            (
                json!({"type": "admin", "message_type": "note", "admin_id": 7001, "body": "<p>Psst</p>"}),
                "note",
                "admin",
            ),
            (
                json!({"type": "user", "message_type": "comment", "intercom_user_id": ana, "body": "Thanks"}),
                "comment",
                "user",
            ),
            (
                json!({"type": "user", "message_type": "comment", "user_id": "u-77", "body": "Still flat"}),
                "comment",
                "user",
            ),
        ] {
            let part = call(&mut world, "reply_ticket", &id, body.clone()).unwrap();
            assert_eq!(
                (&part["type"], &part["part_type"], &part["author"]["type"]),
                (&json!("ticket_part"), &json!(kind), &json!(author)),
                "{body}"
            );
            assert!(part["body"].as_str().unwrap().starts_with("<p>"));
        }
        let topics: Vec<_> = world.outbox.iter().map(|event| event.topic).collect();
        assert_eq!(
            topics,
            [
                "ticket.admin.replied",
                "ticket.note.created",
                "ticket.contact.replied",
                "ticket.contact.replied"
            ]
        );
        let ticket = call(&mut world, "get_ticket", &id, Value::Null).unwrap();
        assert_eq!(
            kinds(&ticket)[2..],
            ["comment", "note", "comment", "comment"]
        );
        assert_eq!(ticket["open"], true, "the contact's word opens it again");
    }

    #[test]
    fn quick_replies_and_files_come_along() {
        let (mut world, id, _) = with_ticket("Customer");
        let body = json!({"type": "admin", "message_type": "quick_reply", "admin_id": "7001", "reply_options": [{"text": "Yes", "uuid": "u"}],
            "attachment_urls": ["https://x.example/ignored.png"], "attachment_files": [{"name": "a.txt", "content_type": "text/plain", "data": "aGVsbG8="}]});
        let part = call(&mut world, "reply_ticket", &id, body).unwrap();
        assert_eq!(
            (
                &part["attachments"][0]["name"],
                &part["attachments"][0]["filesize"]
            ),
            (&json!("a.txt"), &json!(5))
        );
        assert_eq!(part["attachments"].as_array().unwrap().len(), 1);
        assert_eq!(part["metadata"]["quick_reply_options"][0]["text"], "Yes");
    }

    #[test]
    fn a_note_is_posted_into_linked_conversations() {
        let (mut world, _, kind) = with_ticket("Back-office");
        let ana = contact(&world, "Ana").to_string();
        let talk = call(
            &mut world,
            "create_conversation",
            "",
            json!({"from": {"type": "user", "id": ana}, "body": "Hi"}),
        )
        .unwrap();
        let body = json!({"ticket_type_id": kind["id"], "contacts": [{"id": ana}], "conversation_to_link_id": talk["conversation_id"]});
        let ticket = call(&mut world, "create_ticket", "", body).unwrap();
        let note = json!({"type": "admin", "message_type": "note", "admin_id": "7001", "body": "Stock is low", "cross_post": true});
        call(
            &mut world,
            "reply_ticket",
            ticket["id"].as_str().unwrap(),
            note,
        )
        .unwrap();
        let talk = call(
            &mut world,
            "get_conversation",
            talk["conversation_id"].as_str().unwrap(),
            Value::Null,
        )
        .unwrap();
        let part = &talk["conversation_parts"]["conversation_parts"][0];
        assert_eq!(
            (&part["part_type"], &part["body"]),
            (&json!("note"), &json!("<p>Stock is low</p>"))
        );
    }

    #[test]
    fn bad_replies_are_refused() {
        let (mut world, id, _) = with_ticket("Customer");
        let admin = |extra: Value| {
            let mut body = json!({"type": "admin", "message_type": "comment", "admin_id": "7001", "body": "x"});
            body.as_object_mut()
                .unwrap()
                .extend(extra.as_object().unwrap().clone());
            body
        };
        for (body, expected) in [
            (
                json!({"message_type": "comment", "body": "x"}),
                (400, "parameter_not_found"),
            ),
            (admin(json!({"body": ""})), (400, "parameter_not_found")),
            (admin(json!({"admin_id": "9"})), (404, "admin_not_found")),
            (
                admin(json!({"admin_id": null})),
                (400, "parameter_not_found"),
            ),
            (
                admin(json!({"message_type": "shout"})),
                (400, "parameter_invalid"),
            ),
            (
                admin(json!({"attachment_urls": vec!["https://x.example/a"; 11]})),
                (400, "parameter_invalid"),
            ),
            (
                admin(
                    json!({"attachment_files": [{"name": "a", "content_type": "b", "data": "%"}]}),
                ),
                (400, "parameter_invalid"),
            ),
            (
                json!({"type": "user", "message_type": "comment", "body": "x"}),
                (400, "parameter_not_found"),
            ),
            (
                json!({"type": "user", "message_type": "comment", "body": "x", "email": "no@one"}),
                (404, "not_found"),
            ),
        ] {
            assert_eq!(
                fault(&mut world, "reply_ticket", &id, body.clone()),
                expected,
                "{body}"
            );
        }
        assert_eq!(
            fault(&mut world, "reply_ticket", "1", admin(json!({}))),
            (404, "not_found")
        );
    }

    #[test]
    fn teammates_tickets_hear_no_customers() {
        for (category, message) in [
            (
                "Back-office",
                "User replies are not allowed on Backoffice tickets",
            ),
            ("Tracker", "User replies are not allowed on Tracker tickets"),
        ] {
            let (mut world, id, _) = with_ticket(category);
            let refused = call(
                &mut world,
                "reply_ticket",
                &id,
                json!({"type": "user", "message_type": "comment", "user_id": "u-77", "body": "x"}),
            )
            .unwrap_err();
            assert_eq!(
                (refused.code, refused.message.as_str()),
                ("parameter_mismatch", message)
            );
            let note =
                json!({"type": "admin", "message_type": "note", "admin_id": "7001", "body": "x"});
            assert_eq!(
                call(&mut world, "reply_ticket", &id, note).unwrap()["part_type"],
                "note"
            );
        }
    }
}
