//! Ties between a Tracker ticket and the conversations that report the same trouble.

use crate::{
    call::{Answer, Call, Fault, Reply},
    resources::conversations,
    world::World,
};

/// Conversations that one Tracker ticket takes.
const MAX_LINKS: usize = 2_500;

pub(super) fn link(world: &mut World, call: &Call) -> Reply {
    let ticket = tracker(
        world,
        call,
        "Only tracker tickets support linking conversations",
    )?;
    let given = call
        .identifier("conversation_id")
        .ok_or_else(|| Fault::absent("conversation_id"))?;
    let conversation = conversation(world, &given)
        .ok_or_else(|| Fault::missing("conversation_not_found", "Conversation not found"))?;
    let linked = &world.conversations[&conversation].linked_tickets;
    if linked
        .iter()
        .any(|id| *id != ticket && is_tracker(world, *id))
    {
        return Err(Fault::new(
            400,
            "already_linked_to_tracker",
            "A conversation can only have one tracker ticket",
        ));
    }
    if !linked.contains(&ticket) {
        if world.tickets[&ticket].linked_conversations.len() >= MAX_LINKS {
            let message =
                "Ticket has reached the maximum number of conversations that can be linked";
            return Err(Fault::new(
                400,
                "linked_conversation_limit_exceeded",
                message,
            ));
        }
        change(world, ticket, conversation, Vec::push);
    }
    answer(world, conversation)
}

pub(super) fn unlink(world: &mut World, call: &Call) -> Reply {
    let ticket = tracker(
        world,
        call,
        "Only tracker tickets support unlinking conversations",
    )?;
    let unknown = || {
        Fault::missing(
            "conversation_not_found",
            "Conversation is not linked to this ticket",
        )
    };
    let conversation = conversation(world, call.id(1)).ok_or_else(unknown)?;
    if !world.tickets[&ticket]
        .linked_conversations
        .contains(&conversation)
    {
        return Err(unknown());
    }
    change(world, ticket, conversation, |links, id| {
        links.retain(|linked| *linked != id);
    });
    answer(world, conversation)
}

fn tracker(world: &World, call: &Call, otherwise: &str) -> Result<u64, Fault> {
    let id = super::find(world, call)?.id;
    if is_tracker(world, id) {
        Ok(id)
    } else {
        Err(Fault::new(400, "invalid_ticket_type", otherwise))
    }
}

fn is_tracker(world: &World, ticket: u64) -> bool {
    let kind = world
        .tickets
        .get(&ticket)
        .and_then(|ticket| world.ticket_types.get(&ticket.ticket_type));
    kind.is_some_and(|kind| kind.category == "Tracker")
}

/// The conversation of an id, which may also be that of the customer ticket it became.
fn conversation(world: &World, text: &str) -> Option<u64> {
    let id: u64 = text.parse().ok()?;
    if world.conversations.contains_key(&id) {
        return Some(id);
    }
    world
        .conversations
        .values()
        .find(|conversation| conversation.ticket == Some(id))
        .map(|conversation| conversation.id)
}

/// Changes the links of both sides.
fn change(world: &mut World, ticket: u64, conversation: u64, how: impl Fn(&mut Vec<u64>, u64)) {
    let now = world.now();
    if let Some(ticket) = world.tickets.get_mut(&ticket) {
        how(&mut ticket.linked_conversations, conversation);
        ticket.updated_at = now;
    }
    if let Some(conversation) = world.conversations.get_mut(&conversation) {
        how(&mut conversation.linked_tickets, ticket);
        conversation.updated_at = now;
    }
}

fn answer(world: &World, conversation: u64) -> Reply {
    Answer::ok(conversations::whole(
        world,
        &world.conversations[&conversation],
    ))
}

#[cfg(test)]
mod tests {
    use super::super::tests::with_ticket;
    use crate::testing::{call, contact, fault};
    use serde_json::{Value, json};

    #[test]
    fn a_conversation_has_one_tracker_at_most() {
        let (mut world, first, kind) = with_ticket("Tracker");
        let ana = contact(&world, "Ana").to_string();
        let body = json!({"ticket_type_id": kind["id"], "contacts": [{"id": ana}]});
        let second = call(&mut world, "create_ticket", "", body).unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let talk = call(
            &mut world,
            "create_conversation",
            "",
            json!({"from": {"type": "user", "id": ana}, "body": "Hi"}),
        )
        .unwrap();
        let talk = talk["conversation_id"].as_str().unwrap();
        for _ in 0..2 {
            let linked = call(
                &mut world,
                "link_conversation_to_ticket",
                &first,
                json!({"conversation_id": talk}),
            )
            .unwrap();
            assert_eq!(
                linked["linked_objects"]["data"],
                json!([{"type": "ticket", "id": first, "category": "Tracker"}])
            );
        }
        let link = json!({"conversation_id": talk});
        assert_eq!(
            fault(&mut world, "link_conversation_to_ticket", &second, link),
            (400, "already_linked_to_tracker")
        );
        assert_eq!(
            fault(
                &mut world,
                "unlink_conversation_from_ticket",
                &format!("{second}/{talk}"),
                Value::Null
            ),
            (404, "conversation_not_found")
        );
        let free = call(
            &mut world,
            "unlink_conversation_from_ticket",
            &format!("{first}/{talk}"),
            Value::Null,
        )
        .unwrap();
        assert_eq!(free["linked_objects"]["total_count"], 0);
        assert_eq!(
            call(&mut world, "get_ticket", &first, Value::Null).unwrap()["linked_objects"]["total_count"],
            0
        );
    }

    #[test]
    fn only_trackers_take_links() {
        let (mut world, id, _) = with_ticket("Customer");
        assert_eq!(
            fault(
                &mut world,
                "link_conversation_to_ticket",
                &id,
                json!({"conversation_id": "1"})
            ),
            (400, "invalid_ticket_type")
        );
        assert_eq!(
            fault(
                &mut world,
                "unlink_conversation_from_ticket",
                &format!("{id}/1"),
                Value::Null
            ),
            (400, "invalid_ticket_type")
        );
        let (mut world, id, _) = with_ticket("Tracker");
        assert_eq!(
            fault(
                &mut world,
                "link_conversation_to_ticket",
                &id,
                json!({"conversation_id": "1"})
            ),
            (404, "conversation_not_found")
        );
        assert_eq!(
            fault(&mut world, "link_conversation_to_ticket", &id, json!({})),
            (400, "parameter_not_found")
        );
    }
}
