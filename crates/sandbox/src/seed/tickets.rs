//! Tickets of the shop, with their types and states.

use super::{
    people::Person,
    shop::{Desk, StateRow, TicketRow, TypeAttributeRow, TypeRow},
    staff::House,
};
use crate::world::{
    Attributes, Time, World,
    inbox::{Assignee, Author},
    tickets::{Ticket, TicketPart, TicketState, TicketType, TicketTypeAttribute},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const HOUR: Time = 3600;
const DAY: Time = 24 * HOUR;
const CATEGORIES: [&str; 4] = [
    "submitted",
    "in_progress",
    "waiting_on_customer",
    "resolved",
];

/// Ids by name: types by category, states by their category.
struct Drawers {
    types: BTreeMap<String, u64>,
    states: BTreeMap<&'static str, u64>,
}

/// Writes the tickets. Conversations must be there: trackers point to them.
pub(super) fn plant(world: &mut World, desk: &Desk, house: &House, people: &[Person]) {
    let mut planted: Vec<(&'static str, u64)> = desk
        .states
        .iter()
        .filter_map(|row| state(world, row))
        .collect();
    planted.sort_by_key(|(own, _)| CATEGORIES.iter().position(|category| category == own));
    let order: Vec<u64> = planted.iter().map(|(_, id)| *id).collect();
    // Of two states of a category the first is the usual one.
    let states = planted.into_iter().rev().collect();
    let types = desk
        .types
        .iter()
        .map(|row| (row.category.clone(), kind(world, row, &order)))
        .collect();
    let drawers = Drawers { types, states };
    let mut rows: Vec<(u64, &TicketRow)> = (1..).zip(&desk.tickets).collect();
    rows.sort_by_key(|(_, row)| -row.hours);
    for (number, row) in rows {
        ticket(world, row, number, &drawers, (house, people));
    }
}

fn state(world: &mut World, row: &StateRow) -> Option<(&'static str, u64)> {
    let category = *CATEGORIES
        .iter()
        .find(|category| **category == row.category)?;
    let id = world.ids.small();
    world.ticket_states.insert(
        id,
        TicketState {
            id,
            category,
            internal_label: row.internal.clone(),
            external_label: row.external.clone(),
            archived: false,
        },
    );
    Some((category, id))
}

fn kind(world: &mut World, row: &TypeRow, states: &[u64]) -> u64 {
    let (id, at) = (world.ids.small(), world.now() - 650 * DAY);
    let standard = [
        ("_default_title_", "Title of the ticket", false),
        ("_default_description_", "What it is about", true),
    ];
    let mut attributes: Vec<TicketTypeAttribute> = Vec::new();
    for (order, (name, description, multiline)) in (0..).zip(standard) {
        let shown = TicketTypeAttribute {
            name: name.into(),
            description: description.into(),
            data_type: "string".into(),
            multiline,
            visible_on_create: true,
            visible_to_contacts: true,
            default: true,
            ..TicketTypeAttribute::default()
        };
        attributes.push(TicketTypeAttribute {
            id: world.ids.small(),
            order,
            created_at: at,
            updated_at: at,
            ..shown
        });
    }
    for (order, field) in (2..).zip(&row.attributes) {
        attributes.push(attribute(world, field, order, at));
    }
    let kind = TicketType {
        id,
        name: row.name.clone(),
        description: row.description.clone(),
        icon: row.icon.clone(),
        category: row.category.clone(),
        is_internal: row.category != "Customer",
        archived: false,
        created_at: at,
        updated_at: at,
        attributes,
        states: states.to_vec(),
    };
    world.ticket_types.insert(id, kind);
    id
}

fn attribute(
    world: &mut World,
    row: &TypeAttributeRow,
    order: u32,
    at: Time,
) -> TicketTypeAttribute {
    TicketTypeAttribute {
        id: world.ids.small(),
        name: row.name.clone(),
        description: row.description.clone(),
        data_type: row.r#type.clone(),
        list_items: row
            .items
            .iter()
            .map(|item| (world.ids.uuid(), item.clone()))
            .collect(),
        order,
        visible_on_create: true,
        visible_to_contacts: row.contacts,
        created_at: at,
        updated_at: at,
        ..TicketTypeAttribute::default()
    }
}

fn ticket(
    world: &mut World,
    row: &TicketRow,
    number: u64,
    drawers: &Drawers,
    (house, people): (&House, &[Person]),
) {
    let Some((&kind, &state)) = drawers
        .types
        .get(&row.r#type)
        .zip(drawers.states.get(row.state.as_str()))
    else {
        return;
    };
    let Some((team, members)) = house.teams.get(&row.team) else {
        return;
    };
    let person = row.who.and_then(|place| people.get(place));
    let linked = row
        .topic
        .as_deref()
        .map_or_else(Vec::new, |topic| about(world, topic));
    let admin = members[usize::try_from(number).unwrap_or_default() % members.len()];
    let created_at = world.now() - row.hours * HOUR;
    let (id, resolved) = (world.ids.conversation(), row.state == "resolved");
    let mut ticket = Ticket {
        id,
        number: 1380 + number,
        ticket_type: kind,
        state,
        previous_state: (row.state != "submitted").then(|| drawers.states["submitted"]),
        attributes: attributes(row, created_at),
        contacts: person.map(|person| person.id).into_iter().collect(),
        company: person
            .and_then(|person| person.company.as_ref())
            .map(|(id, _)| *id),
        admin_assignee: (row.state != "submitted").then_some(admin),
        team_assignee: Some(*team),
        created_at,
        updated_at: created_at,
        open: !resolved,
        snoozed_until: None,
        is_shared: row.r#type == "Customer",
        tags: Vec::new(),
        linked_conversations: linked.clone(),
        parts: Vec::new(),
    };
    history(world, &mut ticket, row, admin, *team);
    for id in linked {
        if let Some(conversation) = world.conversations.get_mut(&id) {
            conversation.linked_tickets.push(ticket.id);
        }
    }
    world.tickets.insert(ticket.id, ticket);
}

/// Conversations on a topic that are on no tracker yet.
fn about(world: &World, topic: &str) -> Vec<u64> {
    let fits = world
        .conversations
        .values()
        .filter(|talk| talk.custom_attributes.get("Topic").and_then(Value::as_str) == Some(topic));
    fits.filter(|talk| talk.linked_tickets.is_empty())
        .map(|talk| talk.id)
        .take(12)
        .collect()
}

fn attributes(row: &TicketRow, created_at: Time) -> Attributes {
    let mut fields = Attributes::new();
    let mut set = |name: &str, value: Option<Value>| {
        fields.insert(name.to_owned(), value.unwrap_or(Value::Null))
    };
    set("_default_title_", Some(json!(row.title)));
    set("_default_description_", Some(json!(row.text)));
    match row.r#type.as_str() {
        "Customer" => {
            set(
                "Order number",
                Some(json!(format!("SP{}", 210_000 + row.hours * 37))),
            );
            set(
                "Severity",
                Some(json!(if row.hours < 24 { "High" } else { "Normal" })),
            );
        }
        "Back-office" => {
            set(
                "Serial number",
                row.serial.as_ref().map(|serial| json!(serial)),
            );
            set("Due date", Some(json!(created_at + 7 * DAY)));
        }
        _ => {
            set(
                "Platform",
                row.platform.as_ref().map(|platform| json!(platform)),
            );
            set("Fixed in", row.fixed.as_ref().map(|version| json!(version)));
        }
    }
    fields
}

/// What happened to the ticket so far.
fn history(world: &mut World, ticket: &mut Ticket, row: &TicketRow, admin: u64, team: u64) {
    let step = row.hours * HOUR / 8;
    let part = |world: &mut World, n: Time, kind, author| TicketPart {
        id: world.ids.part(),
        kind,
        body: None,
        created_at: ticket.created_at + n * step,
        author,
        assigned_to: None,
        attachments: Vec::new(),
        redacted: false,
        states: None,
        by_app: false,
        change: None,
        reply_options: Vec::new(),
    };
    let by = Author::Admin(admin);
    let mut parts = vec![TicketPart {
        states: Some(("submitted", "submitted")),
        ..part(world, 0, "ticket_state_updated_by_admin", by)
    }];
    parts.push(TicketPart {
        assigned_to: Some(Assignee::Team(team)),
        ..part(world, 0, "assignment", Author::Bot(false))
    });
    if row.state != "submitted" {
        let category = CATEGORIES
            .iter()
            .find(|category| **category == row.state)
            .copied()
            .unwrap_or("in_progress");
        parts.push(TicketPart {
            assigned_to: Some(Assignee::Admin(admin)),
            ..part(world, 1, "assignment", by)
        });
        parts.push(TicketPart {
            states: Some(("submitted", "in_progress")),
            ..part(world, 1, "ticket_state_updated_by_admin", by)
        });
        if let Some(words) = &row.words {
            parts.push(TicketPart {
                body: Some(format!("<p>{words}</p>").into()),
                ..part(world, 3, "comment", by)
            });
        }
        if category != "in_progress" {
            parts.push(TicketPart {
                states: Some(("in_progress", category)),
                ..part(world, 4, "ticket_state_updated_by_admin", by)
            });
            ticket.previous_state = world
                .ticket_states
                .values()
                .find(|state| state.category == "in_progress")
                .map(|state| state.id);
        }
    }
    ticket.updated_at = parts
        .last()
        .map_or(ticket.created_at, |part| part.created_at);
    ticket.parts = parts;
}
