//! The authorization server's memory: what is used once is used once, and a second use ends the grant.

use crate::harness::{both, endpoint};
use store::{
    Grant, NewCode, NewToken, OauthClient, OauthState, Owned, Redeemed, Refreshed, StoreError,
    TokenKind,
};

pub(crate) fn grant(id: &str, user: &str) -> Grant {
    Grant {
        id: id.to_owned(),
        client_id: "https://client.example/metadata.json".to_owned(),
        user_id: user.to_owned(),
        endpoint_id: "e1".to_owned(),
        scope: "mcp".to_owned(),
        resource: "https://desk.example/mcp/e1".to_owned(),
        created_at: 1,
        revoked_at: None,
        reason: None,
    }
}

pub(crate) fn code(hash: u8) -> NewCode {
    NewCode {
        hash: [hash; 32],
        redirect_uri: "https://client.example/back".to_owned(),
        challenge: "challenge".to_owned(),
        expires_at: 600,
    }
}

pub(crate) fn token(kind: TokenKind, hash: u8) -> NewToken {
    NewToken {
        hash: [hash; 32],
        kind,
        expires_at: 1000,
    }
}

fn pair(access: u8, refresh: u8) -> Vec<NewToken> {
    vec![
        token(TokenKind::Access, access),
        token(TokenKind::Refresh, refresh),
    ]
}

#[tokio::test]
async fn a_state_is_taken_once_and_in_time() {
    both(async |db| {
        let tenant = db.tenant("acme").await;
        let system = db.store.system();
        let state = OauthState {
            user_id: Some("ann".into()),
            purpose: "connect".into(),
            browser_hash: Some(vec![1, 2, 3]),
            payload: "{}".into(),
            created_at: 1,
            expires_at: 600,
        };
        for hash in [1, 2] {
            tenant
                .keep_oauth_state(state.clone(), [hash; 32])
                .await
                .unwrap();
        }
        let taken = system
            .take_oauth_state([1; 32], 599)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((taken.tenant.as_str(), taken.row), ("acme", state));
        assert_eq!(system.take_oauth_state([1; 32], 599).await.unwrap(), None);
        assert_eq!(
            system.take_oauth_state([2; 32], 600).await.unwrap(),
            None,
            "too late"
        );
        assert_eq!(
            system.take_oauth_state([2; 32], 1).await.unwrap(),
            None,
            "and gone"
        );
    })
    .await;
}

#[tokio::test]
async fn a_replayed_code_ends_the_grant() {
    both(async |db| {
        let tenant = db.tenant("acme").await;
        let system = db.store.system();
        tenant
            .create_grant(grant("g1", "ann"), code(1))
            .await
            .unwrap();
        tenant
            .create_grant(grant("g2", "ann"), code(2))
            .await
            .unwrap();
        let Redeemed::Fresh(fresh) = system.redeem_code([1; 32], 10).await.unwrap() else {
            panic!("the first use is good");
        };
        assert_eq!(
            (fresh.tenant.as_str(), fresh.row.grant_id.as_str()),
            ("acme", "g1")
        );
        tenant.issue_tokens("g1", pair(10, 11), 10).await.unwrap();
        assert!(system.access_token([10; 32]).await.unwrap().is_some());
        assert_eq!(
            system.redeem_code([1; 32], 11).await.unwrap(),
            Redeemed::Replayed(Owned {
                tenant: "acme".into(),
                row: "g1".into()
            })
        );
        assert_eq!(system.access_token([10; 32]).await.unwrap(), None);
        let refused = tenant.issue_tokens("g1", pair(12, 13), 12).await;
        assert!(
            matches!(refused, Err(StoreError::NotFound { what: "grant" })),
            "{refused:?}"
        );
        assert_eq!(
            system.redeem_code([2; 32], 600).await.unwrap(),
            Redeemed::Unknown,
            "too late"
        );
        assert_eq!(
            system.redeem_code([9; 32], 10).await.unwrap(),
            Redeemed::Unknown
        );
        let reasons: Vec<_> = tenant
            .grants_of("ann")
            .await
            .unwrap()
            .into_iter()
            .map(|one| (one.id, one.reason))
            .collect();
        assert_eq!(
            reasons,
            [
                ("g2".into(), None),
                ("g1".into(), Some("code replayed".to_owned()))
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_reused_refresh_token_ends_the_grant() {
    both(async |db| {
        let tenant = db.tenant("acme").await;
        let system = db.store.system();
        tenant
            .create_grant(grant("g1", "ann"), code(1))
            .await
            .unwrap();
        tenant.issue_tokens("g1", pair(10, 11), 1).await.unwrap();
        let head = system.changes(0).await.unwrap().head;
        assert!(matches!(
            system.refresh([11; 32], pair(20, 21), 2).await.unwrap(),
            Refreshed::Fresh(_)
        ));
        assert!(matches!(
            system.refresh([21; 32], pair(30, 31), 3).await.unwrap(),
            Refreshed::Fresh(_)
        ));
        assert_eq!(
            system.refresh([10; 32], pair(40, 41), 4).await.unwrap(),
            Refreshed::Unknown,
            "no refresh token"
        );
        assert!(system.access_token([30; 32]).await.unwrap().is_some());
        assert_eq!(
            system.refresh([11; 32], pair(50, 51), 5).await.unwrap(),
            Refreshed::Reused
        );
        for access in [10, 20, 30, 50] {
            assert_eq!(
                system.access_token([access; 32]).await.unwrap(),
                None,
                "{access}"
            );
        }
        assert_eq!(
            system.refresh([31; 32], pair(60, 61), 6).await.unwrap(),
            Refreshed::Unknown
        );
        let told = system.changes(head).await.unwrap().since.unwrap();
        assert_eq!(
            told.iter().map(|one| one.kind.as_str()).collect::<Vec<_>>(),
            ["grant"]
        );

        tenant
            .create_grant(grant("g2", "ann"), code(2))
            .await
            .unwrap();
        tenant.issue_tokens("g2", pair(70, 71), 1).await.unwrap();
        assert_eq!(
            system.refresh([71; 32], pair(80, 81), 1000).await.unwrap(),
            Refreshed::Unknown,
            "too late"
        );
        assert!(system.revoke_token([70; 32], 7).await.unwrap());
        assert_eq!(system.access_token([70; 32]).await.unwrap(), None);
        assert!(!system.revoke_token([99; 32], 7).await.unwrap());
        assert!(system.sweep_oauth(5000).await.unwrap() > 0);
        assert!(tenant.grants_of("ann").await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_client_is_kept_and_renewed() {
    both(async |db| {
        let system = db.store.system();
        let mut client = OauthClient {
            client_id: "https://client.example/metadata.json".into(),
            kind: "document".into(),
            metadata: "{}".into(),
            created_at: 1,
            last_used_at: None,
        };
        system.keep_oauth_client(client.clone()).await.unwrap();
        client.metadata = r#"{"client_name":"Claude"}"#.into();
        client.last_used_at = Some(9);
        system.keep_oauth_client(client.clone()).await.unwrap();
        assert_eq!(
            system.oauth_client(&client.client_id).await.unwrap(),
            client
        );
        assert!(matches!(
            system.oauth_client("other").await,
            Err(StoreError::NotFound { .. })
        ));
    })
    .await;
}

#[tokio::test]
async fn clients_are_counted_and_forgotten_when_nobody_uses_them() {
    both(async |db| {
        let tenant = db.tenant("acme").await;
        let system = db.store.system();
        for (id, created_at, last_used_at) in [
            ("new", 100, None),
            ("never used", 10, None),
            ("used lately", 10, Some(100)),
            ("used long ago", 10, Some(11)),
            ("let in", 10, Some(11)),
        ] {
            let client = OauthClient {
                client_id: id.into(),
                kind: "registered".into(),
                metadata: "{}".into(),
                created_at,
                last_used_at,
            };
            system.keep_oauth_client(client).await.unwrap();
        }
        for (since, expected) in [(0, 5), (10, 5), (11, 1), (101, 0)] {
            let count = system.count_oauth_clients("registered", since).await;
            assert_eq!(count.unwrap(), expected, "{since}");
        }
        assert_eq!(system.count_oauth_clients("document", 0).await.unwrap(), 0);
        let granted = Grant {
            client_id: "let in".into(),
            ..grant("g1", "ann")
        };
        tenant.create_grant(granted, code(1)).await.unwrap();
        assert_eq!(system.sweep_oauth_clients(50, 20).await.unwrap(), 2);
        for (id, there) in [
            ("new", true),
            ("never used", false),
            ("used lately", true),
            ("used long ago", false),
            ("let in", true),
        ] {
            assert_eq!(system.oauth_client(id).await.is_ok(), there, "{id}");
        }
        system.touch_oauth_client("new", 200).await.unwrap();
        let client = system.oauth_client("new").await.unwrap();
        assert_eq!(client.last_used_at, Some(200));
        tenant.revoke_grant("g1", "over", 300).await.unwrap();
        assert_eq!(system.sweep_oauth_clients(50, 20).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_token_and_its_grant_are_known_without_being_used() {
    both(async |db| {
        let tenant = db.tenant("acme").await;
        let system = db.store.system();
        tenant
            .create_grant(grant("g1", "ann"), code(1))
            .await
            .unwrap();
        tenant.issue_tokens("g1", pair(10, 11), 1).await.unwrap();
        for _ in 0..2 {
            let known = system.oauth_token([11; 32]).await.unwrap().unwrap();
            assert_eq!(known.tenant, "acme");
            assert_eq!(known.row.kind, TokenKind::Refresh);
            assert_eq!((known.row.used_at, known.row.revoked_at), (None, None));
        }
        assert_eq!(tenant.grant("g1").await.unwrap(), grant("g1", "ann"));
        let other = db.tenant("globex").await;
        assert!(other.grant("g1").await.is_err());
        assert_eq!(system.oauth_token([99; 32]).await.unwrap(), None);
        system.refresh([11; 32], pair(20, 21), 5).await.unwrap();
        tenant.revoke_grant("g1", "over", 7).await.unwrap();
        let known = system.oauth_token([11; 32]).await.unwrap().unwrap();
        assert_eq!(
            (known.row.used_at, known.row.revoked_at),
            (Some(5), Some(7))
        );
    })
    .await;
}

#[tokio::test]
async fn an_endpoint_is_found_by_its_id_alone() {
    both(async |db| {
        let system = db.store.system();
        for name in ["acme", "globex"] {
            let tenant = db.tenant(name).await;
            let id = format!("of-{name}");
            tenant.create_endpoint(endpoint(&id, None)).await.unwrap();
            let found = system.endpoints_with_id(&id).await.unwrap();
            assert_eq!(found.len(), 1);
            assert_eq!(
                (found[0].tenant.as_str(), found[0].row.id.as_str()),
                (name, &*id)
            );
        }
        assert!(system.endpoints_with_id("other").await.unwrap().is_empty());
    })
    .await;
}
