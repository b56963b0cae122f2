//! The agent is cut off anywhere, again and again, and the answers to its calls are lost: nothing is lost, nothing said
//! twice. `AGENT_TEST_CUTS` sets how often, `AGENT_TEST_SEED` repeats a failure.

use crate::world::{Script, World, settings};
use agent::settings::Settings;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// How many conversations there are.
const CONVERSATIONS: usize = 6;
/// After so long, in milliseconds, what was on its way to the sandbox has arrived, on a busy machine too.
const SETTLED: u64 = 1_000;

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().expect(name))
}

/// A small generator, so that a seed is enough to repeat a run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// An agent that reads again only when what was on its way has surely arrived.
fn desk(world: &World) -> Arc<agent::desk::Desk> {
    let settings = Settings {
        settle_ms: SETTLED.cast_signed(),
        ..settings()
    };
    world.desk(Arc::new(Script::default()), settings)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_off_anywhere_it_says_everything_once() {
    let seed = number("AGENT_TEST_SEED", u64::try_from(store::now()).unwrap());
    let cuts = number("AGENT_TEST_CUTS", 20);
    println!("AGENT_TEST_SEED={seed}");
    let mut dice = Dice(seed);
    let world = World::new().await;
    // Answers are lost after the effect, now and then.
    for (operation, skip) in [
        ("reply_conversation", 1),
        ("reply_conversation", 3),
        ("manage_conversation", 1),
    ] {
        let fault = json!({"kind": "drop_after", "operation": operation, "skip": skip + dice.below(4), "times": 2});
        world.control("POST", "faults", fault).await;
    }
    let mut ids = Vec::new();
    for number in 0..CONVERSATIONS {
        let words = if number % 2 == 0 {
            "refund?"
        } else {
            "I am angry"
        };
        let id = world.begin(words).await;
        world.hear(&id, &format!("n{number}"), words).await;
        ids.push((id, words));
    }
    for _ in 0..cuts {
        let worker = world.worker_with(desk(&world), 40);
        let work = tokio::spawn(worker.run(CancellationToken::new()));
        // Within the first act, or after the conversation was read again.
        let after = SETTLED * dice.below(2) + dice.below(60);
        tokio::time::sleep(Duration::from_millis(after)).await;
        work.abort();
        let _ = work.await;
    }
    world.work(&world.worker_with(desk(&world), 2_000)).await;
    let mut twice = Vec::new();
    for (id, words) in &ids {
        let (replies, notes) = world.said(id).await;
        let angry = words.contains("angry");
        let tagged = world.tags(id).await.contains(&"escalated".into());
        assert!(
            !replies.is_empty() && tagged == angry,
            "seed {seed}: {words} is lost"
        );
        if replies.len() > 1 || notes.len() > usize::from(angry) {
            twice.push((words, replies, notes));
        }
    }
    assert_eq!(
        !twice.is_empty(),
        cfg!(feature = "mutant-blind"),
        "seed {seed}: said twice: {twice:#?}"
    );
    let dead = world
        .scope()
        .deliveries(store::DeliveryState::Dead, None, 10)
        .await
        .unwrap();
    assert!(dead.is_empty(), "seed {seed}: {dead:?}");
}

#[tokio::test]
async fn a_fate_that_nobody_can_tell_is_a_humans() {
    let world = World::new().await;
    let id = world.begin("refund?").await;
    world.hear(&id, "n1", "refund?").await;
    // Every answer to a reply is lost, and nothing was done: after three tries nobody goes on.
    let fault = json!({"kind": "drop_before", "operation": "reply_conversation", "times": null});
    world.control("POST", "faults", fault).await;
    let desk = world.desk(Arc::new(Script::default()), settings());
    let worker = world.worker(desk);
    let stop = CancellationToken::new();
    let work = tokio::spawn(Arc::clone(&worker).run(stop.clone()));
    let asked = async {
        loop {
            let log = world
                .control("GET", "requests?operation=reply_conversation", Value::Null)
                .await;
            if log["requests"].as_array().unwrap().len() >= 4 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), asked)
        .await
        .expect("it is tried again");
    world.control("DELETE", "faults", Value::Null).await;
    stop.cancel();
    work.await.unwrap();
    world.work(&worker).await;
    let (replies, _) = world.said(&id).await;
    let turns = world.scope().turns_of(&id).await.unwrap();
    let outcome = turns[0].outcome.as_deref();
    assert_eq!((replies.len(), outcome), (0, Some("uncertain")));
    assert!(world.tags(&id).await.contains(&"escalated".into()));
}
