//! The tools that write, each checked in the sandbox's own state.

use crate::world::World;
use serde_json::{Value, json};

/// An open conversation that nobody has.
async fn waiting(world: &World) -> String {
    let found = world
        .call("find_unassigned_conversations", json!({"limit": 1}))
        .await;
    found["items"][0]["id"].as_str().unwrap().to_owned()
}

fn last_part(conversation: &Value) -> &Value {
    conversation["conversation_parts"]["conversation_parts"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
}

#[tokio::test]
async fn a_reply_reaches_the_customer_once() {
    let world = World::sandbox().await;
    let id = waiting(&world).await;
    let answer = world.call("reply_to_conversation", json!({"conversation_id": id, "body": "On its way.", "attachment_urls": ["https://files.example/a.png"]})).await;
    assert_eq!(answer["id"], id);
    assert!(
        answer["done"].as_str().unwrap().starts_with("Sent to "),
        "{answer}"
    );
    let conversation = world.conversation(&id).await;
    let replies: Vec<&Value> = conversation["conversation_parts"]["conversation_parts"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|part| {
            part["part_type"] == "comment"
                && part["body"]
                    .as_str()
                    .unwrap_or_default()
                    .contains("On its way.")
        })
        .collect();
    assert_eq!(replies.len(), 1, "{conversation}");
}

#[tokio::test]
async fn notes_stay_inside_also_on_tickets() {
    let world = World::sandbox().await;
    let id = waiting(&world).await;
    let note = world
        .call(
            "add_internal_note",
            json!({"conversation_id": format!("conversation_{id}"), "body": "Knows the CEO."}),
        )
        .await;
    assert_eq!(note["part_type"], "note", "{note}");
    assert_eq!(
        last_part(&world.conversation(&id).await)["part_type"],
        "note"
    );
    let ticket = world.call("search_tickets", json!({"limit": 1})).await["items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for form in [format!("ticket_{ticket}"), ticket.clone()] {
        let note = world
            .call(
                "add_internal_note",
                json!({"conversation_id": form, "body": "Ask the workshop."}),
            )
            .await;
        assert_eq!(note["part_type"], "note", "{note}");
    }
    let read = world
        .call(
            "call_tool",
            json!({"name": "get_ticket", "arguments": {"ticket_id": ticket}}),
        )
        .await;
    assert!(
        read["transcript"]
            .as_str()
            .unwrap()
            .matches("(internal note): Ask the workshop.")
            .count()
            == 2,
        "{read}"
    );
}

#[tokio::test]
async fn assignees_are_named_however_the_caller_likes() {
    let world = World::sandbox().await;
    let id = waiting(&world).await;
    let admins = world
        .call("call_tool", json!({"name": "list_admins"}))
        .await;
    let teams = world.call("call_tool", json!({"name": "list_teams"})).await;
    let (admin, team) = (&admins["items"][1], &teams["items"][0]);
    for wanted in [&admin["id"], &admin["name"], &admin["email"]] {
        world
            .call(
                "assign_conversation",
                json!({"conversation_id": id, "admin": "none"}),
            )
            .await;
        let answer = world
            .call(
                "assign_conversation",
                json!({"conversation_id": id, "admin": wanted}),
            )
            .await;
        assert_eq!(answer["admin"], admin["name"], "{answer}");
        assert_eq!(
            world.conversation(&id).await["admin_assignee_id"].to_string(),
            admin["id"].as_str().unwrap()
        );
    }
    let answer = world
        .call(
            "assign_conversation",
            json!({"conversation_id": id, "team": team["name"]}),
        )
        .await;
    assert_eq!(answer["team"], team["name"], "{answer}");
    assert_eq!(
        world.conversation(&id).await["team_assignee_id"].to_string(),
        team["id"].as_str().unwrap()
    );
    let problem = world
        .refusal(
            "assign_conversation",
            json!({"conversation_id": id, "team": "Nobody Here"}),
        )
        .await;
    assert!(
        problem.contains("there is no team `Nobody Here`; there are")
            && problem.contains(team["name"].as_str().unwrap()),
        "{problem}"
    );
    world
        .call(
            "assign_conversation",
            json!({"conversation_id": id, "admin": "me"}),
        )
        .await;
}

#[tokio::test]
async fn conversations_are_snoozed_closed_and_reopened() {
    let world = World::sandbox().await;
    let id = waiting(&world).await;
    let answer = world
        .call(
            "snooze_conversation",
            json!({"conversation_id": id, "until": "2099-01-01T09:00:00Z"}),
        )
        .await;
    assert_eq!(
        (&answer["state"], &answer["done"]),
        (&json!("snoozed"), &json!("Snoozed until 2099-01-01T09:00Z"))
    );
    let answer = world
        .call("reopen_conversation", json!({"conversation_id": id}))
        .await;
    assert_eq!(answer["state"], "open");
    let answer = world.call("close_conversation", json!({"conversation_id": id, "body": "Have a good ride!", "reason": "Solved by phone"})).await;
    assert_eq!(answer["state"], "closed");
    let conversation = world.conversation(&id).await;
    let text = conversation["conversation_parts"].to_string();
    assert!(
        text.contains("Have a good ride!") && text.contains("Solved by phone"),
        "{text}"
    );
    assert_eq!(conversation["state"], "closed");
    let problem = world
        .refusal(
            "snooze_conversation",
            json!({"conversation_id": id, "until": 1_000_000_000}),
        )
        .await;
    assert!(
        problem.contains("`until` must be a time to come"),
        "{problem}"
    );
}

#[tokio::test]
async fn tags_go_on_and_off_by_name() {
    let world = World::sandbox().await;
    let id = waiting(&world).await;
    let tags = world.call("call_tool", json!({"name": "list_tags"})).await;
    let known = tags["items"][0]["name"].as_str().unwrap();
    for (tag, done) in [
        (known.to_uppercase(), "Tagged"),
        ("brand new".into(), "Tagged with a new tag"),
    ] {
        let answer = world
            .call(
                "tag_conversation",
                json!({"conversation_id": id, "tag": tag}),
            )
            .await;
        assert_eq!(answer["done"], done, "{answer}");
    }
    let names = |conversation: &Value| {
        conversation["tags"]["tags"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tag| tag["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let on = names(&world.conversation(&id).await);
    assert!(
        on.contains(&known.to_owned()) && on.contains(&"brand new".to_owned()),
        "{on:?}"
    );
    world
        .call(
            "untag_conversation",
            json!({"conversation_id": id, "tag": "Brand New"}),
        )
        .await;
    assert!(!names(&world.conversation(&id).await).contains(&"brand new".to_owned()));
    let problem = world
        .refusal(
            "untag_conversation",
            json!({"conversation_id": id, "tag": "no such tag"}),
        )
        .await;
    assert!(
        problem.contains("there is no tag `no such tag`"),
        "{problem}"
    );
    let world = world.with(|endpoint| endpoint.deny = vec!["create_or_update_tag".into()]);
    let problem = world
        .refusal(
            "tag_conversation",
            json!({"conversation_id": id, "tag": "another new"}),
        )
        .await;
    assert!(
        problem.contains("there is no tag `another new`; there are"),
        "{problem}"
    );
}

#[tokio::test]
async fn articles_are_written_in_the_connections_name() {
    let world = World::sandbox().await;
    let made = world
        .call(
            "create_article",
            json!({"title": "How to oil a bell", "body": "<p>One drop.</p>"}),
        )
        .await;
    assert_eq!(
        (&made["state"], &made["done"]),
        (&json!("draft"), &json!("Article created")),
        "{made}"
    );
    assert!(made["author_id"].is_number(), "{made}");
    let changed = world
        .call(
            "update_article",
            json!({"id": made["id"], "state": "published"}),
        )
        .await;
    assert_eq!(changed["state"], "published");
    let read = world.call("get_article", json!({"id": made["id"]})).await;
    assert_eq!(
        (&read["title"], &read["body"]),
        (&json!("How to oil a bell"), &json!("One drop."))
    );
    let problem = world
        .refusal("update_article", json!({"id": made["id"]}))
        .await;
    assert!(problem.contains("give at least one of: title"), "{problem}");
}
