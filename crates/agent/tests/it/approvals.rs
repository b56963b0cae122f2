//! What only a person may allow, over the sandbox.

use crate::world::{Script, World, settings};
use agent::{approval, desk::Desk, settings::Settings};
use std::sync::Arc;
use store::{ApprovalState, DeliveryState, StoreError};

/// A world in which a customer asked for what a person must allow.
async fn asked(world: &World) -> (Arc<Desk>, String, store::Approval) {
    let settings = Settings {
        actions: [("billing".to_owned(), "close_conversation".to_owned())].into(),
        ..settings()
    };
    let desk = world.desk(Arc::new(Script::default()), settings);
    let id = world.begin("refund?").await;
    world.hear(&id, "n1", "refund?").await;
    world.work(&world.worker(Arc::clone(&desk))).await;
    let pending = world
        .scope()
        .approvals(ApprovalState::Pending, None, 10)
        .await
        .unwrap();
    assert_eq!(pending.len(), 1);
    (desk, id, pending.into_iter().next().unwrap())
}

async fn state(world: &World, conversation: &str) -> String {
    let conversation = world.conversation(conversation).await;
    conversation["state"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_action_waits_for_a_person_and_is_done_once() {
    let world = World::new().await;
    let (desk, id, pending) = asked(&world).await;
    assert_eq!(pending.tool, "close_conversation");
    assert_eq!(
        pending.arguments,
        format!(r#"{{"conversation_id":"{id}"}}"#)
    );
    let (replies, notes) = world.said(&id).await;
    assert_eq!(
        (replies.len(), notes.len()),
        (1, 1),
        "{replies:?} {notes:?}"
    );
    assert!(replies[0].contains("handing this over"), "{replies:?}");
    assert!(notes[0].contains("close_conversation"), "{notes:?}");
    assert_eq!(state(&world, &id).await, "open", "nobody allowed it yet");

    approval::approve(&world.scope(), &pending.id, "ana")
        .await
        .unwrap();
    world.work(&world.worker(Arc::clone(&desk))).await;
    assert_eq!(state(&world, &id).await, "closed");
    let used = world.scope().approval(&pending.id).await.unwrap();
    assert_eq!(
        (used.state, used.outcome.as_deref()),
        (ApprovalState::Used, Some("done"))
    );
    assert!(world.said(&id).await.1[1].contains("ana approved it"));

    // Replayed in every way, it does nothing more.
    let again = approval::approve(&world.scope(), &pending.id, "ana").await;
    assert!(
        matches!(again, Err(StoreError::Conflict { .. })),
        "{again:?}"
    );
    let reopen = serde_json::json!({"message_type": "open", "admin_id": "7002"});
    world
        .api("POST", &format!("/conversations/{id}/parts"), reopen)
        .await;
    let done = world
        .scope()
        .deliveries(DeliveryState::Done, None, 10)
        .await
        .unwrap();
    let topics: Vec<_> = done
        .iter()
        .filter(|one| one.topic == "frontdesk.approval")
        .collect();
    assert_eq!(topics.len(), 1);
    world
        .scope()
        .revive_delivery(&topics[0].id, store::now())
        .await
        .unwrap();
    world.work(&world.worker(desk)).await;
    assert_eq!(state(&world, &id).await, "open");
}

#[tokio::test]
async fn what_a_person_refused_is_not_done() {
    let world = World::new().await;
    let (desk, id, pending) = asked(&world).await;
    approval::reject(&world.scope(), &pending.id, "ana")
        .await
        .unwrap();
    let late = approval::approve(&world.scope(), &pending.id, "bo").await;
    assert!(matches!(late, Err(StoreError::Conflict { .. })), "{late:?}");
    let unknown = approval::approve(&world.scope(), "no-such", "bo").await;
    assert!(
        matches!(unknown, Err(StoreError::NotFound { .. })),
        "{unknown:?}"
    );
    world.work(&world.worker(desk)).await;
    assert_eq!(state(&world, &id).await, "open");
}

#[tokio::test]
async fn a_yes_for_other_arguments_or_from_long_ago_is_worth_nothing() {
    let world = World::new().await;
    let (desk, id, pending) = asked(&world).await;
    let scope = world.scope();
    // The same question with arguments that its digest is not of.
    let changed = store::Approval {
        id: "changed".into(),
        arguments: r#"{"conversation_id":"1"}"#.into(),
        ..pending.clone()
    };
    let stale = store::Approval {
        id: "stale".into(),
        state: ApprovalState::Approved,
        expires_at: store::now() - 1,
        ..pending
    };
    for one in [changed, stale] {
        scope.ask_approval(one).await.unwrap();
    }
    approval::approve(&scope, "changed", "ana").await.unwrap();
    let late = approval::approve(&scope, "stale", "ana").await;
    assert!(late.is_err(), "{late:?}");
    world
        .hear_of(
            "",
            "approval:stale",
            "frontdesk.approval",
            &serde_json::json!({"id": "stale"}),
        )
        .await;
    world.work(&world.worker(desk)).await;
    for name in ["changed", "stale"] {
        let kept = scope.approval(name).await.unwrap();
        assert_eq!(
            (kept.state, kept.outcome),
            (ApprovalState::Approved, None),
            "{name}"
        );
    }
    assert_eq!(state(&world, &id).await, "open");
}

#[tokio::test]
async fn what_nobody_can_tell_is_not_done_again() {
    let world = World::new().await;
    let (desk, id, pending) = asked(&world).await;
    let fault =
        serde_json::json!({"kind": "drop_after", "operation": "manage_conversation", "times": 1});
    world.control("POST", "faults", fault).await;
    approval::approve(&world.scope(), &pending.id, "ana")
        .await
        .unwrap();
    world.work(&world.worker(desk)).await;
    let used = world.scope().approval(&pending.id).await.unwrap();
    assert_eq!(used.outcome.as_deref(), Some("uncertain"));
    let notes = world.said(&id).await.1;
    assert!(notes[1].contains("please look"), "{notes:?}");
    let log = world
        .control(
            "GET",
            "requests?operation=manage_conversation",
            serde_json::Value::Null,
        )
        .await;
    // One to assign it when it was handed over, one to close it.
    assert_eq!(log["requests"].as_array().unwrap().len(), 2, "{log}");
}
