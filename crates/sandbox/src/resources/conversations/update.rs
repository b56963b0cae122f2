//! Changing and deleting a conversation.

use super::{answer, render::notice};
use crate::{
    call::{Answer, Call, Fault, Reply},
    world::{Attributes, ObjectId, World, inbox::Tombstone},
};
use serde_json::{Value, json};

pub(super) fn update(world: &mut World, call: &Call) -> Reply {
    let id = super::find(world, call)?.id;
    let company = call
        .identifier("company_id")
        .map(|text| company(world, &text))
        .transpose()?;
    let attributes = match call.field("custom_attributes") {
        None => None,
        Some(Value::Object(attributes)) => Some(attributes.clone()),
        Some(_) => {
            return Err(
                Fault::new(400, "type_mismatch", "custom_attributes must be an object")
                    .of("custom_attributes"),
            );
        }
    };
    let now = world.now();
    let conversation = world
        .conversations
        .get_mut(&id)
        .ok_or_else(super::missing)?;
    conversation.updated_at = conversation.updated_at.max(now);
    if let Some(read) = call.flag("read") {
        conversation.read = read;
    }
    if call.names("title") {
        conversation.title = call.text("title").map(Into::into);
    }
    conversation.company = company.or(conversation.company);
    merge_attributes(
        &mut conversation.custom_attributes,
        attributes.unwrap_or_default(),
    );
    tell_changes(world, id, call);
    answer(world, id, call)
}

pub(super) fn delete(world: &mut World, call: &Call) -> Reply {
    let id = super::find(world, call)?.id;
    if let Some(until) = world
        .conversations
        .remove(&id)
        .and_then(|conversation| conversation.snoozed_until)
    {
        world.snoozes.remove(&(until, id));
    }
    for ticket in world.tickets.values_mut() {
        ticket.linked_conversations.retain(|linked| *linked != id);
    }
    let metrics_retained = call.query("retain_metrics") != Some("false");
    world.deleted_conversations.push(Tombstone {
        id,
        deleted_at: world.now(),
        metrics_retained,
    });
    world.emit(
        "conversation.deleted",
        |_| json!({"type": "conversation", "conversation_id": id.to_string()}),
    );
    Answer::ok(json!({"id": id.to_string(), "object": "conversation", "deleted": true}))
}

/// Sets attributes; null takes one away.
pub(crate) fn merge_attributes(attributes: &mut Attributes, changes: Attributes) {
    for (name, value) in changes {
        if value.is_null() {
            attributes.shift_remove(&name);
        } else {
            attributes.insert(name, value);
        }
    }
}

fn company(world: &World, text: &str) -> Result<ObjectId, Fault> {
    let company = text
        .parse()
        .ok()
        .filter(|id| world.companies.contains_key(id));
    company.ok_or_else(|| Fault::missing("company_not_found", "Company Not Found"))
}

fn tell_changes(world: &mut World, id: u64, call: &Call) {
    if call.flag("read") == Some(true) {
        world.emit("conversation.read", |world| {
            notice(world, &world.conversations[&id], &[])
        });
    }
    if call.names("company_id") {
        world.emit("conversation.company.updated", |world| {
            notice(world, &world.conversations[&id], &[])
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{NOW, call, conversation, fault, world};
    use serde_json::json;

    #[test]
    fn attributes_are_set_and_taken_away() {
        let mut world = world();
        let id = conversation(&mut world, "Hello");
        let body = json!({"read": true, "title": "Order 4417", "custom_attributes": {"Order number": 4417, "Topic": "refund"}});
        call(&mut world, "update_conversation", &id, body).unwrap();
        let got = call(
            &mut world,
            "update_conversation",
            &id,
            json!({"custom_attributes": {"Topic": null}}),
        )
        .unwrap();
        assert_eq!(
            (&got["custom_attributes"], &got["title"], &got["read"]),
            (
                &json!({"Order number": 4417}),
                &json!("Order 4417"),
                &json!(true)
            )
        );
        assert_eq!(
            fault(
                &mut world,
                "update_conversation",
                &id,
                json!({"company_id": "x"})
            ),
            (404, "company_not_found")
        );
        assert_eq!(
            fault(
                &mut world,
                "update_conversation",
                &id,
                json!({"custom_attributes": []})
            ),
            (400, "type_mismatch")
        );
    }

    #[test]
    fn deleting_leaves_a_tombstone() {
        let mut world = world();
        let id = conversation(&mut world, "Hello");
        let got = call(&mut world, "delete_conversation", &id, json!(null)).unwrap();
        assert_eq!(
            got,
            json!({"id": id, "object": "conversation", "deleted": true})
        );
        assert_eq!(
            fault(&mut world, "get_conversation", &id, json!(null)),
            (404, "not_found")
        );
        let list = call(
            &mut world,
            "list_deleted_conversations",
            "?page=1",
            json!(null),
        )
        .unwrap();
        assert_eq!(
            list["conversations"],
            json!([{"type": "conversation", "id": id, "deleted_at": NOW, "metrics_retained": true}])
        );
    }
}
