//! The auditor: durable for those who wait, soon for those who do not, closed while nothing can be recorded.

use crate::{
    audit::entry,
    harness::{Db, both, until},
};
use std::time::{Duration, Instant};
use store::{Auditor, NewEntry, StoreError, Verdict};

fn numbered(number: usize) -> NewEntry {
    NewEntry {
        event_id: format!("event {number}"),
        ..entry(1)
    }
}

#[tokio::test]
async fn who_waits_finds_it_on_disk() {
    both(async |db| {
        let (auditor, task) = Auditor::start(&db.store);
        let tenant = db.store.scope("acme").unwrap();
        auditor.record("acme", numbered(0)).await.unwrap();
        assert_eq!(tenant.audit_after(0, 10).await.unwrap().len(), 1);
        let all =
            (1..200).map(|number| auditor.record(["acme", "other"][number % 2], numbered(number)));
        for result in futures_util::future::join_all(all).await {
            result.unwrap();
        }
        assert!(matches!(
            tenant.verify_audit(None).await.unwrap(),
            Verdict::Whole { entries: 100, .. }
        ));
        for number in 200..300 {
            auditor.note("acme", numbered(number)).await.unwrap();
        }
        // An event that is there already keeps no other out.
        auditor.note("acme", numbered(200)).await.unwrap();
        auditor.note("acme", numbered(300)).await.unwrap();
        drop(auditor);
        task.await.unwrap();
        assert!(matches!(
            tenant.verify_audit(None).await.unwrap(),
            Verdict::Whole { entries: 201, .. }
        ));
    })
    .await;
}

#[tokio::test]
async fn nothing_is_let_through_while_nothing_can_be_recorded() {
    both(async |db| {
        let (auditor, task) = Auditor::start(&db.store);
        auditor.record("acme", numbered(0)).await.unwrap();
        db.tamper(None, "ALTER TABLE audit_entries RENAME TO audit_gone")
            .await;
        auditor.note("acme", numbered(1)).await.unwrap();
        let began = Instant::now();
        let refused = auditor.record("acme", numbered(2)).await;
        assert!(
            matches!(refused, Err(StoreError::Unavailable { .. })),
            "{refused:?}"
        );
        assert!(
            began.elapsed() < Duration::from_mins(1),
            "{:?}",
            began.elapsed()
        );
        until(async || auditor.check().is_err()).await;
        assert!(auditor.note("acme", numbered(3)).await.is_err());
        auditor.note_done("acme", numbered(5)).unwrap();
        db.tamper(None, "ALTER TABLE audit_gone RENAME TO audit_entries")
            .await;
        until(async || auditor.check().is_ok()).await;
        auditor.record("acme", numbered(4)).await.unwrap();
        let events = events(db).await;
        assert_eq!(
            events,
            ["event 0", "event 1", "event 5", "event 4"],
            "what was taken is kept, what was refused is not"
        );
        drop(auditor);
        task.await.unwrap();
    })
    .await;
}

async fn events(db: &Db) -> Vec<String> {
    let tenant = db.store.scope("acme").expect("an id");
    let entries = tenant.audit_after(0, 100).await.expect("readable");
    entries.into_iter().map(|entry| entry.event_id).collect()
}
