//! Searches: structured, in the search language, as a line of words.

use crate::world::World;
use serde_json::{Value, json};

fn ids(list: &Value) -> Vec<String> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|row| {
            row["id"]
                .as_str()
                .unwrap()
                .rsplit('_')
                .next()
                .unwrap()
                .to_owned()
        })
        .collect()
}

#[tokio::test]
async fn three_ways_of_searching_find_the_same() {
    let world = World::sandbox().await;
    let filters = world
        .call(
            "search_conversations",
            json!({"state": "open", "per_page": 150}),
        )
        .await;
    let query = world
        .call(
            "search_conversations",
            json!({"query": {"field": "state", "operator": "=", "value": "open"}, "per_page": 150}),
        )
        .await;
    let line = world
        .call(
            "search",
            json!({"query": "object_type:conversations state:open limit:150"}),
        )
        .await;
    assert!(filters["total_in_page"].as_u64().unwrap() > 5, "{filters}");
    assert_eq!(ids(&filters["conversations"]), ids(&query["conversations"]));
    assert_eq!(ids(&filters["conversations"]), ids(&line["results"]));
    assert!(
        filters["conversations"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["state"] == "open")
    );
}

#[tokio::test]
async fn pages_follow_each_other_to_the_end() {
    let world = World::sandbox().await;
    let (mut seen, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let page = world
            .call(
                "search_conversations",
                json!({"state": "closed", "per_page": 20, "starting_after": cursor}),
            )
            .await;
        seen.extend(ids(&page["conversations"]));
        let Some(next) = page["pages"]["next"]["starting_after"].as_str() else {
            assert!(page["_note"].is_null());
            assert_eq!(page["total_count"], seen.len());
            break;
        };
        assert!(page["_note"].as_str().unwrap().contains(next));
        cursor = next.into();
    }
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), count);
    let first = world.call("search_conversations", json!({})).await;
    assert_eq!(first["total_in_page"], 5, "the official default");
    let line = world
        .call(
            "search",
            json!({"query": "object_type:conversations limit:3"}),
        )
        .await;
    let next = line["pages"]["next"]["starting_after"].as_str().unwrap();
    let more = world
        .call(
            "search",
            json!({"query": format!("object_type:conversations limit:3 starting_after:{next}")}),
        )
        .await;
    assert!(
        ids(&line["results"])
            .iter()
            .all(|id| !ids(&more["results"]).contains(id))
    );
}

#[tokio::test]
async fn filters_narrow_down() {
    let world = World::sandbox().await;
    let tags = world.call("call_tool", json!({"name": "list_tags"})).await;
    let tag = &tags["items"][0];
    let by_name = world
        .call(
            "search_conversations",
            json!({"tag": tag["name"], "per_page": 150}),
        )
        .await;
    let by_id = world
        .call(
            "search_conversations",
            json!({"tag": tag["id"], "per_page": 150}),
        )
        .await;
    assert_eq!(ids(&by_name["conversations"]), ids(&by_id["conversations"]));
    assert!(
        by_name["conversations"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["tags"].as_array().unwrap().contains(&tag["name"]))
    );
    let row = world
        .call(
            "search_conversations",
            json!({"state": "open", "per_page": 1}),
        )
        .await["conversations"][0]
        .clone();
    let contact = row["contact_id"].clone();
    let own = world
        .call(
            "search_conversations",
            json!({"contact_ids": [contact], "ids": [row["id"]], "state": "open"}),
        )
        .await;
    assert_eq!(ids(&own["conversations"]), [row["id"].as_str().unwrap()]);
    let both = world.call("search_conversations", json!({"state": "open", "query": {"operator": "OR", "value": [
        {"field": "id", "operator": "=", "value": row["id"]}, {"field": "id", "operator": "=", "value": "0"}]}})).await;
    assert_eq!(ids(&both["conversations"]), [row["id"].as_str().unwrap()]);
    let quick = world.call("search_conversations", json!({"statistics_time_to_admin_reply": {"operator": "<", "value": 1}, "created_after": "2001-01-01", "created_before": 1_000_000_001})).await;
    assert_eq!(quick["total_in_page"], 0);
    let slow = world
        .refusal(
            "search_conversations",
            json!({"statistics_time_to_admin_reply": {"operator": "~", "value": 1}}),
        )
        .await;
    assert!(slow.contains("an operator of < > = != <= >="), "{slow}");
}

#[tokio::test]
async fn contacts_are_found_by_what_is_known_of_them() {
    let world = World::sandbox().await;
    let all = world
        .call("search_contacts", json!({"role": "user", "per_page": 3}))
        .await;
    let someone = &all["data"][0];
    for filters in [
        json!({"email": someone["email"]}),
        json!({"contact_ids": [someone["id"]]}),
        json!({"name": someone["name"].as_str().unwrap().split(' ').next().unwrap(), "role": "user", "per_page": 150}),
        json!({"query": {"field": "email", "operator": "=", "value": someone["email"]}}),
    ] {
        let found = world.call("search_contacts", filters.clone()).await;
        assert!(
            ids(&found["data"]).contains(&someone["id"].as_str().unwrap().to_owned()),
            "{filters}: {found}"
        );
    }
    let line = world.call("search", json!({"query": format!("object_type:contacts email:\"{}\"", someone["email"].as_str().unwrap())})).await;
    assert_eq!(
        line["results"][0]["id"],
        format!("contact_{}", someone["id"].as_str().unwrap())
    );
    let contact = world
        .call(
            "get_contact",
            json!({"contact_id": line["results"][0]["id"]}),
        )
        .await;
    assert_eq!(contact["email"], someone["email"]);
}

#[tokio::test]
async fn waiting_conversations_are_found_oldest_first() {
    let world = World::sandbox().await;
    let found = world
        .call("find_unassigned_conversations", json!({"limit": 150}))
        .await;
    let items = found["items"].as_array().unwrap();
    assert!(!items.is_empty());
    for item in items {
        assert!(
            item["state"] == "open" && item["admin_id"].is_null() && item["team_id"].is_null(),
            "{item}"
        );
    }
    let old = world
        .call(
            "find_unassigned_conversations",
            json!({"older_than_hours": 1_000_000}),
        )
        .await;
    assert_eq!(old["items"], json!([]));
    let nothing = world
        .call("find_unassigned_conversations", json!({"text": "zzzz"}))
        .await;
    assert_eq!(nothing["items"], json!([]));
}

#[tokio::test]
async fn counts_by_group_add_up() {
    let world = World::sandbox().await;
    let all = world
        .call("search_conversations", json!({"per_page": 1}))
        .await["total_count"]
        .as_u64()
        .unwrap();
    for group_by in ["state", "team", "admin", "priority"] {
        let counted = world
            .call("count_conversations", json!({"group_by": group_by}))
            .await;
        assert_eq!(counted["total"], all, "{group_by}: {counted}");
        assert!(
            counted["items"]
                .as_array()
                .unwrap()
                .iter()
                .all(|item| item["name"].is_string()),
            "{counted}"
        );
    }
    let open = world
        .call(
            "count_conversations",
            json!({"group_by": "team", "state": "open"}),
        )
        .await;
    let by_search = world
        .call(
            "search_conversations",
            json!({"state": "open", "per_page": 1}),
        )
        .await;
    assert_eq!(open["total"], by_search["total_count"]);
    let tags = world
        .call("count_conversations", json!({"group_by": "tag"}))
        .await;
    let first = &tags["items"][0];
    let tagged = world
        .call(
            "search_conversations",
            json!({"tag": first["name"], "per_page": 1}),
        )
        .await;
    assert_eq!(first["count"], tagged["total_count"]);
}
