//! Turns over the sandbox, with scripted thoughts.

use crate::world::{OWN, Script, World, settings};
use agent::settings::{Mode, Settings};
use serde_json::json;
use std::sync::{Arc, atomic::Ordering};
use store::DeliveryState;

#[tokio::test]
async fn a_question_is_answered_with_its_source_and_once() {
    let world = World::new().await;
    let worker = world.worker(world.desk(Arc::new(Script::default()), settings()));
    let id = world.begin("How long does a refund take?").await;
    world.hear(&id, "n1", "How long does a refund take?").await;
    // The same words come as another notification, too.
    world.hear(&id, "n2", "How long does a refund take?").await;
    world.work(&worker).await;
    let (replies, notes) = world.said(&id).await;
    assert_eq!(replies.len(), 1, "{replies:?}");
    assert!(
        replies[0].contains("Refunds take five days. [1]"),
        "{replies:?}"
    );
    assert!(
        replies[0].contains("href=\"https://help.spokeandsaddle.example/77\""),
        "{replies:?}"
    );
    assert_eq!(
        (notes.len(), world.tags(&id).await),
        (0, vec!["billing".into()])
    );
    let turns = world.scope().turns_of(&id).await.unwrap();
    assert_eq!(turns[0].outcome.as_deref(), Some("answered"));
    // Replayed by hand it is looked at anew, and found to be answered.
    let done = world
        .scope()
        .deliveries(DeliveryState::Done, None, 10)
        .await
        .unwrap();
    assert_eq!(done.len(), 2);
    for row in &done {
        world
            .scope()
            .revive_delivery(&row.id, store::now())
            .await
            .unwrap();
    }
    world.work(&worker).await;
    assert_eq!(world.said(&id).await.0.len(), 1);
}

#[tokio::test]
async fn an_angry_customer_gets_a_human_and_the_agent_is_silent() {
    let world = World::new().await;
    let worker = world.worker(world.desk(Arc::new(Script::default()), settings()));
    let id = world
        .begin("I am angry: <b>charged twice</b>! See https://evil.example")
        .await;
    world.hear(&id, "n1", "I am angry").await;
    world.work(&worker).await;
    let (replies, notes) = world.said(&id).await;
    assert_eq!(
        (replies.len(), notes.len()),
        (1, 1),
        "{replies:?} {notes:?}"
    );
    assert!(replies[0].contains("handing this over"), "{replies:?}");
    for fact in [
        "the customer is frustrated",
        "billing (90 %)",
        "frustration 95 %",
        "charged twice",
        "nothing yet",
    ] {
        assert!(notes[0].contains(fact), "{fact}: {notes:?}");
    }
    assert!(!notes[0].contains("evil"), "{notes:?}");
    let conversation = world.conversation(&id).await;
    assert_eq!(
        conversation["team_assignee_id"],
        json!(5551),
        "Billing has it"
    );
    let tags = world.tags(&id).await;
    assert!(tags.contains(&"escalated".into()), "{tags:?}");
    world.say(&id, "Hello?").await;
    world.hear(&id, "n2", "Hello?").await;
    world.work(&worker).await;
    assert_eq!(world.said(&id).await.0.len(), 1, "a human has it");
    let turns = world.scope().turns_of(&id).await.unwrap();
    let outcomes: Vec<_> = turns
        .iter()
        .filter_map(|turn| turn.outcome.as_deref())
        .collect();
    assert_eq!(outcomes, ["escalated", "escalated_before"]);
}

#[tokio::test]
async fn modes_decide_who_sends() {
    for (mode, words, expected) in [
        (Mode::Auto, "odd refund", (1, 0, "offered")),
        (Mode::Suggest, "refund", (1, 0, "answered")),
        (Mode::Suggest, "odd refund", (0, 1, "drafted")),
        (Mode::Draft, "refund", (0, 1, "drafted")),
        (Mode::Draft, "angry", (0, 2, "escalated")),
    ] {
        let world = World::new().await;
        let settings = Settings { mode, ..settings() };
        let worker = world.worker(world.desk(Arc::new(Script::default()), settings));
        let id = world.begin(words).await;
        for notification in ["n1", "n2"] {
            world.hear(&id, notification, words).await;
            world.work(&worker).await;
        }
        let (replies, notes) = world.said(&id).await;
        let turns = world.scope().turns_of(&id).await.unwrap();
        let outcome = turns[0].outcome.clone().unwrap();
        assert_eq!(
            (replies.len(), notes.len(), outcome.as_str()),
            expected,
            "{mode:?} {words}"
        );
    }
}

#[tokio::test]
async fn a_human_who_answered_silences_the_agent() {
    let world = World::new().await;
    let worker = world.worker(world.desk(Arc::new(Script::default()), settings()));
    let id = world.begin("refund?").await;
    let reply = json!({"message_type": "comment", "type": "admin", "admin_id": "7002", "body": "I am on it"});
    world
        .api("POST", &format!("/conversations/{id}/reply"), reply)
        .await;
    world.say(&id, "and?").await;
    world.hear(&id, "n1", "and?").await;
    world.work(&worker).await;
    assert_eq!(world.said(&id).await.0.len(), 0);
}

#[tokio::test]
async fn budgets_end_in_a_human() {
    for settings in [
        Settings {
            tokens: 100,
            ..settings()
        },
        Settings {
            conversation_tokens: 100,
            ..settings()
        },
    ] {
        let world = World::new().await;
        let script = Arc::new(Script::default());
        let worker = world.worker(world.desk(script.clone(), settings));
        let id = world.begin("refund?").await;
        world.hear(&id, "n1", "refund?").await;
        world.work(&worker).await;
        world.say(&id, "and shipping?").await;
        world.hear(&id, "n2", "and shipping?").await;
        world.work(&worker).await;
        assert_eq!(
            script.reads.load(Ordering::SeqCst),
            1,
            "the second thought is not paid for"
        );
        let (replies, notes) = world.said(&id).await;
        assert_eq!(replies.len(), 2);
        assert!(notes[0].contains("budget"), "{notes:?}");
    }
}

#[tokio::test]
async fn who_wants_to_leave_is_marked() {
    let world = World::new().await;
    let worker = world.worker(world.desk(Arc::new(Script::default()), settings()));
    let id = world.begin("cancel my plan").await;
    world.hear(&id, "n1", "cancel my plan").await;
    world.work(&worker).await;
    let contacts = world
        .control("GET", "state/contacts", serde_json::Value::Null)
        .await;
    let contact = contacts["ids"][0].as_str().unwrap().to_owned();
    let contact = world
        .control(
            "GET",
            &format!("state/contacts/{contact}"),
            serde_json::Value::Null,
        )
        .await;
    assert_eq!(
        contact["custom_attributes"]["churn_risk"], "high",
        "{contact}"
    );
}

#[tokio::test]
async fn a_ticket_gets_a_note_for_the_team_and_its_customer_hears_nothing() {
    let world = World::new().await;
    let worker = world.worker(world.desk(Arc::new(Script::default()), settings()));
    let (id, contact) = world.ticket().await;
    let reply = json!({"message_type": "comment", "type": "user", "intercom_user_id": contact, "body": "angry: where is my refund?"});
    world
        .api("POST", &format!("/tickets/{id}/reply"), reply)
        .await;
    let part = json!({"id": "p1", "part_type": "comment", "body": "angry: where is my refund?", "author": {"type": "user", "id": contact}});
    for notification in ["n1", "n2"] {
        let item = json!({"type": "ticket_ticket_part", "ticket": {"id": id}, "ticket_part": part});
        world
            .hear_of(&id, notification, "ticket.contact.replied", &item)
            .await;
        world.work(&worker).await;
    }
    let ticket = world
        .control(
            "GET",
            &format!("state/tickets/{id}"),
            serde_json::Value::Null,
        )
        .await;
    let parts = ticket["ticket_parts"]["ticket_parts"].as_array().unwrap();
    let own: Vec<_> = parts
        .iter()
        .filter(|part| part["author"]["id"] == OWN && part["body"].is_string())
        .collect();
    assert_eq!(own.len(), 1, "{own:?}");
    assert_eq!(own[0]["part_type"], "note");
    for fact in ["it answers no tickets", "where is my refund", "Refunds"] {
        assert!(
            own[0]["body"].as_str().unwrap().contains(fact),
            "{fact}: {own:?}"
        );
    }
    let turns = world.scope().turns_of(&id).await.unwrap();
    let outcomes: Vec<_> = turns
        .iter()
        .filter_map(|turn| turn.outcome.as_deref())
        .collect();
    assert_eq!(outcomes, ["noted", "answered_already"]);
}
