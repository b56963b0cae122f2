//! People, apps, API keys and session tokens.

use crate::harness::{both, connection};
use store::{ApiKey, App, Role, SessionToken, StoreError, User, UserState};

fn user(id: &str) -> User {
    User {
        id: id.to_owned(),
        name: Some("Ann".to_owned()),
        email: Some("ann@example.com".to_owned()),
        state: UserState::Active,
        created_at: 1,
        updated_at: 1,
    }
}

fn session(id: &str, user: &str) -> SessionToken {
    SessionToken {
        id: id.to_owned(),
        user_id: user.to_owned(),
        endpoint_id: "e1".to_owned(),
        created_at: 1,
        expires_at: 100,
        revoked_at: None,
    }
}

#[tokio::test]
async fn a_person_goes_with_all_that_is_theirs() {
    both(async |db| {
        let tenant = db.tenant("acme").await;
        let other = db.tenant("other").await;
        let system = db.store.system();
        for scope in [&tenant, &other] {
            scope.keep_user(user("ann")).await.unwrap();
            scope
                .create_connection(connection("c1", Some("ann")))
                .await
                .unwrap();
            scope
                .keep_credential("c1", "access_token", vec![1], "k")
                .await
                .unwrap();
        }
        let disabled = User {
            state: UserState::Disabled,
            updated_at: 2,
            ..user("ann")
        };
        tenant.keep_user(disabled.clone()).await.unwrap();
        assert_eq!(tenant.user("ann").await.unwrap(), disabled);
        assert_eq!(tenant.users("", 10).await.unwrap(), [disabled]);
        assert_eq!(
            system
                .users_with_email("ann@example.com")
                .await
                .unwrap()
                .len(),
            2
        );
        assert_eq!(tenant.password_hash("ann").await.unwrap(), None);
        tenant
            .set_password_hash("ann", Some("$argon2id$…"))
            .await
            .unwrap();
        assert_eq!(
            tenant.password_hash("ann").await.unwrap().as_deref(),
            Some("$argon2id$…")
        );
        tenant
            .create_session(session("s1", "ann"), [1; 32])
            .await
            .unwrap();
        tenant.delete_user("ann").await.unwrap();
        assert!(matches!(
            tenant.delete_user("ann").await,
            Err(StoreError::NotFound { what: "user" })
        ));
        assert!(tenant.connection("c1").await.is_err());
        assert!(tenant.credential("c1", "access_token").await.is_err());
        assert_eq!(system.session([1; 32]).await.unwrap(), None);
        assert!(
            other.credential("c1", "access_token").await.is_ok(),
            "the other tenant's Ann is another person"
        );
    })
    .await;
}

#[tokio::test]
async fn an_app_is_found_by_its_client_id() {
    both(async |db| {
        let app = App {
            id: "main".into(),
            name: "Main".into(),
            client_id: "client-1".into(),
            region: "us".into(),
            settings: "{}".into(),
            created_at: 1,
            updated_at: 1,
        };
        let deployment = db.store.deployment();
        let tenant = db.tenant("acme").await;
        deployment.keep_app(app.clone()).await.unwrap();
        deployment
            .keep_credential("main", "client_secret", vec![1], "k")
            .await
            .unwrap();
        tenant.keep_app(app.clone()).await.unwrap();
        let found = db
            .store
            .system()
            .apps_with_client("client-1")
            .await
            .unwrap();
        assert_eq!(
            found
                .iter()
                .map(|one| one.tenant.as_str())
                .collect::<Vec<_>>(),
            ["*", "acme"]
        );
        assert_eq!(tenant.app("main").await.unwrap(), app);
        deployment.delete_app("main").await.unwrap();
        assert_eq!(deployment.apps().await.unwrap(), []);
        assert!(
            deployment
                .credential("main", "client_secret")
                .await
                .is_err()
        );
        assert_eq!(tenant.apps().await.unwrap(), [app]);
    })
    .await;
}

#[tokio::test]
async fn a_key_is_known_by_its_hash_and_ends() {
    both(async |db| {
        let tenant = db.tenant("acme").await;
        let system = db.store.system();
        let key = ApiKey {
            id: "k1".into(),
            name: "CI".into(),
            role: Role::Developer,
            created_at: 1,
            expires_at: None,
            revoked_at: None,
        };
        tenant.create_api_key(key.clone(), [1; 32]).await.unwrap();
        db.store
            .deployment()
            .create_api_key(key.clone(), [2; 32])
            .await
            .unwrap();
        let twice = tenant
            .create_api_key(
                ApiKey {
                    id: "k2".into(),
                    ..key.clone()
                },
                [1; 32],
            )
            .await;
        assert!(
            matches!(twice, Err(StoreError::Conflict { .. })),
            "{twice:?}"
        );
        assert_eq!(system.api_key([2; 32]).await.unwrap().unwrap().tenant, "*");
        tenant.revoke_api_key("k1", 50).await.unwrap();
        tenant.revoke_api_key("k1", 60).await.unwrap();
        let revoked = ApiKey {
            revoked_at: Some(50),
            ..key
        };
        assert_eq!(system.api_key([1; 32]).await.unwrap().unwrap().row, revoked);
        assert_eq!(tenant.api_keys().await.unwrap(), [revoked]);
        assert_eq!(
            system
                .api_key([2; 32])
                .await
                .unwrap()
                .unwrap()
                .row
                .revoked_at,
            None
        );
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_alone_or_with_its_person() {
    both(async |db| {
        let tenant = db.tenant("acme").await;
        let system = db.store.system();
        for (id, person, hash) in [("s1", "ann", 11), ("s2", "ann", 12), ("s3", "bob", 13)] {
            tenant
                .create_session(session(id, person), [hash; 32])
                .await
                .unwrap();
        }
        tenant.revoke_session("s1", 20).await.unwrap();
        assert_eq!(tenant.revoke_sessions_of("ann", 30).await.unwrap(), 1);
        let mut ends = Vec::new();
        for hash in [11, 12, 13] {
            ends.push(
                system
                    .session([hash; 32])
                    .await
                    .unwrap()
                    .unwrap()
                    .row
                    .revoked_at,
            );
        }
        assert_eq!(ends, [Some(20), Some(30), None]);
        assert_eq!(system.sweep_sessions(101).await.unwrap(), 3);
    })
    .await;
}
