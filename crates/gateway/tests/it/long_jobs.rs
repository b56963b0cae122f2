//! Long jobs share a connection with people, and want answers as Intercom gave them.

use crate::world::{World, object};
use axum::{Router, extract::State, http::Uri, response::IntoResponse, routing::any};
use gateway::{ToolRequest, Urgency};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};

type Log = Arc<Mutex<Vec<String>>>;

/// An allowance that is used up at once: two calls in a window that is about to end.
async fn scarce(State(log): State<Log>, uri: Uri) -> impl IntoResponse {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let mut log = log.lock().unwrap();
    log.push(uri.path().to_owned());
    let (remaining, reset) = if log.len() == 1 {
        (0, now + 1)
    } else {
        (100, now + 10)
    };
    let headers = [
        ("x-ratelimit-limit", "100".to_owned()),
        ("x-ratelimit-remaining", remaining.to_string()),
        ("x-ratelimit-reset", reset.to_string()),
        ("content-type", "application/json".to_owned()),
    ];
    (
        headers,
        json!({"type": "tag", "id": "1", "name": "x"}).to_string(),
    )
}

#[tokio::test]
async fn people_go_before_a_long_job() {
    let log = Log::default();
    let router = Router::new()
        .route("/{*path}", any(scarce))
        .with_state(Arc::clone(&log));
    let world = World::scripted(router).await;
    world.call("get_tag", json!({"tag_id": "first"})).await;
    let bulk = (0..8)
        .map(|n| ToolRequest::bulk("get_tag", object(json!({"tag_id": format!("bulk-{n}")}))));
    let bulk =
        futures_util::future::join_all(bulk.map(|request| world.gateway.call(&world.who, request)));
    let people = async {
        while world.gateway.allowance(&world.who).unwrap().waiting_bulk < 8 {
            tokio::task::yield_now().await;
        }
        let person = |n: u32| world.try_call("get_tag", json!({"tag_id": format!("person-{n}")}));
        tokio::join!(person(1), person(2))
    };
    let (bulk, people) = tokio::join!(bulk, people);
    assert!(people.0.is_ok() && people.1.is_ok());
    assert!(bulk.iter().all(Result::is_ok));
    let log = log.lock().unwrap();
    let place = |who: &str| log.iter().position(|path| path.contains(who)).unwrap();
    // Four calls at once look for the new window; the two of people are among them, though eight others waited before.
    assert!(place("person-1") <= 4 && place("person-2") <= 4, "{log:?}");
}

#[tokio::test]
async fn a_raw_answer_has_everything_and_comes_from_the_operation_itself() {
    let world = World::sandbox().await;
    let raw = async |operation: &str, arguments: Value| {
        let request = ToolRequest::bulk(operation, object(arguments));
        assert_eq!(request.urgency, Urgency::Bulk);
        world.gateway.call(&world.who, request).await
    };
    let query = json!({"field": "updated_at", "operator": ">", "value": 0});
    let page = raw("search_conversations", json!({"query": query, "limit": 3}))
        .await
        .unwrap()
        .structured
        .unwrap();
    let items = page["items"].as_array().unwrap();
    assert_eq!(items.len(), 3);
    assert!(page["next_cursor"].is_string() && page["total"].as_u64() > Some(3));
    // Nulls, HTML and marks of type are what a readable answer leaves out.
    assert_eq!(items[0]["type"], "conversation");
    assert!(items[0].as_object().unwrap().contains_key("snoozed_until"));
    assert!(
        items[0]["source"]["body"]
            .as_str()
            .unwrap()
            .starts_with('<')
    );
    let one = raw(
        "get_conversation",
        json!({"conversation_id": items[0]["id"]}),
    )
    .await
    .unwrap()
    .structured
    .unwrap();
    assert!(one["conversation_parts"]["conversation_parts"].is_array());
    // Work of ours has no answer of Intercom's.
    let error = raw("find_unassigned_conversations", json!({}))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("no tool"), "{error}");
}

#[tokio::test]
async fn what_the_owner_took_away_is_not_exported_either() {
    let world = World::sandbox()
        .await
        .with(|endpoint| endpoint.deny = vec!["get_conversation".into()]);
    let request = ToolRequest::bulk("get_conversation", object(json!({"conversation_id": "1"})));
    let error = world
        .gateway
        .call(&world.who, request)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("took the tool away"), "{error}");
}
