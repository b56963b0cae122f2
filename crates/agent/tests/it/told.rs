//! What the agent tells: what it would do, would have done, and has achieved.

use crate::world::{Script, World, settings};
use agent::{
    Rules, replay,
    report::{SETTLED_MS, report},
    settings::Settings,
};
use serde_json::json;
use std::sync::Arc;

#[tokio::test]
async fn a_preview_tells_and_does_nothing() {
    let world = World::new().await;
    let desk = world.desk(Arc::new(Script::default()), settings());
    for (words, outcome, kinds) in [
        ("refund?", "answered", &["reply", "tag"][..]),
        (
            "angry refund",
            "escalated",
            &["reply", "assign", "tag", "tag", "note"],
        ),
    ] {
        let id = world.begin(words).await;
        let before = world.conversation(&id).await;
        let preview = replay::preview(&desk, &id).await.unwrap();
        let told: Vec<&str> = preview.acts.iter().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(
            (preview.outcome.as_str(), told.as_slice()),
            (outcome, kinds),
            "{words}"
        );
        assert_eq!(before, world.conversation(&id).await);
    }
}

#[tokio::test]
async fn a_replay_is_held_against_what_the_human_did() {
    let world = World::new().await;
    let desk = world.desk(Arc::new(Script::default()), settings());
    let begun = store::now() / 1000 - 3_600;
    let mut ids = Vec::new();
    for (words, answer) in [
        ("refund?", true),
        ("angry refund", true),
        ("refund please", false),
    ] {
        let id = world.begin(words).await;
        if answer {
            let reply = json!({"message_type": "comment", "type": "admin", "admin_id": "7002", "body": "Refunds take five days."});
            world
                .api("POST", &format!("/conversations/{id}/reply"), reply)
                .await;
        }
        ids.push(id);
    }
    let found = replay::begun(&desk, (begun, begun + 7_200), 500)
        .await
        .unwrap();
    assert!(ids.iter().all(|id| found.contains(id)), "{found:?}");
    let mut told = Vec::new();
    for id in &ids {
        let one = replay::compare(&desk, id).await.unwrap().unwrap();
        told.push((one.would.outcome, one.human, one.likeness, one.differs));
    }
    let row = |outcome: &str, human: &str, likeness, differs| {
        (outcome.to_owned(), human.to_owned(), likeness, differs)
    };
    assert_eq!(told[0], row("answered", "answered", Some(1.0), false));
    assert_eq!(told[1], row("escalated", "answered", None, true));
    assert_eq!(told[2], row("answered", "nothing", None, true));
    for id in &ids {
        assert_eq!(world.said(id).await.0.len(), 0, "nothing is sent");
    }
}

/// Customers who ask this, and rate it with 5, 3, 1.
async fn asked_and_rated(world: &World, questions: [&str; 3]) {
    let settings = Settings {
        rules: Rules {
            similarity: 0.95,
            ..Rules::default()
        },
        ..settings()
    };
    let worker = world.worker(world.desk(Arc::new(Script::default()), settings));
    for (words, stars) in questions.iter().zip([5, 3, 1]) {
        let id = world.begin(words).await;
        world.hear(&id, &format!("asked {stars}"), words).await;
        world.work(&worker).await;
        let item =
            json!({"type": "conversation", "id": id, "conversation_rating": {"rating": stars}});
        let name = format!("rated {stars}");
        world
            .hear_of(&id, &name, "conversation.rating.added", &item)
            .await;
        world.work(&worker).await;
    }
}

#[tokio::test]
async fn a_report_counts_what_became_of_conversations() {
    let world = World::new().await;
    let from = store::now();
    let questions = [
        "Ship bikes to Iceland?",
        "Is bike shipping to Iceland possible?",
        "angry refund",
    ];
    asked_and_rated(&world, questions).await;
    let now = store::now();
    let told = report(&world.scope(), (from, now + 1), now).await.unwrap();
    let counts = (
        told.conversations,
        told.answered,
        told.handed_over,
        told.settled,
    );
    assert_eq!(counts, (3, 2, 1, 0), "{told:?}");
    assert_eq!(told.escalations["frustration"], 1);
    let rated = (told.ratings, told.rating, told.csat_percent);
    assert_eq!(rated, (3, Some(3.0), Some(33.3)), "{told:?}");
    assert!(
        told.first_answer_median_ms.is_some_and(|ms| ms >= 0),
        "{told:?}"
    );
    let topics = &told.unanswered;
    assert_eq!((topics.len(), topics[0].count), (1, 2), "{told:?}");
    assert!(topics[0].words.contains(&"iceland".to_owned()), "{told:?}");
    let later = now + SETTLED_MS + 60_000;
    let later = report(&world.scope(), (from, now + 1), later)
        .await
        .unwrap();
    let resolved = (later.settled, later.resolved, later.resolution_rate);
    assert_eq!(resolved, (2, 2, Some(1.0)), "{later:?}");
}
