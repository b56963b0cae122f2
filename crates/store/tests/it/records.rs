//! What goes in comes out, in one scope only; and what changes is told.

use crate::harness::{both, connection, endpoint};
use store::{Change, ConnectionState, Owned, StoreError, TenantState, TokenOwner};

#[tokio::test]
async fn records_come_back_as_they_went_in() {
    both(async |db| {
        let tenant = db.tenant("acme").await;
        let mut described = tenant.describe().await.unwrap();
        assert_eq!((described.audit_days, described.legal_hold), (90, false));
        described.state = TenantState::Suspended;
        described.legal_hold = true;
        tenant.update_tenant(described.clone()).await.unwrap();
        assert_eq!(tenant.describe().await.unwrap(), described);

        let mut made = connection("c1", Some("ann"));
        tenant.create_connection(made.clone()).await.unwrap();
        assert_eq!(tenant.connection("c1").await.unwrap(), made);
        made.workspace_id = None;
        made.admin_name = Some("Ann O'Hara \u{1f600}".into());
        tenant.update_connection(made.clone()).await.unwrap();
        assert_eq!(tenant.connections("", 10).await.unwrap(), [made.clone()]);
        assert_eq!(tenant.connections_of("ann").await.unwrap(), [made]);
        assert_eq!(tenant.connections_of("bob").await.unwrap(), []);

        let mut made = endpoint("e1", Some("c1"));
        tenant.create_endpoint(made.clone()).await.unwrap();
        made.require_api_token = false;
        made.expires_at = Some(i64::MAX);
        tenant.update_endpoint(made.clone()).await.unwrap();
        assert_eq!(tenant.endpoint("e1").await.unwrap(), made);
        assert_eq!(tenant.endpoints("", 10).await.unwrap(), [made]);
    })
    .await;
}

#[tokio::test]
async fn errors_say_what_to_do() {
    both(async |db| {
        let tenant = db.tenant("acme").await;
        tenant
            .create_connection(connection("c1", None))
            .await
            .unwrap();
        let again = tenant.create_connection(connection("c1", None)).await;
        assert!(
            matches!(again, Err(StoreError::Conflict { what: "connection" })),
            "{again:?}"
        );
        let missing = tenant.connection("c2").await;
        assert!(
            matches!(missing, Err(StoreError::NotFound { what: "connection" })),
            "{missing:?}"
        );
        let missing = tenant.update_endpoint(endpoint("e2", None)).await;
        assert!(
            matches!(missing, Err(StoreError::NotFound { what: "endpoint" })),
            "{missing:?}"
        );
        let orphan = db
            .store
            .scope("nobody")
            .unwrap()
            .create_connection(connection("c1", None))
            .await;
        assert!(
            matches!(orphan, Err(StoreError::NotFound { what: "parent" })),
            "{orphan:?}"
        );
        for id in ["", "*"] {
            assert!(
                matches!(db.store.scope(id), Err(StoreError::Invalid { .. })),
                "{id:?}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_revoked_connection_stays_revoked() {
    both(async |db| {
        let tenant = db.tenant("acme").await;
        tenant
            .create_connection(connection("c1", None))
            .await
            .unwrap();
        let quarantined = ConnectionState::Quarantined;
        tenant
            .set_connection_state("c1", quarantined, Some("401"), 7)
            .await
            .unwrap();
        let found = tenant.connection("c1").await.unwrap();
        assert_eq!(
            (found.state, found.reason.as_deref(), found.checked_at),
            (quarantined, Some("401"), Some(7))
        );
        assert_eq!(db.store.system().quarantined(10).await.unwrap().len(), 1);
        tenant
            .set_connection_state("c1", ConnectionState::Revoked, None, 8)
            .await
            .unwrap();
        let back = tenant
            .set_connection_state("c1", ConnectionState::Active, None, 9)
            .await;
        assert!(matches!(back, Err(StoreError::NotFound { .. })), "{back:?}");
        assert_eq!(
            tenant.connection("c1").await.unwrap().state,
            ConnectionState::Revoked
        );
        assert_eq!(
            db.store.system().connections_to("abc123").await.unwrap(),
            []
        );
    })
    .await;
}

#[tokio::test]
async fn a_token_ends_after_its_grace_and_goes_with_its_endpoint() {
    both(async |db| {
        let tenant = db.tenant("acme").await;
        let system = db.store.system();
        tenant.create_endpoint(endpoint("e1", None)).await.unwrap();
        tenant
            .rotate_endpoint_token("e1", [1; 32], 100, 100)
            .await
            .unwrap();
        tenant
            .rotate_endpoint_token("e1", [2; 32], 200, 260)
            .await
            .unwrap();
        let owner = |expires_at| {
            let row = TokenOwner {
                endpoint_id: "e1".into(),
                expires_at,
            };
            Some(Owned {
                tenant: "acme".into(),
                row,
            })
        };
        assert_eq!(
            system.endpoint_token([1; 32]).await.unwrap(),
            owner(Some(260))
        );
        assert_eq!(system.endpoint_token([2; 32]).await.unwrap(), owner(None));
        // A second rotation cannot prolong the grace of the first.
        tenant
            .rotate_endpoint_token("e1", [3; 32], 300, 900)
            .await
            .unwrap();
        assert_eq!(
            system.endpoint_token([1; 32]).await.unwrap(),
            owner(Some(260))
        );
        system.touch_endpoint_token([3; 32], 301).await.unwrap();
        assert_eq!(system.sweep_endpoints(500).await.unwrap(), 1);
        assert_eq!(system.endpoint_token([1; 32]).await.unwrap(), None);
        let twice = tenant.rotate_endpoint_token("e1", [3; 32], 400, 400).await;
        assert!(
            matches!(twice, Err(StoreError::Conflict { .. })),
            "{twice:?}"
        );
        assert_eq!(
            system.endpoint_token([2; 32]).await.unwrap(),
            owner(Some(900)),
            "the failed rotation changed nothing"
        );
        tenant.delete_endpoint("e1").await.unwrap();
        assert_eq!(system.endpoint_token([3; 32]).await.unwrap(), None);
        let orphan = tenant.rotate_endpoint_token("e1", [4; 32], 1, 1).await;
        assert!(
            matches!(orphan, Err(StoreError::NotFound { .. })),
            "{orphan:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn credentials_rotate_only_against_what_was_read() {
    both(async |db| {
        let tenant = db.tenant("acme").await;
        let system = db.store.system();
        for owner in ["c1", "c2", "c3"] {
            tenant
                .keep_credential(owner, "access_token", vec![0, 255, 7], "old")
                .await
                .unwrap();
        }
        db.store
            .deployment()
            .keep_credential("app1", "client_secret", vec![9], "old")
            .await
            .unwrap();
        let batch = system.credentials_not_under("new", 10).await.unwrap();
        let owners: Vec<_> = batch
            .iter()
            .map(|one| (one.tenant.as_str(), one.row.owner_id.as_str()))
            .collect();
        assert_eq!(
            owners,
            [
                ("*", "app1"),
                ("acme", "c1"),
                ("acme", "c2"),
                ("acme", "c3")
            ]
        );
        // c2 is connected again between the reading and the exchange.
        tenant
            .keep_credential("c2", "access_token", vec![1], "old")
            .await
            .unwrap();
        let mut exchanged = Vec::new();
        for one in &batch {
            exchanged.push(
                system
                    .rewrap_credential(one, vec![8, 8], "new")
                    .await
                    .unwrap(),
            );
        }
        assert_eq!(exchanged, [true, true, false, true]);
        let kept = tenant.credential("c2", "access_token").await.unwrap();
        assert_eq!(
            (kept.sealed, kept.key_id.as_str(), kept.version),
            (vec![1], "old", 2)
        );
        assert_eq!(
            (
                system.count_under("old").await.unwrap(),
                system.count_under("new").await.unwrap()
            ),
            (1, 3)
        );
        assert_eq!(tenant.destroy_credentials("c1").await.unwrap(), 1);
        assert!(tenant.credential("c1", "access_token").await.is_err());
    })
    .await;
}

#[tokio::test]
async fn the_feed_tells_every_change_once_and_in_order() {
    both(async |db| {
        let system = db.store.system();
        assert_eq!(system.changes(0).await.unwrap().since, Some(Vec::new()));
        let tenant = db.tenant("acme").await;
        tenant
            .create_connection(connection("c1", None))
            .await
            .unwrap();
        tenant
            .create_connection(connection("c1", None))
            .await
            .unwrap_err();
        tenant.create_endpoint(endpoint("e1", None)).await.unwrap();
        let feed = system.changes(0).await.unwrap();
        let told = |id, kind: &str, subject: &str| Change {
            id,
            tenant_id: "acme".into(),
            kind: kind.into(),
            subject: subject.into(),
        };
        let expected = [
            told(1, "tenant", "acme"),
            told(2, "connection", "c1"),
            told(3, "endpoint", "e1"),
        ];
        assert_eq!((feed.head, feed.since.as_deref()), (3, Some(&expected[..])));
        assert_eq!(
            system.changes(2).await.unwrap().since.unwrap(),
            expected[2..]
        );
        assert_eq!(system.changes(3).await.unwrap().since, Some(Vec::new()));
        // Once the feed is swept, those who slept must look at everything, and those awake need not.
        assert_eq!(system.sweep_changes(i64::MAX).await.unwrap(), 3);
        assert_eq!(system.changes(1).await.unwrap().since, None);
        assert_eq!(system.changes(3).await.unwrap().since, Some(Vec::new()));
    })
    .await;
}
