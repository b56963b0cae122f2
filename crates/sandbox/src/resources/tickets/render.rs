//! Tickets and their parts, as REST tells them.

use crate::{
    resources::{
        conversations::{attachments_json, author_of},
        ticket_types,
    },
    world::{
        World,
        inbox::{Assignee, Author},
        tickets::{AttributeChange, Ticket, TicketPart},
    },
};
use serde_json::{Map, Value, json};

/// Parts beyond these are not shown, oldest first to go.
const MAX_PARTS: usize = 500;

/// A ticket with its parts.
pub(crate) fn ticket(world: &World, ticket: &Ticket) -> Value {
    let kind = world.ticket_types.get(&ticket.ticket_type);
    let state = world
        .ticket_states
        .get(&ticket.state)
        .map(ticket_types::render_state);
    let newest = &ticket.parts[ticket.parts.len().saturating_sub(MAX_PARTS)..];
    let parts: Vec<Value> = newest.iter().map(|entry| part(world, entry)).collect();
    let contacts = ticket
        .contacts
        .iter()
        .filter_map(|id| world.contacts.get(id));
    let contacts: Vec<Value> =
        contacts.map(|contact| json!({"type": "contact", "id": contact.id.to_string(), "external_id": contact.external_id})).collect();
    json!({
        "type": "ticket",
        "id": ticket.id.to_string(),
        "ticket_id": ticket.number.to_string(),
        "category": kind.map(|kind| &kind.category),
        "ticket_attributes": attributes(world, ticket),
        "ticket_state": state,
        "ticket_type": kind.map(|kind| ticket_types::render(world, kind)),
        "contacts": {"type": "contact.list", "contacts": contacts},
        "admin_assignee_id": ticket.admin_assignee.unwrap_or_default(),
        "team_assignee_id": ticket.team_assignee.unwrap_or_default(),
        "company_id": ticket.company.map(|id| id.to_string()),
        "created_at": ticket.created_at,
        "updated_at": ticket.updated_at,
        "open": ticket.open,
        "snoozed_until": ticket.snoozed_until.filter(|until| *until > world.now()),
        "linked_objects": linked_objects(world, ticket),
        "ticket_parts": {"type": "ticket_part.list", "ticket_parts": parts, "total_count": ticket.parts.len()},
        "is_shared": ticket.is_shared,
        "previous_ticket_state_id": ticket.previous_state.map(|id| id.to_string()),
    })
}

/// A part; keys that do not fit its kind are left out.
pub(super) fn part(world: &World, part: &TicketPart) -> Value {
    let mut out = json!({
        "type": "ticket_part",
        "id": part.id.to_string(),
        "part_type": part.kind,
        "body": part.body,
        "created_at": part.created_at,
        "updated_at": part.created_at,
        "author": author(world, part.author),
        "attachments": attachments_json(&part.attachments),
        "redacted": part.redacted,
    });
    if let Some((previous, current)) = part.states {
        out["ticket_state"] = json!(current);
        out["previous_ticket_state"] = json!(previous);
    }
    if let Some(assignee) = part.assigned_to {
        out["assigned_to"] = match assignee {
            Assignee::Admin(id) => json!({"type": "admin", "id": id.to_string()}),
            Assignee::Team(id) => json!({"type": "team", "id": id.to_string()}),
            Assignee::Nobody => json!({"type": "nobody_admin", "id": null}),
        };
    }
    if part.by_app {
        out["app_package_code"] = json!("sandbox");
    }
    if let Some(change) = &part.change {
        out["updated_attribute_data"] = updated_attribute(change);
    }
    if !part.reply_options.is_empty() {
        let options = part
            .reply_options
            .iter()
            .map(|(text, uuid)| json!({"text": text, "uuid": uuid}));
        out["metadata"] = json!({"quick_reply_options": options.collect::<Vec<_>>()});
    }
    out
}

/// The answer to a reply, which holds less than a part of the history does.
pub(super) fn reply(world: &World, entry: &TicketPart) -> Value {
    let Value::Object(mut out) = part(world, entry) else {
        return Value::Null;
    };
    out.shift_remove("app_package_code");
    Value::Object(out)
}

/// Every attribute of the type, with null where the ticket has no value.
fn attributes(world: &World, ticket: &Ticket) -> Map<String, Value> {
    let mut values = ticket.attributes.clone();
    for field in world
        .ticket_types
        .get(&ticket.ticket_type)
        .into_iter()
        .flat_map(|kind| &kind.attributes)
    {
        if !field.archived && !values.contains_key(&field.name) {
            values.insert(field.name.clone(), Value::Null);
        }
    }
    values
}

fn linked_objects(world: &World, ticket: &Ticket) -> Value {
    let linked: Vec<Value> = ticket
        .linked_conversations
        .iter()
        .take(1000)
        .map(|id| {
            match world
                .tickets
                .get(id)
                .and_then(|other| world.ticket_types.get(&other.ticket_type))
            {
                Some(kind) => {
                    json!({"type": "ticket", "id": id.to_string(), "category": kind.category})
                }
                None => json!({"type": "conversation", "id": id.to_string(), "category": null}),
            }
        })
        .collect();
    let total = ticket.linked_conversations.len();
    json!({"type": "list", "total_count": total, "has_more": total > linked.len(), "data": linked})
}

fn author(world: &World, author: Author) -> Value {
    let person = author_of(world, author);
    let kind = if person.kind == "lead" {
        "user"
    } else {
        person.kind
    };
    json!({"type": kind, "id": person.id, "name": person.name, "email": person.email.unwrap_or_default()})
}

fn updated_attribute(change: &AttributeChange) -> Value {
    let label = |value: &Value| match value {
        Value::Null => Value::from(""),
        Value::String(_) => value.clone(),
        Value::Array(items) => items
            .iter()
            .map(|item| {
                item.as_str()
                    .map_or_else(|| item.to_string(), str::to_owned)
            })
            .collect(),
        other => Value::from(other.to_string()),
    };
    let previous = if change.previous.is_null() {
        Value::Null
    } else {
        label(&change.previous)
    };
    json!({
        "attribute": {"type": "attribute", "id": change.id.to_string(), "label": change.label},
        "value": {"type": "value", "id": null, "label": label(&change.value), "previous": previous},
    })
}
