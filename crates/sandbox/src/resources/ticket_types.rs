//! Operations on ticket types, their attributes, and ticket states.

mod attributes;

use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    world::{
        World,
        tickets::{TicketState, TicketType, TicketTypeAttribute},
    },
};
use serde_json::{Value, json};

const CATEGORIES: [&str; 3] = ["Customer", "Back-office", "Tracker"];

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_ticket_types" => list,
        "get_ticket_type" => get,
        "create_ticket_type" => create,
        "update_ticket_type" => update,
        "create_ticket_type_attribute" => attributes::create,
        "update_ticket_type_attribute" => attributes::update,
        "list_ticket_states" => list_states,
        _ => return None,
    })
}

/// A ticket type with its attributes and states, as REST tells it.
pub(crate) fn render(world: &World, kind: &TicketType) -> Value {
    let mut fields: Vec<&TicketTypeAttribute> = kind
        .attributes
        .iter()
        .filter(|attribute| !attribute.archived)
        .collect();
    fields.sort_by_key(|attribute| attribute.order);
    let fields: Vec<Value> = fields
        .into_iter()
        .map(|attribute| attributes::render(world, kind.id, attribute))
        .collect();
    let states: Vec<Value> = kind
        .states
        .iter()
        .filter_map(|id| world.ticket_states.get(id))
        .map(render_state)
        .collect();
    json!({
        "type": "ticket_type",
        "id": kind.id.to_string(),
        "category": kind.category,
        "name": kind.name,
        "description": kind.description,
        "icon": kind.icon,
        "workspace_id": world.workspace.id_code,
        "is_internal": kind.is_internal,
        "archived": kind.archived,
        "created_at": kind.created_at,
        "updated_at": kind.updated_at,
        "ticket_type_attributes": {"type": "list", "data": fields},
        "ticket_states": {"type": "list", "data": states},
    })
}

/// A ticket state, as REST tells it inside other objects.
pub(crate) fn render_state(state: &TicketState) -> Value {
    json!({
        "type": "ticket_state",
        "id": state.id.to_string(),
        "category": state.category,
        "internal_label": state.internal_label,
        "external_label": state.external_label,
    })
}

fn list(world: &mut World, _: &Call) -> Reply {
    let types: Vec<Value> = world
        .ticket_types
        .values()
        .filter(|kind| !kind.archived)
        .map(|kind| render(world, kind))
        .collect();
    Answer::ok(json!({"type": "list", "data": types}))
}

fn get(world: &mut World, call: &Call) -> Reply {
    Answer::ok(render(world, find(world, call)?))
}

fn create(world: &mut World, call: &Call) -> Reply {
    let name = call
        .text("name")
        .filter(|name| !name.trim().is_empty())
        .ok_or_else(|| Fault::absent("name"))?
        .to_owned();
    let category = category(call)?.unwrap_or(CATEGORIES[0]).to_owned();
    let now = world.now();
    let id = world.ids.small();
    let kind = TicketType {
        id,
        name,
        description: call.text("description").unwrap_or_default().to_owned(),
        icon: call.text("icon").unwrap_or("🎟️").to_owned(),
        is_internal: call
            .flag("is_internal")
            .unwrap_or(category != CATEGORIES[0]),
        category,
        archived: false,
        created_at: now,
        updated_at: now,
        attributes: attributes::defaults(world),
        states: default_states(world),
    };
    world.ticket_types.insert(id, kind);
    Answer::ok(render(world, &world.ticket_types[&id]))
}

fn update(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call)?.id;
    let category = category(call)?;
    let now = world.now();
    let kind = world.ticket_types.get_mut(&id).ok_or_else(not_found)?;
    for (field, name) in [
        (&mut kind.name, "name"),
        (&mut kind.description, "description"),
        (&mut kind.icon, "icon"),
    ] {
        if let Some(text) = call.text(name) {
            text.clone_into(field);
        }
    }
    if let Some(category) = category {
        category.clone_into(&mut kind.category);
    }
    kind.archived = call.flag("archived").unwrap_or(kind.archived);
    kind.is_internal = call.flag("is_internal").unwrap_or(kind.is_internal);
    kind.updated_at = now;
    Answer::ok(render(world, &world.ticket_types[&id]))
}

fn list_states(world: &mut World, _: &Call) -> Reply {
    let states: Vec<Value> = world
        .ticket_states
        .values()
        .map(|state| {
            let users = world
                .ticket_types
                .values()
                .filter(|kind| !kind.archived && kind.states.contains(&state.id));
            let types: Vec<Value> = users.map(|kind| render(world, kind)).collect();
            let mut detailed = render_state(state);
            detailed["archived"] = json!(state.archived);
            detailed["ticket_types"] = json!({"type": "list", "data": types});
            detailed
        })
        .collect();
    Answer::ok(json!({"type": "list", "data": states}))
}

fn find<'w>(world: &'w World, call: &Call) -> Result<&'w TicketType, Fault> {
    call.number(0)
        .and_then(|id| world.ticket_types.get(&id))
        .ok_or_else(not_found)
}

fn not_found() -> Fault {
    Fault::missing("not_found", "Resource Not Found")
}

fn category(call: &Call) -> Result<Option<&'static str>, Fault> {
    let Some(asked) = call.field("category") else {
        return Ok(None);
    };
    let known = CATEGORIES.into_iter().find(|name| asked == *name);
    known
        .map(Some)
        .ok_or_else(|| Fault::invalid(format!("category must be one of {}", CATEGORIES.join(", "))))
}

/// The states of a new type: the workspace's oldest of each category, made where there is none.
fn default_states(world: &mut World) -> Vec<u64> {
    [
        ("submitted", "Submitted", "Submitted"),
        ("in_progress", "In progress", "In progress"),
        (
            "waiting_on_customer",
            "Waiting on customer",
            "Waiting on you",
        ),
        ("resolved", "Resolved", "Resolved"),
    ]
    .into_iter()
    .map(|(category, internal, external)| {
        if let Some(state) = world
            .ticket_states
            .values()
            .find(|state| state.category == category && !state.archived)
        {
            return state.id;
        }
        let id = world.ids.small();
        let state = TicketState {
            id,
            category,
            internal_label: internal.into(),
            external_label: external.into(),
            archived: false,
        };
        world.ticket_states.insert(id, state);
        id
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, fault, world};
    use serde_json::{Value, json};

    #[test]
    fn a_type_begins_with_title_description_and_four_states() {
        let mut world = world();
        let made = call(
            &mut world,
            "create_ticket_type",
            "",
            json!({"name": "Return", "category": "Back-office"}),
        )
        .unwrap();
        let names: Vec<&Value> = made["ticket_type_attributes"]["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|field| &field["name"])
            .collect();
        assert_eq!(names, ["_default_title_", "_default_description_"]);
        let categories: Vec<&Value> = made["ticket_states"]["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|state| &state["category"])
            .collect();
        assert_eq!(
            categories,
            [
                "submitted",
                "in_progress",
                "waiting_on_customer",
                "resolved"
            ]
        );

        let second = call(
            &mut world,
            "create_ticket_type",
            "",
            json!({"name": "Other"}),
        )
        .unwrap();
        assert_eq!(
            second["ticket_states"], made["ticket_states"],
            "types share the workspace's states"
        );
    }

    #[test]
    fn types_are_changed_and_archived() {
        let mut world = world();
        let body = json!({"name": "Return", "category": "Back-office"});
        let made = call(&mut world, "create_ticket_type", "", body).unwrap();
        let id = made["id"].as_str().unwrap().to_owned();
        let changed = call(
            &mut world,
            "update_ticket_type",
            &id,
            json!({"name": "Returns", "is_internal": false}),
        )
        .unwrap();
        assert_eq!(
            (
                &changed["name"],
                &changed["is_internal"],
                &changed["category"]
            ),
            (&json!("Returns"), &json!(false), &json!("Back-office"))
        );
        assert_eq!(
            call(&mut world, "get_ticket_type", &id, Value::Null).unwrap(),
            changed
        );

        call(
            &mut world,
            "create_ticket_type",
            "",
            json!({"name": "Other"}),
        )
        .unwrap();
        call(
            &mut world,
            "update_ticket_type",
            &id,
            json!({"archived": true}),
        )
        .unwrap();
        let list = call(&mut world, "list_ticket_types", "", Value::Null).unwrap();
        assert_eq!(list["data"].as_array().unwrap().len(), 1);
        let states = call(&mut world, "list_ticket_states", "", Value::Null).unwrap();
        assert_eq!(
            states["data"][0]["ticket_types"]["data"][0]["name"],
            "Other"
        );
    }

    #[test]
    fn bad_types_are_refused() {
        let mut world = world();
        for (operation, target, body, expected) in [
            (
                "create_ticket_type",
                "",
                json!({}),
                (400, "parameter_not_found"),
            ),
            (
                "create_ticket_type",
                "",
                json!({"name": "x", "category": "Task"}),
                (400, "parameter_invalid"),
            ),
            ("get_ticket_type", "1", Value::Null, (404, "not_found")),
            (
                "update_ticket_type",
                "abc",
                json!({"name": "x"}),
                (404, "not_found"),
            ),
        ] {
            assert_eq!(
                fault(&mut world, operation, target, body.clone()),
                expected,
                "{operation} {body}"
            );
        }
    }
}
