//! What older versions let a client write differently.

use super::{Object, V2_12};
use catalog::ApiVersion;
use serde_json::{Value, json};

/// Turns a request body of `operation` into the form of 2.16.
pub(super) fn up(operation: &str, version: ApiVersion, body: &mut Value) {
    let Some(object) = body.as_object_mut() else {
        return;
    };
    match operation {
        "update_ticket" if version < V2_12 => flatten_assignment(object),
        // Later versions know neither; a client of theirs that sends one sees it ignored, as on the real thing.
        "update_ticket" => {
            object.shift_remove("state");
            object.shift_remove("assignment");
        }
        "create_contact" | "update_contact" if version < ApiVersion::V2_16 => {
            if let Some(owner) = object.get_mut("owner_id").filter(|owner| owner.is_number()) {
                *owner = Value::from(owner.to_string());
            }
        }
        "search_conversations" if version < ApiVersion::V2_16 => {
            if let Some(query) = object.get_mut("query") {
                rewrite_filters(query, version);
            }
        }
        _ => {}
    }
}

fn flatten_assignment(object: &mut Object) {
    let Some(Value::Object(assignment)) = object.shift_remove("assignment") else {
        return;
    };
    for (key, value) in assignment {
        object.entry(key).or_insert(value);
    }
}

/// Rewrites the filters of a search whose values were called otherwise.
fn rewrite_filters(node: &mut Value, version: ApiVersion) {
    let field = node.get("field").and_then(Value::as_str).map(str::to_owned);
    match (field.as_deref(), node.get_mut("value")) {
        (None, Some(Value::Array(parts))) => parts
            .iter_mut()
            .for_each(|part| rewrite_filters(part, version)),
        (Some("priority"), Some(_)) => spread(node, |word| match word {
            "priority" => &["high", "urgent"],
            "not_priority" => &["none", "low", "medium"],
            _ => &[],
        }),
        (Some("ai_agent.resolution_state"), Some(_)) if version < ApiVersion::V2_15 => {
            spread(node, |word| match word {
                "routed_to_team" => &["escalated", "negative_feedback", "procedure_handoff"],
                _ => &[],
            });
        }
        _ => {}
    }
}

/// Replaces words by all of today's words for them; equality with one becomes membership.
fn spread(filter: &mut Value, today: impl Fn(&str) -> &'static [&'static str]) {
    let operator = match filter["operator"].as_str() {
        Some("=" | "IN") => "IN",
        Some("!=" | "NIN") => "NIN",
        _ => return,
    };
    let words: Vec<Value> = match &filter["value"] {
        Value::Array(words) => words.clone(),
        Value::Null => return,
        word => vec![word.clone()],
    };
    let mut spread = Vec::new();
    for word in words {
        match word.as_str().map(&today) {
            Some(many) if !many.is_empty() => spread.extend(many.iter().copied().map(Value::from)),
            _ => spread.push(word),
        }
    }
    filter["operator"] = json!(operator);
    filter["value"] = Value::from(spread);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_requests_are_understood() {
        let by = |field: &str, operator: &str, value: Value| json!({"field": field, "operator": operator, "value": value});
        for (operation, version, old, new) in [
            (
                "update_ticket",
                "2.11",
                json!({"state": "resolved", "assignment": {"admin_id": "1", "assignee_id": "2"}}),
                json!({"state": "resolved", "admin_id": "1", "assignee_id": "2"}),
            ),
            (
                "update_ticket",
                "2.16",
                json!({"state": "resolved", "open": false}),
                json!({"open": false}),
            ),
            (
                "update_contact",
                "2.14",
                json!({"owner_id": 7001}),
                json!({"owner_id": "7001"}),
            ),
            (
                "search_conversations",
                "2.15",
                json!({"query": by("priority", "=", json!("priority"))}),
                json!({"query": by("priority", "IN", json!(["high", "urgent"]))}),
            ),
            (
                "search_conversations",
                "2.11",
                json!({"query": {"operator": "AND", "value": [by("priority", "!=", json!("priority"))]}}),
                json!({"query": {"operator": "AND", "value": [by("priority", "NIN", json!(["high", "urgent"]))]}}),
            ),
            (
                "search_conversations",
                "2.14",
                json!({"query": by("ai_agent.resolution_state", "IN", json!(["routed_to_team", "abandoned"]))}),
                json!({"query": by("ai_agent.resolution_state", "IN", json!(["escalated", "negative_feedback", "procedure_handoff", "abandoned"]))}),
            ),
            (
                "search_conversations",
                "2.16",
                json!({"query": by("priority", "=", json!("low"))}),
                json!({"query": by("priority", "=", json!("low"))}),
            ),
        ] {
            let mut body = old;
            up(operation, version.parse().unwrap(), &mut body);
            assert_eq!(body, new, "{operation} in {version}");
        }
    }
}
