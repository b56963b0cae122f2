//! Everything about a contact in one answer, and long tickets page by page.

use crate::tokens::tokens;
use crate::world::World;
use axum::{Json, Router, routing::get};
use serde_json::{Value, json};

#[tokio::test]
async fn a_contact_is_told_whole_in_few_tokens() {
    let world = World::sandbox().await;
    let people = world
        .call("search_contacts", json!({"role": "user", "per_page": 8}))
        .await;
    let ids = people["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|contact| contact["id"].as_str().unwrap());
    let mut kinds = std::collections::BTreeMap::<&str, usize>::new();
    for id in ids {
        world.forget().await;
        let answer = world
            .try_call(
                "get_contact_360",
                json!({"contact_id": format!("contact_{id}")}),
            )
            .await
            .unwrap();
        assert!(tokens(&answer.text) < 4_000, "{}", answer.text);
        assert!(!answer.text.contains("<p>"), "{}", answer.text);
        let told: Value = serde_json::from_str(&answer.text).unwrap();
        assert_eq!(told["contact"]["id"], id, "{told}");
        assert_eq!(told.get("unavailable"), None, "{told}");
        for kind in [
            "companies",
            "conversations",
            "tickets",
            "notes",
            "tags",
            "events",
        ] {
            let rows = told[kind]
                .as_array()
                .unwrap_or_else(|| panic!("{kind}: {told}"))
                .len();
            *kinds.entry(kind).or_default() += rows;
        }
        assert_eq!(world.asked().await.len(), 7, "one request a kind");
    }
    assert!(
        kinds.values().all(|rows| *rows > 0),
        "the seed has all kinds: {kinds:?}"
    );
}

#[tokio::test]
async fn what_is_taken_away_is_said_and_the_rest_answered() {
    let world = World::sandbox()
        .await
        .with(|endpoint| endpoint.deny = vec!["list_data_events".into()]);
    let id = world.call("search_contacts", json!({"per_page": 1})).await["data"][0]["id"].clone();
    let told = world
        .call("get_contact_360", json!({"contact_id": id}))
        .await;
    let reason = told["unavailable"]["events"].as_str().unwrap();
    assert!(reason.contains("owner took away"), "{told}");
    assert!(
        told["conversations"].is_array() && told.get("events").is_none(),
        "{told}"
    );
    let said = world
        .refusal(
            "get_contact_360",
            json!({"contact_id": "0123456789abcdef01234567"}),
        )
        .await;
    assert!(said.contains("0123456789abcdef01234567"), "{said}");
}

#[tokio::test]
async fn every_part_of_a_long_ticket_is_reached_by_cursor() {
    let parts: Vec<Value> = (0..300)
        .map(|index| json!({"type": "ticket_part", "id": format!("9{index}"), "part_type": "comment", "created_at": 1_790_000_000 + index * 60,
            "body": format!("<p>Message number {index}. {}</p>", "The spring is loose. ".repeat(12)), "author": {"type": "admin", "id": "7", "name": "Rui"}}))
        .collect();
    let ticket = json!({"type": "ticket", "id": "215", "ticket_id": "3", "ticket_state": {"category": "in_progress"},
        "ticket_attributes": {"_default_title_": "Refund"}, "ticket_parts": {"type": "ticket_part.list", "ticket_parts": parts, "total_count": 300}});
    let router = Router::new()
        .route("/tickets/{id}", get(async move || Json(ticket)))
        .route(
            "/me",
            get(async || Json(json!({"type": "admin", "id": "7", "app": {"id_code": "w"}}))),
        );
    let world = World::scripted(router).await;
    for detail in [None, Some("full")] {
        let (mut seen, mut cursor, mut pages) = (String::new(), Value::Null, 0);
        loop {
            let asked = json!({"ticket_id": "ticket_215", "cursor": cursor, "detail": detail});
            let page = world.call("get_ticket", asked).await;
            assert_eq!(page["id"], "215");
            seen.push_str(&page.to_string());
            pages += 1;
            match page.get("next_cursor") {
                Some(next) => cursor = next.clone(),
                None => break,
            }
        }
        assert!(pages > 1);
        for index in 0..300 {
            assert!(
                seen.contains(&format!("Message number {index}.")),
                "{index} is lost"
            );
        }
    }
    let said = world
        .refusal("get_ticket", json!({"ticket_id": "215", "cursor": "x"}))
        .await;
    assert!(
        said.contains("`cursor` is not one of this ticket"),
        "{said}"
    );
    let fetched = world.call("fetch", json!({"id": "ticket_215"})).await;
    assert!(
        fetched["text"]
            .as_str()
            .unwrap()
            .contains("[The thread goes on: get_ticket with cursor ")
    );
}
