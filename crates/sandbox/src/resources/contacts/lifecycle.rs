//! Archiving, blocking and deleting contacts.

use super::{activities, find, notice};
use crate::{
    call::{Answer, Call, Reply},
    resources::conversations::{Entry, Moment, append},
    world::{
        World,
        inbox::{Author, State},
        people::NoteOn,
    },
};
use serde_json::json;

pub(super) fn archive(world: &mut World, call: &Call) -> Reply {
    set_archived(world, call, true)
}

pub(super) fn unarchive(world: &mut World, call: &Call) -> Reply {
    set_archived(world, call, false)
}

fn set_archived(world: &mut World, call: &Call, archived: bool) -> Reply {
    let id = find(world, call)?.id;
    let now = world.now();
    let topic = if archived {
        "contact.archived"
    } else {
        "contact.unarchived"
    };
    if let Some(contact) = world.contacts.get_mut(&id) {
        contact.archived = archived;
        contact.updated_at = now;
    }
    world.emit(topic, |world| notice(world, &world.contacts[&id]));
    Answer::ok(
        json!({"type": "contact", "id": id.to_string(), "external_id": world.contacts[&id].external_id, "archived": archived}),
    )
}

/// Blocks a contact; its open conversations are closed, as Intercom archives them.
pub(super) fn block(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call)?.id;
    let now = world.now();
    if let Some(contact) = world.contacts.get_mut(&id) {
        contact.blocked = true;
        contact.updated_at = now;
    }
    let theirs = world
        .conversations
        .values()
        .filter(|one| one.contacts == [id] && one.state != State::Closed);
    for conversation in theirs.map(|one| one.id).collect::<Vec<_>>() {
        append(
            world,
            conversation,
            Entry::silent("close", Author::Admin(call.caller), now, Moment::Close),
        );
    }
    Answer::ok(
        json!({"type": "contact", "id": id.to_string(), "external_id": world.contacts[&id].external_id, "blocked": true}),
    )
}

pub(super) fn delete(world: &mut World, call: &Call) -> Reply {
    let contact = find(world, call)?.clone();
    activities::log(world, "contact.deleted", &contact);
    world.contacts.remove(&contact.id);
    world
        .notes
        .retain(|_, note| note.on != NoteOn::Contact(contact.id));
    world.events.retain(|event| event.contact != contact.id);
    let body = json!({"type": "contact", "id": contact.id.to_string(), "external_id": contact.external_id, "deleted": true});
    let told = body.clone();
    world.emit("contact.deleted", |_| told);
    Answer::ok(body)
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, contact, conversation, fault, world};
    use serde_json::json;

    #[test]
    fn an_archived_contact_is_out_of_lists_until_it_returns() {
        let mut world = world();
        let ana = contact(&world, "Ana").to_string();
        for (operation, archived, total) in [
            ("archive_contact", true, 1),
            ("unarchive_contact", false, 2),
        ] {
            let got = call(&mut world, operation, &ana, json!(null)).unwrap();
            assert_eq!(
                got,
                json!({"type": "contact", "id": ana, "external_id": "u-77", "archived": archived})
            );
            assert_eq!(
                call(&mut world, "list_contacts", "", json!(null)).unwrap()["total_count"],
                total
            );
        }
    }

    #[test]
    fn blocking_closes_and_deleting_forgets() {
        let mut world = world();
        let ana = contact(&world, "Ana").to_string();
        let id = conversation(&mut world, "Spam");
        assert_eq!(
            call(&mut world, "block_contact", &ana, json!(null)).unwrap()["blocked"],
            true
        );
        assert_eq!(
            call(&mut world, "get_conversation", &id, json!(null)).unwrap()["state"],
            "closed"
        );
        assert_eq!(
            call(&mut world, "delete_contact", &ana, json!(null)).unwrap()["deleted"],
            true
        );
        assert_eq!(
            fault(&mut world, "get_contact", &ana, json!(null)),
            (404, "not_found")
        );
    }
}
