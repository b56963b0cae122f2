//! What is written down.

use crate::world::{World, object};
use axum::{Json, Router, routing::get};
use gateway::ToolRequest;
use serde_json::{Value, json};
use std::sync::Arc;

#[tokio::test]
async fn every_call_is_recorded_before_and_after_without_a_word_of_it() {
    let world = World::sandbox().await;
    let found = world
        .call("find_unassigned_conversations", json!({"limit": 1}))
        .await;
    let id = found["items"][0]["id"].as_str().unwrap();
    world
        .call(
            "reply_to_conversation",
            json!({"conversation_id": id, "body": "a secret of the customer"}),
        )
        .await;
    world
        .refusal(
            "call_tool",
            json!({"name": "delete_conversation", "arguments": {"conversation_id": id}}),
        )
        .await;
    world.refusal("no_such_tool", json!({})).await;
    let lines = world.audit_lines().await;
    let told: Vec<(&str, &str)> = lines
        .iter()
        .map(|line| {
            (
                line["event"].as_str().unwrap(),
                line["tool"].as_str().or(line["outcome"].as_str()).unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("begin", "find_unassigned_conversations"),
            ("finish", "ok"),
            ("begin", "reply_to_conversation"),
            ("finish", "ok"),
            ("begin", "delete_conversation"),
            ("finish", "denied"),
            ("begin", "no_such_tool"),
            ("finish", "unknown_tool"),
        ]
    );
    for pair in lines.chunks(2) {
        assert_eq!(pair[0]["id"], pair[1]["id"]);
        assert_eq!(
            (&pair[0]["tenant"], &pair[0]["endpoint"]),
            (&json!("default"), &json!("default"))
        );
        assert_eq!(pair[0]["arguments_sha256"].as_str().unwrap().len(), 64);
        assert!(pair[1]["duration_us"].is_number());
    }
    assert_eq!(lines[2]["risk"], "write");
    let calls: Vec<&str> = lines[3]["upstream"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| call["operation"].as_str().unwrap())
        .collect();
    assert_eq!(calls, ["get_me", "reply_conversation"]);
    assert!(
        lines[3]["upstream"][1]["status"] == 200
            && lines[3]["upstream"][1]["request_id"].is_string(),
        "{}",
        lines[3]
    );
    let file = std::fs::read_to_string(&world.audit).unwrap();
    for word in ["secret", "customer\"", id, "sandbox-token", "Bearer"] {
        assert!(!file.contains(word), "`{word}` is in the audit log");
    }
}

#[tokio::test]
async fn a_call_whose_caller_went_away_is_recorded_as_such() {
    let entered = Arc::new(tokio::sync::Notify::new());
    let signal = Arc::clone(&entered);
    let router = Router::new().route(
        "/tags",
        get(move || async move {
            signal.notify_one();
            std::future::pending::<Json<Value>>().await
        }),
    );
    let world = World::scripted(router).await;
    {
        let call = world
            .gateway
            .call(&world.who, ToolRequest::new("list_tags", object(json!({}))));
        tokio::select! {
            _ = call => panic!("it cannot have answered"),
            () = entered.notified() => {}
        }
    }
    let lines = world.audit_lines().await;
    assert_eq!(
        (&lines[0]["event"], &lines[1]["outcome"]),
        (&json!("begin"), &json!("abandoned")),
        "{lines:?}"
    );
}

#[tokio::test]
async fn without_a_record_there_is_no_call() {
    let full = std::path::Path::new("/dev/full");
    if !full.exists() {
        return;
    }
    let world = World::recording_to("http://127.0.0.1:9", full);
    let error = world
        .refusal("reopen_conversation", json!({"conversation_id": "1"}))
        .await;
    assert!(error.contains("none can be recorded"), "{error}");
    let error = world.refusal("list_tags", json!({})).await;
    assert!(error.contains("none can be recorded"), "{error}");
}
