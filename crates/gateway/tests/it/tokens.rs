//! Everything that is sent counts: text and structured content together, in o200k tokens.

use crate::fixtures;
use crate::world::{World, read};
use axum::{Json, Router, routing::get, routing::post};
use gateway::ToolResult;
use serde_json::{Value, json};

/// Tokens of a text.
pub(crate) fn tokens(text: &str) -> usize {
    tiktoken_rs::o200k_base_singleton()
        .encode_ordinary(text)
        .len()
}

/// Tokens of a result as it travels, with its quotes and line breaks escaped.
pub(crate) fn sent(result: &ToolResult) -> usize {
    let mut wire = json!({"content": [{"type": "text", "text": result.text}]});
    if let Some(structured) = &result.structured {
        wire["structuredContent"] = structured.clone();
    }
    tokens(&wire.to_string())
}

/// An upstream that answers one conversation, one page, one contact.
pub(crate) fn upstream(conversation: Value, page: Value) -> Router {
    Router::new()
        .route("/conversations/{id}", get(move || async move { Json(conversation) }))
        .route("/conversations/search", post(move || async move { Json(page) }))
        .route("/contacts/{id}", get(async || Json(fixtures::contact())))
        .route("/me", get(async || Json(json!({"type": "admin", "id": "7001", "name": "Rui", "app": {"id_code": "w1abc2"}}))))
}

#[track_caller]
#[expect(
    clippy::print_stdout,
    reason = "with --nocapture it makes the figures of docs/performance.md"
)]
fn assert_share(what: &str, sent: usize, raw: &Value, percent: usize) {
    let raw = tokens(&raw.to_string());
    let share = sent * 100 / raw;
    println!("{what}: {sent} of {raw} tokens, {share} %");
    assert!(
        sent * 100 <= raw * percent,
        "{what}: {sent} of {raw} tokens are {share} %, more than {percent} %"
    );
}

#[tokio::test]
async fn a_long_thread_costs_a_quarter_and_loses_no_fact() {
    let raw = fixtures::long_thread(50);
    let world = World::scripted(upstream(raw.clone(), fixtures::search_page(20))).await;
    for tool in ["get_conversation", "fetch"] {
        let result = world
            .try_call(tool, json!({"id": "conversation_215470000000042"}))
            .await
            .unwrap();
        assert_share(tool, sent(&result), &raw, 25);
        for fact in [
            "215470000000042",
            "Refund of order 4417",
            "open",
            "high",
            "Ana Silva <ana@example.com>",
            "66f0aa00bb11cc22dd33ee55",
            "Rui <rui@velo.example>",
            "7001",
            "5551",
            "Acme",
            "66f1aa00bb11cc22dd33ee44",
            "billing",
            "VIP 5m: active",
            "Fast!",
            "Order number",
            "4417",
            "Language",
            "receipt.pdf https://files.example/receipt.pdf",
            "assigned to Rui",
            "(internal note)",
            "voucher",
            "closed (Rui)",
            "(reopened)",
            "It is silent again",
            "Tracker 215470000000099",
            "time_to_admin_reply",
        ] {
            assert!(
                result.text.contains(fact),
                "{tool} lost `{fact}`: {}",
                result.text
            );
        }
    }
}

#[tokio::test]
async fn mail_is_read_without_html_and_without_its_echoes() {
    let raw = fixtures::mail_thread(48);
    let world = World::scripted(upstream(raw.clone(), fixtures::search_page(20))).await;
    let result = world
        .try_call("get_conversation", json!({"id": "215470000000042"}))
        .await
        .unwrap();
    assert_share("a thread of mail", sent(&result), &raw, 25);
    let thread = read(&result);
    let transcript = thread["transcript"].as_str().unwrap();
    for fact in [
        "BX-0 rings again",
        "[the order](https://shop.example/orders/441?from=mail)",
        "- front wheel",
        "wheel-1.jpg https://files.example/wheel-1.jpg",
        "[quoted text folded]",
        "(internal note)",
        "https://wiki.example/springs",
        "Part | Spring 5",
        "3.50 €",
        "snoozed",
        "Bell of order 4417",
    ] {
        assert!(result.text.contains(fact), "lost `{fact}`: {transcript}");
    }
    for noise in [
        "<p",
        "<div",
        "<br",
        "&nbsp;",
        "gmail_quote",
        "the courier comes on Thursday",
        "track.example",
        "margin",
    ] {
        assert!(
            !transcript.contains(noise),
            "`{noise}` is still there: {transcript}"
        );
    }
}

#[tokio::test]
async fn a_page_of_a_search_costs_a_fifth_and_keeps_its_rows() {
    let raw = fixtures::search_page(20);
    let world = World::scripted(upstream(fixtures::long_thread(1), raw.clone())).await;
    for (tool, arguments) in [
        (
            "search_conversations",
            json!({"state": "open", "per_page": 20}),
        ),
        (
            "search",
            json!({"query": "object_type:conversations state:open limit:20"}),
        ),
        ("find_unassigned_conversations", json!({"limit": 20})),
    ] {
        let result = world.try_call(tool, arguments).await.unwrap();
        assert_share(tool, sent(&result), &raw, 20);
    }
    let result = world
        .try_call("search_conversations", json!({"per_page": 20}))
        .await
        .unwrap();
    let page = read(&result);
    assert_eq!(page["total_in_page"], 20);
    let row = page["conversations"][0].to_string();
    for fact in [
        "215470000000042",
        "Refund of order 4417",
        "open",
        "high",
        "Ana Silva <ana@example.com>",
        "66f0aa00bb11cc22dd33ee55",
        "7001",
        "5551",
        "Acme",
        "billing",
        "VIP 5m: active",
        "Fast!",
        "Order number",
        "English",
        "2026-09-20T14:13Z",
    ] {
        assert!(row.contains(fact), "a row lost `{fact}`: {row}");
    }
    let copy: Value = serde_json::from_str(&result.text).unwrap();
    assert_eq!(
        copy["conversations"][19]["id"],
        page["conversations"][19]["id"]
    );
}

#[tokio::test]
async fn a_contact_keeps_what_is_known() {
    let world = World::scripted(upstream(fixtures::long_thread(1), fixtures::search_page(1))).await;
    let contact = world
        .call(
            "get_contact",
            json!({"id": "contact_66f0aa00bb11cc22dd33ee55"}),
        )
        .await;
    for (key, expected) in [
        ("id", json!("66f0aa00bb11cc22dd33ee55")),
        ("external_id", json!("u-77")),
        ("email", json!("ana@example.com")),
        ("owner_id", json!("7001")),
        ("custom_attributes", json!({"plan": "pro", "seats": 4})),
        ("tags", json!([{"id": "9001"}])),
        ("companies", json!([{"id": "66f1aa00bb11cc22dd33ee44"}])),
        ("last_replied_at", Value::Null),
    ] {
        assert_eq!(contact[key], expected, "{key}: {contact}");
    }
    assert_share(
        "a contact",
        tokens(&contact.to_string()),
        &fixtures::contact(),
        60,
    );
}
