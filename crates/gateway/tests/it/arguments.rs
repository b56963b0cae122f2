//! Arguments as models write them.

use crate::world::World;
use serde_json::{Value, json};

#[tokio::test]
async fn other_spellings_are_understood() {
    let world = World::sandbox().await;
    let row = world
        .call("search_conversations", json!({"per_page": 1}))
        .await["conversations"][0]
        .clone();
    let id = row["id"].as_str().unwrap();
    let contact = row["contact_id"].as_str().unwrap();
    for (tool, arguments) in [
        ("get_conversation", json!({"id": id})),
        (
            "get_conversation",
            json!({"id": id.parse::<u64>().unwrap()}),
        ),
        (
            "get_conversation",
            json!({"conversation_id": format!("  conversation_{id} ")}),
        ),
        (
            "get_conversation",
            json!({"id": id, "cursor": null, "detail": null}),
        ),
        (
            "get_contact",
            json!({"contact_id": format!("contact_{contact}")}),
        ),
        (
            "get_contact",
            json!({"id": format!("https://app.intercom.com/a/apps/w1/users/{contact}/all-conversations")}),
        ),
        ("search_conversations", json!({"limit": "2"})),
        (
            "search_conversations",
            json!({"admin_assignee_id": "0", "open": "true"}),
        ),
        (
            "search_conversations",
            json!({"query": "{\"field\": \"open\", \"operator\": \"=\", \"value\": true}"}),
        ),
        (
            "search_conversations",
            json!({"updated_after": "2026-01-01", "updated_before": "2099-01-01T00:00:00+02:00"}),
        ),
        (
            "search_conversations",
            json!({"ids": [id.parse::<u64>().unwrap()]}),
        ),
        (
            "find_unassigned_conversations",
            json!({"older_than_hours": 0.5, "per_page": 1}),
        ),
        (
            "search_conversations",
            json!({"query": {"operator": "AND", "value": [
                {"field": "created_at", "operator": ">", "value": "2020-01-01"},
                {"field": "updated_at", "operator": "NIN", "value": ["2020-01-01T10:00:00Z", 5]}]}}),
        ),
        ("search_tickets", json!({"query": null})),
        (
            "call_tool",
            json!({"name": "get_contact", "arguments": {"id": contact}}),
        ),
    ] {
        let shown = arguments.to_string();
        let answer = world.try_call(tool, arguments).await;
        assert!(answer.is_ok(), "{tool} {shown}: {}", answer.unwrap_err());
    }
}

#[tokio::test]
async fn bad_arguments_are_named_with_what_would_be_right() {
    let world = World::sandbox().await;
    let filter = |field: &str, operator: &str, value: Value| json!({"field": field, "operator": operator, "value": value});
    let many: Vec<Value> = (0..16)
        .map(|_| filter("state", "=", json!("open")))
        .collect();
    let deep = json!({"operator": "AND", "value": [{"operator": "OR", "value": [{"operator": "AND", "value": [filter("open", "=", json!(true))]}]}]});
    for (tool, arguments, expected) in [
        (
            "no_such_tool",
            json!({}),
            "There is no tool `no_such_tool` here. search_tools finds tools",
        ),
        ("get_contact", json!({}), "`id` is missing"),
        (
            "list_activity_logs",
            json!({}),
            "`created_at_after` is missing (Start of the span)",
        ),
        (
            "search_articles",
            json!({"phrase": "bike", "limit": 0}),
            "`per_page`: 0 is less than the minimum of 1",
        ),
        ("get_contact", json!({"id": ["a"]}), "`id` must be an id"),
        (
            "get_contact",
            json!({"id": "a b"}),
            "`id` must be one id, without spaces",
        ),
        (
            "get_contact",
            json!({"id": "1", "colour": "red"}),
            "`colour` is unknown; the tool takes id",
        ),
        (
            "search_conversations",
            json!({"per_page": 500}),
            "`per_page`: 500 is greater than the maximum of 150",
        ),
        (
            "search_conversations",
            json!({"per_page": "many"}),
            "`per_page` must be a whole number, not `many`",
        ),
        (
            "search_conversations",
            json!({"state": "opened"}),
            "`state`",
        ),
        (
            "search_conversations",
            json!({"created_after": "yesterday"}),
            "ISO 8601",
        ),
        (
            "search_conversations",
            json!({"query": "open"}),
            "`query` must be an object",
        ),
        (
            "search_conversations",
            json!({"query": deep}),
            "groups may stand at most 2 levels deep",
        ),
        (
            "search_conversations",
            json!({"query": {"operator": "AND", "value": many}}),
            "has 16 filters; a group takes 1 to 15",
        ),
        (
            "search_contacts",
            json!({"query": filter("created_at", ">=", json!(1))}),
            "`>=` does not fit `created_at`: use one of = > <",
        ),
        (
            "search_conversations",
            json!({"query": filter("state", "<", json!("open"))}),
            "`<` does not fit `state`",
        ),
        (
            "search_conversations",
            json!({"query": filter("stat", "=", json!("open"))}),
            "did you mean `state`?",
        ),
        (
            "search_conversations",
            json!({"starting_after": "no cursor"}),
            "starting_after param",
        ),
        (
            "search",
            json!({"query": "state:open"}),
            "object_type:conversations or object_type:contacts",
        ),
        (
            "snooze_conversation",
            json!({"conversation_id": "1", "until": "soon"}),
            "`until` must be Unix seconds or ISO 8601",
        ),
        (
            "assign_conversation",
            json!({"conversation_id": "1"}),
            "give at least one of: team, admin",
        ),
        (
            "count_conversations",
            json!({"group_by": "colour"}),
            "`group_by`",
        ),
        (
            "get_conversation",
            json!({"id": "999"}),
            "Intercom has no conversation `999` (404",
        ),
        (
            "reply_to_conversation",
            json!({"conversation_id": "999", "body": "x"}),
            "Check the id",
        ),
        ("call_tool", json!({}), "`name` is missing"),
        (
            "call_tool",
            json!({"name": "call_tool"}),
            "must be another tool",
        ),
        (
            "call_tool",
            json!({"name": "get_contact", "arguments": "x"}),
            "`arguments` must be an object",
        ),
        (
            "call_tool",
            json!({"name": "get_contact", "id": "1"}),
            "put the tool's arguments into `arguments`",
        ),
    ] {
        let shown = arguments.to_string();
        let problem = world.refusal(tool, arguments).await;
        assert!(
            problem.contains(expected),
            "{tool} {shown}: {problem} lacks {expected}"
        );
        assert!(problem.len() < 700, "{tool} {shown}: {problem}");
    }
}
