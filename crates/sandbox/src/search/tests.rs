//! Searches over the small world.

use crate::{
    call::Fault,
    testing::{BILLING, EVA, RUI, TAG, call, contact, conversation, fault, world},
    world::World,
};
use serde_json::{Value, json};

/// Four conversations: assigned, tagged, closed, and left alone.
fn inbox() -> World {
    let mut world = world();
    let bodies = [
        "<p>Please reset my <b>password</b> today</p>",
        "Wrong invoice for Órfão",
        "Thanks!",
        "Password-reset broken",
    ];
    let ids = bodies.map(|body| conversation(&mut world, body));
    let assign = |kind: &str, who: u64| json!({"message_type": "assignment", "type": kind, "admin_id": RUI, "assignee_id": who});
    for (id, body) in [
        (&ids[0], assign("admin", EVA)),
        (&ids[1], assign("team", BILLING)),
        (&ids[2], json!({"message_type": "close", "admin_id": RUI})),
    ] {
        call(&mut world, "manage_conversation", id, body).unwrap();
    }
    call(
        &mut world,
        "attach_tag_to_conversation",
        &ids[1],
        json!({"id": TAG, "admin_id": RUI}),
    )
    .unwrap();
    call(
        &mut world,
        "update_conversation",
        &ids[3],
        json!({"custom_attributes": {"Order": 4417, "Kind": "Bike"}}),
    )
    .unwrap();
    world
}

/// The last digits of the ids that a query finds, ascending.
fn found(world: &mut World, field: &str, operator: &str, value: &Value) -> Result<Vec<u64>, Fault> {
    let body = json!({"query": {"field": field, "operator": operator, "value": value}, "sort": {"field": "id", "order": "ascending"}});
    let got = call(world, "search_conversations", "", body)?;
    let digit = |one: &Value| one["id"].as_str().unwrap().parse::<u64>().unwrap() % 10;
    Ok(got["conversations"]
        .as_array()
        .unwrap()
        .iter()
        .map(digit)
        .collect())
}

#[test]
fn filters_find_what_they_say() {
    let mut world = inbox();
    let ana = contact(&world, "Ana").to_string();
    for (field, operator, value, expected) in [
        // A word is found, a phrase of two is not, except as a part of the text.
        ("source.body", "=", json!("PASSWORD"), vec![1, 4]),
        ("source.body", "=", json!("reset my"), vec![]),
        ("source.body", "~", json!("reset my"), vec![1]),
        ("source.body", "!~", json!("password"), vec![2, 3]),
        ("source.body", "^", json!("pass"), vec![1, 4]),
        ("source.body", "~", json!("órfão"), vec![2]),
        ("source.body", "~", json!("<p>"), vec![]),
        (
            "source.body",
            "IN",
            json!(["invoice", "thanks"]),
            vec![2, 3],
        ),
        ("admin_assignee_id", "=", json!(EVA), vec![1]),
        ("admin_assignee_id", "=", json!(EVA.to_string()), vec![1]),
        ("admin_assignee_id", "=", json!(null), vec![2, 3, 4]),
        ("admin_assignee_id", "=", json!(0), vec![2, 3, 4]),
        ("admin_assignee_id", "!=", json!(null), vec![1]),
        ("team_assignee_id", "IN", json!([BILLING, 1]), vec![2]),
        ("tag_ids", "=", json!(TAG.to_string()), vec![2]),
        ("tag_ids", "=", json!(null), vec![1, 3, 4]),
        ("tag_ids", "NIN", json!([TAG.to_string()]), vec![1, 3, 4]),
        ("teammate_ids", "=", json!(RUI.to_string()), vec![1, 2, 3]),
        ("contact_ids", "=", json!(ana), vec![1, 2, 3, 4]),
        (
            "contact_ids",
            "=",
            json!("66f0aa00bb11cc22dd33ee55"),
            vec![],
        ),
        ("state", "=", json!("closed"), vec![3]),
        ("open", "=", json!(false), vec![3]),
        ("open", "=", json!("true"), vec![1, 2, 4]),
        ("statistics.last_close_at", "!=", json!(null), vec![3]),
        ("statistics.count_assignments", ">", json!(0), vec![1, 2]),
        (
            "source.author.email",
            "$",
            json!("example.com"),
            vec![1, 2, 3, 4],
        ),
        ("custom_attributes.Order", "=", json!(4417), vec![4]),
        ("custom_attributes.Order", ">", json!(4417), vec![]),
        ("custom_attributes.Kind", "!=", json!("bike"), vec![1, 2, 3]),
    ] {
        let got = found(&mut world, field, operator, &value).unwrap();
        assert_eq!(got, expected, "{field} {operator} {value}");
    }
}

#[test]
fn moments_count_to_the_second() {
    let mut world = inbox();
    let at = crate::testing::NOW - 300;
    for (operator, value, expected) in [
        ("=", json!(at), 4),
        (">", json!(at), 0),
        (">", json!(at - 1), 4),
        (">=", json!(at), 4),
        ("<", json!(at.to_string()), 0),
        ("<=", json!(at), 4),
        ("IN", json!([at, 1]), 4),
    ] {
        let got = found(&mut world, "created_at", operator, &value).unwrap();
        assert_eq!(got.len(), expected, "{operator} {value}");
    }
}

#[test]
fn cursors_are_three_values_in_base64_and_pages_do_not_overlap() {
    let mut world = inbox();
    let mut body = json!({"query": {"field": "created_at", "operator": ">", "value": 0}, "pagination": {"per_page": 3}});
    let first = call(&mut world, "search_conversations", "", body.clone()).unwrap();
    assert_eq!(
        (
            &first["pages"]["total_pages"],
            &first["pages"]["next"]["page"]
        ),
        (&json!(2), &json!(2))
    );
    let cursor =
        crate::paging::Cursor::decode(first["pages"]["next"]["starting_after"].as_str().unwrap())
            .unwrap();
    assert_eq!(
        (cursor.sort, cursor.page),
        (json!(crate::testing::NOW * 1000), 2)
    );
    body["pagination"]["starting_after"] = first["pages"]["next"]["starting_after"].clone();
    let second = call(&mut world, "search_conversations", "", body.clone()).unwrap();
    assert_eq!(
        (
            second["conversations"].as_array().unwrap().len(),
            &second["pages"]["page"],
            &second["total_count"]
        ),
        (1, &json!(2), &json!(4))
    );
    assert!(second["pages"].get("next").is_none());
    body["pagination"]["starting_after"] = json!(5);
    assert_eq!(
        fault(&mut world, "search_conversations", "", body),
        (400, "client_error")
    );
}

#[test]
fn older_versions_take_short_words_for_the_order() {
    let world = &mut inbox();
    let sorted = |order: &str| json!({"query": {"field": "role", "operator": "!=", "value": "x"}, "sort": {"field": "name", "order": order}});
    assert_eq!(
        fault(world, "search_contacts", "", sorted("asc")),
        (400, "invalid_sort_order")
    );
    let up = call(world, "search_contacts", "", sorted("ascending")).unwrap();
    let down = call(world, "search_contacts", "", sorted("descending")).unwrap();
    assert_eq!(
        (&up["data"][0]["name"], &down["data"][0]["name"]),
        (&json!("Ana Silva"), &json!("Bo"))
    );
    let conversations = json!({"query": {"field": "open", "operator": "=", "value": true}, "sort": {"field": "created_at", "order": "asc"}});
    assert_eq!(
        call(world, "search_conversations", "", conversations).unwrap()["total_count"],
        3
    );
}
