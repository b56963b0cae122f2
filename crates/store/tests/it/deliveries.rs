//! The queue of webhooks: each notification once, each delivery with one worker at a time.

use crate::harness::{both, number};
use std::collections::BTreeMap;
use store::{DeliveryState, NewDelivery, StoreError};

fn delivery(app: &str, notification: &str) -> NewDelivery {
    NewDelivery {
        app_id: app.to_owned(),
        notification_id: notification.to_owned(),
        topic: "conversation.user.created".to_owned(),
        lane: String::new(),
        body: "{}".to_owned(),
        received_at: 100,
        due_at: 100,
    }
}

fn in_lane(lane: &str, notification: &str, due_at: i64) -> NewDelivery {
    NewDelivery {
        lane: lane.to_owned(),
        due_at,
        ..delivery("app", notification)
    }
}

#[tokio::test]
async fn of_a_lane_one_runs_at_a_time() {
    both(async |db| {
        let acme = db.store.scope("acme").unwrap();
        let system = db.store.system();
        for (lane, id, due) in [("42", "n1", 100), ("42", "n2", 101), ("43", "n3", 102)] {
            assert!(acme.receive(in_lane(lane, id, due)).await.unwrap());
        }
        let claim = async |worker: &str, now| {
            let claimed = system.claim_delivery(worker, now, 50).await.unwrap();
            claimed.map(|claimed| (claimed.row.notification_id.clone(), claimed.row.id))
        };
        let (first, id) = claim("a", 110).await.unwrap();
        assert_eq!(first, "n1");
        let (other, done) = claim("b", 111).await.unwrap();
        assert_eq!(other, "n3");
        assert_eq!(claim("c", 112).await, None, "42 is being worked on");
        assert_eq!(system.next_delivery_due().await.unwrap(), Some(101));
        system.finish_delivery(&done, "b", 112).await.unwrap();
        let waiting = acme.waiting_in("42").await.unwrap();
        assert_eq!(waiting.len(), 1);
        // A crash leaves the lane closed until the same delivery is taken up again.
        let (again, same) = claim("d", 170).await.unwrap();
        assert_eq!((again.as_str(), &same), ("n1", &id));
        system.postpone_delivery(&id, "d", 200).await.unwrap();
        assert_eq!(acme.delivery(&id).await.unwrap().attempts, 1);
        let covered = waiting.into_iter().map(|one| one.id).collect();
        acme.cover_deliveries(covered, 171).await.unwrap();
        assert!(
            acme.waiting_in("42")
                .await
                .unwrap()
                .iter()
                .all(|one| one.id == id)
        );
        assert_eq!(claim("e", 200).await.unwrap().0, "n1");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_that_race_for_a_lane_never_share_it() {
    both(async |db| {
        let acme = db.store.scope("acme").unwrap();
        for one in 0..40 {
            let lane = (one % 4).to_string();
            let received = acme.receive(in_lane(&lane, &one.to_string(), 100)).await;
            assert!(received.unwrap());
        }
        let busy: &'static [std::sync::atomic::AtomicI64; 4] = Box::leak(Box::default());
        let workers = (0..6).map(|worker| {
            let (system, acme) = (db.store.system(), acme.clone());
            tokio::spawn(async move {
                use std::sync::atomic::Ordering::SeqCst;
                let worker = format!("worker {worker}");
                loop {
                    let claimed = system
                        .claim_delivery(&worker, 200, 1_000_000)
                        .await
                        .unwrap();
                    let Some(claimed) = claimed else {
                        let left = acme
                            .deliveries(DeliveryState::Pending, None, 1)
                            .await
                            .unwrap();
                        if left.is_empty() {
                            return;
                        }
                        tokio::task::yield_now().await;
                        continue;
                    };
                    let lane = &busy[claimed.row.lane.parse::<usize>().unwrap()];
                    assert_eq!(lane.fetch_add(1, SeqCst), 0, "two in one lane");
                    tokio::task::yield_now().await;
                    lane.fetch_sub(1, SeqCst);
                    system
                        .finish_delivery(&claimed.row.id, &worker, 201)
                        .await
                        .unwrap();
                }
            })
        });
        for worker in futures_util::future::join_all(workers).await {
            worker.unwrap();
        }
        let done = acme
            .deliveries(DeliveryState::Done, None, 100)
            .await
            .unwrap();
        assert_eq!(done.len(), 40);
    })
    .await;
}

#[tokio::test]
async fn a_replay_has_no_effect_even_after_years() {
    both(async |db| {
        let acme = db.store.scope("acme").unwrap();
        let system = db.store.system();
        assert!(acme.receive(delivery("app", "n1")).await.unwrap());
        assert!(!acme.receive(delivery("app", "n1")).await.unwrap());
        let other = db.store.scope("other").unwrap();
        assert!(
            other.receive(delivery("app", "n1")).await.unwrap(),
            "another tenant with the same workspace hears of it too"
        );
        assert!(
            acme.receive(delivery("app 2", "n1")).await.unwrap(),
            "each app counts for itself"
        );
        other
            .cover_deliveries(
                vec![
                    other
                        .deliveries(DeliveryState::Pending, None, 1)
                        .await
                        .unwrap()[0]
                        .id
                        .clone(),
                ],
                100,
            )
            .await
            .unwrap();
        let claimed = system.claim_delivery("w", 100, 50).await.unwrap().unwrap();
        assert_eq!(
            (
                claimed.tenant.as_str(),
                claimed.row.attempts,
                claimed.row.due_at
            ),
            ("acme", 1, 150)
        );
        system
            .finish_delivery(&claimed.row.id, "w", 120)
            .await
            .unwrap();
        assert_eq!(system.sweep_deliveries(i64::MAX).await.unwrap(), 2);
        assert!(!acme.receive(delivery("app", "n1")).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn texts_go_and_ids_stay() {
    both(async |db| {
        let acme = db.store.scope("acme").unwrap();
        let system = db.store.system();
        for id in ["done", "dead"] {
            acme.receive(delivery("app", id)).await.unwrap();
        }
        let first = system.claim_delivery("w", 110, 50).await.unwrap().unwrap();
        system
            .finish_delivery(&first.row.id, "w", 120)
            .await
            .unwrap();
        let second = system.claim_delivery("w", 130, 50).await.unwrap().unwrap();
        system
            .fail_delivery(&second.row.id, "w", "no", None)
            .await
            .unwrap();
        acme.receive(delivery("app", "waiting")).await.unwrap();
        assert_eq!(system.sweep_deliveries(100).await.unwrap(), 0, "too early");
        assert_eq!(system.sweep_deliveries(i64::MAX).await.unwrap(), 2);
        assert_eq!(system.sweep_deliveries(i64::MAX).await.unwrap(), 0);
        for id in ["done", "dead", "waiting"] {
            assert!(!acme.receive(delivery("app", id)).await.unwrap());
        }
        for (state, body) in [
            (DeliveryState::Done, ""),
            (DeliveryState::Dead, ""),
            (DeliveryState::Pending, "{}"),
        ] {
            let found = acme.deliveries(state, None, 10).await.unwrap();
            assert_eq!(
                (found.len(), found[0].body.as_str()),
                (1, body),
                "{state:?}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_lease_ends_and_its_late_holder_changes_nothing() {
    both(async |db| {
        let acme = db.store.scope("acme").unwrap();
        let system = db.store.system();
        acme.receive(delivery("app", "n1")).await.unwrap();
        let id = system
            .claim_delivery("slow", 100, 50)
            .await
            .unwrap()
            .unwrap()
            .row
            .id;
        assert_eq!(system.claim_delivery("fast", 149, 50).await.unwrap(), None);
        system.renew_delivery(&id, "slow", 160).await.unwrap();
        assert_eq!(system.claim_delivery("fast", 151, 50).await.unwrap(), None);
        assert_eq!(
            system
                .claim_delivery("fast", 160, 50)
                .await
                .unwrap()
                .unwrap()
                .row
                .attempts,
            2
        );
        for late in [
            system.finish_delivery(&id, "slow", 170).await,
            system.renew_delivery(&id, "slow", 900).await,
            system.fail_delivery(&id, "slow", "late", Some(900)).await,
        ] {
            assert!(
                matches!(late, Err(StoreError::Conflict { what: "lease" })),
                "{late:?}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_failure_is_tried_again_until_it_is_given_up() {
    both(async |db| {
        let acme = db.store.scope("acme").unwrap();
        let system = db.store.system();
        acme.receive(delivery("app", "n1")).await.unwrap();
        let first = system.claim_delivery("fast", 100, 50).await.unwrap();
        let id = first.unwrap().row.id;
        system
            .fail_delivery(&id, "fast", "no model", Some(500))
            .await
            .unwrap();
        assert_eq!(system.claim_delivery("fast", 499, 50).await.unwrap(), None);
        system
            .claim_delivery("fast", 500, 50)
            .await
            .unwrap()
            .unwrap();
        system
            .fail_delivery(&id, "fast", "no model", None)
            .await
            .unwrap();
        assert_eq!(
            system
                .claim_delivery("fast", i64::MAX - 50, 50)
                .await
                .unwrap(),
            None
        );
        let dead = acme
            .deliveries(DeliveryState::Dead, None, 10)
            .await
            .unwrap();
        assert_eq!(
            (dead.len(), dead[0].error.as_deref()),
            (1, Some("no model"))
        );
        acme.revive_delivery(&id, 600).await.unwrap();
        assert_eq!(
            system
                .claim_delivery("fast", 600, 50)
                .await
                .unwrap()
                .unwrap()
                .row
                .attempts,
            1
        );
        assert!(acme.revive_delivery(&id, 700).await.is_err());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_workers_do_each_once() {
    let count = number("STORE_TEST_DELIVERIES", 100);
    both(async |db| {
        let acme = db.store.scope("acme").unwrap();
        let received = (0..count).map(|one| acme.receive(delivery("app", &one.to_string())));
        for received in futures_util::future::join_all(received).await {
            assert!(received.unwrap());
        }
        let workers = (0..8).map(|worker| {
            let system = db.store.system();
            tokio::spawn(async move {
                let worker = format!("worker {worker}");
                let mut done = Vec::new();
                while let Some(claimed) = system
                    .claim_delivery(&worker, 200, 1_000_000)
                    .await
                    .unwrap()
                {
                    system
                        .finish_delivery(&claimed.row.id, &worker, 201)
                        .await
                        .unwrap();
                    done.push(claimed.row.notification_id);
                }
                done
            })
        });
        let mut times = BTreeMap::new();
        for done in futures_util::future::join_all(workers).await {
            for id in done.unwrap() {
                *times.entry(id).or_insert(0) += 1;
            }
        }
        // A worker that lost eight races in a row goes to sleep early; the others do its share.
        assert_eq!(times.len() as u64, count);
        assert!(times.values().all(|times| *times == 1), "{times:?}");
    })
    .await;
}
