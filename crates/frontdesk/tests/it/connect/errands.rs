//! What follows from a refused credential: the error's link, the probe, the notice.

use super::{sandbox_with, usual};
use crate::house::{House, failed};
use crate::world::text;
use axum::{Router, extract::State, http::StatusCode, routing::post};
use base64::{Engine, prelude::BASE64_STANDARD};
use frontdesk::{app, server::Server};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use serde_json::{Value, json};
use sha2::Sha256;
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use store::{ConnectionState, ErrandState};

/// Later than every wait of a first and a second try.
const LATER: i64 = 2 * 60_000;

impl House {
    /// Has the next calls of the sandbox refused, and the connection with them.
    async fn refused(&self, token: &str, connection: &str) -> Value {
        self.fault(json!({"kind": "status", "status": 401, "times": 1}))
            .await;
        let (_, first) = self.call(None, Some(token), "get_me").await;
        assert!(failed(&first), "{first}");
        self.comes_to(connection, ConnectionState::Quarantined)
            .await;
        self.call(None, Some(token), "get_me").await.1
    }

    async fn fault(&self, fault: Value) {
        let url = format!("{}/__sandbox/faults", self.sandbox.url);
        let planted = self.http.post(url).body(fault.to_string()).send().await;
        assert!(planted.unwrap().status().is_success());
    }

    async fn comes_to(&self, connection: &str, state: ConnectionState) {
        let start = Instant::now();
        while self.acme().connection(connection).await.unwrap().state != state {
            assert!(
                start.elapsed() < Duration::from_mins(1),
                "it never came to that"
            );
            tokio::task::yield_now().await;
        }
    }
}

/// A webhook of an owner: what it was told, and how it answers.
#[derive(Clone, Default)]
struct Hook {
    told: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    broken: Arc<Mutex<bool>>,
}

impl Hook {
    async fn listen(&self) -> String {
        let router = Router::new()
            .route("/hook", post(heard))
            .with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}/hook")
    }

    fn told(&self) -> Vec<(HeaderMap, String)> {
        self.told.lock().unwrap().clone()
    }
}

async fn heard(State(hook): State<Hook>, headers: HeaderMap, body: String) -> StatusCode {
    hook.told.lock().unwrap().push((headers, body));
    if *hook.broken.lock().unwrap() {
        StatusCode::INTERNAL_SERVER_ERROR
    } else {
        StatusCode::OK
    }
}

#[tokio::test]
async fn the_error_of_a_closed_connection_leads_to_its_mending() {
    let house = House::connecting().await;
    let connection = house.connected("ana").await;
    let (_, token) = house.endpoint("acme", Some(&connection.id)).await;
    let answer = house.refused(&token, &connection.id).await;
    let said = text(&answer);
    let link = said
        .split_whitespace()
        .find(|word| word.starts_with("https://"));
    let link = link.unwrap_or_else(|| panic!("{said}"));
    assert_eq!(house.browser().through(link).await.status, 200);
    let start = Instant::now();
    while failed(&house.call(None, Some(&token), "get_me").await.1) {
        assert!(start.elapsed() < Duration::from_mins(1), "it stays closed");
    }
    // Where nobody can connect by OAuth, the error names the command.
    let bare = House::connecting_to(sandbox_with(|_| ()).await, |_| ()).await;
    let id = bare.connect("acme", None).await.unwrap();
    let (_, token) = bare.endpoint("acme", Some(&id)).await;
    let answer = bare.refused(&token, &id).await;
    let command = format!("`frontdesk admin connections reconnect acme {id}`");
    assert!(text(&answer).contains(&command), "{answer}");
}

#[tokio::test]
async fn a_probe_opens_a_connection_again_or_confirms_its_refusal() {
    let house = House::connecting().await;
    let connection = house.connected("ana").await;
    let (_, token) = house.endpoint("acme", Some(&connection.id)).await;
    house.refused(&token, &connection.id).await;
    let refused_at = store::now();
    // Not yet: it is tried after a minute, not at once.
    house.tenants.do_errands(refused_at + 30_000).await.unwrap();
    let row = || house.acme();
    assert_eq!(
        row().connection(&connection.id).await.unwrap().state,
        ConnectionState::Quarantined
    );
    // Intercom fails: that tells nothing, and it is tried again.
    house
        .fault(json!({"kind": "status", "status": 503, "times": 4}))
        .await;
    house.tenants.do_errands(refused_at + LATER).await.unwrap();
    let waiting = house.acme().errands(ErrandState::Pending, 9).await.unwrap();
    let probe = waiting
        .iter()
        .find(|errand| errand.kind.as_str() == "probe")
        .unwrap();
    assert!(
        probe.attempts == 1 && probe.due_at > refused_at + LATER,
        "{probe:?}"
    );
    house
        .http
        .delete(format!("{}/__sandbox/faults", house.sandbox.url))
        .send()
        .await
        .unwrap();
    house
        .tenants
        .do_errands(refused_at + 2 * LATER)
        .await
        .unwrap();
    house
        .comes_to(&connection.id, ConnectionState::Active)
        .await;
    let start = Instant::now();
    while failed(&house.call(None, Some(&token), "get_me").await.1) {
        assert!(start.elapsed() < Duration::from_mins(1), "it stays closed");
    }

    house.refused(&token, &connection.id).await;
    house
        .fault(json!({"kind": "status", "status": 401, "times": 1}))
        .await;
    house
        .tenants
        .do_errands(store::now() + LATER)
        .await
        .unwrap();
    let row = house.acme().connection(&connection.id).await.unwrap();
    assert_eq!(row.state, ConnectionState::Quarantined);
    assert!(
        row.reason
            .unwrap()
            .contains("again when it was tried later")
    );
    let waiting = house.acme().errands(ErrandState::Pending, 9).await.unwrap();
    assert!(waiting.is_empty(), "{waiting:?}");
}

#[tokio::test]
async fn an_owner_is_told_at_least_once_also_after_a_restart() {
    let hook = Hook::default();
    *hook.broken.lock().unwrap() = true;
    let url = hook.listen().await;
    let secret = "a-secret-of-the-owner";
    let house = House::connecting_to(sandbox_with(|_| ()).await, |config| {
        usual(config);
        config.connect.notice_url = Some(url.into());
        config.connect.notice_secret = Some(secret.into());
    })
    .await;
    let connection = house.connected("ana").await;
    let (_, token) = house.endpoint("acme", Some(&connection.id)).await;
    house.refused(&token, &connection.id).await;
    house.tenants.do_errands(store::now()).await.unwrap();
    let before = hook.told().len();
    let House {
        tenants,
        server,
        sandbox,
        config,
        ..
    } = house;
    server.stop().await;
    drop(tenants);

    *hook.broken.lock().unwrap() = false;
    let tenants = Arc::new(app::tenants(&config).await.unwrap());
    let server = Server::serve(Arc::clone(&tenants), &config).await.unwrap();
    // The lease of a try that was cut off ends too.
    tenants
        .do_errands(store::now() + 10 * 60_000)
        .await
        .unwrap();
    let told = hook.told();
    assert!(told.len() > before, "{} and {before}", told.len());
    let of_kind = |told: &&(HeaderMap, String)| told.1.contains("connection.quarantined");
    let quarantined: Vec<_> = told.iter().filter(of_kind).collect();
    let id = &quarantined[0].0["webhook-id"];
    let same = |(headers, _): &&(HeaderMap, String)| headers["webhook-id"] == id;
    assert!(quarantined.iter().all(same), "one event has one id");
    for (headers, body) in quarantined {
        assert_eq!(
            headers["webhook-signature"],
            signature(secret, headers, body)
        );
        let event: Value = serde_json::from_str(body).unwrap();
        assert_eq!(event["data"]["connection"], json!(connection.id));
        assert_eq!(event["data"]["user"], json!("ana"));
        let link = event["data"]["reconnect_url"].as_str().unwrap();
        assert!(link.contains("/connect/again/acme/"), "{link}");
    }
    // What was taken is not sent again.
    let count = hook.told().len();
    tenants
        .do_errands(store::now() + 30 * 60_000)
        .await
        .unwrap();
    assert_eq!(hook.told().len(), count);
    drop((server, sandbox));
}

/// What a receiver computes for itself.
fn signature(secret: &str, headers: &HeaderMap, body: &str) -> String {
    let part = |name: &str| headers[name].to_str().unwrap();
    let (id, time) = (part("webhook-id"), part("webhook-timestamp"));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{id}.{time}.{body}").as_bytes());
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

#[tokio::test]
async fn a_tenant_has_a_webhook_of_its_own_on_an_address_that_may_be_reached() {
    let house = House::connecting().await;
    for url in [
        "https://169.254.169.254/",
        "https://[::ffff:10.0.0.1]/",
        "ftp://x.example/",
        "x",
    ] {
        let refused = house.tenants.set_notice("acme", url).await;
        assert!(refused.is_err(), "{url}");
    }
    let hook = Hook::default();
    let url = hook.listen().await;
    let secret = house.tenants.set_notice("acme", &url).await.unwrap();
    assert!(secrecy::ExposeSecret::expose_secret(&secret).starts_with("whsec_"));
    assert_eq!(house.tenants.notice_url("acme").await.unwrap(), Some(url));
    assert_eq!(house.tenants.notice_url("globex").await.unwrap(), None);
    let connection = house.connected("ana").await;
    let (_, token) = house.endpoint("acme", Some(&connection.id)).await;
    house.refused(&token, &connection.id).await;
    house.tenants.do_errands(store::now()).await.unwrap();
    let start = Instant::now();
    while hook.told().is_empty() {
        assert!(start.elapsed() < Duration::from_mins(1), "nobody was told");
        tokio::task::yield_now().await;
    }
    house.tenants.unset_notice("acme").await.unwrap();
    assert_eq!(house.tenants.notice_url("acme").await.unwrap(), None);
}
