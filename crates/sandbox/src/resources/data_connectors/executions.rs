//! What came of the runs of a data connector.

use super::{find, page};
use crate::{
    call::{Answer, Call, Fault, Reply, integer_of},
    world::{
        World,
        automation::{DataConnector, Execution},
        clock::iso,
    },
};
use serde_json::{Value, json};

/// Results on a page unless asked otherwise, and at most.
const PAGE: (usize, usize) = (10, 30);
/// Seconds back from now that are told unless asked otherwise.
const WINDOW: i64 = 3600;
const ERRORS: [&str; 11] = [
    "request_configuration_error",
    "faraday_error",
    "3rd_party_error",
    "response_mapping_error",
    "token_refresh_error",
    "fin_action_response_formatting_error",
    "fin_action_identity_verification_error",
    "email_verification_error",
    "non_fin_standalone_action_identity_verification_error",
    "request_validation_error",
    "client_side_action_error",
];

pub(super) fn list(world: &mut World, call: &Call) -> Reply {
    let connector = find(world, call)?;
    let wanted = call.query("error_type").filter(|kind| !kind.is_empty());
    if wanted.is_some_and(|kind| !ERRORS.contains(&kind)) {
        let message = format!("Invalid error_type. Must be one of: {}", ERRORS.join(", "));
        return Err(Fault::invalid(message));
    }
    let time = |name: &str, default: i64| match call.query(name) {
        None | Some("") => Ok(default),
        Some(text) => integer_of(&json!(text))
            .ok_or_else(|| Fault::invalid(format!("{name} must be a Unix timestamp (integer)"))),
    };
    let range = time("start_ts", world.now() - WINDOW)?..=time("end_ts", world.now())?;
    let found: Vec<&Execution> = connector
        .executions
        .iter()
        .rev()
        .filter(|one| range.contains(&one.created_at))
        .filter(|one| match call.query("success") {
            Some("true") => one.error.is_none(),
            Some("false") => one.error.is_some(),
            _ => true,
        })
        .filter(|one| wanted.is_none() || one.error.as_ref().map(|(kind, _)| *kind) == wanted)
        .collect();
    let (shown, pages) = page(call, &found, PAGE)?;
    let bodies = call.query_flag("include_bodies");
    let data: Vec<Value> = shown
        .iter()
        .map(|one| render(connector, one, bodies))
        .collect();
    Answer::ok(json!({"type": "list", "data": data, "pages": pages}))
}

pub(super) fn get(world: &mut World, call: &Call) -> Reply {
    let connector = find(world, call)?;
    let one = connector
        .executions
        .iter()
        .find(|one| Some(one.id) == call.number(1));
    let missing = || Fault::missing("execution_result_not_found", "Execution result not found");
    Answer::ok(render(connector, one.ok_or_else(missing)?, true))
}

fn render(connector: &DataConnector, one: &Execution, bodies: bool) -> Value {
    let method = connector.settings.get("http_method").cloned();
    let mut body = json!({
        "type": "data_connector.execution",
        "id": one.id.to_string(),
        "data_connector_id": connector.id.to_string(),
        "success": one.error.is_none(),
        "http_status": one.http_status,
        "http_method": method.unwrap_or_else(|| json!("get")),
        "error_type": one.error.as_ref().map(|(kind, _)| kind),
        "error_message": one.error.as_ref().map(|(_, message)| message),
        "execution_time_ms": one.took_ms,
        "source_type": one.source_type,
        "source_id": null,
        "conversation_id": one.conversation.map(|id| id.to_string()),
        "created_at": iso(one.created_at),
    });
    if bodies {
        body["request_url"] = json!(one.request_url);
        body["request_body"] = json!(one.request_body);
        body["response_body"] = json!(one.response_body);
        body["raw_response_body"] = json!(one.response_body);
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{NOW, call, fault, world};

    const LIST: &str = "list_data_connector_execution_results";
    const GET: &str = "get_data_connector_execution_result";

    /// A connector with three runs, and its id.
    fn with_runs() -> (World, String) {
        let mut world = world();
        let body = json!({"name": "Stock"});
        let made = call(&mut world, "create_data_connector", "", body).unwrap();
        let id = made["id"].as_str().unwrap().to_owned();
        let run = |id: u64, age: i64, error: Option<&'static str>| Execution {
            id,
            created_at: NOW - age,
            error: error.map(|kind| (kind, "Timed out".to_owned())),
            source_type: "fin",
            ..Execution::default()
        };
        let all = &mut world.automation.connectors;
        all.get_mut(&id.parse().unwrap()).unwrap().executions = vec![
            run(1, 9000, None),
            run(2, 60, Some("3rd_party_error")),
            run(3, 30, None),
        ];
        (world, id)
    }

    #[test]
    fn results_are_filtered_by_time_success_and_error() {
        let (mut world, id) = with_runs();
        for (query, expected) in [
            ("", vec!["3", "2"]),
            ("?start_ts=1", vec!["3", "2", "1"]),
            ("?success=false", vec!["2"]),
            ("?error_type=faraday_error", vec![]),
            ("?error_type=3rd_party_error&start_ts=1", vec!["2"]),
        ] {
            let told = call(&mut world, LIST, &format!("{id}{query}"), Value::Null).unwrap();
            let rows = told["data"].as_array().unwrap().iter();
            let ids: Vec<&str> = rows.map(|one| one["id"].as_str().unwrap()).collect();
            assert_eq!(ids, expected, "{query}");
        }
        for query in ["?error_type=bad_luck", "?start_ts=noon"] {
            let told = fault(&mut world, LIST, &format!("{id}{query}"), Value::Null);
            assert_eq!(told, (400, "parameter_invalid"));
        }
    }

    #[test]
    fn one_result_tells_its_bodies() {
        let (mut world, id) = with_runs();
        let one = call(&mut world, GET, &format!("{id}/2"), Value::Null).unwrap();
        assert_eq!(
            (&one["success"], one.get("request_url").is_some()),
            (&json!(false), true)
        );
        for (target, expected) in [
            (format!("{id}/9"), (404, "execution_result_not_found")),
            ("9/9".into(), (404, "data_connector_not_found")),
        ] {
            assert_eq!(fault(&mut world, GET, &target, Value::Null), expected);
        }
    }
}
