//! The tools that read, against the sandbox.

use crate::world::World;
use serde_json::{Value, json};
use std::collections::HashSet;

/// A conversation of the seed with a thread.
async fn some_conversation(world: &World) -> Value {
    let found = world.call("search_conversations", json!({"query": {"field": "statistics.count_conversation_parts", "operator": ">", "value": 3}, "per_page": 1})).await;
    found["conversations"][0].clone()
}

#[tokio::test]
async fn a_conversation_is_read_whole_and_raw() {
    let world = World::sandbox().await;
    let row = some_conversation(&world).await;
    let id = row["id"].as_str().unwrap();
    let thread = world.call("get_conversation", json!({"id": id})).await;
    assert_eq!(thread["id"], row["id"]);
    let transcript = thread["transcript"].as_str().unwrap();
    assert!(transcript.starts_with("# 20"), "{transcript}");
    assert!(!thread["people"].as_object().unwrap().is_empty());
    let raw = world.conversation(id).await;
    let parts = raw["conversation_parts"]["conversation_parts"]
        .as_array()
        .unwrap();
    assert!(parts.len() > 3);
    for part in parts {
        let author = part["author"]["name"].as_str().unwrap_or_default();
        assert!(
            transcript.contains(author),
            "{author} is not in {transcript}"
        );
    }
    for form in [
        format!("conversation_{id}"),
        format!("https://app.intercom.com/a/inbox/w1/inbox/all/conversation/{id}?view=List"),
        format!("intercom://conversation/{id}"),
    ] {
        let again = world
            .call("get_conversation", json!({"conversation_id": form}))
            .await;
        assert_eq!(again["transcript"], thread["transcript"], "{form}");
    }
}

#[tokio::test]
async fn every_message_of_a_thread_longer_than_a_page_is_reached() {
    let world = World::sandbox().await;
    let id = some_conversation(&world).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let filler = "very long words of a very patient customer ".repeat(200);
    for index in 0..8 {
        world
            .call(
                "add_internal_note",
                json!({"conversation_id": id, "body": format!("Note number {index}: {filler}")}),
            )
            .await;
    }
    let (mut cursor, mut seen, mut pages) = (Value::Null, HashSet::new(), 0);
    loop {
        let page = world
            .call("get_conversation", json!({"id": id, "cursor": cursor}))
            .await;
        let text = page["transcript"].as_str().unwrap();
        assert!(text.len() < 25_000, "{}", text.len());
        seen.extend((0..8).filter(|index| text.contains(&format!("Note number {index}:"))));
        pages += 1;
        cursor = page["next_cursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert!(pages > 3 && seen.len() == 8, "{pages} pages, {seen:?}");
    let problem = world
        .refusal("get_conversation", json!({"id": id, "cursor": "12"}))
        .await;
    assert!(
        problem.contains("`cursor` is not one of this conversation"),
        "{problem}"
    );
}

#[tokio::test]
async fn documents_of_every_kind_are_fetched() {
    let world = World::sandbox().await;
    let conversation = some_conversation(&world).await;
    let article = world.call("list_articles", json!({"per_page": 1})).await["data"][0].clone();
    let company = world.call("list_companies", json!({"per_page": 1})).await["data"][0].clone();
    let ticket = world.call("search_tickets", json!({"limit": 1})).await["items"][0].clone();
    for (kind, object) in [
        ("conversation", &conversation),
        ("article", &article),
        ("company", &company),
        ("ticket", &ticket),
    ] {
        let id = format!("{kind}_{}", object["id"].as_str().unwrap());
        let document = world.call("fetch", json!({"id": id})).await;
        assert_eq!(document["id"], id);
        assert!(
            !document["title"].as_str().unwrap().is_empty(),
            "{document}"
        );
        assert!(!document["text"].as_str().unwrap().is_empty(), "{document}");
        assert!(
            document["url"].as_str().unwrap().starts_with("http"),
            "{document}"
        );
    }
    let contact = conversation["contact_id"].as_str().unwrap();
    let document = world.call("fetch", json!({"id": format!("https://app.intercom.com/a/apps/w1/users/{contact}/all-conversations")})).await;
    assert_eq!(document["id"], format!("contact_{contact}"));
    assert!(
        document["text"].as_str().unwrap().contains("email: "),
        "{document}"
    );
}

#[tokio::test]
async fn people_companies_and_articles_are_read() {
    let world = World::sandbox().await;
    let company = world
        .call("list_companies", json!({"per_page": 2, "page": 2}))
        .await;
    assert_eq!(
        (
            company["total_in_page"].clone(),
            company["pages"]["page"].clone()
        ),
        (json!(2), json!(2)),
        "{company}"
    );
    assert!(company["_note"].as_str().unwrap().contains("page 3"));
    let name = company["data"][0]["name"].as_str().unwrap();
    let found = world.call("list_companies", json!({"name": name})).await;
    assert_eq!(found["data"][0]["id"], company["data"][0]["id"], "{found}");
    let one = world
        .call("get_company", json!({"id": company["data"][0]["id"]}))
        .await;
    assert_eq!(one["name"], name);
    let articles = world
        .call(
            "search_articles",
            json!({"phrase": "password", "highlight": true}),
        )
        .await;
    let first = &articles["data"]["articles"][0];
    assert!(
        first["title"].is_string() && first["text"].is_string(),
        "{articles}"
    );
    let article = world
        .call("get_article", json!({"article_id": first["id"]}))
        .await;
    let body = article["body"].as_str().unwrap();
    assert!(!body.is_empty() && !body.contains("<p"), "{body}");
}

#[tokio::test]
async fn a_contacts_history_holds_conversations_and_tickets() {
    let world = World::sandbox().await;
    let ticket = world.call("search_tickets", json!({"limit": 1})).await["items"][0].clone();
    let contact = ticket["contact_ids"][0].as_str().unwrap();
    let history = world
        .call(
            "get_contact_history",
            json!({"contact_id": contact, "limit": 50}),
        )
        .await;
    let items = history["items"].as_array().unwrap();
    assert!(
        items
            .iter()
            .any(|item| item["kind"] == "ticket" && item["id"] == ticket["id"]),
        "{history}"
    );
    assert_eq!(history["contact"]["id"], contact);
    let moments: Vec<&str> = items
        .iter()
        .map(|item| item["updated_at"].as_str().unwrap())
        .collect();
    assert!(moments.is_sorted_by(|a, b| a >= b), "{moments:?}");
    let search = world
        .call(
            "search_tickets",
            json!({"contact_id": contact, "ticket_type": ticket["type"], "state": ticket["state"]}),
        )
        .await;
    assert!(
        search["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|found| found["contact_ids"][0] == contact && found["type"] == ticket["type"]),
        "{search}"
    );
    assert!(!search["items"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn bad_ratings_are_listed() {
    let world = World::sandbox().await;
    for worst in [1, 2, 3] {
        let found = world
            .call(
                "list_low_rated_conversations",
                json!({"max_rating": worst, "limit": 150}),
            )
            .await;
        let items = found["items"].as_array().unwrap();
        assert_eq!(found["total"], items.len());
        for item in items {
            let rating = item["rating"].to_string();
            let score: i64 = rating
                .trim_start_matches('"')
                .chars()
                .take_while(char::is_ascii_digit)
                .collect::<String>()
                .parse()
                .unwrap();
            assert!(score <= worst, "{item}");
        }
    }
    let few = world
        .call("list_low_rated_conversations", json!({"limit": 1}))
        .await;
    let more = world
        .call(
            "list_low_rated_conversations",
            json!({"limit": 1, "cursor": few["next_cursor"]}),
        )
        .await;
    assert_ne!(few["items"][0]["id"], more["items"][0]["id"]);
}

#[tokio::test]
async fn tools_are_found_by_words_and_called_through_the_doorway() {
    let world = World::sandbox().await;
    let found = world
        .call("search_tools", json!({"query": "list ticket states"}))
        .await;
    assert_eq!(found["items"][0]["name"], "list_ticket_states", "{found}");
    assert_eq!(found["items"][0]["risk"], "read");
    assert_eq!(found["items"][0]["input_schema"]["type"], "object");
    let states = world
        .call("call_tool", json!({"name": "list_ticket_states"}))
        .await;
    assert!(
        states["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|state| state["category"] == "in_progress"),
        "{states}"
    );
}
