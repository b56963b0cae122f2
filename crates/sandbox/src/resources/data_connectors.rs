//! Operations on data connectors.

mod executions;

use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    paging::{Cursor, per_page},
    world::{World, automation::DataConnector, clock::iso},
};
use serde_json::{Value, json};

/// Connectors on a page unless asked otherwise, and at most.
const PAGE: (usize, usize) = (20, 50);
const AUDIENCES: [&str; 3] = ["leads", "users", "visitors"];
const METHODS: [&str; 5] = ["get", "post", "put", "delete", "patch"];
/// What a body may set, and what a connector says of it until then.
const SETTINGS: [&str; 12] = [
    "description",
    "http_method",
    "url",
    "body",
    "direct_fin_usage",
    "audiences",
    "headers",
    "data_inputs",
    "customer_authentication",
    "bypass_authentication",
    "validate_missing_attributes",
    "token_ids",
];

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_data_connectors" => list,
        "get_data_connector" => get,
        "create_data_connector" => create,
        "update_data_connector" => update,
        "delete_data_connector" => delete,
        "list_data_connector_execution_results" => executions::list,
        "get_data_connector_execution_result" => executions::get,
        _ => return None,
    })
}

/// The connector that the first placeholder names.
fn find<'w>(world: &'w World, call: &Call) -> Result<&'w DataConnector, Fault> {
    call.number(0)
        .and_then(|id| world.automation.connectors.get(&id))
        .ok_or_else(missing)
}

fn missing() -> Fault {
    Fault::missing("data_connector_not_found", "Data connector not found")
}

/// One page of a list whose cursor counts what was told before.
fn page<'a, T>(
    call: &Call,
    all: &[&'a T],
    size: (usize, usize),
) -> Result<(Vec<&'a T>, Value), Fault> {
    let size = per_page(
        call.query("per_page").map(Value::from).as_ref(),
        size.0,
        size.1,
    )?;
    let start = match call.query("starting_after").filter(|text| !text.is_empty()) {
        None => 0,
        Some(text) => Cursor::decode(text)?.id.parse().unwrap_or(usize::MAX),
    };
    let shown: Vec<&T> = all.iter().skip(start).take(size).copied().collect();
    let end = start.saturating_add(shown.len());
    let mut pages = json!({"type": "pages", "per_page": size, "next": null});
    if end < all.len() {
        let next = Cursor {
            sort: json!(0),
            id: end.to_string(),
            page: 0,
        };
        pages["next"] = json!({"starting_after": next.encode()});
    }
    Ok((shown, pages))
}

fn list(world: &mut World, call: &Call) -> Reply {
    let all: Vec<&DataConnector> = world.automation.connectors.values().rev().collect();
    let (shown, pages) = page(call, &all, PAGE)?;
    let data: Vec<Value> = shown.iter().map(|one| summary(world, one)).collect();
    Answer::ok(json!({"type": "list", "data": data, "pages": pages}))
}

fn get(world: &mut World, call: &Call) -> Reply {
    if let Some(version) = call.query("state_version")
        && !["live", "draft"].contains(&version)
    {
        let message = "Invalid state_version. Must be one of: live, draft";
        return Err(Fault::invalid(message));
    }
    let one = find(world, call)?;
    Answer::ok(detail(world, one))
}

fn create(world: &mut World, call: &Call) -> Reply {
    let name = call.text("name").map(str::trim).unwrap_or_default();
    if name.is_empty() {
        return Err(Fault::new(422, "parameter_not_found", "Name is required").of("name"));
    }
    let (id, now) = (world.ids.small(), world.now());
    let mut one = DataConnector {
        id,
        name: name.to_owned(),
        created_by: call.caller,
        created_at: now,
        ..DataConnector::default()
    };
    set(&mut one, call, now)?;
    let body = detail(world, &one);
    world.automation.connectors.insert(id, one);
    Answer::with(201, body)
}

fn update(world: &mut World, call: &Call) -> Reply {
    let mut one = find(world, call)?.clone();
    match call.text("state") {
        None => {}
        Some("live") => one.live = true,
        Some("draft") if one.live && one.in_use => {
            return Err(in_use("set to draft"));
        }
        Some("draft") => one.live = false,
        Some(_) => return Err(invalid("Invalid state. Must be one of: draft, live").of("state")),
    }
    if let Some(name) = call.text("name") {
        name.clone_into(&mut one.name);
    }
    set(&mut one, call, world.now())?;
    let body = detail(world, &one);
    world.automation.connectors.insert(one.id, one);
    Answer::ok(body)
}

/// Takes over what a body sets, checked.
fn set(one: &mut DataConnector, call: &Call, now: i64) -> Result<(), Fault> {
    if let Some(audiences) = call.list("audiences") {
        let known = |audience: &Value| {
            audience
                .as_str()
                .is_some_and(|word| AUDIENCES.contains(&word))
        };
        if !audiences.iter().all(known) {
            let message = "Invalid audiences. Must be a subset of: leads, users, visitors";
            return Err(invalid(message).of("audiences"));
        }
    }
    if let Some(method) = call.field("http_method")
        && !METHODS.iter().any(|known| method == known)
    {
        return Err(invalid("Http Method isn't an option").of("http_method"));
    }
    for name in SETTINGS {
        if call.names(name) {
            one.settings
                .insert(name.to_owned(), call.body[name].clone());
        }
    }
    if let Some(inputs) = one
        .settings
        .get_mut("data_inputs")
        .and_then(Value::as_array_mut)
    {
        inputs.iter_mut().for_each(complete_input);
    }
    if let Some(mock) = call.object_field("mock_response") {
        let fields: Vec<Value> = mock
            .iter()
            .map(|(name, value)| response_field(name, value))
            .collect();
        one.settings.insert("response_fields".into(), json!(fields));
        one.settings.insert(
            "configuration_response_type".into(),
            json!("mock_response_type"),
        );
    }
    one.updated_by = call.caller;
    one.updated_at = now;
    Ok(())
}

fn complete_input(input: &mut Value) {
    for (name, default) in [
        ("description", Value::Null),
        ("required", json!(false)),
        ("default_value", json!("")),
    ] {
        if let Some(input) = input.as_object_mut() {
            input.entry(name).or_insert(default);
        }
    }
}

fn response_field(path: &str, value: &Value) -> Value {
    let kind = match value {
        Value::String(_) => "string",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "decimal",
        Value::Number(_) => "integer",
        _ => "unknown",
    };
    json!({"path": path, "type": kind, "example_value": value, "redacted": false})
}

fn delete(world: &mut World, call: &Call) -> Reply {
    let one = find(world, call)?;
    let id = one.id;
    if one.in_use {
        return Err(in_use("deleted"));
    }
    if one.live {
        let message = "Data connector must be in draft state to be deleted";
        return Err(Fault::new(409, "conflict", message));
    }
    world.automation.connectors.remove(&id);
    Answer::ok(json!({"id": id.to_string(), "object": "data_connector", "deleted": true}))
}

fn in_use(what: &str) -> Fault {
    let message = format!("Data connector is in use by other resources and cannot be {what}");
    Fault::new(409, "data_connector_in_use", message)
}

fn invalid(message: &str) -> Fault {
    Fault::new(422, "parameter_invalid", message)
}

fn summary(world: &World, one: &DataConnector) -> Value {
    let set = |name: &str, default: Value| one.settings.get(name).cloned().unwrap_or(default);
    let id = one.id;
    json!({
        "type": "data_connector",
        "id": id.to_string(),
        "name": one.name,
        "description": set("description", Value::Null),
        "state": if one.live { "live" } else { "draft" },
        "http_method": set("http_method", json!("get")),
        "direct_fin_usage": set("direct_fin_usage", json!(false)),
        "created_by_admin_id": one.created_by.to_string(),
        "updated_by_admin_id": one.updated_by.to_string(),
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
        "execution_results_url": format!("{}/data_connectors/{id}/execution_results", world.workspace.base_url),
    })
}

fn detail(world: &World, one: &DataConnector) -> Value {
    let mut body = summary(world, one);
    for (name, default) in [
        ("url", Value::Null),
        ("body", json!("")),
        ("headers", json!([])),
        ("audiences", json!([])),
        ("data_inputs", json!([])),
        ("response_fields", json!([])),
        ("object_mappings", json!([])),
        ("token_ids", json!([])),
        ("customer_authentication", json!(false)),
        ("bypass_authentication", json!(false)),
        ("validate_missing_attributes", Value::Null),
        ("configuration_response_type", json!("test_response_type")),
    ] {
        let value = one.settings.get(name).filter(|value| !value.is_null());
        body[name] = value.cloned().unwrap_or(default);
    }
    body["execution_type"] = json!("server_side");
    body["data_transformation_type"] = json!("full_access");
    body["client_function_name"] = Value::Null;
    body["client_function_timeout_ms"] = Value::Null;
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{call, fault, world};

    #[test]
    fn a_connector_goes_live_and_must_be_a_draft_to_go() {
        let mut world = world();
        let body = json!({"name": "Stock", "http_method": "post", "url": "https://stock.example", "audiences": ["users"],
            "data_inputs": [{"name": "sku", "type": "string"}], "mock_response": {"left": 3, "warehouse": "Porto"}});
        let made = call(&mut world, "create_data_connector", "", body).unwrap();
        assert_eq!(
            (
                &made["state"],
                &made["data_inputs"][0]["required"],
                &made["response_fields"][0]["type"]
            ),
            (&json!("draft"), &json!(false), &json!("integer"))
        );
        let id = made["id"].as_str().unwrap();
        let live = json!({"state": "live", "name": "Stock of Porto"});
        let told = call(&mut world, "update_data_connector", id, live).unwrap();
        assert_eq!(
            (&told["state"], &told["url"]),
            (&json!("live"), &made["url"])
        );
        assert_eq!(
            fault(&mut world, "delete_data_connector", id, Value::Null),
            (409, "conflict")
        );
        call(
            &mut world,
            "update_data_connector",
            id,
            json!({"state": "draft"}),
        )
        .unwrap();
        call(&mut world, "delete_data_connector", id, Value::Null).unwrap();
        assert_eq!(
            fault(&mut world, "get_data_connector", id, Value::Null),
            (404, "data_connector_not_found")
        );
    }

    #[test]
    fn lists_have_cursors() {
        let mut world = world();
        for name in ["A", "B", "C"] {
            call(
                &mut world,
                "create_data_connector",
                "",
                json!({"name": name}),
            )
            .unwrap();
        }
        let first = call(
            &mut world,
            "list_data_connectors",
            "?per_page=2",
            Value::Null,
        )
        .unwrap();
        let next = first["pages"]["next"]["starting_after"].as_str().unwrap();
        let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let target = format!("?per_page=2&starting_after={next}");
        let last = call(&mut world, "list_data_connectors", &target, Value::Null).unwrap();
        assert_eq!(
            (&last["data"][0]["name"], &last["pages"]["next"]),
            (&json!("A"), &Value::Null)
        );
    }

    #[test]
    fn wrong_settings_are_refused() {
        let mut world = world();
        for (body, code) in [
            (json!({}), "parameter_not_found"),
            (
                json!({"name": "A", "audiences": ["dogs"]}),
                "parameter_invalid",
            ),
            (
                json!({"name": "A", "http_method": "brew"}),
                "parameter_invalid",
            ),
        ] {
            assert_eq!(
                fault(&mut world, "create_data_connector", "", body),
                (422, code)
            );
        }
    }
}
