//! Moves a ticket to another type of the same category.

use super::{attributes, part, render, update::wrong_state};
use crate::{
    call::{Answer, Call, Fault, Reply},
    world::{
        Attributes, World,
        inbox::Author,
        tickets::{Ticket, TicketType},
    },
};
use serde_json::Map;

pub(super) fn change(world: &mut World, call: &Call) -> Reply {
    let ticket = super::find(world, call)?;
    let (from, to) = types(world, ticket, call)?;
    let state = call
        .identifier("ticket_state_id")
        .ok_or_else(|| Fault::absent("ticket_state_id"))?;
    let state: u64 = state
        .parse()
        .ok()
        .filter(|id| to.states.contains(id))
        .ok_or_else(wrong_state)?;
    let empty = Map::new();
    let given = attributes::check(to, call.object_field("ticket_attributes").unwrap_or(&empty))?;
    let mut kept = common(ticket, from, to);
    kept.extend(given);
    let category = |state: u64| {
        world
            .ticket_states
            .get(&state)
            .map_or("submitted", |state| state.category)
    };
    let states = (category(ticket.state), category(state));
    let (id, to) = (ticket.id, to.id);
    let mut entry = part(world, "ticket_type_changed", Author::Admin(call.caller));
    entry.states = Some(states);
    let now = world.now();
    if let Some(ticket) = world.tickets.get_mut(&id) {
        ticket.ticket_type = to;
        ticket.previous_state = Some(std::mem::replace(&mut ticket.state, state));
        ticket.attributes = kept;
        ticket.updated_at = now;
        ticket.parts.push(entry);
    }
    Answer::ok(render::ticket(world, &world.tickets[&id]))
}

/// The type that the ticket has and the one it shall have, of one category.
fn types<'w>(
    world: &'w World,
    ticket: &Ticket,
    call: &Call,
) -> Result<(&'w TicketType, &'w TicketType), Fault> {
    let unknown = || Fault::missing("ticket_type_not_found", "Ticket type not found");
    let asked = call
        .identifier("ticket_type_id")
        .ok_or_else(|| Fault::absent("ticket_type_id"))?;
    let to = asked
        .parse()
        .ok()
        .and_then(|id: u64| world.ticket_types.get(&id))
        .filter(|kind| !kind.archived)
        .ok_or_else(unknown)?;
    let from = world
        .ticket_types
        .get(&ticket.ticket_type)
        .ok_or_else(unknown)?;
    if from.category != to.category {
        let message = "Ticket type must be of the same category as the ticket";
        return Err(Fault::new(400, "invalid_ticket_type", message));
    }
    Ok((from, to))
}

/// The values of attributes that both types have under one name and of one data type.
fn common(ticket: &Ticket, from: &TicketType, to: &TicketType) -> Attributes {
    let data_type = |kind: &TicketType, name: &str| {
        kind.attributes
            .iter()
            .find(|field| field.name == name)
            .map(|field| field.data_type.clone())
    };
    let same =
        |name: &str| data_type(from, name).is_some_and(|known| data_type(to, name) == Some(known));
    let kept = ticket.attributes.iter().filter(|(name, _)| same(name));
    kept.map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{kinds, with_ticket};
    use crate::testing::{call, fault};
    use serde_json::json;

    #[test]
    fn what_both_types_have_comes_along() {
        let (mut world, id, old) = with_ticket("Customer");
        let target = old["id"].as_str().unwrap();
        call(
            &mut world,
            "create_ticket_type_attribute",
            target,
            json!({"name": "Wheel", "data_type": "string"}),
        )
        .unwrap();
        call(
            &mut world,
            "update_ticket",
            &id,
            json!({"ticket_attributes": {"Wheel": "front"}}),
        )
        .unwrap();
        let new = call(
            &mut world,
            "create_ticket_type",
            "",
            json!({"name": "Repair"}),
        )
        .unwrap();
        let state = &new["ticket_states"]["data"][1]["id"];
        let body = json!({"ticket_type_id": new["id"], "ticket_state_id": state, "ticket_attributes": {"_default_description_": "Both"}});
        let ticket = call(&mut world, "change_ticket_type", &id, body).unwrap();
        assert_eq!(
            ticket["ticket_attributes"],
            json!({"_default_title_": "Flat tire", "_default_description_": "Both"})
        );
        assert_eq!(
            (
                &ticket["ticket_type"]["name"],
                &ticket["ticket_state"]["category"]
            ),
            (&json!("Repair"), &json!("in_progress"))
        );
        assert_eq!(*kinds(&ticket).last().unwrap(), "ticket_type_changed");
    }

    #[test]
    fn types_of_another_category_and_foreign_states_are_refused() {
        let (mut world, id, _) = with_ticket("Customer");
        let new = call(
            &mut world,
            "create_ticket_type",
            "",
            json!({"name": "Repair"}),
        )
        .unwrap();
        let state = &new["ticket_states"]["data"][1]["id"];
        let tracker = call(
            &mut world,
            "create_ticket_type",
            "",
            json!({"name": "Bug", "category": "Tracker"}),
        )
        .unwrap();
        for (body, expected) in [
            (
                json!({"ticket_type_id": tracker["id"], "ticket_state_id": state}),
                (400, "invalid_ticket_type"),
            ),
            (
                json!({"ticket_type_id": "1", "ticket_state_id": state}),
                (404, "ticket_type_not_found"),
            ),
            (
                json!({"ticket_type_id": new["id"], "ticket_state_id": "1"}),
                (400, "ticket_state_id_invalid"),
            ),
            (
                json!({"ticket_type_id": new["id"]}),
                (400, "parameter_not_found"),
            ),
        ] {
            assert_eq!(
                fault(&mut world, "change_ticket_type", &id, body.clone()),
                expected,
                "{body}"
            );
        }
    }
}
