//! Replicas: a change reaches all within a second, and one that no longer sees the feed knows it.

use crate::harness::{both, endpoint, until};
use std::time::{Duration, Instant};
use store::{Options, Store, Watch};
use tokio::{sync::mpsc, time::timeout};

#[tokio::test]
async fn a_change_reaches_every_replica_within_a_second() {
    both(async |db| {
        let tenant = db.tenant("acme").await;
        let mut replicas = Vec::new();
        for _ in 0..3 {
            let store = Store::open(&db.place, Options::default()).await.unwrap();
            let (tell, told) = mpsc::unbounded_channel();
            let watch = Watch::start(&store, move |changes| {
                let _ = tell.send(changes.map(<[_]>::to_vec));
            })
            .await
            .unwrap();
            replicas.push((store, watch, told));
        }
        let began = Instant::now();
        tenant.create_endpoint(endpoint("e1", None)).await.unwrap();
        for (_, watch, told) in &mut replicas {
            let changes = timeout(Duration::from_mins(1), told.recv())
                .await
                .unwrap()
                .unwrap()
                .unwrap();
            assert_eq!(
                changes.len(),
                1,
                "what happened before it started is no news"
            );
            assert_eq!(
                (changes[0].kind.as_str(), changes[0].subject.as_str()),
                ("endpoint", "e1")
            );
            assert!(watch.is_fresh());
        }
        assert!(
            began.elapsed() < Duration::from_mins(1),
            "{:?}",
            began.elapsed()
        );
        for (store, watch, _) in replicas {
            drop(watch);
            store.close().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_replica_that_sees_nothing_knows_it() {
    both(async |db| {
        let watch = Watch::start(&db.store, |_| {}).await.unwrap();
        assert!(watch.is_fresh());
        db.tamper(None, "ALTER TABLE changes_head RENAME TO changes_gone")
            .await;
        let began = Instant::now();
        until(async || !watch.is_fresh()).await;
        assert!(!watch.sees().await);
        assert!(
            began.elapsed() < Duration::from_mins(1),
            "{:?}",
            began.elapsed()
        );
        db.tamper(None, "ALTER TABLE changes_gone RENAME TO changes_head")
            .await;
        until(async || watch.is_fresh()).await;
    })
    .await;
}

#[tokio::test]
async fn a_machine_that_slept_looks_before_it_refuses() {
    both(async |db| {
        let watch = Watch::start(&db.store, |_| {}).await.unwrap();
        // Nothing of this runtime runs meanwhile.
        std::thread::sleep(Duration::from_millis(1_100));
        assert!(!watch.is_fresh());
        assert!(watch.sees().await);
    })
    .await;
}
