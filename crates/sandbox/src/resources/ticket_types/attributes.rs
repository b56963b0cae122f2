//! Attributes of ticket types.

use super::not_found;
use crate::{
    call::{Answer, Call, Fault, Reply},
    world::{World, tickets::TicketTypeAttribute},
};
use serde_json::{Value, json};

const DATA_TYPES: [&str; 7] = [
    "string", "list", "integer", "decimal", "boolean", "datetime", "files",
];

/// An attribute of a ticket type, as REST tells it.
pub(super) fn render(world: &World, ticket_type: u64, attribute: &TicketTypeAttribute) -> Value {
    json!({
        "type": "ticket_type_attribute",
        "id": attribute.id.to_string(),
        "workspace_id": world.workspace.id_code,
        "name": attribute.name,
        "description": attribute.description,
        "data_type": attribute.data_type,
        "input_options": input_options(attribute),
        "order": attribute.order,
        "required_to_create": attribute.required_to_create,
        "required_to_create_for_contacts": attribute.required_to_create_for_contacts,
        "visible_on_create": attribute.visible_on_create,
        "visible_to_contacts": attribute.visible_to_contacts,
        "default": attribute.default,
        "ticket_type_id": ticket_type,
        "archived": attribute.archived,
        "created_at": attribute.created_at,
        "updated_at": attribute.updated_at,
    })
}

/// What a form needs to know beyond the data type.
fn input_options(attribute: &TicketTypeAttribute) -> Value {
    match attribute.data_type.as_str() {
        "string" => json!({"multiline": attribute.multiline}),
        "list" => {
            let items: Vec<Value> = attribute
                .list_items
                .iter()
                .map(|(id, label)| json!({"id": id, "label": label}))
                .collect();
            json!({"list_options": items, "allow_multiple_values": attribute.allow_multiple_values})
        }
        "files" => json!({"allow_multiple_values": attribute.allow_multiple_values}),
        _ => json!({}),
    }
}

/// Title and description, which every type has.
pub(super) fn defaults(world: &mut World) -> Vec<TicketTypeAttribute> {
    let now = world.now();
    [("_default_title_", false), ("_default_description_", true)]
        .into_iter()
        .zip(0..)
        .map(|((name, multiline), order)| TicketTypeAttribute {
            id: world.ids.small(),
            name: name.into(),
            data_type: "string".into(),
            multiline,
            order,
            visible_on_create: true,
            visible_to_contacts: true,
            default: true,
            created_at: now,
            updated_at: now,
            ..TicketTypeAttribute::default()
        })
        .collect()
}

pub(super) fn create(world: &mut World, call: &Call) -> Reply {
    let type_id = super::find(world, call)?.id;
    let name = call
        .text("name")
        .filter(|name| !name.trim().is_empty())
        .ok_or_else(|| Fault::absent("name"))?;
    let data_type = call
        .text("data_type")
        .ok_or_else(|| Fault::absent("data_type"))?;
    if !DATA_TYPES.contains(&data_type) {
        return Err(Fault::invalid(format!(
            "data_type must be one of {}",
            DATA_TYPES.join(", ")
        )));
    }
    let fields = &world.ticket_types[&type_id].attributes;
    if fields
        .iter()
        .any(|field| field.name == name && !field.archived)
    {
        return Err(Fault::invalid(format!(
            "An attribute named '{name}' already exists on this ticket type"
        )));
    }
    let order = fields
        .iter()
        .map(|field| field.order + 1)
        .max()
        .unwrap_or_default();
    let now = world.now();
    let mut attribute = TicketTypeAttribute {
        id: world.ids.small(),
        name: name.to_owned(),
        data_type: data_type.to_owned(),
        order,
        visible_on_create: true,
        visible_to_contacts: true,
        created_at: now,
        ..TicketTypeAttribute::default()
    };
    if data_type == "list"
        && call
            .text("list_items")
            .is_none_or(|items| split_items(items).next().is_none())
    {
        return Err(Fault::absent("list_items"));
    }
    fill(world, &mut attribute, call);
    let answer = render(world, type_id, &attribute);
    if let Some(kind) = world.ticket_types.get_mut(&type_id) {
        kind.attributes.push(attribute);
        kind.updated_at = now;
    }
    Answer::ok(answer)
}

pub(super) fn update(world: &mut World, call: &Call) -> Reply {
    let kind = super::find(world, call)?;
    let type_id = kind.id;
    let position = call
        .number(1)
        .and_then(|id| kind.attributes.iter().position(|field| field.id == id))
        .ok_or_else(not_found)?;
    let mut attribute = kind.attributes[position].clone();
    if let Some(name) = call.text("name") {
        if attribute.default {
            return Err(Fault::invalid(
                "The name of a default attribute cannot be changed",
            ));
        }
        name.clone_into(&mut attribute.name);
    }
    fill(world, &mut attribute, call);
    let answer = render(world, type_id, &attribute);
    let now = world.now();
    if let Some(kind) = world.ticket_types.get_mut(&type_id) {
        kind.attributes[position] = attribute;
        kind.updated_at = now;
    }
    Answer::ok(answer)
}

/// Sets what may be set both at the start and later.
fn fill(world: &mut World, attribute: &mut TicketTypeAttribute, call: &Call) {
    if let Some(description) = call.text("description") {
        description.clone_into(&mut attribute.description);
    }
    if let Some(items) = call.text("list_items") {
        let known = std::mem::take(&mut attribute.list_items);
        attribute.list_items = split_items(items)
            .map(|label| {
                known
                    .iter()
                    .find(|(_, old)| old == label)
                    .cloned()
                    .unwrap_or_else(|| (world.ids.uuid(), label.to_owned()))
            })
            .collect();
    }
    for (flag, name) in [
        (&mut attribute.required_to_create, "required_to_create"),
        (
            &mut attribute.required_to_create_for_contacts,
            "required_to_create_for_contacts",
        ),
        (&mut attribute.visible_on_create, "visible_on_create"),
        (&mut attribute.visible_to_contacts, "visible_to_contacts"),
        (&mut attribute.multiline, "multiline"),
        (
            &mut attribute.allow_multiple_values,
            "allow_multiple_values",
        ),
        (&mut attribute.archived, "archived"),
    ] {
        *flag = call.flag(name).unwrap_or(*flag);
    }
    attribute.updated_at = world.now();
}

fn split_items(items: &str) -> impl Iterator<Item = &str> {
    items
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, fault, world};
    use serde_json::json;

    #[test]
    fn lists_keep_the_ids_of_their_items() {
        let mut world = world();
        let kind = call(
            &mut world,
            "create_ticket_type",
            "",
            json!({"name": "Return"}),
        )
        .unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let body =
            json!({"name": "Size", "description": "", "data_type": "list", "list_items": "S, M,L"});
        let made = call(
            &mut world,
            "create_ticket_type_attribute",
            &kind,
            body.clone(),
        )
        .unwrap();
        assert_eq!(
            (
                &made["order"],
                &made["input_options"]["list_options"][1]["label"]
            ),
            (&json!(2), &json!("M"))
        );
        assert_eq!(
            fault(&mut world, "create_ticket_type_attribute", &kind, body),
            (400, "parameter_invalid")
        );

        let target = format!("{kind}/{}", made["id"].as_str().unwrap());
        let changed = call(
            &mut world,
            "update_ticket_type_attribute",
            &target,
            json!({"list_items": "M,XL", "required_to_create": true}),
        )
        .unwrap();
        let (old, new) = (
            &made["input_options"]["list_options"],
            &changed["input_options"]["list_options"],
        );
        assert_eq!((new.as_array().unwrap().len(), &new[0]), (2, &old[1]));
        assert_eq!(changed["required_to_create"], true);
    }

    #[test]
    fn bad_attributes_are_refused() {
        let mut world = world();
        let kind = call(
            &mut world,
            "create_ticket_type",
            "",
            json!({"name": "Return"}),
        )
        .unwrap();
        let id = kind["id"].as_str().unwrap();
        let title = format!(
            "{id}/{}",
            kind["ticket_type_attributes"]["data"][0]["id"]
                .as_str()
                .unwrap()
        );
        let (make, change) = (
            "create_ticket_type_attribute",
            "update_ticket_type_attribute",
        );
        for (operation, target, body, expected) in [
            (
                make,
                id,
                json!({"data_type": "string"}),
                (400, "parameter_not_found"),
            ),
            (make, id, json!({"name": "x"}), (400, "parameter_not_found")),
            (
                make,
                id,
                json!({"name": "x", "data_type": "float"}),
                (400, "parameter_invalid"),
            ),
            (
                make,
                id,
                json!({"name": "x", "data_type": "list"}),
                (400, "parameter_not_found"),
            ),
            (
                make,
                "5",
                json!({"name": "x", "data_type": "string"}),
                (404, "not_found"),
            ),
            (
                change,
                &title,
                json!({"name": "x"}),
                (400, "parameter_invalid"),
            ),
            (change, &format!("{id}/1"), json!({}), (404, "not_found")),
        ] {
            assert_eq!(
                fault(&mut world, operation, target, body.clone()),
                expected,
                "{operation} {target} {body}"
            );
        }
    }
}
