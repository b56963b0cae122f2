//! Operations on tickets.

mod attributes;
mod change_type;
mod create;
mod links;
mod render;
mod reply;
mod search;
mod update;

pub(crate) use create::from_conversation;
pub(crate) use render::ticket as render;

use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    world::{
        World,
        inbox::{Assignee, Author},
        tickets::{Ticket, TicketPart},
    },
};
use serde_json::json;

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "search_tickets" => search::search,
        "get_ticket" => get,
        "create_ticket" => create::create,
        "enqueue_create_ticket" => create::enqueue,
        "update_ticket" => update::update,
        "reply_ticket" => reply::reply,
        "change_ticket_type" => change_type::change,
        "link_conversation_to_ticket" => links::link,
        "unlink_conversation_from_ticket" => links::unlink,
        "delete_ticket" => delete,
        _ => return None,
    })
}

fn get(world: &mut World, call: &Call) -> Reply {
    Answer::ok(render(world, find(world, call)?))
}

fn delete(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call)?.id;
    world.tickets.remove(&id);
    for conversation in world.conversations.values_mut() {
        conversation.linked_tickets.retain(|linked| *linked != id);
        conversation.ticket = conversation.ticket.filter(|ticket| *ticket != id);
    }
    for other in world.tickets.values_mut() {
        other.linked_conversations.retain(|linked| *linked != id);
    }
    Answer::ok(json!({"id": id.to_string(), "object": "ticket", "deleted": true}))
}

fn find<'w>(world: &'w World, call: &Call) -> Result<&'w Ticket, Fault> {
    call.number(0)
        .and_then(|id| world.tickets.get(&id))
        .ok_or_else(|| Fault::missing("ticket_not_found", "Ticket not found"))
}

/// The admin or team of an id; 0 is nobody.
fn assignee(world: &World, id: u64) -> Result<Assignee, Fault> {
    match id {
        0 => Ok(Assignee::Nobody),
        id if world.admins.contains_key(&id) => Ok(Assignee::Admin(id)),
        id if world.teams.contains_key(&id) => Ok(Assignee::Team(id)),
        _ => Err(Fault::missing("assignee_not_found", "Assignee not found")),
    }
}

/// A part that says no more than that something happened.
fn part(world: &mut World, kind: &'static str, author: Author) -> TicketPart {
    TicketPart {
        id: world.ids.part(),
        kind,
        body: None,
        created_at: world.now(),
        author,
        assigned_to: None,
        attachments: Vec::new(),
        redacted: false,
        states: None,
        by_app: true,
        change: None,
        reply_options: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{BILLING, EVA, call, contact, fault, world};
    use crate::world::{World, inbox::Assignee};
    use serde_json::{Value, json};

    /// A world with a customer ticket of Ana's, and the ids of the ticket and of its type.
    pub(super) fn with_ticket(category: &str) -> (World, String, Value) {
        let mut world = world();
        let kind = call(
            &mut world,
            "create_ticket_type",
            "",
            json!({"name": "Issue", "category": category}),
        )
        .unwrap();
        let ana = contact(&world, "Ana").to_string();
        let body = json!({"ticket_type_id": kind["id"], "contacts": [{"id": ana}], "ticket_attributes": {"_default_title_": "Flat tire"}});
        let ticket = call(&mut world, "create_ticket", "", body).unwrap();
        (world, ticket["id"].as_str().unwrap().to_owned(), kind)
    }

    /// The kinds of a ticket's parts.
    pub(super) fn kinds(ticket: &Value) -> Vec<&str> {
        ticket["ticket_parts"]["ticket_parts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|part| part["part_type"].as_str().unwrap())
            .collect()
    }

    #[test]
    fn a_ticket_is_read_and_deleted() {
        let (mut world, id, kind) = with_ticket("Customer");
        let ticket = call(&mut world, "get_ticket", &id, Value::Null).unwrap();
        assert_eq!(ticket["ticket_type"], kind);
        assert_eq!(
            (&ticket["admin_assignee_id"], &ticket["team_assignee_id"]),
            (&json!(0), &json!(0))
        );
        assert_eq!(ticket["ticket_state"]["category"], "submitted");
        let gone = call(&mut world, "delete_ticket", &id, Value::Null).unwrap();
        assert_eq!(gone, json!({"id": id, "object": "ticket", "deleted": true}));
        assert_eq!(
            fault(&mut world, "get_ticket", &id, Value::Null),
            (404, "ticket_not_found")
        );
    }

    #[test]
    fn admins_and_teams_are_told_apart() {
        let (world, ..) = with_ticket("Customer");
        for (id, expected) in [
            (0, Some(Assignee::Nobody)),
            (EVA, Some(Assignee::Admin(EVA))),
            (BILLING, Some(Assignee::Team(BILLING))),
            (3, None),
        ] {
            assert_eq!(super::assignee(&world, id).ok(), expected);
        }
    }
}
