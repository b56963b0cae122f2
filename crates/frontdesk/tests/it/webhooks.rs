//! Webhooks in: who is believed, what is kept, and that it is kept once.

use crate::house::House;
use crate::world::{World, config, folder, sandbox};
use frontdesk::{app::App, config::Config, server::Server};
use gateway::vault::{CLIENT_SECRET, Place};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use std::{
    fmt::Write as _,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use store::{Delivery, DeliveryState, Store, TenantScope};

const SECRET: &str = "a-client-secret";

fn signature(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let mut text = String::from("sha1=");
    for byte in mac.finalize().into_bytes() {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}

fn notification(id: &str, topic: &str, workspace: &str) -> String {
    json!({"type": "notification_event", "app_id": workspace, "id": id, "topic": topic, "created_at": 1_790_000_000,
        "data": {"type": "notification_event_data", "item": {"type": "conversation", "id": "42",
            "source": {"body": "<p>Hello</p>", "author": {"type": "user", "id": "u1"}}}}})
    .to_string()
}

async fn post(url: &str, signature: Option<&str>, body: &str) -> u16 {
    let mut request = reqwest::Client::new().post(url).body(body.to_owned());
    if let Some(signature) = signature {
        request = request.header("x-hub-signature", signature);
    }
    request.send().await.unwrap().status().as_u16()
}

async fn kept(home: &Path) -> TenantScope {
    let place = store::Place::File(home.join("frontdesk.db"));
    let store = Store::open(&place, store::Options::default())
        .await
        .unwrap();
    store.scope("local").unwrap()
}

async fn pending(scope: &TenantScope) -> Vec<Delivery> {
    scope
        .deliveries(DeliveryState::Pending, None, 10)
        .await
        .unwrap()
}

async fn world() -> World {
    World::with(|config| {
        config.connect.client_secret = Some(SECRET.into());
        config.agent.settings.quiet_ms = 3_600_000;
    })
    .await
}

#[tokio::test]
async fn only_what_intercom_signed_is_kept_and_once() {
    let world = world().await;
    let url = world.url("/webhooks/intercom/default");
    let body = notification("notif_1", "conversation.user.created", "w1abc2");
    let good = signature(SECRET, &body);
    let other = signature("another", &body);
    // Work of our own comes from nobody else, whoever signed it.
    let own = notification("approval:1", "frontdesk.approval", "w1abc2");
    for (signature, body, expected) in [
        (Some(good.as_str()), body.as_str(), 200),
        (Some(good.as_str()), body.as_str(), 200),
        (Some(other.as_str()), body.as_str(), 401),
        (Some("sha1=00"), body.as_str(), 401),
        (None, body.as_str(), 401),
        (Some(good.as_str()), "{}", 401),
        (Some(signature(SECRET, "{}").as_str()), "{}", 400),
        (Some(signature(SECRET, &own).as_str()), own.as_str(), 400),
    ] {
        assert_eq!(
            post(&url, signature, body).await,
            expected,
            "{signature:?} {body}"
        );
    }
    let elsewhere = world.url("/webhooks/intercom/another");
    assert_eq!(post(&elsewhere, Some(&good), &body).await, 401);
    let head = world.http.head(&url).send().await.unwrap();
    assert_eq!(head.status(), 200);
    let rows = pending(&kept(&world.home).await).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0].notification_id.as_str(), rows[0].lane.as_str()),
        ("notif_1", "42")
    );
    assert!(
        rows[0].due_at > rows[0].received_at,
        "a customer is given time"
    );
}

#[tokio::test]
async fn pings_are_answered_and_unknown_topics_kept_and_counted() {
    let world = world().await;
    let url = world.url("/webhooks/intercom/default");
    let ping = json!({"app_id": "w1abc2", "id": null, "topic": "ping"}).to_string();
    let strange = notification("notif_2", "conversation.user.levitated", "w1abc2");
    for body in [&ping, &strange, &strange] {
        assert_eq!(post(&url, Some(&signature(SECRET, body)), body).await, 200);
    }
    let scope = kept(&world.home).await;
    let rows = pending(&scope).await;
    assert_eq!(
        (rows.len(), rows[0].topic.as_str()),
        (1, "conversation.user.levitated")
    );
    let counted = scope.usage(86_400_000, 0, i64::MAX, 10).await.unwrap();
    let counted = (counted[0].metric.as_str(), counted[0].amount);
    assert_eq!(counted, ("unknown_webhooks", 1));
}

#[tokio::test]
async fn without_a_secret_none_are_taken() {
    let world = World::new().await;
    let url = world.url("/webhooks/intercom/default");
    assert_eq!(post(&url, Some("sha1=00"), "{}").await, 404);
}

#[tokio::test]
async fn the_sandbox_tells_what_happens_in_it() {
    let sandbox = sandbox().await;
    let home = folder();
    let mut config = Config {
        home: Some(home.clone()),
        ..config(&sandbox.url)
    };
    config.connect.client_secret = Some(SECRET.into());
    let app = Arc::new(App::new(&config).unwrap());
    let server = Server::start(app, &config, &"t".into()).await.unwrap();
    let listener = sandbox::Webhook {
        url: format!("http://{}/webhooks/intercom/default", server.addr),
        secret: SECRET.into(),
    };
    sandbox.tell(listener).unwrap();
    let http = reqwest::Client::new();
    let send = async |place: &str, body: Value| -> Value {
        let request = http
            .post(format!("{}{place}", sandbox.url))
            .bearer_auth("sandbox-token");
        let request = request.header("intercom-version", "2.16");
        let answer = request
            .header("content-type", "application/json")
            .body(body.to_string());
        serde_json::from_str(&answer.send().await.unwrap().text().await.unwrap()).unwrap()
    };
    let contacts = reqwest::get(format!("{}/__sandbox/state/contacts", sandbox.url))
        .await
        .unwrap();
    let contacts: Value = serde_json::from_str(&contacts.text().await.unwrap()).unwrap();
    let contact = &contacts["ids"][0];
    let begun = send(
        "/conversations",
        json!({"from": {"type": "contact", "id": contact}, "body": "Where is it?"}),
    )
    .await;
    let scope = kept(&home).await;
    let (mut rows, since) = (Vec::new(), Instant::now());
    while rows.is_empty() {
        assert!(since.elapsed() < Duration::from_mins(1), "nothing comes");
        tokio::time::sleep(Duration::from_millis(5)).await;
        rows = pending(&scope).await;
    }
    assert_eq!(rows[0].topic, "conversation.user.created");
    assert_eq!(rows[0].lane, begun["conversation_id"].as_str().unwrap());
    server.stop().await;
}

async fn keep_app(house: &House, tenant: &str, secret: &str) {
    let app = store::App {
        id: "app".into(),
        name: "ours".into(),
        client_id: "client-1".into(),
        region: "us".into(),
        settings: "{}".into(),
        created_at: 0,
        updated_at: 0,
    };
    let scope = house.tenants.store().scope(tenant).unwrap();
    scope.keep_app(app).await.unwrap();
    let place = Place {
        tenant,
        row: "app",
        column: CLIENT_SECRET,
    };
    let sealed = house
        .tenants
        .keyring()
        .seal(&place, &secret.into())
        .await
        .unwrap();
    let bytes = sealed.as_bytes().to_vec();
    let kept = scope.keep_credential("app", CLIENT_SECRET, bytes, sealed.key_id());
    kept.await.unwrap();
}

#[tokio::test]
async fn a_tenants_app_speaks_to_that_tenant_alone() {
    let house = House::new().await;
    for tenant in ["acme", "globex"] {
        house.connect(tenant, None).await.unwrap();
    }
    let store = house.tenants.store();
    let connected = store.scope("acme").unwrap().connections("", 1).await;
    let workspace = connected.unwrap().remove(0).workspace_id.unwrap();
    // Two owners registered the same app, with secrets of their own.
    for (tenant, secret) in [("acme", "secret of acme"), ("globex", "secret of globex")] {
        keep_app(&house, tenant, secret).await;
    }
    let url = format!("http://{}/webhooks/intercom/client-1", house.server.addr);
    let body = notification("notif_1", "conversation.read", &workspace);
    assert_eq!(
        post(&url, Some(&signature("secret of acme", &body)), &body).await,
        200
    );
    let foreign = notification("notif_2", "conversation.read", "elsewhere");
    assert_eq!(
        post(&url, Some(&signature("secret of acme", &foreign)), &foreign).await,
        200
    );
    assert_eq!(
        post(&url, Some(&signature("nobody's", &body)), &body).await,
        401
    );
    let unknown = format!("http://{}/webhooks/intercom/client-2", house.server.addr);
    assert_eq!(
        post(&unknown, Some(&signature("secret of acme", &body)), &body).await,
        401
    );
    for (tenant, expected) in [("acme", &["notif_1"][..]), ("globex", &[])] {
        let scope = store.scope(tenant).unwrap();
        // The worker may be at it, or done with it.
        let mut ids = Vec::new();
        for state in [
            DeliveryState::Pending,
            DeliveryState::Running,
            DeliveryState::Done,
        ] {
            let rows = scope.deliveries(state, None, 10).await.unwrap();
            ids.extend(rows.into_iter().map(|row| row.notification_id));
        }
        ids.dedup();
        assert_eq!(ids, expected, "{tenant}");
    }
}
