//! Worlds store the shapes of Preview; this turns answers into older shapes, and older requests into new ones.

mod objects;
mod requests;

use catalog::ApiVersion;
use serde_json::{Map, Value};

/// 2.12 brought custom ticket states and most of what tells 2.11 from its successors.
const V2_12: ApiVersion = ApiVersion::Numbered(2, 12);

/// Keys whose values belong to the workspace: a `type` in there is no type of Intercom's.
const FREE_FORM: [&str; 3] = ["custom_attributes", "ticket_attributes", "metadata"];

type Object = Map<String, Value>;

/// Turns an answer of `operation` from the shape of Preview into that of `version`.
pub(crate) fn down(operation: &str, version: ApiVersion, answer: &mut Value) {
    if version < ApiVersion::Preview {
        visit(answer, &objects::to_2_16);
    }
    if version < ApiVersion::V2_16 {
        visit(answer, &objects::to_2_15);
        envelope_to_2_15(operation, answer);
    }
    if version < ApiVersion::V2_15 {
        visit(answer, &objects::to_2_14);
    }
    if version < V2_12 {
        visit(answer, &objects::to_2_11);
    }
}

/// Turns a request body of `operation`, written for `version`, into the form of 2.16.
pub(crate) fn up(operation: &str, version: ApiVersion, body: &mut Value) {
    requests::up(operation, version, body);
}

/// Answers whose objects carry no `type`, or whose whole form is new in 2.16.
fn envelope_to_2_15(operation: &str, answer: &mut Value) {
    let Some(object) = answer.as_object_mut() else {
        return;
    };
    match operation {
        "create_or_update_tag" => objects::remove(object, &["users", "companies"]),
        "get_help_center" => objects::remove(object, &["default", "locales"]),
        "list_help_centers" => {
            let centers = object.get_mut("data").and_then(Value::as_array_mut);
            for center in centers
                .into_iter()
                .flatten()
                .filter_map(Value::as_object_mut)
            {
                objects::remove(center, &["default", "locales"]);
            }
        }
        _ => {}
    }
}

/// Walks to every object with a `type`, inner ones first.
fn visit(value: &mut Value, convert: &dyn Fn(&str, &mut Object)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| visit(item, convert)),
        Value::Object(object) => {
            for (key, inner) in object.iter_mut() {
                if !FREE_FORM.contains(&key.as_str()) {
                    visit(inner, convert);
                }
            }
            let kind = object
                .get("type")
                .and_then(Value::as_str)
                .map(str::to_owned);
            if let Some(kind) = kind {
                convert(&kind, object);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(operation: &str, version: &str, stored: Value, expected: &Value) {
        let mut answer = stored;
        down(operation, version.parse().unwrap(), &mut answer);
        assert_eq!(&answer, expected, "{operation} in {version}");
    }

    #[test]
    fn conversations_grow_old() {
        let stored = json!({"type": "conversation", "id": "1", "priority": "urgent", "admin_assignee_id": 0, "team_assignee_id": 5,
            "company": {"type": "company", "id": "c"}, "channel": {}, "sales_agent": null, "sales_agent_participated": false,
            "custom_attributes": {"priority": "high", "related": {"type": "conversation", "priority": "high"}},
            "ai_agent": {"resolution_state": "procedure_handoff", "created_at": 1},
            "source": {"type": "conversation", "id": "2", "recipients": null, "reply_to": null},
            "conversation_parts": {"type": "conversation_part.list", "conversation_parts": [
                {"type": "conversation_part", "id": "3", "state": "open", "tags": [], "author": {"type": "bot", "id": "4", "is_ai_answer": false}}]}});
        check("get_conversation", "2.16", stored.clone(), &stored);
        check("get_conversation", "Preview", stored.clone(), &stored);
        let mut expected = json!({"type": "conversation", "id": "1", "priority": "priority", "admin_assignee_id": null, "team_assignee_id": 5,
            "company": {"type": "company", "id": "c"},
            "custom_attributes": {"priority": "high", "related": {"type": "conversation", "priority": "high"}},
            "ai_agent": {"resolution_state": "procedure_handoff", "created_at": 1},
            "source": {"type": "conversation", "id": "2"},
            "conversation_parts": {"type": "conversation_part.list", "conversation_parts": [
                {"type": "conversation_part", "id": "3", "state": "open", "tags": [], "author": {"type": "bot", "id": "4", "is_ai_answer": false}}]}});
        check("get_conversation", "2.15", stored.clone(), &expected);
        expected.as_object_mut().unwrap().shift_remove("company");
        expected["ai_agent"]["resolution_state"] = json!("routed_to_team");
        check("get_conversation", "2.14", stored.clone(), &expected);
        expected["ai_agent"]
            .as_object_mut()
            .unwrap()
            .shift_remove("created_at");
        expected["conversation_parts"]["conversation_parts"][0] =
            json!({"type": "conversation_part", "id": "3", "author": {"type": "bot", "id": "4"}});
        check("get_conversation", "2.11", stored, &expected);
    }

    #[test]
    fn tickets_grow_old() {
        let state = json!({"type": "ticket_state", "id": "9", "category": "resolved", "internal_label": "Done", "external_label": "Solved"});
        let stored = json!({"type": "ticket", "id": "1", "ticket_state": state, "admin_assignee_id": 7001, "team_assignee_id": 0,
            "previous_ticket_state_id": "8", "ticket_type": {"type": "ticket_type", "id": "2", "ticket_states": {}}});
        check(
            "get_ticket",
            "2.14",
            stored.clone(),
            &json!({"type": "ticket", "id": "1", "ticket_state": state, "admin_assignee_id": "7001",
            "team_assignee_id": "0", "ticket_type": {"type": "ticket_type", "id": "2", "ticket_states": {}}}),
        );
        check(
            "get_ticket",
            "2.11",
            stored,
            &json!({"type": "ticket", "id": "1", "ticket_state": "resolved", "admin_assignee_id": "7001",
            "team_assignee_id": "0", "ticket_type": {"type": "ticket_type", "id": "2"},
            "ticket_state_internal_label": "Done", "ticket_state_external_label": "Solved"}),
        );
    }

    #[test]
    fn content_grows_old() {
        for (operation, version, stored, expected) in [
            (
                "get_article",
                "2.16",
                json!({"type": "article", "tags": {}, "folder_id": 3}),
                json!({"type": "article", "tags": {}}),
            ),
            (
                "get_internal_article",
                "2.16",
                json!({"type": "internal_article", "tags": {}, "folder_id": null}),
                json!({"type": "internal_article"}),
            ),
            (
                "get_content_import_source",
                "2.14",
                json!({"type": "content_import_source", "id": 3, "audience_ids": []}),
                json!({"type": "content_import_source", "id": 3}),
            ),
        ] {
            check(operation, version, stored, &expected);
        }
    }

    #[test]
    fn the_rest_grows_old() {
        for (operation, version, stored, expected) in [
            (
                "get_contact",
                "2.15",
                json!({"type": "contact", "owner_id": "7001"}),
                json!({"type": "contact", "owner_id": 7001}),
            ),
            (
                "get_contact",
                "2.15",
                json!({"type": "contact", "owner_id": null}),
                json!({"type": "contact", "owner_id": null}),
            ),
            (
                "list_admins",
                "2.11",
                json!({"type": "admin", "avatar": "https://a/b.png", "role": null}),
                json!({"type": "admin", "avatar": {"image_url": "https://a/b.png"}}),
            ),
            (
                "list_admins",
                "2.14",
                json!({"type": "admin", "avatar": "https://a/b.png", "role": null}),
                json!({"type": "admin", "avatar": "https://a/b.png"}),
            ),
            (
                "get_article",
                "2.15",
                json!({"type": "article", "parent_ids": [12, 3], "body_markdown": "x"}),
                json!({"type": "article", "parent_ids": [12, 3], "parent_id": 12, "parent_type": "collection"}),
            ),
            (
                "get_article",
                "2.11",
                json!({"type": "article", "parent_ids": [], "tags": {}}),
                json!({"type": "article", "parent_ids": [], "parent_id": null, "parent_type": null}),
            ),
            (
                "create_or_update_tag",
                "2.15",
                json!({"type": "tag", "id": "1", "users": [], "companies": []}),
                json!({"type": "tag", "id": "1"}),
            ),
            (
                "list_help_centers",
                "2.14",
                json!({"type": "list", "data": [{"id": "1", "default": true, "locales": []}]}),
                json!({"type": "list", "data": [{"id": "1"}]}),
            ),
            (
                "list_teams",
                "2.11",
                json!({"type": "team", "assignment_limit": 3, "distribution_method": "manual"}),
                json!({"type": "team"}),
            ),
        ] {
            check(operation, version, stored, &expected);
        }
    }
}
