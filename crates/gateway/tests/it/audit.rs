//! What is written down.

use crate::world::{World, object};
use axum::{Json, Router, routing::get};
use gateway::{Arguments, ToolRequest, TraceContext};
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
                line["outcome"].as_str().or(line["tool"].as_str()).unwrap(),
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
        for same in [
            "id",
            "tenant",
            "user",
            "endpoint",
            "tool",
            "risk",
            "client",
            "arguments_sha256",
        ] {
            assert_eq!(pair[0][same], pair[1][same], "{same}");
        }
        assert_eq!(
            (&pair[0]["tenant"], &pair[0]["endpoint"]),
            (&json!("default"), &json!("default"))
        );
        assert_eq!(pair[0]["arguments_sha256"].as_str().unwrap().len(), 64);
        assert!(pair[1]["duration_us"].is_number());
    }
    assert_eq!(lines[2]["risk"], "write");
    let decided: Vec<_> = [1, 3, 5, 7].map(|at| lines[at]["decision"].as_str()).into();
    assert_eq!(decided, [Some("allow"), Some("allow"), Some("deny"), None]);
    let reason = lines[5]["reason"].as_str().unwrap();
    assert!(reason.starts_with("it cannot be undone"), "{reason}");
    assert!(lines[3]["tokens_out"].as_u64().unwrap() > 0, "{}", lines[3]);
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
async fn arguments_are_kept_without_a_word_where_the_tenant_wants_it() {
    let world = World::sandbox().await;
    let audit = world.gateway.audit();
    audit.keep(&world.who.tenant, Some(Arguments::Redacted));
    let found = world
        .call("find_unassigned_conversations", json!({"limit": 1}))
        .await;
    let id = found["items"][0]["id"].as_str().unwrap();
    let reply = json!({"conversation_id": id, "body": "a secret of the customer"});
    world.call("reply_to_conversation", reply).await;
    audit.keep(&world.who.tenant, None);
    world.call("list_tags", json!({})).await;
    let lines = world.audit_lines().await;
    assert_eq!(lines[0]["arguments"], json!({"limit": 1}));
    assert_eq!(
        lines[2]["arguments"],
        json!({"conversation_id": id, "body": "[24 characters]"})
    );
    assert_eq!(lines[4]["arguments"], Value::Null, "no longer kept");
}

/// The trace of the caller goes on to Intercom under a span of the call's own.
#[tokio::test]
async fn a_trace_is_taken_and_passed_on() {
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let router = Router::new().route(
        "/tags",
        get(move |headers: axum::http::HeaderMap| async move {
            let parent = headers
                .get("traceparent")
                .map(|parent| parent.to_str().unwrap().to_owned());
            tell.send(parent).unwrap();
            Json(json!({"type": "list", "data": []}))
        }),
    );
    let world = World::scripted(router).await;
    let caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let mut request = ToolRequest::new("list_tags", object(json!({})));
    request.trace = TraceContext::parse(caller);
    world.gateway.call(&world.who, request).await.unwrap();
    let request = ToolRequest::new("list_tags", object(json!({})));
    world.gateway.call(&world.who, request).await.unwrap();
    let passed = told.recv().await.unwrap().unwrap();
    assert!(
        passed.starts_with(&caller[..36]) && passed != caller,
        "{passed}"
    );
    assert_eq!(told.recv().await.unwrap(), None);
    let lines = world.audit_lines().await;
    assert_eq!(lines[1]["trace"], caller[3..35]);
    assert_eq!(lines[3]["trace"], Value::Null);
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
