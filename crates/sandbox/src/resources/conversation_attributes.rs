//! Operations on the attributes of conversations, which live beside those of people since 2.16.

use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    world::{
        World,
        data::DataAttribute,
        settings::{AttributeDetail, ListOption},
    },
};
use serde_json::{Value, json};

const TYPES: [&str; 8] = [
    "string",
    "integer",
    "list",
    "decimal",
    "boolean",
    "datetime",
    "relationship",
    "files",
];
/// Choices that a list must keep.
const FEWEST_OPTIONS: usize = 2;

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_conversation_attributes" => list,
        "get_conversation_attribute" => get,
        "create_conversation_attribute" => create,
        "update_conversation_attribute" => update,
        "delete_conversation_attribute" => archive,
        "create_conversation_attribute_option" => add_option,
        "update_conversation_attribute_option" => rename_option,
        "delete_conversation_attribute_option" => archive_option,
        _ => return None,
    })
}

fn list(world: &mut World, call: &Call) -> Reply {
    complete(world);
    let all = call.query_flag("include_archived");
    let data: Vec<Value> = world
        .data_attributes
        .values()
        .filter(|one| one.model == "conversation" && (all || !one.archived))
        .map(|one| render(world, one.id))
        .collect();
    Answer::ok(json!({"type": "list", "data": data}))
}

fn get(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call)?;
    Answer::ok(render(world, id))
}

fn create(world: &mut World, call: &Call) -> Reply {
    complete(world);
    let name = call.text("name").map(str::trim).unwrap_or_default();
    if name.is_empty() {
        return Err(invalid("name is required").of("name"));
    }
    let taken = world
        .data_attributes
        .values()
        .any(|one| one.model == "conversation" && !one.archived && one.name == name);
    if taken {
        return Err(invalid(&format!("An attribute named '{name}' already exists")).of("name"));
    }
    let detail = detail(world, call)?;
    let (id, now) = (world.ids.small(), world.now());
    let attribute = DataAttribute {
        id,
        model: "conversation".into(),
        name: name.to_owned(),
        full_name: format!("custom_attributes.{name}"),
        label: name.to_owned(),
        description: call.text("description").unwrap_or_default().to_owned(),
        data_type: older_type(&detail.data_type).to_owned(),
        api_writable: true,
        ui_writable: true,
        custom: true,
        created_at: now,
        updated_at: now,
        admin_id: Some(call.caller),
        ..DataAttribute::default()
    };
    world.data_attributes.insert(id, attribute);
    world.settings.conversation_attributes.insert(id, detail);
    settle(world, id);
    Answer::ok(render(world, id))
}

/// The parts of a new attribute that only attributes of conversations have, checked.
fn detail(world: &mut World, call: &Call) -> Result<AttributeDetail, Fault> {
    let data_type = call
        .text("data_type")
        .ok_or_else(|| invalid("data_type is required").of("data_type"))?;
    if !TYPES.contains(&data_type) {
        let message = format!(
            "data_type '{data_type}' is not valid. Allowed types: {}",
            TYPES.join(", ")
        );
        return Err(invalid(&message).of("data_type"));
    }
    let mut detail = AttributeDetail {
        data_type: data_type.to_owned(),
        ..AttributeDetail::default()
    };
    if data_type == "list" {
        let labels = call.list("options").map(Vec::as_slice).unwrap_or_default();
        for option in labels {
            let label = label_of(option)?;
            let id = world.ids.uuid();
            detail.options.push(ListOption {
                id,
                label,
                archived: false,
            });
        }
        if detail.options.len() < FEWEST_OPTIONS {
            return Err(invalid(
                "A list attribute must have at least 2 active options",
            ));
        }
    }
    adjust(&mut detail, call)?;
    if data_type == "relationship" && detail.reference.is_none() {
        return Err(invalid("reference is required").of("reference"));
    }
    Ok(detail)
}

/// Takes over what a body says of an attribute, new or old.
fn adjust(detail: &mut AttributeDetail, call: &Call) -> Result<(), Fault> {
    if let Some(required) = call.flag("required") {
        detail.required = required;
    }
    if let Some(teams) = call.list("visible_to_team_ids") {
        let ids = teams.iter().filter_map(crate::call::identifier_of);
        detail.team_ids = ids.collect();
    }
    if let Some(multiline) = call.flag("multiline") {
        if detail.data_type != "string" {
            return Err(invalid("multiline is for string attributes").of("multiline"));
        }
        detail.multiline = multiline;
    }
    if let Some(reference) = call.object_field("reference") {
        let word = |name: &str| reference.get(name).and_then(crate::call::identifier_of);
        match word("type").as_deref() {
            Some(kind @ ("one" | "many")) if detail.data_type == "relationship" => {
                let target = word("object_type_id").unwrap_or_default();
                detail.reference = Some((kind.to_owned(), target));
            }
            _ => return Err(invalid("reference.type must be one or many").of("reference")),
        }
    }
    Ok(())
}

fn update(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call)?;
    let mut detail = world.settings.conversation_attributes[&id].clone();
    adjust(&mut detail, call)?;
    world.settings.conversation_attributes.insert(id, detail);
    if let Some(attribute) = world.data_attributes.get_mut(&id) {
        if let Some(name) = call.text("name") {
            name.clone_into(&mut attribute.name);
            name.clone_into(&mut attribute.label);
            attribute.full_name = format!("custom_attributes.{name}");
        }
        if let Some(description) = call.text("description") {
            description.clone_into(&mut attribute.description);
        }
    }
    settle(world, id);
    Answer::ok(render(world, id))
}

fn archive(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call)?;
    if let Some(attribute) = world.data_attributes.get_mut(&id) {
        attribute.archived = true;
    }
    settle(world, id);
    Answer::ok(render(world, id))
}

fn add_option(world: &mut World, call: &Call) -> Reply {
    let id = list_attribute(world, call)?;
    let label = label_of(&call.body)?;
    let option = world.ids.uuid();
    options(world, id).push(ListOption {
        id: option,
        label,
        archived: false,
    });
    settle(world, id);
    Answer::ok(render(world, id))
}

fn rename_option(world: &mut World, call: &Call) -> Reply {
    let id = list_attribute(world, call)?;
    let label = label_of(&call.body)?;
    option(options(world, id), call)?.label = label;
    settle(world, id);
    Answer::ok(render(world, id))
}

fn archive_option(world: &mut World, call: &Call) -> Reply {
    let id = list_attribute(world, call)?;
    let options = options(world, id);
    let active = options.iter().filter(|option| !option.archived).count();
    let option = option(options, call)?;
    if active <= FEWEST_OPTIONS && !option.archived {
        return Err(invalid(
            "A list attribute must have at least 2 active options",
        ));
    }
    option.archived = true;
    settle(world, id);
    Answer::ok(render(world, id))
}

fn find(world: &mut World, call: &Call) -> Result<u64, Fault> {
    complete(world);
    call.number(0)
        .filter(|id| world.settings.conversation_attributes.contains_key(id))
        .ok_or_else(|| missing("Conversation attribute not found"))
}

fn list_attribute(world: &mut World, call: &Call) -> Result<u64, Fault> {
    let id = find(world, call)?;
    if world.settings.conversation_attributes[&id].data_type == "list" {
        Ok(id)
    } else {
        Err(invalid("Options can only be managed on list attributes"))
    }
}

fn options(world: &mut World, id: u64) -> &mut Vec<ListOption> {
    let all = &mut world.settings.conversation_attributes;
    &mut all.entry(id).or_default().options
}

fn option<'o>(options: &'o mut [ListOption], call: &Call) -> Result<&'o mut ListOption, Fault> {
    options
        .iter_mut()
        .find(|option| option.id == call.id(1))
        .ok_or_else(|| missing("List option not found"))
}

fn label_of(option: &Value) -> Result<String, Fault> {
    let fields = option.as_object();
    if fields.is_some_and(|fields| fields.keys().any(|key| key != "label")) {
        return Err(invalid("only 'label' is accepted"));
    }
    match option.get("label") {
        None | Some(Value::Null) => Err(invalid("label is required").of("label")),
        Some(Value::String(label)) if !label.trim().is_empty() => Ok(label.clone()),
        Some(_) => Err(invalid("label must be a string").of("label")),
    }
}

/// Gives every attribute of conversations its details; those that came by the older endpoint have none yet.
fn complete(world: &mut World) {
    let bare: Vec<DataAttribute> = world
        .data_attributes
        .values()
        .filter(|one| one.model == "conversation")
        .filter(|one| !world.settings.conversation_attributes.contains_key(&one.id))
        .cloned()
        .collect();
    for attribute in bare {
        let options: Vec<ListOption> = attribute
            .options
            .into_iter()
            .map(|label| ListOption {
                id: world.ids.uuid(),
                label,
                archived: false,
            })
            .collect();
        let data_type = match attribute.data_type.as_str() {
            _ if !options.is_empty() => "list",
            "float" => "decimal",
            "date" => "datetime",
            other => other,
        };
        let detail = AttributeDetail {
            data_type: data_type.to_owned(),
            options,
            ..AttributeDetail::default()
        };
        let all = &mut world.settings.conversation_attributes;
        all.insert(attribute.id, detail);
    }
}

/// Tells the older endpoint of a change.
fn settle(world: &mut World, id: u64) {
    let now = world.now();
    let detail = world.settings.conversation_attributes.get(&id);
    if let (Some(attribute), Some(detail)) = (world.data_attributes.get_mut(&id), detail) {
        attribute.updated_at = now;
        let active = detail.options.iter().filter(|option| !option.archived);
        attribute.options = active.map(|option| option.label.clone()).collect();
    }
}

/// What the older endpoint calls a type.
fn older_type(data_type: &str) -> &str {
    match data_type {
        "decimal" => "float",
        "datetime" => "date",
        "integer" | "boolean" => data_type,
        _ => "string",
    }
}

fn render(world: &World, id: u64) -> Value {
    let attribute = &world.data_attributes[&id];
    let detail = &world.settings.conversation_attributes[&id];
    let mut body = json!({
        "type": "conversation_attribute",
        "id": id,
        "name": attribute.name,
        "description": attribute.description,
        "data_type": detail.data_type,
        "required": detail.required,
        "visible_to_team_ids": detail.team_ids,
        "archived": attribute.archived,
        "created_at": attribute.created_at,
        "updated_at": attribute.updated_at,
        "admin_id": attribute.admin_id.unwrap_or(world.workspace.bot_id).to_string(),
    });
    match detail.data_type.as_str() {
        "string" => body["multiline"] = json!(detail.multiline),
        "list" => {
            let one = |option: &ListOption| json!({"id": option.id, "label": option.label, "archived": option.archived});
            body["options"] = detail.options.iter().map(one).collect();
        }
        "relationship" => {
            let (kind, target) = detail.reference.clone().unwrap_or_default();
            body["reference"] = json!({"type": kind, "object_type_id": target});
        }
        _ => {}
    }
    body
}

fn invalid(message: &str) -> Fault {
    Fault::new(422, "parameter_invalid", message)
}

fn missing(message: &str) -> Fault {
    Fault::missing("conversation_attribute_not_found", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{call, fault, world};

    #[test]
    fn a_list_gains_renames_and_loses_options_but_keeps_two() {
        let mut world = world();
        let body = json!({"name": "Reason", "data_type": "list", "options": [{"label": "Late"}, {"label": "Broken"}]});
        let made = call(&mut world, "create_conversation_attribute", "", body).unwrap();
        let id = made["id"].to_string();
        let first = format!("{id}/{}", made["options"][0]["id"].as_str().unwrap());
        assert_eq!(
            fault(
                &mut world,
                "delete_conversation_attribute_option",
                &first,
                Value::Null
            ),
            (422, "parameter_invalid")
        );
        let label = json!({"label": "Lost"});
        call(
            &mut world,
            "create_conversation_attribute_option",
            &id,
            label,
        )
        .unwrap();
        let label = json!({"label": "Too late"});
        call(
            &mut world,
            "update_conversation_attribute_option",
            &first,
            label,
        )
        .unwrap();
        let now = call(
            &mut world,
            "delete_conversation_attribute_option",
            &first,
            Value::Null,
        );
        assert_eq!(
            now.unwrap()["options"][0],
            json!({"id": first.split_once('/').unwrap().1, "label": "Too late", "archived": true})
        );
        assert_eq!(
            world.data_attributes.values().next().unwrap().options,
            ["Broken", "Lost"],
            "the older endpoint tells the active ones"
        );
    }

    #[test]
    fn archived_attributes_show_only_when_asked() {
        let mut world = world();
        let body = json!({"name": "Order", "data_type": "string", "multiline": true});
        let made = call(&mut world, "create_conversation_attribute", "", body).unwrap();
        let id = made["id"].to_string();
        let gone = call(
            &mut world,
            "delete_conversation_attribute",
            &id,
            Value::Null,
        )
        .unwrap();
        assert_eq!(gone["archived"], true);
        for (query, count) in [("", 0), ("?include_archived=true", 1)] {
            let list = call(
                &mut world,
                "list_conversation_attributes",
                query,
                Value::Null,
            );
            assert_eq!(list.unwrap()["data"].as_array().unwrap().len(), count);
        }
    }

    #[test]
    fn wrong_attributes_are_refused() {
        let mut world = world();
        for body in [
            json!({"data_type": "string"}),
            json!({"name": "A"}),
            json!({"name": "A", "data_type": "color"}),
            json!({"name": "A", "data_type": "list", "options": [{"label": "One"}]}),
            json!({"name": "A", "data_type": "list", "options": [{"label": "One", "id": "x"}, {"label": "Two"}]}),
            json!({"name": "A", "data_type": "integer", "multiline": true}),
            json!({"name": "A", "data_type": "relationship"}),
        ] {
            let told = fault(
                &mut world,
                "create_conversation_attribute",
                "",
                body.clone(),
            );
            assert_eq!(told, (422, "parameter_invalid"), "{body}");
        }
        assert_eq!(
            fault(&mut world, "get_conversation_attribute", "9", Value::Null),
            (404, "conversation_attribute_not_found")
        );
    }
}
