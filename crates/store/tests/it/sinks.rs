//! The live export's marks and leases, spans of time, and copies of a database.

use crate::{
    audit::entry,
    harness::{both, file, on_file, say},
};
use store::{Place, StoreError};

#[tokio::test]
async fn one_replica_feeds_a_sink_until_its_lease_ends() {
    both(async |db| {
        let system = db.store.system();
        let lead =
            async |held, now, until| system.lead_sink("siem", held, now, until).await.unwrap();
        let first = lead(None, 1_000, 2_000).await;
        assert_eq!(first, Some(2_000));
        assert_eq!(lead(None, 1_500, 2_500).await, None, "another one has it");
        assert_eq!(lead(first, 1_600, 2_600).await, Some(2_600), "it may stay");
        assert_eq!(
            lead(first, 1_700, 2_700).await,
            None,
            "with the newest lease alone"
        );
        assert_eq!(
            lead(None, 2_601, 3_000).await,
            Some(3_000),
            "it fell silent"
        );
        system.leave_sink("siem", 2_600).await.unwrap();
        assert_eq!(
            lead(None, 2_700, 3_500).await,
            None,
            "a stranger cannot give it away"
        );
        system.leave_sink("siem", 3_000).await.unwrap();
        assert_eq!(lead(None, 2_800, 3_500).await, Some(3_500));
        let other = system.lead_sink("lake", None, 2_800, 3_000).await.unwrap();
        assert_eq!(other, Some(3_000), "each sink has its own");
    })
    .await;
}

#[tokio::test]
async fn a_sink_is_as_late_as_its_oldest_entry() {
    both(async |db| {
        let tenant = db.tenant("acme").await;
        let system = db.store.system();
        assert_eq!(system.audit_behind("siem").await.unwrap(), None);
        let entries = (1..=5).map(entry).collect();
        tenant.append_audit(entries).await.unwrap();
        assert_eq!(system.audit_behind("siem").await.unwrap(), Some(1_001));
        // A lease is no mark.
        system.lead_sink("siem", None, 0, 9).await.unwrap();
        let tail = system.audit_tail("siem", 3).await.unwrap();
        assert_eq!(tail.len(), 3);
        system.audit_taken("siem", &tail).await.unwrap();
        assert_eq!(system.audit_behind("siem").await.unwrap(), Some(1_004));
        let rest = system.audit_tail("siem", 100).await.unwrap();
        system.audit_taken("siem", &rest).await.unwrap();
        assert_eq!(system.audit_behind("siem").await.unwrap(), None);
        assert_eq!(system.audit_behind("lake").await.unwrap(), Some(1_001));
    })
    .await;
}

#[tokio::test]
async fn a_span_of_time_has_its_entries_in_order() {
    both(async |db| {
        let tenant = db.tenant("acme").await;
        let other = db.tenant("other").await;
        for scope in [&tenant, &other] {
            let entries = (1..=9).map(entry).collect();
            scope.append_audit(entries).await.unwrap();
        }
        for (after, from, to, limit, expected) in [
            (0, i64::MIN, i64::MAX, 100, vec![1, 2, 3, 4, 5, 6, 7, 8, 9]),
            (0, 1_003, 1_006, 100, vec![3, 4, 5]),
            (3, 1_003, 1_006, 100, vec![4, 5]),
            (0, i64::MIN, i64::MAX, 2, vec![1, 2]),
        ] {
            let found = tenant.audit_between(after, from, to, limit).await.unwrap();
            let found: Vec<i64> = found.iter().map(|entry| entry.seq).collect();
            assert_eq!(found, expected);
        }
    })
    .await;
}

#[tokio::test]
async fn a_copy_is_whole_and_overwrites_nothing() {
    on_file(&async |db| {
        let tenant = db.tenant("acme").await;
        let place = file(db).unwrap();
        let copy = place.with_file_name("a copy.db");
        let writing = async {
            for number in 1..=50 {
                tenant.append_audit(vec![entry(number)]).await.unwrap();
            }
        };
        let (copied, ()) = tokio::join!(store::backup(&db.place, &copy), writing);
        assert_eq!(copied.unwrap().tenants, 1);
        assert_eq!(store::inspect(&copy).await.unwrap().tenants, 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&copy).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let again = store::backup(&db.place, &copy).await;
        assert!(matches!(again, Err(StoreError::Setup { .. })), "{again:?}");
        let absent = Place::File(place.with_file_name("absent.db"));
        let none = store::backup(&absent, &place.with_file_name("x.db")).await;
        assert!(matches!(none, Err(StoreError::NotFound { .. })), "{none:?}");

        // A schema that is damaged, and a file that is something else.
        let mut bytes = std::fs::read(&copy).unwrap();
        for byte in &mut bytes[100..2_000] {
            *byte ^= 0x55;
        }
        std::fs::write(&copy, bytes).unwrap();
        let damaged = store::inspect(&copy).await;
        say(&format!("a damaged copy: {damaged:?}"));
        assert!(
            matches!(damaged, Err(StoreError::Setup { .. })),
            "{damaged:?}"
        );
        std::fs::write(&copy, "words").unwrap();
        assert!(store::inspect(&copy).await.is_err());
    })
    .await;
}
