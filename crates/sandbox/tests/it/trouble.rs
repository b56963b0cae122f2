//! Scripted faults, as a client meets them.

use crate::house::{House, read};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

async fn notes(house: &House, id: &str) -> usize {
    let got = house
        .control(&format!("GET state/conversations/{id}"), json!(null))
        .await;
    got["conversation_parts"]["total_count"]
        .as_u64()
        .unwrap()
        .try_into()
        .unwrap()
}

fn note(admin: &str) -> Value {
    json!({"message_type": "note", "type": "admin", "admin_id": admin, "body": "Seen"})
}

#[tokio::test]
async fn connections_are_dropped_before_and_after_the_effect() {
    let house = House::open().await;
    let (admin, (id, _)) = (house.admin().await, house.conversation("Hello").await);
    for (kind, parts) in [("drop_before", 0), ("drop_after", 1)] {
        house
            .control(
                "POST faults",
                json!({"kind": kind, "operation": "reply_conversation"}),
            )
            .await;
        let sent = house
            .request(
                &format!("POST /conversations/{id}/reply"),
                Some(&note(&admin)),
            )
            .send()
            .await;
        let error = sent.expect_err("no answer");
        assert!(
            error.is_request() && !error.is_connect() && !error.is_timeout(),
            "{error:?}"
        );
        assert_eq!(notes(&house, &id).await, parts, "{kind}");
        let log = house
            .control("GET requests?operation=reply_conversation", json!(null))
            .await;
        assert_eq!(
            log["requests"].as_array().unwrap().last().unwrap()["status"],
            0
        );
    }
    assert_eq!(house.control("GET faults", json!(null)).await, json!([]));
}

#[tokio::test]
async fn error_answers_have_no_effect() {
    let house = House::open().await;
    let (admin, (id, _)) = (house.admin().await, house.conversation("Hello").await);
    let line = format!("POST /conversations/{id}/reply");
    let faults = json!([{"kind": 429, "retry_after": 2, "path": "/conversations/*/reply"}, {"kind": "5xx", "path": "/conversations/**"}, {"kind": "500"}]);
    house.control("POST faults", faults).await;
    let limited = house.call(&line, note(&admin)).await;
    assert_eq!(
        (
            limited.fault(),
            limited.header("retry-after"),
            limited.header("x-ratelimit-remaining")
        ),
        ((429, "rate_limit_exceeded"), "2", "0")
    );
    assert_eq!(
        house.call(&line, note(&admin)).await.fault(),
        (503, "service_unavailable")
    );
    assert_eq!(
        house.call(&line, note(&admin)).await.fault(),
        (500, "server_error")
    );
    assert_eq!(notes(&house, &id).await, 0);
    assert_eq!(house.call(&line, note(&admin)).await.status, 200);
}

#[tokio::test]
async fn broken_bodies_come_as_scripted() {
    let house = House::open().await;
    for (kind, status) in [("malformed", 200), ("html", 502)] {
        house.control("POST faults", json!({"kind": kind})).await;
        let answer = house.request("GET /me", None).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
        let text = answer.text().await.unwrap();
        assert!(serde_json::from_str::<Value>(&text).is_err(), "{text}");
        assert_eq!(kind == "html", text.starts_with("<!DOCTYPE html>"));
    }
    house
        .control("POST faults", json!({"kind": "truncated"}))
        .await;
    let answer = house.request("GET /me", None).send().await.unwrap();
    assert!(answer.bytes().await.is_err(), "the body must break off");
    assert_eq!(house.call("GET /me", json!(null)).await.status, 200);
}

#[tokio::test]
async fn late_and_missing_answers() {
    let house = House::open().await;
    house
        .control("POST faults", json!({"kind": "delay", "delay_ms": 150}))
        .await;
    let begun = Instant::now();
    assert_eq!(
        read(house.request("GET /me", None).send().await.unwrap())
            .await
            .status,
        200
    );
    assert!(begun.elapsed() >= Duration::from_millis(150));
    house
        .control(
            "POST faults",
            json!({"kind": "stall", "times": null, "path": "/me"}),
        )
        .await;
    let patience = Duration::from_millis(200);
    for _ in 0..2 {
        assert!(
            house
                .request("GET /me", None)
                .timeout(patience)
                .send()
                .await
                .unwrap_err()
                .is_timeout()
        );
    }
    assert_eq!(house.control("DELETE faults", json!(null)).await, json!([]));
    assert_eq!(house.call("GET /me", json!(null)).await.status, 200);
}
