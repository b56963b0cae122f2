//! Writing first, over the sandbox.

use crate::world::{Script, World, settings};
use agent::{
    approval,
    desk::Desk,
    reach::{self, Batch, Reach},
    settings::{Mode, Settings},
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use store::{ApprovalState, DAY, DeliveryState, Outreach, OutreachState};

/// A contact who was last seen so many days ago, with an open conversation; both ids.
async fn customer(world: &World, name: &str, days: i64, more: Value) -> (String, String) {
    let seen = (store::now() - days * DAY) / 1000;
    let mut contact = json!({"role": "user", "name": name, "external_id": format!("x-{name}"), "last_seen_at": seen});
    let given = contact.as_object_mut().unwrap();
    given.extend(more.as_object().cloned().unwrap_or_default());
    let made = world.api("POST", "/contacts", contact).await;
    let id = made["id"]
        .as_str()
        .unwrap_or_else(|| panic!("{made}"))
        .to_owned();
    let words = json!({"from": {"type": "contact", "id": id}, "body": "Where is my helmet?"});
    let begun = world.api("POST", "/conversations", words).await;
    // Writing is a visit: put it back.
    world
        .api(
            "PUT",
            &format!("/contacts/{id}"),
            json!({"last_seen_at": seen}),
        )
        .await;
    (id, begun["conversation_id"].as_str().unwrap().to_owned())
}

/// A desk that writes to our own customers alone, of those in the sandbox.
fn desk(world: &World, change: impl FnOnce(&mut Settings)) -> Arc<Desk> {
    let ours = json!({"field": "external_id", "operator": "^", "value": "x-"});
    let mut settings = Settings {
        reach: Reach {
            query: Some(ours),
            ..Reach::default()
        },
        ..settings()
    };
    change(&mut settings);
    world.desk(Arc::new(Script::default()), settings)
}

async fn draft(desk: &Desk) -> Batch {
    reach::draft(desk, 10).await.unwrap()
}

async fn became(world: &World, batch: &str) -> Vec<(String, OutreachState, Option<String>)> {
    let rows = world.scope().outreach(batch).await.unwrap();
    let told = |row: Outreach| (row.contact_id, row.state, row.reason);
    rows.into_iter().map(told).collect()
}

/// Puts everything that was dealt with into the queue again.
async fn repeat(world: &World) {
    let scope = world.scope();
    let done = scope.deliveries(DeliveryState::Done, None, 50);
    for row in done.await.unwrap() {
        scope.revive_delivery(&row.id, store::now()).await.unwrap();
    }
}

#[tokio::test]
async fn a_batch_waits_for_a_person_and_is_sent_once() {
    let world = World::new().await;
    let (ana, conversation) = customer(&world, "Ana Prado", 10, json!({})).await;
    let (_, recent) = customer(&world, "Bo", 3, json!({})).await;
    let (_, silent) = customer(&world, "Cy", 20, json!({"unsubscribed_from_emails": true})).await;
    let desk = desk(&world, |_| {});
    let batch = draft(&desk).await;
    let whom: Vec<_> = batch
        .messages
        .iter()
        .map(|one| one.contact.as_str())
        .collect();
    assert_eq!(whom, [ana.as_str()], "{batch:?}");
    assert_eq!(batch.skipped["opted_out"], 1, "{batch:?}");
    assert_eq!(
        world.said(&conversation).await.0.len(),
        0,
        "a dry run sends nothing"
    );

    let id = reach::propose(&desk, &batch).await.unwrap();
    let worker = world.worker(Arc::clone(&desk));
    world.work(&worker).await;
    assert_eq!(
        world.said(&conversation).await.0.len(),
        0,
        "nobody agreed yet"
    );
    approval::approve(&world.scope(), &id, "ana").await.unwrap();
    world.work(&worker).await;
    let (said, _) = world.said(&conversation).await;
    assert_eq!(said.len(), 1, "{said:?}");
    for fact in [
        "Hi Ana,",
        "Where is my helmet?",
        "href=\"https://help.spokeandsaddle.example/77\"",
    ] {
        assert!(said[0].contains(fact), "{fact}: {said:?}");
    }
    assert_eq!(
        became(&world, &id).await,
        [(ana, OutreachState::Sent, None)]
    );
    for other in [&recent, &silent] {
        assert_eq!(world.said(other).await.0.len(), 0);
    }
    // Everything dealt with once more, and another batch, write to nobody.
    repeat(&world).await;
    world.work(&worker).await;
    assert_eq!(world.said(&conversation).await.0.len(), 1);
    assert_eq!(draft(&desk).await.skipped["reached_lately"], 1);
    let used = world.scope().approval(&id).await.unwrap();
    assert_eq!(
        (used.state, used.outcome.as_deref()),
        (ApprovalState::Used, Some("begun"))
    );
}

#[tokio::test]
async fn what_moved_meanwhile_is_not_sent() {
    let world = World::new().await;
    let (wrote, first) = customer(&world, "Wrote", 10, json!({})).await;
    let (gone, second) = customer(&world, "Left", 10, json!({})).await;
    let (back, third) = customer(&world, "Back", 10, json!({})).await;
    let desk = desk(&world, |settings| settings.reach.approval = false);
    let batch = draft(&desk).await;
    assert_eq!(batch.messages.len(), 3, "{batch:?}");
    let reply = json!({"message_type": "comment", "type": "user", "intercom_user_id": wrote, "body": "Found it"});
    world
        .api("POST", &format!("/conversations/{first}/reply"), reply)
        .await;
    let seen = json!({"last_seen_at": (store::now() - 10 * DAY) / 1000});
    world.api("PUT", &format!("/contacts/{wrote}"), seen).await;
    world
        .api(
            "PUT",
            &format!("/contacts/{gone}"),
            json!({"unsubscribed_from_emails": true}),
        )
        .await;
    world
        .api(
            "PUT",
            &format!("/contacts/{back}"),
            json!({"last_seen_at": store::now() / 1000}),
        )
        .await;
    let id = reach::propose(&desk, &batch).await.unwrap();
    world.work(&world.worker(desk)).await;
    for conversation in [&first, &second, &third] {
        assert_eq!(world.said(conversation).await.0.len(), 0);
    }
    let ends = became(&world, &id).await;
    for (contact, why) in [
        (wrote, "moved_on"),
        (gone, "opted_out"),
        (back, "seen_again"),
    ] {
        let end = ends.iter().find(|end| end.0 == contact).unwrap();
        assert_eq!(
            (end.1, end.2.as_deref()),
            (OutreachState::Skipped, Some(why)),
            "{ends:?}"
        );
    }
}

#[tokio::test]
async fn drafts_stay_inside() {
    let world = World::new().await;
    let (_, conversation) = customer(&world, "Ana", 10, json!({})).await;
    let desk = desk(&world, |settings| {
        settings.reach.approval = false;
        settings.mode = Mode::Draft;
    });
    let batch = draft(&desk).await;
    reach::propose(&desk, &batch).await.unwrap();
    world.work(&world.worker(desk)).await;
    let (said, noted) = world.said(&conversation).await;
    assert_eq!((said.len(), noted.len()), (0, 1), "{said:?} {noted:?}");
}

/// Works until a condition holds; messages that wait for another day stay in the queue.
async fn work_until(world: &World, desk: Arc<Desk>, holds: impl AsyncFn() -> bool) {
    let stop = tokio_util::sync::CancellationToken::new();
    let work = tokio::spawn(world.worker(desk).run(stop.clone()));
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), waiting)
        .await
        .expect("it holds in the end");
    stop.cancel();
    work.await.unwrap();
}

#[tokio::test]
async fn quiet_hours_and_the_days_budget_hold_messages_back() {
    let world = World::new().await;
    customer(&world, "Ana", 10, json!({})).await;
    customer(&world, "Bo", 12, json!({})).await;
    let later = async || {
        let waiting = world
            .scope()
            .deliveries(DeliveryState::Pending, None, 50)
            .await
            .unwrap();
        let held = |one: &&store::Delivery| {
            one.topic == "frontdesk.reach" && one.due_at > store::now() + 1_000
        };
        waiting.iter().filter(held).count()
    };
    let sent = async |batch: &str| {
        let ends = became(&world, batch).await;
        ends.iter()
            .filter(|end| end.1 == OutreachState::Sent)
            .count()
    };
    // The day after tomorrow is not today, whatever the hour.
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let today = usize::try_from((store::now() / DAY + 3) % 7).unwrap();
    let hours = format!("{} 09:00-17:00 UTC", days[(today + 2) % 7]);
    let quiet = desk(&world, |settings| {
        settings.reach.approval = false;
        settings.reach.hours = Some(hours.parse().unwrap());
    });
    let first = reach::propose(&quiet, &draft(&quiet).await).await.unwrap();
    work_until(&world, quiet, async || later().await == 2).await;
    assert_eq!(sent(&first).await, 0);
    let tight = desk(&world, |settings| {
        settings.reach.approval = false;
        settings.reach.daily = 1;
    });
    let second = reach::propose(&tight, &draft(&tight).await).await.unwrap();
    let day = store::now() / DAY;
    work_until(&world, tight, async || {
        sent(&second).await == 1 && later().await == 3
    })
    .await;
    // At midnight a new day's budget begins.
    assert!(sent(&second).await == 1 || store::now() / DAY > day);
}

/// How long after a cut, in milliseconds, what was on its way has arrived, on a busy machine too.
const SETTLED: i64 = 1_000;
/// When a worker is cut off after its start: within the first acts, or after a conversation was read again.
const CUTS: [i64; 8] = [2, 8, 20, 45, SETTLED + 5, SETTLED + 40, 30, 70];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_off_anywhere_a_batch_is_sent_once() {
    let world = World::new().await;
    let mut conversations = Vec::new();
    for name in ["Ana", "Bo", "Cy", "Di"] {
        conversations.push(customer(&world, name, 10, json!({})).await.1);
    }
    let fault =
        json!({"kind": "drop_after", "operation": "reply_conversation", "skip": 1, "times": 2});
    world.control("POST", "faults", fault).await;
    let desk = desk(&world, |settings| {
        settings.reach.approval = false;
        settings.settle_ms = SETTLED;
    });
    let id = reach::propose(&desk, &draft(&desk).await).await.unwrap();
    for after in CUTS {
        let worker = world.worker_with(Arc::clone(&desk), 40);
        let work = tokio::spawn(worker.run(tokio_util::sync::CancellationToken::new()));
        tokio::time::sleep(Duration::from_millis(after.unsigned_abs())).await;
        work.abort();
        let _ = work.await;
    }
    world.work(&world.worker_with(desk, 2_000)).await;
    for conversation in &conversations {
        let (said, _) = world.said(conversation).await;
        assert_eq!(said.len(), 1, "{said:?}");
    }
    let ends = became(&world, &id).await;
    assert_eq!(ends.len(), 4);
    assert!(
        ends.iter()
            .all(|end| end.1 == OutreachState::Sent && end.2.is_none()),
        "{ends:?}"
    );
}
