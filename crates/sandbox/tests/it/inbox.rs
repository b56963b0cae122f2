//! The life of a conversation, and searches over the seeded shop.

use crate::house::House;
use serde_json::{Value, json};
use std::collections::HashSet;

#[tokio::test]
async fn a_conversation_from_hello_to_goodbye() {
    let house = House::open().await;
    let (admin, (id, contact)) = (
        house.admin().await,
        house.conversation("I forgot my password").await,
    );
    let path = format!("/conversations/{id}");
    let parts = format!("POST {path}/parts");
    let tag = house.good("POST /tags", json!({"name": "password"})).await["id"].clone();
    house
        .good(
            &format!("POST {path}/tags"),
            json!({"id": tag, "admin_id": admin}),
        )
        .await;
    house.good(&parts, json!({"message_type": "assignment", "type": "admin", "admin_id": admin, "assignee_id": admin})).await;
    house.good(&format!("POST {path}/reply"), json!({"message_type": "comment", "type": "admin", "admin_id": admin, "body": "Use the link"})).await;
    house
        .good(
            &parts,
            json!({"message_type": "close", "type": "admin", "admin_id": admin}),
        )
        .await;
    house.good(&format!("POST {path}/reply"), json!({"message_type": "comment", "type": "user", "intercom_user_id": contact, "body": "Thanks!"})).await;
    let got = house.get(&format!("{path}?display_as=plaintext")).await;
    let kinds: Vec<&str> = got["conversation_parts"]["conversation_parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["part_type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["assignment", "comment", "close", "open"]);
    assert_eq!(
        (&got["source"]["body"], &got["tags"]["tags"][0]["name"]),
        (&json!("I forgot my password"), &json!("password"))
    );
    let untag = json!({"admin_id": admin});
    house
        .good(
            &format!("DELETE {path}/tags/{}", tag.as_str().unwrap()),
            untag,
        )
        .await;
    assert_eq!(house.get(&path).await["tags"]["tags"], json!([]));
}

#[tokio::test]
async fn new_objects_are_found_at_once() {
    let house = House::open().await;
    let (id, contact) = house.conversation("Zanzibar").await;
    let word = json!({"query": {"field": "source.body", "operator": "=", "value": "zanzibar"}});
    let found = house.good("POST /conversations/search", word).await;
    assert_eq!(
        (&found["total_count"], &found["conversations"][0]["id"]),
        (&json!(1), &json!(id))
    );
    assert!(
        found["conversations"][0]
            .get("conversation_parts")
            .is_none()
    );
    let both = json!({"query": {"operator": "AND", "value": [
        {"field": "contact_ids", "operator": "=", "value": contact}, {"field": "id", "operator": "=", "value": id}]}});
    assert_eq!(
        house.good("POST /conversations/search", both).await["total_count"],
        1
    );
}

async fn walk(house: &House, path: &str, key: &str, query: Value, per_page: u64) -> Vec<String> {
    let (mut ids, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let body =
            json!({"query": query, "pagination": {"per_page": per_page, "starting_after": cursor}});
        let page = house.good(&format!("POST {path}"), body).await;
        ids.extend(
            page[key]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["id"].as_str().unwrap().to_owned()),
        );
        cursor = page["pages"]["next"]["starting_after"].clone();
        if cursor.is_null() {
            assert_eq!(page["total_count"].as_u64().unwrap(), ids.len() as u64);
            return ids;
        }
    }
}

#[tokio::test]
async fn pages_hold_every_object_once() {
    let house = House::open().await;
    for (path, key, query) in [
        (
            "/conversations/search",
            "conversations",
            json!({"field": "created_at", "operator": ">", "value": 0}),
        ),
        (
            "/contacts/search",
            "data",
            json!({"field": "created_at", "operator": ">", "value": 86_400}),
        ),
        (
            "/tickets/search",
            "tickets",
            json!({"field": "created_at", "operator": ">", "value": 0}),
        ),
    ] {
        let whole = walk(&house, path, key, query.clone(), 150).await;
        let small = walk(&house, path, key, query, 7).await;
        assert_eq!(whole, small, "{path}");
        assert_eq!(
            small.iter().collect::<HashSet<_>>().len(),
            small.len(),
            "{path}"
        );
        assert!(small.len() > 7, "{path}");
    }
}

#[tokio::test]
async fn the_parts_of_a_query_add_up() {
    let house = House::open().await;
    let count = async |query: Value| {
        house
            .good("POST /conversations/search", json!({"query": query}))
            .await["total_count"]
            .as_u64()
            .unwrap()
    };
    let all = count(json!({"field": "created_at", "operator": ">", "value": 0})).await;
    for (field, value) in [
        ("state", json!("open")),
        ("admin_assignee_id", json!(null)),
        ("open", json!(true)),
        ("priority", json!("high")),
    ] {
        let is = count(json!({"field": field, "operator": "=", "value": value})).await;
        let not = count(json!({"field": field, "operator": "!=", "value": value})).await;
        assert_eq!(is + not, all, "{field}");
    }
    let states = ["open", "closed", "snoozed"];
    let one_of = count(json!({"field": "state", "operator": "IN", "value": states})).await;
    assert_eq!(one_of, all);
    let null = count(json!({"field": "team_assignee_id", "operator": "=", "value": null})).await;
    assert_eq!(
        count(json!({"field": "team_assignee_id", "operator": "=", "value": 0})).await,
        null
    );
    let either = json!({"operator": "OR", "value": states.map(|state| json!({"field": "state", "operator": "=", "value": state}))});
    assert_eq!(count(either).await, all);
}

#[tokio::test]
async fn bad_searches_are_refused() {
    let house = House::open().await;
    let filter = json!({"field": "created_at", "operator": ">", "value": 0});
    let group = |value: Value| json!({"operator": "AND", "value": value});
    for (path, body, code) in [
        ("/conversations/search", json!({}), "parameter_not_found"),
        (
            "/conversations/search",
            json!({"query": {"field": "colour", "operator": "=", "value": 1}}),
            "invalid_field",
        ),
        (
            "/tickets/search",
            json!({"query": {"field": "ticket_state", "operator": "=", "value": "x"}}),
            "invalid_field",
        ),
        (
            "/contacts/search",
            json!({"query": {"field": "created_at", "operator": ">=", "value": 1}}),
            "invalid_operator",
        ),
        (
            "/conversations/search",
            json!({"query": group(json!([group(json!([group(json!([filter]))]))]))}),
            "parameter_invalid",
        ),
        (
            "/conversations/search",
            json!({"query": group(json!(vec![filter.clone(); 16]))}),
            "parameter_invalid",
        ),
        (
            "/conversations/search",
            json!({"query": filter, "pagination": {"starting_after": "nonsense"}}),
            "client_error",
        ),
        (
            "/contacts/search",
            json!({"query": filter, "sort": {"field": "name", "order": "desc"}}),
            "invalid_sort_order",
        ),
        (
            "/contacts/search",
            json!({"query": filter, "sort": {"field": "tag_id"}}),
            "invalid_field",
        ),
        (
            "/conversations/search",
            json!({"query": filter, "pagination": {"per_page": 0}}),
            "parameter_invalid",
        ),
    ] {
        assert_eq!(
            house
                .call(&format!("POST {path}"), body.clone())
                .await
                .fault(),
            (400, code),
            "{path} {body}"
        );
    }
}

#[tokio::test]
async fn dates_of_contacts_are_days_of_the_workspace() {
    let house = House::open().await;
    // 2026-03-10 00:00 in Lisbon is 00:00 UTC.
    let midnight = 1_773_100_800;
    for (name, at) in [
        ("before", midnight - 1),
        ("first", midnight),
        ("last", midnight + 86_399),
        ("after", midnight + 86_400),
    ] {
        let body = json!({"external_id": format!("day-{name}"), "signed_up_at": at, "custom_attributes": {"test": "days"}});
        house.good("POST /contacts", body).await;
    }
    for (operator, expected) in [
        ("=", vec!["day-first", "day-last"]),
        (">", vec!["day-after"]),
        ("<", vec!["day-before"]),
    ] {
        let query = json!({"operator": "AND", "value": [
            {"field": "signed_up_at", "operator": operator, "value": midnight + 40_000},
            {"field": "external_id", "operator": "^", "value": "day-"}]});
        let body = json!({"query": query, "sort": {"field": "signed_up_at", "order": "ascending"}});
        let found = house.good("POST /contacts/search", body).await;
        let names: Vec<&str> = found["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["external_id"].as_str().unwrap())
            .collect();
        assert_eq!(names, expected, "{operator}");
    }
}
