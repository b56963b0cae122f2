//! Errands: with one worker at a time, again until they are done, in the transaction of what they follow from.

use crate::harness::{both, connection};
use store::{
    ConnectionState, Ended, ErrandKind, ErrandState, Moved, NewErrand, SealedCredential, StoreError,
};

fn errand(kind: ErrandKind, id: &str, due_at: i64) -> NewErrand {
    NewErrand {
        kind,
        id: id.to_owned(),
        payload: "{}".to_owned(),
        due_at,
    }
}

fn sealed(owner: &str, key: &str) -> SealedCredential {
    SealedCredential {
        owner_id: owner.to_owned(),
        kind: "token".to_owned(),
        sealed: b"sealed".to_vec(),
        key_id: key.to_owned(),
        version: 1,
    }
}

#[tokio::test]
async fn an_errand_is_one_workers_until_its_lease_ends() {
    both(async |db| {
        let acme = db.tenant("acme").await;
        let system = db.store.system();
        acme.keep_errand(errand(ErrandKind::Notice, "n", 100))
            .await
            .unwrap();
        assert_eq!(system.next_errand().await.unwrap(), Some(100));
        assert_eq!(system.claim_errand("a", 99, 50).await.unwrap(), None);
        let first = system.claim_errand("a", 100, 50).await.unwrap().unwrap();
        assert_eq!((first.tenant.as_str(), first.row.attempts), ("acme", 1));
        assert_eq!(system.claim_errand("b", 149, 50).await.unwrap(), None);
        let second = system.claim_errand("b", 150, 50).await.unwrap().unwrap();
        assert_eq!(second.row.attempts, 2);
        let late = system.finish_errand(&first, "a").await;
        assert!(matches!(late, Err(StoreError::Conflict { .. })), "{late:?}");
        system
            .fail_errand(&second, "b", "no answer", Some(500))
            .await
            .unwrap();
        assert_eq!(system.claim_errand("b", 499, 50).await.unwrap(), None);
        let third = system.claim_errand("b", 500, 50).await.unwrap().unwrap();
        assert_eq!(third.row.error.as_deref(), Some("no answer"));
        system.fail_errand(&third, "b", "gone", None).await.unwrap();
        assert_eq!(system.next_errand().await.unwrap(), None);
        let dead = acme.errands(ErrandState::Dead, 9).await.unwrap();
        assert_eq!(dead.len(), 1);
        acme.revive_errand(ErrandKind::Notice, "n", 600)
            .await
            .unwrap();
        let again = system.claim_errand("b", 600, 50).await.unwrap().unwrap();
        assert_eq!(again.row.attempts, 1);
        system.finish_errand(&again, "b").await.unwrap();
        assert!(
            acme.errands(ErrandState::Pending, 9)
                .await
                .unwrap()
                .is_empty()
        );
        let other = db.store.scope("other").unwrap();
        assert!(
            other
                .revive_errand(ErrandKind::Notice, "n", 1)
                .await
                .is_err()
        );
    })
    .await;
}

#[tokio::test]
async fn a_move_and_what_follows_happen_together_and_once() {
    both(async |db| {
        let acme = db.tenant("acme").await;
        acme.create_connection(connection("c", None)).await.unwrap();
        let moved = Moved {
            from: ConnectionState::Active,
            to: ConnectionState::Quarantined,
            reason: Some("refused"),
            at: 7,
        };
        let following = || vec![errand(ErrandKind::Probe, "c", 9)];
        assert!(acme.move_connection("c", moved, following()).await.unwrap());
        let system = db.store.system();
        let claimed = system.claim_errand("a", 9, 50).await.unwrap().unwrap();
        system.finish_errand(&claimed, "a").await.unwrap();
        assert!(!acme.move_connection("c", moved, following()).await.unwrap());
        assert!(
            acme.errands(ErrandState::Pending, 9)
                .await
                .unwrap()
                .is_empty()
        );
        let row = acme.connection("c").await.unwrap();
        assert_eq!(
            (row.state, row.checked_at),
            (ConnectionState::Quarantined, Some(7))
        );
    })
    .await;
}

#[tokio::test]
async fn an_end_destroys_the_credential_and_keeps_what_is_left_or_nothing_of_it_happens() {
    both(async |db| {
        let acme = db.tenant("acme").await;
        acme.create_connection(connection("c", None)).await.unwrap();
        acme.keep_credential("c", "token", b"sealed".to_vec(), "k1")
            .await
            .unwrap();
        db.store.system().release_key("k2").await.unwrap();
        let ended = |key: &str| Ended {
            reason: "over",
            at: 7,
            left: Some((
                errand(ErrandKind::Revocation, "c", 9),
                sealed("left-c", key),
            )),
        };
        let refused = acme.end_connection("c", ended("k2")).await;
        assert!(
            matches!(refused, Err(StoreError::Conflict { .. })),
            "{refused:?}"
        );
        assert!(acme.credential("c", "token").await.is_ok());
        assert_eq!(
            acme.connection("c").await.unwrap().state,
            ConnectionState::Active
        );
        acme.end_connection("c", ended("k1")).await.unwrap();
        assert!(acme.credential("c", "token").await.is_err());
        assert!(acme.credential("left-c", "token").await.is_ok());
        assert_eq!(
            acme.connection("c").await.unwrap().state,
            ConnectionState::Revoked
        );
        assert_eq!(
            acme.errands(ErrandState::Pending, 9).await.unwrap().len(),
            1
        );
        let absent = acme.end_connection("d", ended("k1")).await;
        assert!(
            matches!(absent, Err(StoreError::NotFound { .. })),
            "{absent:?}"
        );
    })
    .await;
}
