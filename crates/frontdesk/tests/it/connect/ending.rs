//! The end of a connection: destroyed here at once, given back at Intercom as soon as that answers.

use crate::house::House;
use gateway::vault::TOKEN;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use store::ErrandState;

impl House {
    async fn live_tokens(&self) -> u64 {
        self.consent(Value::Null).await["tokens"].as_u64().unwrap()
    }

    /// The server's own worker may be doing them at this moment.
    async fn errands_end(&self) {
        let start = Instant::now();
        loop {
            self.tenants.do_errands(store::now()).await.unwrap();
            if self
                .acme()
                .errands(ErrandState::Pending, 9)
                .await
                .unwrap()
                .is_empty()
            {
                return;
            }
            assert!(start.elapsed() < Duration::from_mins(1), "they never end");
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn the_last_connection_of_a_workspace_takes_the_app_out_of_it() {
    let house = House::connecting().await;
    let ana = house.connected("ana").await;
    let ben = house.connected("ben").await;
    assert_eq!(house.live_tokens().await, 2);
    house.tenants.disconnect("acme", &ana.id).await.unwrap();
    house.errands_end().await;
    // Ben still works through the same app in the same workspace.
    assert_eq!(house.live_tokens().await, 2);
    house.tenants.disconnect("acme", &ben.id).await.unwrap();
    house.errands_end().await;
    assert_eq!(house.live_tokens().await, 0);
    for id in [&ana.id, &ben.id] {
        let kept = format!("revocation-{id}");
        assert!(house.acme().credential(id, TOKEN).await.is_err());
        assert!(
            house
                .acme()
                .credential(&kept, "revocations.token")
                .await
                .is_err()
        );
    }
}

#[tokio::test]
async fn a_pasted_token_is_destroyed_and_left_alone_at_intercom() {
    let house = House::connecting().await;
    let id = house.connect("acme", Some("ana")).await.unwrap();
    house.tenants.disconnect("acme", &id).await.unwrap();
    assert!(
        house
            .acme()
            .errands(ErrandState::Pending, 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(house.acme().credential(&id, TOKEN).await.is_err());
    let me = house
        .http
        .get(format!("{}/me", house.sandbox.url))
        .bearer_auth("sandbox-token");
    assert_eq!(me.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn while_intercom_is_down_the_revocation_waits_and_the_connection_is_gone_all_the_same() {
    let house = House::connecting().await;
    let connection = house.connected("ana").await;
    let (_, token) = house.endpoint("acme", Some(&connection.id)).await;
    assert_eq!(house.call(None, Some(&token), "get_me").await.0, 200);
    house.consent(json!({"down": true})).await;
    house
        .tenants
        .disconnect("acme", &connection.id)
        .await
        .unwrap();
    assert!(house.shut(&token).await < Duration::from_mins(1));
    assert!(
        house
            .acme()
            .credential(&connection.id, TOKEN)
            .await
            .is_err()
    );
    let start = Instant::now();
    let waiting = loop {
        house.tenants.do_errands(store::now()).await.unwrap();
        let waiting = house.acme().errands(ErrandState::Pending, 9).await.unwrap();
        if waiting[0].error.is_some() {
            break waiting;
        }
        assert!(
            start.elapsed() < Duration::from_mins(1),
            "it was never tried"
        );
        tokio::task::yield_now().await;
    };
    assert_eq!(waiting[0].error.as_deref(), Some("Intercom answered 503"));
    assert_eq!(house.live_tokens().await, 1);
    let kept = format!("revocation-{}", connection.id);
    assert!(
        house
            .acme()
            .credential(&kept, "revocations.token")
            .await
            .is_ok()
    );
    house.consent(json!({"down": false})).await;
    house
        .tenants
        .do_errands(store::now() + 60_000)
        .await
        .unwrap();
    let start = Instant::now();
    while house.live_tokens().await > 0 {
        assert!(
            start.elapsed() < Duration::from_mins(1),
            "it was never given back"
        );
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_revocation_that_never_succeeds_keeps_no_token() {
    let house = House::connecting().await;
    let connection = house.connected("ana").await;
    house.consent(json!({"down": true})).await;
    house
        .tenants
        .disconnect("acme", &connection.id)
        .await
        .unwrap();
    let mut later = store::now();
    let start = Instant::now();
    while house
        .acme()
        .errands(ErrandState::Dead, 9)
        .await
        .unwrap()
        .is_empty()
    {
        later += 2 * 86_400_000;
        house.tenants.do_errands(later).await.unwrap();
        assert!(
            start.elapsed() < Duration::from_mins(1),
            "it is never given up"
        );
    }
    let kept = format!("revocation-{}", connection.id);
    assert!(
        house
            .acme()
            .credential(&kept, "revocations.token")
            .await
            .is_err()
    );
}
