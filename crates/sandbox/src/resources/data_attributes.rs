//! Operations on the fields that contacts, companies and conversations carry.

use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    world::{World, data::DataAttribute},
};
use catalog::ApiVersion;
use serde_json::{Value, json};

const DATA_TYPES: [&str; 7] = [
    "string", "integer", "float", "boolean", "datetime", "date", "options",
];

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_data_attributes" => list,
        "create_data_attribute" => create,
        "update_data_attribute" => update,
        _ => return None,
    })
}

fn render(attribute: &DataAttribute) -> Value {
    let mut out = json!({"type": "data_attribute"});
    if attribute.custom {
        out["id"] = json!(attribute.id);
    }
    out["model"] = json!(attribute.model);
    for (key, text) in [
        ("name", &attribute.name),
        ("full_name", &attribute.full_name),
        ("label", &attribute.label),
        ("description", &attribute.description),
        ("data_type", &attribute.data_type),
    ] {
        out[key] = json!(text);
    }
    if !attribute.options.is_empty() {
        out["options"] = json!(attribute.options);
    }
    for (key, flag) in [
        ("api_writable", attribute.api_writable),
        ("messenger_writable", attribute.messenger_writable),
        ("ui_writable", attribute.ui_writable),
        ("custom", attribute.custom),
        ("archived", attribute.archived),
    ] {
        out[key] = json!(flag);
    }
    if attribute.custom {
        out["created_at"] = json!(attribute.created_at);
        out["updated_at"] = json!(attribute.updated_at);
        if let Some(admin) = attribute.admin_id {
            out["admin_id"] = json!(admin.to_string());
        }
    }
    out
}

fn list(world: &mut World, call: &Call) -> Reply {
    let model = call.query("model").filter(|model| !model.is_empty());
    match model {
        Some("conversation") if call.version >= ApiVersion::V2_16 => {
            let message = "model=conversation is no longer supported. Use GET /conversations/attributes instead";
            return Err(Fault::new(422, "parameter_invalid", message));
        }
        None | Some("contact" | "company" | "conversation") => {}
        Some(_) => {
            return Err(Fault::invalid("model must be either contact or company").of("model"));
        }
    }
    let archived = call.query_flag("include_archived");
    let wanted = |attribute: &&DataAttribute| {
        let fits = model.map_or(attribute.model != "conversation", |model| {
            attribute.model == model
        });
        fits && (archived || !attribute.archived)
    };
    let data: Vec<Value> = world
        .data_attributes
        .values()
        .filter(wanted)
        .map(render)
        .collect();
    Answer::ok(json!({"type": "list", "data": data}))
}

fn create(world: &mut World, call: &Call) -> Reply {
    let name = call
        .text("name")
        .filter(|name| !name.trim().is_empty())
        .ok_or_else(|| Fault::absent("name"))?
        .to_owned();
    let model = match call.text("model").ok_or_else(|| Fault::absent("model"))? {
        model @ ("contact" | "company") => model.to_owned(),
        _ => {
            return Err(Fault::invalid(
                "The Data Attribute model field must be either contact or company",
            ));
        }
    };
    let data_type = call
        .text("data_type")
        .ok_or_else(|| Fault::absent("data_type"))?;
    if !DATA_TYPES.contains(&data_type) {
        return Err(Fault::invalid("Data Type isn't an option"));
    }
    check_name(world, &name, &model)?;
    let options = match (data_type, call.field("options")) {
        ("options", None) => return Err(Fault::absent("options")),
        (_, Some(given)) => options(given)?,
        _ => Vec::new(),
    };
    let (now, id) = (world.now(), world.ids.small());
    let made = DataAttribute {
        id,
        full_name: format!("custom_attributes.{name}"),
        label: name.clone(),
        name,
        model,
        description: call.text("description").unwrap_or_default().to_owned(),
        data_type: stored_type(data_type).to_owned(),
        options,
        api_writable: true,
        messenger_writable: call.flag("messenger_writable").unwrap_or(false),
        ui_writable: true,
        custom: true,
        archived: false,
        created_at: now,
        updated_at: now,
        admin_id: Some(call.caller),
    };
    let answer = render(&made);
    world.data_attributes.insert(id, made);
    Answer::ok(answer)
}

/// A list of choices holds text, and a moment is a date here.
fn stored_type(data_type: &str) -> &str {
    match data_type {
        "options" => "string",
        "datetime" => "date",
        other => other,
    }
}

/// Refuses a name with strange letters in it, and one that is taken by people or by companies.
fn check_name(world: &World, name: &str, model: &str) -> Result<(), Fault> {
    if !name
        .chars()
        .all(|c| c.is_alphanumeric() || "-_ $€£¥".contains(c))
    {
        let message = "Your name for this attribute must only contain alphanumeric characters, currency symbols, and hyphens";
        return Err(Fault::invalid(message));
    }
    let taken = |other: &&DataAttribute| {
        other.custom && other.name == name && other.model != "conversation"
    };
    let Some(twin) = world.data_attributes.values().find(taken) else {
        return Ok(());
    };
    let kind = |model: &str| {
        if model == "contact" {
            "people"
        } else {
            "company"
        }
    };
    let (has, wants) = (kind(&twin.model), kind(model));
    let message = format!(
        "You already have '{name}' in your {has} data. To save this as new {wants} data, use a different name."
    );
    Err(Fault::invalid(message))
}

fn update(world: &mut World, call: &Call) -> Reply {
    let now = world.now();
    let found = call
        .number(0)
        .and_then(|id| world.data_attributes.get_mut(&id))
        .filter(|attribute| attribute.custom);
    let attribute = found.ok_or_else(|| {
        Fault::missing(
            "field_not_found",
            "We couldn't find that data attribute to update",
        )
    })?;
    if let Some(given) = call.field("options") {
        attribute.options = options(given)?;
    }
    if let Some(description) = call.text("description") {
        description.clone_into(&mut attribute.description);
    }
    attribute.archived = call.flag("archived").unwrap_or(attribute.archived);
    attribute.messenger_writable = call
        .flag("messenger_writable")
        .unwrap_or(attribute.messenger_writable);
    attribute.updated_at = now;
    Answer::ok(render(attribute))
}

/// The choices of a list: objects with `value`, or plain text as 2.11 shows them.
fn options(given: &Value) -> Result<Vec<String>, Fault> {
    let given = given
        .as_array()
        .ok_or_else(|| Fault::invalid("Options isn't an array"))?;
    let read = |option: &Value| {
        option
            .as_str()
            .or_else(|| option["value"].as_str())
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let options: Vec<String> = given
        .iter()
        .map(|option| read(option).ok_or_else(|| Fault::invalid("Each option needs a value")))
        .collect::<Result<_, _>>()?;
    if options.len() < 2 {
        return Err(Fault::invalid(
            "The Data Attribute needs at least two options",
        ));
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, fault, world};
    use serde_json::{Value, json};

    #[test]
    fn attributes_are_made_changed_and_archived() {
        let mut world = world();
        let body = json!({"name": "plan", "model": "contact", "data_type": "options", "options": [{"value": "free"}, {"value": "pro"}]});
        let made = call(&mut world, "create_data_attribute", "", body).unwrap();
        assert_eq!(
            (&made["data_type"], &made["options"], &made["full_name"]),
            (
                &json!("string"),
                &json!(["free", "pro"]),
                &json!("custom_attributes.plan")
            )
        );
        let id = made["id"].to_string();
        let changed = call(
            &mut world,
            "update_data_attribute",
            &id,
            json!({"archived": true, "options": ["a", "b", "c"]}),
        )
        .unwrap();
        assert_eq!(
            (&changed["archived"], &changed["options"]),
            (&json!(true), &json!(["a", "b", "c"]))
        );
        for (query, count) in [
            ("", 0),
            ("?include_archived=true", 1),
            ("?include_archived=true&model=company", 0),
            ("?model=contact", 0),
        ] {
            let list = call(&mut world, "list_data_attributes", query, Value::Null).unwrap();
            assert_eq!(list["data"].as_array().unwrap().len(), count, "{query}");
        }
        assert_eq!(
            fault(
                &mut world,
                "list_data_attributes",
                "?model=conversation",
                Value::Null
            ),
            (422, "parameter_invalid")
        );
    }

    #[test]
    fn bad_attributes_are_refused() {
        let mut world = world();
        call(
            &mut world,
            "create_data_attribute",
            "",
            json!({"name": "size", "model": "company", "data_type": "integer"}),
        )
        .unwrap();
        for (body, says) in [
            (
                json!({"model": "contact", "data_type": "string"}),
                "name is required",
            ),
            (
                json!({"name": "a b!", "model": "contact", "data_type": "string"}),
                "alphanumeric",
            ),
            (
                json!({"name": "x", "model": "ticket", "data_type": "string"}),
                "either contact or company",
            ),
            (
                json!({"name": "x", "model": "contact", "data_type": "list"}),
                "Data Type",
            ),
            (
                json!({"name": "x", "model": "contact", "data_type": "options"}),
                "options is required",
            ),
            (
                json!({"name": "x", "model": "contact", "data_type": "options", "options": [{"value": "1"}]}),
                "at least two",
            ),
            (
                json!({"name": "size", "model": "contact", "data_type": "string"}),
                "in your company data",
            ),
        ] {
            let refused = call(&mut world, "create_data_attribute", "", body.clone()).unwrap_err();
            assert!(
                refused.status == 400 && refused.message.contains(says),
                "{body}: {refused:?}"
            );
        }
        assert_eq!(
            fault(&mut world, "update_data_attribute", "1", json!({})),
            (404, "field_not_found")
        );
    }
}
