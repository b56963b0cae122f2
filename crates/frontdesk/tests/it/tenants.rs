//! Many tenants behind one address.

use crate::house::{House, failed, wide};
use crate::world::text;
use frontdesk::{
    app,
    config::Config,
    tenants::{EndpointChange, EndpointSettings, NewConnection, NewEndpoint},
};
use gateway::vault;
use serde_json::json;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use store::{ConnectionState, Role, Verdict};

#[tokio::test]
async fn a_token_opens_its_endpoint_and_no_other_tenants() {
    let house = House::new().await;
    let connection = house.connect("acme", None).await.unwrap();
    let (_, token) = house.endpoint("acme", Some(&connection)).await;
    for (path, bearer, expected) in [
        (None, Some(token.as_str()), 200),
        (Some(token.as_str()), None, 200),
        (None, None, 401),
        (None, Some("fde_wrong"), 401),
        (None, Some("bench"), 401),
        (Some("fde_wrong"), Some(token.as_str()), 401),
    ] {
        let (status, answer) = house.call(path, bearer, "get_me").await;
        assert_eq!(status, expected, "{path:?} {bearer:?}");
        assert!(status != 200 || !failed(&answer), "{answer}");
    }
    // An endpoint cannot be put over another tenant's connection.
    let stolen = NewEndpoint {
        connection: Some(connection),
        ..NewEndpoint::default()
    };
    let refused = house.tenants.create_endpoint("globex", stolen).await;
    assert_eq!(
        refused.map(|_| ()).unwrap_err().to_string(),
        "there is no such connection"
    );
}

#[tokio::test]
async fn a_wrong_token_is_not_kept() {
    let house = House::new().await;
    let refused = house.connect_with("acme", None, "not-the-token").await;
    assert!(refused.unwrap_err().contains("access token"));
    let scope = house.tenants.store().scope("acme").unwrap();
    assert!(scope.connections("", 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn people_share_an_address_and_act_as_themselves() {
    let house = House::new().await;
    house.person("acme", "ana").await;
    house.person("acme", "ben").await;
    house.connect("acme", Some("ana")).await.unwrap();
    let (endpoint, address) = house.endpoint("acme", None).await;
    let session = |user: &'static str| {
        let life = Duration::from_mins(5);
        let (tenants, endpoint) = (Arc::clone(&house.tenants), endpoint.clone());
        async move {
            let made = tenants.create_session("acme", user, &endpoint, life).await;
            made.unwrap().1.tell().to_owned()
        }
    };
    let (ana, ben) = (session("ana").await, session("ben").await);
    assert_eq!(house.call(Some(&address), None, "get_me").await.0, 401);
    let (_, answer) = house.call(Some(&address), Some(&ana), "get_me").await;
    assert!(!failed(&answer), "{answer}");
    let (_, answer) = house.call(None, Some(&ana), "get_me").await;
    assert!(!failed(&answer), "{answer}");
    // Ben has connected nothing, and Ana's connection is not his.
    let (_, answer) = house.call(None, Some(&ben), "get_me").await;
    assert!(
        failed(&answer) && text(&answer).contains("access token"),
        "{answer}"
    );
}

#[tokio::test]
async fn what_is_revoked_is_shut_within_a_second() {
    let house = House::new().await;
    let connection = house.connect("acme", None).await.unwrap();
    let scope = house.tenants.store().scope("acme").unwrap();
    let (id, token) = house.endpoint("acme", Some(&connection)).await;
    assert_eq!(house.call(None, Some(&token), "get_me").await.0, 200);
    scope.delete_endpoint(&id).await.unwrap();
    assert!(house.shut(&token).await < Duration::from_mins(1));

    let (_, token) = house.endpoint("acme", Some(&connection)).await;
    assert_eq!(house.call(None, Some(&token), "get_me").await.0, 200);
    house.tenants.disconnect("acme", &connection).await.unwrap();
    assert!(house.shut(&token).await < Duration::from_mins(1));
    assert!(
        scope
            .credential(&connection, "connections.token")
            .await
            .is_err()
    );
}

#[tokio::test]
async fn an_unwelcome_person_takes_nothing_from_the_others() {
    let house = House::new().await;
    house.person("acme", "ben").await;
    let connection = house.connect("acme", None).await.unwrap();
    let (endpoint, address) = house.endpoint("acme", Some(&connection)).await;
    let life = Duration::from_mins(5);
    let made = house
        .tenants
        .create_session("acme", "ben", &endpoint, life)
        .await;
    let ben = made.unwrap().1.tell().to_owned();
    assert_eq!(house.call(None, Some(&ben), "get_me").await.0, 200);
    house
        .person_in("acme", "ben", store::UserState::Disabled)
        .await;
    assert!(house.shut(&ben).await < Duration::from_mins(1));
    let directory = house.tenants.gateway().directory();
    let kept = directory.endpoint(&gateway::EndpointId::new(&endpoint));
    assert!(kept.is_ok(), "calls under way would lose their endpoint");
    assert_eq!(house.call(Some(&address), None, "get_me").await.0, 200);
}

#[tokio::test]
async fn an_auditors_key_is_no_second_token() {
    let house = House::new().await;
    let new = NewEndpoint {
        connection: Some(house.connect("acme", None).await.unwrap()),
        settings: wide(),
        require_api_token: true,
        ..NewEndpoint::default()
    };
    let (_, address) = house.endpoint_like("acme", new).await;
    for (role, expected) in [(Role::Auditor, 401), (Role::Developer, 200)] {
        let key = house.key_of("acme", role).await;
        let (status, _) = house.call(Some(&address), Some(&key), "get_me").await;
        assert_eq!(status, expected, "{role:?}");
    }
}

#[tokio::test]
async fn an_endpoint_is_gone_when_its_time_comes() {
    // In milliseconds: long enough for a call on a busy machine.
    const LIFE: i64 = 2_000;
    let house = House::new().await;
    let connection = house.connect("acme", None).await.unwrap();
    let ends = store::now() + LIFE;
    let new = NewEndpoint {
        connection: Some(connection),
        settings: wide(),
        expires_at: Some(ends),
        ..NewEndpoint::default()
    };
    let (_, token) = house.endpoint_like("acme", new).await;
    let start = Instant::now();
    let mut served = 0;
    loop {
        let (status, answer) = house.call(None, Some(&token), "get_me").await;
        if status != 200 || answer.get("error").is_some() {
            break;
        }
        served += 1;
        assert!(
            start.elapsed() < Duration::from_mins(1),
            "it is still there"
        );
    }
    assert!(served > 0 && store::now() >= ends);
}

#[tokio::test]
async fn a_refused_credential_closes_its_connection_until_it_is_connected_again() {
    let house = House::new().await;
    let connection = house.connect("acme", None).await.unwrap();
    let (_, token) = house.endpoint("acme", Some(&connection)).await;
    let faults = format!("{}/__sandbox/faults", house.sandbox.url);
    let fault = json!({"kind": "status", "status": 401, "times": 1});
    let planted = house
        .http
        .post(faults)
        .body(fault.to_string())
        .send()
        .await
        .unwrap();
    assert!(planted.status().is_success(), "{:?}", planted.text().await);
    let (_, first) = house.call(None, Some(&token), "get_me").await;
    assert!(failed(&first), "{first}");
    let (_, second) = house.call(None, Some(&token), "get_me").await;
    assert!(
        text(&second).contains("connection to Intercom is closed")
            && text(&second).contains(&format!("connections reconnect acme {connection}")),
        "{second}"
    );
    let scope = house.tenants.store().scope("acme").unwrap();
    let start = Instant::now();
    while scope.connection(&connection).await.unwrap().state != ConnectionState::Quarantined {
        assert!(
            start.elapsed() < Duration::from_mins(1),
            "the store does not know"
        );
        tokio::task::yield_now().await;
    }
    let new = NewConnection {
        user: None,
        token: "sandbox-token".into(),
        region: None,
        app: None,
    };
    house
        .tenants
        .reconnect("acme", &connection, new)
        .await
        .unwrap();
    let start = Instant::now();
    while failed(&house.call(None, Some(&token), "get_me").await.1) {
        assert!(start.elapsed() < Duration::from_mins(1), "it stays closed");
    }
}

fn changed(settings: &EndpointSettings) -> EndpointChange {
    EndpointChange {
        settings: Some(settings.clone()),
        ..EndpointChange::default()
    }
}

#[tokio::test]
async fn what_an_endpoint_allows_is_changed_while_it_is_used() {
    let house = House::new().await;
    let connection = house.connect("acme", None).await.unwrap();
    let narrow = NewEndpoint {
        connection: Some(connection),
        ..NewEndpoint::default()
    };
    let (id, token) = house.endpoint_like("acme", narrow).await;
    let (_, answer) = house.call(None, Some(&token), "list_tags").await;
    assert!(failed(&answer), "list_tags is not of the inbox: {answer}");
    house
        .tenants
        .change_endpoint("acme", &id, changed(&wide()))
        .await
        .unwrap();
    let start = Instant::now();
    while failed(&house.call(None, Some(&token), "list_tags").await.1) {
        assert!(start.elapsed() < Duration::from_mins(1), "it stays narrow");
    }
    let usual = EndpointSettings::default;
    let misspelled = [
        EndpointSettings {
            toolsets: vec!["inbocks".into()],
            ..usual()
        },
        EndpointSettings {
            dialect: Some("inbocks".into()),
            ..usual()
        },
    ];
    for settings in &misspelled {
        let refused = house
            .tenants
            .change_endpoint("acme", &id, changed(settings))
            .await;
        assert!(refused.unwrap_err().to_string().contains("inbocks"));
    }
}

#[tokio::test]
async fn every_call_is_in_its_tenants_chain_and_no_secret_is_in_the_file() {
    let house = House::new().await;
    let connection = house.connect("acme", None).await.unwrap();
    let (_, token) = house.endpoint("acme", Some(&connection)).await;
    for _ in 0..5 {
        house.call(None, Some(&token), "get_me").await;
    }
    house.tenants.gateway().flush().await;
    let scope = house.tenants.store().scope("acme").unwrap();
    let Verdict::Whole { entries, .. } = scope.verify_audit(None).await.unwrap() else {
        panic!("the chain is broken");
    };
    // One trial call when it was connected, and five: each with a beginning and an end.
    assert_eq!(entries, 12);
    let globex = house.tenants.store().scope("globex").unwrap();
    assert!(globex.audit_after(0, 10).await.unwrap().is_empty());
    let path = house.config.database.as_ref().unwrap();
    let path = secrecy::ExposeSecret::expose_secret(path);
    for file in [path.to_owned(), format!("{path}-wal")] {
        let bytes = std::fs::read(&file).unwrap_or_default();
        for secret in ["sandbox-token", token.as_str()] {
            let found = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!found, "{file} holds a secret");
        }
    }
}

#[tokio::test]
async fn keys_rotate_and_retire_while_calls_go_on() {
    let house = House::new().await;
    let connection = house.connect("acme", None).await.unwrap();
    let (_, token) = house.endpoint("acme", Some(&connection)).await;
    let keyring = house.tenants.keyring();
    let first = keyring.keys()[0].0.clone();
    let rotating = async {
        for _ in 0..3 {
            keyring.rotate().await.unwrap();
            let report = vault::rewrap(keyring, &house.tenants.sealed())
                .await
                .unwrap();
            assert_eq!((report.moved, report.broken.len()), (1, 0));
        }
        vault::retire(keyring, &house.tenants.sealed(), &first)
            .await
            .unwrap();
    };
    let calling = async {
        for _ in 0..200 {
            let (status, answer) = house.call(None, Some(&token), "get_me").await;
            assert!(status == 200 && !failed(&answer), "{status} {answer}");
        }
    };
    tokio::join!(rotating, calling);
    // What was brought under the retired key before is read anew.
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(600) {
        let (status, answer) = house.call(None, Some(&token), "get_me").await;
        assert!(status == 200 && !failed(&answer), "{status} {answer}");
    }
}

#[tokio::test]
async fn wrong_and_missing_keys_stop_the_start() {
    let house = House::new().await;
    house.connect("acme", None).await.unwrap();
    let id = house.tenants.keyring().keys()[0].0.clone();
    let other = "A".repeat(43) + "=";
    for (keys, expected) in [
        (
            format!("{id}:{other}"),
            format!("the key `{id}` is not the one that credentials were sealed under"),
        ),
        (
            format!("other:{other}"),
            format!("it is sealed under the key `{id}`, which the keyring does not hold"),
        ),
    ] {
        let config = Config {
            keys: Some(keys.into()),
            ..house.config.clone()
        };
        let refused = app::tenants(&config).await.err().unwrap().to_string();
        assert!(refused.contains(&expected), "{refused}");
    }
}
