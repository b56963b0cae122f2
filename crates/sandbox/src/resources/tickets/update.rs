//! Changes to a ticket: each is checked before any is made, and each leaves its part in the history.

use super::{assignee, attributes, create, part, render};
use crate::{
    call::{Answer, Call, Fault, Reply},
    world::{
        ObjectId, Time, World,
        inbox::{Assignee, Author},
        tickets::{AttributeChange, Ticket, TicketPart},
    },
};
use serde_json::{Value, json};

/// One checked change.
enum Change {
    Attribute(AttributeChange),
    State(u64),
    Assign(Assignee),
    Open(bool),
    Snooze(Time),
    Share(bool),
    Company(Option<ObjectId>),
}

pub(super) fn update(world: &mut World, call: &Call) -> Reply {
    let ticket = super::find(world, call)?;
    let id = ticket.id;
    let author = match call.identifier("admin_id") {
        None => call.caller,
        Some(text) => text
            .parse()
            .ok()
            .filter(|id| world.admins.contains_key(id))
            .ok_or_else(unknown_assignee)?,
    };
    let mut topics = Vec::new();
    for change in read(world, ticket, call)? {
        topics.extend(apply(world, id, change, Author::Admin(author)));
    }
    for topic in topics {
        world.emit(topic, |world| notice(world, id, topic));
    }
    Answer::ok(render::ticket(world, &world.tickets[&id]))
}

/// A ticket as a webhook tells it: since 2.15 a closed one is wrapped.
fn notice(world: &World, id: u64, topic: &str) -> Value {
    let ticket = render::ticket(world, &world.tickets[&id]);
    if topic == "ticket.closed" {
        json!({"type": "ticket", "ticket": ticket})
    } else {
        ticket
    }
}

/// What a state that the type does not have is answered with.
pub(super) fn wrong_state() -> Fault {
    Fault::new(
        400,
        "ticket_state_id_invalid",
        "Ticket state id is not valid or is not associated with the ticket type",
    )
}

fn unknown_assignee() -> Fault {
    Fault::missing("assignee_not_found", "Assignee not found")
}

fn read(world: &World, ticket: &Ticket, call: &Call) -> Result<Vec<Change>, Fault> {
    let mut changes = attribute_changes(world, ticket, call)?;
    changes.extend(
        state(world, ticket, call)?
            .filter(|state| *state != ticket.state)
            .map(Change::State),
    );
    if let Some(text) = call.identifier("assignee_id") {
        changes.push(Change::Assign(assignee(
            world,
            text.parse().unwrap_or(u64::MAX),
        )?));
    }
    if call.names("snoozed_until") {
        let until = call
            .integer("snoozed_until")
            .ok_or_else(|| Fault::invalid("snoozed_until must be a Unix timestamp"))?;
        changes.push(Change::Snooze(until));
    }
    changes.extend(call.flag("open").map(Change::Open));
    changes.extend(call.flag("is_shared").map(Change::Share));
    if call.names("company_id") {
        let company = call
            .identifier("company_id")
            .map(|text| create::company(world, &text))
            .transpose()?;
        changes.push(Change::Company(company));
    }
    Ok(changes)
}

fn attribute_changes(world: &World, ticket: &Ticket, call: &Call) -> Result<Vec<Change>, Fault> {
    let (Some(values), Some(kind)) = (
        call.object_field("ticket_attributes"),
        world.ticket_types.get(&ticket.ticket_type),
    ) else {
        return Ok(Vec::new());
    };
    let changed = attributes::check(kind, values)?
        .into_iter()
        .filter_map(|(name, value)| {
            let field = kind.attributes.iter().find(|field| field.name == name)?;
            let previous = ticket.attributes.get(&name).cloned().unwrap_or_default();
            (previous != value).then_some(Change::Attribute(AttributeChange {
                id: field.id,
                label: name,
                previous,
                value,
            }))
        });
    Ok(changed.collect())
}

/// The state asked for: by id, or by its category as 2.11 does it.
fn state(world: &World, ticket: &Ticket, call: &Call) -> Result<Option<u64>, Fault> {
    let allowed = world
        .ticket_types
        .get(&ticket.ticket_type)
        .map(|kind| kind.states.as_slice())
        .unwrap_or_default();
    if let Some(text) = call.identifier("ticket_state_id") {
        return text
            .parse()
            .ok()
            .filter(|id| allowed.contains(id))
            .map(Some)
            .ok_or_else(wrong_state);
    }
    let Some(category) = call.text("state") else {
        return Ok(None);
    };
    let of_category = |id: &&u64| {
        world
            .ticket_states
            .get(id)
            .is_some_and(|state| state.category == category)
    };
    let found = allowed.iter().find(of_category).copied();
    found.map(Some).ok_or_else(|| {
        Fault::invalid("state must be one of in_progress, waiting_on_customer, resolved")
    })
}

/// Makes a change; gives the topics that it is told under.
fn apply(world: &mut World, id: u64, change: Change, author: Author) -> Vec<&'static str> {
    let now = world.now();
    let entry = part(world, kind_of(&change), author);
    let Some(mut ticket) = world.tickets.remove(&id) else {
        return Vec::new();
    };
    ticket.updated_at = now;
    let topics = alter(world, &mut ticket, change, entry);
    world.tickets.insert(id, ticket);
    topics
}

/// Changes a ticket and adds the part that tells it, where there is something to tell.
fn alter(
    world: &World,
    ticket: &mut Ticket,
    change: Change,
    mut entry: TicketPart,
) -> Vec<&'static str> {
    let topics = match change {
        Change::Attribute(change) => {
            ticket
                .attributes
                .insert(change.label.clone(), change.value.clone());
            entry.change = Some(Box::new(change));
            vec!["ticket.attribute.updated"]
        }
        Change::State(state) => {
            let category = |state: u64| {
                world
                    .ticket_states
                    .get(&state)
                    .map_or("submitted", |state| state.category)
            };
            let (before, after) = (category(ticket.state), category(state));
            entry.states = Some((before, after));
            ticket.previous_state = Some(std::mem::replace(&mut ticket.state, state));
            let resolved = (after == "resolved").then_some("ticket.resolved");
            std::iter::once("ticket.state.updated")
                .chain(resolved)
                .collect()
        }
        Change::Assign(to) => {
            entry.assigned_to = Some(to);
            assign(ticket, to)
        }
        Change::Snooze(until) => {
            ticket.snoozed_until = Some(until);
            Vec::new()
        }
        Change::Open(open) => {
            ticket.snoozed_until = None;
            if std::mem::replace(&mut ticket.open, open) == open {
                return Vec::new();
            }
            if open {
                Vec::new()
            } else {
                vec!["ticket.closed"]
            }
        }
        Change::Share(shared) => {
            ticket.is_shared = shared;
            return Vec::new();
        }
        Change::Company(company) => {
            ticket.company = company;
            return Vec::new();
        }
    };
    ticket.parts.push(entry);
    topics
}

fn kind_of(change: &Change) -> &'static str {
    match change {
        Change::Attribute(_) => "ticket_attribute_updated_by_admin",
        Change::State(_) => "ticket_state_updated_by_admin",
        Change::Assign(_) => "assignment",
        Change::Open(false) => "close",
        Change::Open(true) => "open",
        Change::Snooze(_) => "snoozed",
        Change::Share(_) => "ticket_shared",
        Change::Company(_) => "company_updated",
    }
}

fn assign(ticket: &mut Ticket, to: Assignee) -> Vec<&'static str> {
    match to {
        Assignee::Admin(admin) => {
            ticket.admin_assignee = Some(admin);
            vec!["ticket.admin.assigned"]
        }
        Assignee::Team(team) => {
            (ticket.admin_assignee, ticket.team_assignee) = (None, Some(team));
            vec!["ticket.team.assigned"]
        }
        Assignee::Nobody => {
            (ticket.admin_assignee, ticket.team_assignee) = (None, None);
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{kinds, with_ticket};
    use crate::testing::{BILLING, EVA, NOW, call, fault};
    use serde_json::{Value, json};

    #[test]
    fn a_state_change_is_remembered_and_told() {
        let (mut world, id, kind) = with_ticket("Customer");
        world.listening = true;
        let states = kind["ticket_states"]["data"].as_array().unwrap();
        let ticket = call(
            &mut world,
            "update_ticket",
            &id,
            json!({"ticket_state_id": states[3]["id"], "admin_id": EVA}),
        )
        .unwrap();
        assert_eq!(
            (&ticket["ticket_state"], &ticket["previous_ticket_state_id"]),
            (&states[3], &states[0]["id"])
        );
        let last = &ticket["ticket_parts"]["ticket_parts"][1];
        assert_eq!(
            (
                &last["previous_ticket_state"],
                &last["ticket_state"],
                &last["author"]["id"]
            ),
            (&json!("submitted"), &json!("resolved"), &json!("7002"))
        );
        let topics: Vec<_> = world.outbox.iter().map(|event| event.topic).collect();
        assert_eq!(topics, ["ticket.state.updated", "ticket.resolved"]);
        let old = call(
            &mut world,
            "update_ticket",
            &id,
            json!({"state": "in_progress"}),
        )
        .unwrap();
        assert_eq!(old["ticket_state"]["category"], "in_progress");
    }

    #[test]
    fn tickets_are_assigned_snoozed_and_closed() {
        let (mut world, id, _) = with_ticket("Customer");
        for (body, admin, team) in [
            (json!({"assignee_id": EVA.to_string()}), EVA, 0),
            (json!({"assignee_id": BILLING}), 0, BILLING),
            (json!({"assignee_id": EVA}), EVA, BILLING),
            (json!({"assignee_id": "0"}), 0, 0),
        ] {
            let ticket = call(&mut world, "update_ticket", &id, body.clone()).unwrap();
            assert_eq!(
                (&ticket["admin_assignee_id"], &ticket["team_assignee_id"]),
                (&json!(admin), &json!(team)),
                "{body}"
            );
        }
        let snoozed = call(
            &mut world,
            "update_ticket",
            &id,
            json!({"snoozed_until": NOW + 60}),
        )
        .unwrap();
        assert_eq!(snoozed["snoozed_until"], NOW + 60);
        world.clock.advance(61);
        assert_eq!(
            call(&mut world, "get_ticket", &id, Value::Null).unwrap()["snoozed_until"],
            Value::Null
        );
        world.listening = true;
        let closed = call(
            &mut world,
            "update_ticket",
            &id,
            json!({"open": false, "is_shared": false}),
        )
        .unwrap();
        assert_eq!(
            (&closed["open"], &closed["is_shared"]),
            (&json!(false), &json!(false))
        );
        assert_eq!(kinds(&closed)[5..], ["snoozed", "close"]);
        let told = &world.outbox[0];
        assert_eq!(
            (told.topic, &told.item["ticket"]["id"]),
            ("ticket.closed", &json!(id))
        );
    }

    #[test]
    fn attributes_change_and_say_what_they_were() {
        let (mut world, id, _) = with_ticket("Customer");
        let body = json!({"ticket_attributes": {"_default_title_": "Two flat tires", "_default_description_": null}});
        let ticket = call(&mut world, "update_ticket", &id, body).unwrap();
        assert_eq!(
            ticket["ticket_attributes"]["_default_title_"],
            "Two flat tires"
        );
        let value = &ticket["ticket_parts"]["ticket_parts"][1]["updated_attribute_data"]["value"];
        assert_eq!(
            (&value["label"], &value["previous"]),
            (&json!("Two flat tires"), &json!("Flat tire"))
        );
        assert_eq!(kinds(&ticket).len(), 2, "an unchanged value leaves no part");
    }

    #[test]
    fn a_bad_change_stops_all_of_them() {
        let (mut world, id, _) = with_ticket("Customer");
        for (body, expected) in [
            (
                json!({"open": false, "ticket_state_id": "1"}),
                (400, "ticket_state_id_invalid"),
            ),
            (
                json!({"open": false, "assignee_id": "12"}),
                (404, "assignee_not_found"),
            ),
            (
                json!({"open": false, "admin_id": 12}),
                (404, "assignee_not_found"),
            ),
            (
                json!({"open": false, "ticket_attributes": {"x": 1}}),
                (400, "parameter_invalid"),
            ),
            (
                json!({"open": false, "state": "done"}),
                (400, "parameter_invalid"),
            ),
            (
                json!({"open": false, "snoozed_until": "soon"}),
                (400, "parameter_invalid"),
            ),
            (
                json!({"open": false, "company_id": "c"}),
                (404, "company_not_found"),
            ),
        ] {
            assert_eq!(
                fault(&mut world, "update_ticket", &id, body.clone()),
                expected,
                "{body}"
            );
        }
        assert_eq!(
            fault(&mut world, "update_ticket", "1", json!({})),
            (404, "ticket_not_found")
        );
        assert_eq!(
            call(&mut world, "get_ticket", &id, Value::Null).unwrap()["open"],
            true
        );
    }
}
