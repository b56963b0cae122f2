//! Old versions do what they say, and newer ones see it.

use crate::house::House;
use serde_json::{Value, json};

/// Sends a request in a version and gives the body of its good answer.
async fn ask(house: &House, version: &str, (method, path): (&str, &str), body: Value) -> Value {
    let url = format!("{}{path}", house.running.url);
    let mut request = house
        .client
        .request(method.parse().unwrap(), url)
        .bearer_auth("sandbox-token")
        .header("Intercom-Version", version);
    if !body.is_null() {
        request = request.header("content-type", "application/json");
        request = request.body(body.to_string());
    }
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let told: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    assert!(status.is_success(), "{version} {method} {path}: {told}");
    told
}

#[tokio::test]
async fn a_ticket_is_moved_and_assigned_as_in_2_11() {
    let house = House::open().await;
    let search = json!({"query": {"field": "state", "operator": "=", "value": "submitted"}});
    let found = ask(&house, "2.16", ("POST", "/tickets/search"), search).await;
    let path = format!("/tickets/{}", found["tickets"][0]["id"].as_str().unwrap());
    let admins = ask(&house, "2.11", ("GET", "/admins"), Value::Null).await;
    let admin = admins["admins"][1]["id"].as_str().unwrap();
    let change =
        json!({"state": "in_progress", "assignment": {"admin_id": admin, "assignee_id": admin}});
    let old = ask(&house, "2.11", ("PUT", &path), change.clone()).await;
    assert_eq!(
        (&old["ticket_state"], &old["admin_assignee_id"]),
        (&json!("in_progress"), &json!(admin))
    );
    let new = ask(&house, "2.16", ("GET", &path), Value::Null).await;
    assert_eq!(new["ticket_state"]["category"], "in_progress");
    assert_eq!(new["admin_assignee_id"].to_string(), admin);

    let back = json!({"state": "resolved", "assignment": {"assignee_id": "0"}});
    let same = ask(&house, "2.16", ("PUT", &path), back).await;
    assert_eq!(
        same["ticket_state"]["category"], "in_progress",
        "2.16 knows neither field"
    );
    assert_eq!(same["admin_assignee_id"].to_string(), admin);
}

#[tokio::test]
async fn priority_is_searched_in_the_words_of_the_version() {
    let house = House::open().await;
    let count = async |version: &str, word: &str| {
        let query = json!({"query": {"field": "priority", "operator": "=", "value": word}});
        let found = ask(&house, version, ("POST", "/conversations/search"), query).await;
        let shown = found["conversations"].as_array().unwrap().clone();
        assert!(
            shown.iter().all(|one| one["priority"] == word),
            "{version} {word}"
        );
        found["total_count"].as_u64().unwrap()
    };
    let (high, urgent) = (count("2.16", "high").await, count("2.16", "urgent").await);
    assert!(high > 0, "the seed has urgent matters");
    assert_eq!(count("2.14", "priority").await, high + urgent);
    let all = ask(
        &house,
        "2.14",
        ("GET", "/conversations?per_page=1"),
        Value::Null,
    )
    .await;
    let rest = count("2.11", "not_priority").await;
    assert_eq!(all["total_count"].as_u64(), Some(rest + high + urgent));
}

#[tokio::test]
async fn an_owner_is_a_number_before_2_16_and_text_since() {
    let house = House::open().await;
    let admins = ask(&house, "2.16", ("GET", "/admins"), Value::Null).await;
    let admin = admins["admins"][0]["id"].as_str().unwrap();
    let made = ask(
        &house,
        "2.16",
        ("POST", "/contacts"),
        json!({"email": "owned@example.com"}),
    )
    .await;
    let path = format!("/contacts/{}", made["id"].as_str().unwrap());
    let number: u64 = admin.parse().unwrap();
    let old = ask(&house, "2.14", ("PUT", &path), json!({"owner_id": number})).await;
    assert_eq!(old["owner_id"], number);
    let new = ask(&house, "2.16", ("GET", &path), Value::Null).await;
    assert_eq!(new["owner_id"], admin);
}
