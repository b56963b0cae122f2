//! Contacts who join and leave a conversation.

use super::{Entry, Moment, answer, append, message::find_contact};
use crate::{
    call::{Call, Fault, Reply},
    world::{ObjectId, World, inbox::Author},
};
use serde_json::json;

pub(super) fn attach(world: &mut World, call: &Call) -> Reply {
    let id = super::find(world, call)?.id;
    let author = acting(world, call)?;
    let customer = call
        .object_field("customer")
        .ok_or_else(|| Fault::absent("customer"))?;
    let not_found = || Fault::missing("not_found", "Resource Not Found");
    let contact = find_contact(world, customer).map_err(|_| not_found())?;
    let contact = contact.ok_or_else(|| {
        Fault::absent("customer.intercom_user_id, customer.user_id or customer.email")
    })?;
    let conversation = world.conversations.get_mut(&id).ok_or_else(not_found)?;
    if !conversation.contacts.contains(&contact) {
        conversation.contacts.push(contact);
        told(world, id, contact, author, true);
    }
    answer(world, id, call)
}

pub(super) fn detach(world: &mut World, call: &Call) -> Reply {
    let id = super::find(world, call)?.id;
    let author = acting(world, call)?;
    let contact = call.object(1);
    let conversation = world
        .conversations
        .get_mut(&id)
        .ok_or_else(super::missing)?;
    let place = conversation
        .contacts
        .iter()
        .position(|present| Some(*present) == contact);
    let (Some(place), Some(contact)) = (place, contact) else {
        return Err(Fault::missing("not_found", "User Not Found"));
    };
    if conversation.contacts.len() == 1 {
        return Err(Fault::invalid(
            "The last contact of a conversation cannot be detached",
        ));
    }
    conversation.contacts.remove(place);
    told(world, id, contact, author, false);
    answer(world, id, call)
}

/// The admin who acts; the token's own when none is named.
fn acting(world: &World, call: &Call) -> Result<Author, Fault> {
    if call.field("admin_id").is_none() {
        return Ok(Author::Admin(call.caller));
    }
    super::message::admin(world, call).map(Author::Admin)
}

fn told(world: &mut World, id: u64, contact: ObjectId, author: Author, joined: bool) {
    let (kind, topic) = if joined {
        ("participant_added", "conversation.contact.attached")
    } else {
        ("participant_removed", "conversation.contact.detached")
    };
    append(
        world,
        id,
        Entry::silent(kind, author, world.now(), Moment::Mention),
    );
    world.emit(topic, |world| {
        let contact = world.contacts.get(&contact).map(|contact| crate::resources::contacts::notice(world, contact));
        json!({"conversation": {"parts": [], "options": {}, "model": {"id": id.to_string()}}, "contact": contact})
    });
}

#[cfg(test)]
mod tests {
    use crate::testing::{RUI, call, contact, conversation, fault, world};
    use serde_json::json;

    #[test]
    fn contacts_join_and_leave() {
        let mut world = world();
        let id = conversation(&mut world, "Hello");
        let bo = contact(&world, "Bo").to_string();
        let got = call(
            &mut world,
            "attach_contact_to_conversation",
            &id,
            json!({"admin_id": RUI, "customer": {"intercom_user_id": bo}}),
        )
        .unwrap();
        assert_eq!(got["contacts"]["contacts"].as_array().unwrap().len(), 2);
        let target = format!("{id}/{bo}");
        let got = call(
            &mut world,
            "detach_contact_from_conversation",
            &target,
            json!({"admin_id": RUI}),
        )
        .unwrap();
        assert_eq!(got["contacts"]["contacts"].as_array().unwrap().len(), 1);
        assert_eq!(
            fault(
                &mut world,
                "detach_contact_from_conversation",
                &target,
                json!({"admin_id": RUI})
            ),
            (404, "not_found")
        );
        let last = format!("{id}/{}", contact(&world, "Ana"));
        assert_eq!(
            fault(
                &mut world,
                "detach_contact_from_conversation",
                &last,
                json!({"admin_id": RUI})
            ),
            (400, "parameter_invalid")
        );
        assert_eq!(
            fault(
                &mut world,
                "attach_contact_to_conversation",
                &id,
                json!({"customer": {"email": "x@y.z"}})
            ),
            (404, "not_found")
        );
    }
}
