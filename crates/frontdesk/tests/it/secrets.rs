//! Canaries in every secret field: none comes out again in the database, the logs, the metrics, errors or a panic.

use crate::house::{House, tool_call, wide};
use catalog::Risk;
use frontdesk::{
    config::LogFormat,
    telemetry::{OtelSettings, logs},
    tenants::{EndpointSettings, NewEndpoint, TokenKind},
};
use gateway::Arguments;
use serde_json::{Value, json};
use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};
use store::{ApiKey, App, Role};
use tokio::{io::AsyncReadExt, net::TcpListener};
use tracing::level_filters::LevelFilter;

const METRICS: &str = "canary-metrics-token";

/// Where everything that leaves is gathered.
#[derive(Clone, Default)]
struct Spill(Arc<Mutex<Vec<u8>>>);

impl Spill {
    fn add(&self, bytes: &[u8]) {
        self.0.lock().unwrap().extend_from_slice(bytes);
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl std::io::Write for Spill {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.add(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Secrets with their names; each has a part that nothing else has.
#[derive(Default)]
struct Canaries(Vec<(&'static str, String)>);

impl Canaries {
    fn put(&mut self, name: &'static str, secret: impl Into<String>) -> String {
        let secret = secret.into();
        self.0.push((name, secret.clone()));
        secret
    }

    /// The canaries that are in what came out, as they are and in the usual disguises.
    fn found(&self, place: &str, bytes: &[u8]) -> Vec<String> {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let has = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
        let mut found = Vec::new();
        for (name, secret) in &self.0 {
            let hex = secret.bytes().fold(String::new(), |mut hex, byte| {
                write!(hex, "{byte:02x}").unwrap();
                hex
            });
            let base64 = STANDARD.encode(secret);
            let disguises = [
                secret.as_bytes(),
                hex.as_bytes(),
                base64.trim_end_matches('=').as_bytes(),
            ];
            if disguises.into_iter().any(has) {
                found.push(format!("{name} is in {place}"));
            }
        }
        found
    }
}

/// A collector that takes everything, and keeps it.
async fn collector(spill: Spill) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = axum::Router::new().fallback(async move |body: axum::body::Bytes| {
        spill.add(&body);
    });
    tokio::spawn(async { axum::serve(listener, router).await });
    url
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    all
}

/// A house with canaries in its configuration, telling that collector.
async fn canaried(canaries: &mut Canaries, collector: &str) -> House {
    canaries.put("the collector's key", "canary-otel-header");
    canaries.put("a key in the notices' address", "canary-notice-key");
    let metrics = canaries.put("the metrics token", METRICS);
    let app = canaries.put("the deployment's client secret", "canary-client-secret");
    let notices = canaries.put("what signs notices", "canary-notice-secret");
    let lookup = |name: &str| match name {
        "OTEL_EXPORTER_OTLP_ENDPOINT" => Some(collector.to_owned()),
        "OTEL_METRIC_EXPORT_INTERVAL" => Some("50".to_owned()),
        "OTEL_BSP_SCHEDULE_DELAY" => Some("1".to_owned()),
        "OTEL_EXPORTER_OTLP_HEADERS" => Some("x-key=canary-otel-header".to_owned()),
        _ => None,
    };
    House::set(|config| {
        config.otel = OtelSettings::read(&lookup).unwrap();
        config.metrics_token = Some(metrics.into());
        config.audit_arguments = Arguments::Redacted;
        config.connect.client_id = Some("client".into());
        config.connect.client_secret = Some(app.into());
        config.connect.notice_url = Some("http://127.0.0.1:9/?key=canary-notice-key".into());
        config.connect.notice_secret = Some(notices.into());
    })
    .await
}

/// What callers hold.
struct Held {
    intercom: String,
    endpoint: String,
    session: String,
    key: String,
}

/// Tokens and keys of every kind, all of them canaries.
async fn furnished(house: &House, canaries: &mut Canaries) -> Held {
    let intercom = canaries.put("the Intercom token", "canary-intercom-token-7f3a91");
    let admin = admin_of(house).await;
    control(house, &json!({"token": intercom, "admin_id": admin})).await;
    let connection = house.connect_with("acme", None, &intercom).await.unwrap();
    let (id, endpoint) = open(house, &connection).await;
    let endpoint = canaries.put("the endpoint token", endpoint);
    house.person("acme", "ana").await;
    let life = Duration::from_mins(5);
    let session = house.tenants.create_session("acme", "ana", &id, life).await;
    let session = canaries.put("the session token", session.unwrap().1.tell());
    let key = canaries.put("the API key", api_key(house).await);
    let home = house.config.home.as_ref().unwrap();
    let keys = std::fs::read_to_string(home.join("keys")).unwrap();
    let words = keys.split(|letter: char| letter.is_whitespace() || letter == ':');
    let material: Vec<&str> = words.filter(|word| word.len() > 40).collect();
    assert!(!material.is_empty(), "the key file has no keys");
    for secret in material {
        canaries.put("a key of the key file", secret);
    }
    seal_app(house, canaries).await;
    Held {
        intercom,
        endpoint,
        session,
        key,
    }
}

#[tokio::test]
async fn no_canary_comes_out() {
    let (logged, told, out) = (Spill::default(), Spill::default(), Spill::default());
    let writer = logged.clone();
    let subscriber = logs::subscriber(LevelFilter::TRACE, LogFormat::Json, move || writer.clone());
    let _logging = tracing::subscriber::set_default(subscriber);
    let mut canaries = Canaries::default();
    let house = canaried(&mut canaries, &collector(told.clone()).await).await;
    let held = furnished(&house, &mut canaries).await;
    let words = canaries.put("a customer's words", "canary-words-of-a-customer");
    let wrong = canaries.put("a refused Intercom token", "canary-refused-token");

    out.add(traffic(&house, &held, &words).await.as_bytes());
    out.add(refusals(&house, &canaries).await.as_bytes());
    let refused = house.connect_with("acme", None, &wrong).await;
    out.add(refused.unwrap_err().as_bytes());
    let request = house
        .http
        .get(format!("http://{}/metrics", house.server.addr));
    let page = request.bearer_auth(METRICS).send().await.unwrap();
    assert_eq!(page.status(), 200);
    out.add(page.text().await.unwrap().as_bytes());
    // Intercom takes the token back: the connection is quarantined, and the owner is told, or not.
    control(&house, &json!({"revoke": held.intercom})).await;
    let last = gateway_call(&house, &held.endpoint, "list_tags", &json!({}));
    let last = last.send().await.unwrap().text().await.unwrap();
    out.add(last.as_bytes());
    house.tenants.gateway().flush().await;
    out.add(panicked(&house).as_bytes());

    let places = [house.config.home.clone().unwrap(), database(&house)];
    house.server.stop().await;
    let logs = logged.text();
    assert!(
        logs.contains("quarantined"),
        "the logs are not all here: {logs}"
    );
    assert!(!told.text().is_empty(), "nothing was told to the collector");
    let mut found = canaries.found("the answers", out.text().as_bytes());
    found.extend(canaries.found("the logs", logs.as_bytes()));
    found.extend(canaries.found("the telemetry", told.text().as_bytes()));
    for (name, bytes) in places.iter().flat_map(|place| files(place)) {
        if !name.ends_with("/keys") {
            found.extend(canaries.found(&name, &bytes));
        }
    }
    assert_eq!(found, Vec::<String>::new());
    // The search finds what is there.
    let planted = Canaries(vec![("planted", "list_tags".into())]);
    let mut kept = files(&places[1]).into_iter();
    assert!(kept.any(|(name, bytes)| !planted.found(&name, &bytes).is_empty()));
}

/// The folder of the database.
fn database(house: &House) -> PathBuf {
    let place = secrecy::ExposeSecret::expose_secret(house.config.database.as_ref().unwrap());
    Path::new(place).parent().unwrap().to_owned()
}

/// What a panic says that shows the whole configuration.
fn panicked(house: &House) -> String {
    let config = house.config.clone();
    let panic = std::panic::catch_unwind(move || panic!("{config:?}")).unwrap_err();
    panic.downcast_ref::<String>().unwrap().clone()
}

async fn control(house: &House, body: &Value) {
    let url = format!("{}/__sandbox/tokens", house.sandbox.url);
    let made = house
        .http
        .post(url)
        .body(body.to_string())
        .send()
        .await
        .unwrap();
    assert!(made.status().is_success(), "{}", made.text().await.unwrap());
}

async fn admin_of(house: &House) -> String {
    let request = house.http.get(format!("{}/me", house.sandbox.url));
    let me = request
        .bearer_auth("sandbox-token")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let me: Value = serde_json::from_str(&me).unwrap();
    me["id"].as_str().unwrap().to_owned()
}

async fn open(house: &House, connection: &str) -> (String, String) {
    let settings = EndpointSettings {
        ceiling: Risk::Write,
        ..wide()
    };
    let new = NewEndpoint {
        connection: Some(connection.to_owned()),
        settings,
        ..NewEndpoint::default()
    };
    house.endpoint_like("acme", new).await
}

async fn api_key(house: &House) -> String {
    let token = TokenKind::ApiKey.mint();
    let key = ApiKey {
        id: store::new_id(),
        name: "it".into(),
        role: Role::Owner,
        created_at: store::now(),
        expires_at: None,
        revoked_at: None,
    };
    let scope = house.tenants.store().scope("acme").unwrap();
    scope.create_api_key(key, token.hash).await.unwrap();
    token.tell().to_owned()
}

/// An Intercom app with its client secret, sealed as the server seals it.
async fn seal_app(house: &House, canaries: &mut Canaries) {
    let secret = canaries.put("a client secret", "canary-client-secret-of-an-app");
    let scope = house.tenants.store().scope("acme").unwrap();
    let now = store::now();
    let app = App {
        id: "app1".into(),
        name: "app".into(),
        client_id: "client1".into(),
        region: "us".into(),
        settings: "{}".into(),
        created_at: now,
        updated_at: now,
    };
    let place = gateway::vault::Place {
        tenant: "acme",
        row: "app1",
        column: "client_secret",
    };
    let sealed = house
        .tenants
        .keyring()
        .seal(&place, &secret.into())
        .await
        .unwrap();
    scope.keep_app(app).await.unwrap();
    let bytes = sealed.as_bytes().to_vec();
    let kept = scope.keep_credential("app1", "client_secret", bytes, sealed.key_id());
    kept.await.unwrap();
}

/// Calls that go well and calls that do not, with words that are nobody's business.
async fn traffic(house: &House, held: &Held, words: &str) -> String {
    let mut said = String::new();
    for (tool, arguments) in [
        ("list_tags", json!({})),
        ("create_or_update_tag", json!({"name": 7})),
        (
            "reply_to_conversation",
            json!({"conversation_id": "no-such", "body": words}),
        ),
        ("search_contacts", json!({"email": words})),
        ("no_such_tool", json!({"x": words})),
        ("delete_tag", json!({"id": words})),
        ("get_contact", json!({"id": words, words: 1})),
    ] {
        for bearer in [&held.endpoint, &held.session] {
            let request = gateway_call(house, bearer, tool, &arguments);
            let answer = request.send().await.unwrap();
            said.push_str(answer.status().as_str());
            let text = answer.text().await.unwrap();
            // A caller may hear its own words; the canary is for everything else.
            said.push_str(&text.replace(words, "its own words"));
        }
    }
    for path in [
        "/users",
        "/connections",
        "/endpoints",
        "/audit",
        "/nothing",
        "/apps",
    ] {
        let url = format!("http://{}/api/v1{path}", house.server.addr);
        let answer = house
            .http
            .get(url)
            .bearer_auth(&held.key)
            .send()
            .await
            .unwrap();
        said.push_str(&answer.text().await.unwrap());
    }
    said
}

fn gateway_call(
    house: &House,
    bearer: &str,
    tool: &str,
    arguments: &Value,
) -> reqwest::RequestBuilder {
    let url = format!("http://{}/mcp", house.server.addr);
    tool_call(&house.http, &url, tool, arguments).bearer_auth(bearer)
}

/// Every secret where it does not belong.
async fn refusals(house: &House, canaries: &Canaries) -> String {
    let mut said = String::new();
    for (_, secret) in &canaries.0 {
        let url = |path: &str| format!("http://{}{path}", house.server.addr);
        for request in [
            house
                .http
                .post(url("/mcp"))
                .header("authorization", format!("Basic {secret}")),
            house
                .http
                .post(url(&format!("/mcp/x{secret}")))
                .body(secret.clone()),
            house
                .http
                .get(url("/api/v1/users"))
                .bearer_auth(format!("{secret}x")),
            house
                .http
                .get(url("/metrics"))
                .bearer_auth(format!("{secret}x")),
            house
                .http
                .post(url("/api/v1/connections"))
                .bearer_auth(secret)
                .body(secret.clone()),
        ] {
            said.push_str(&request.send().await.unwrap().text().await.unwrap());
        }
    }
    said
}

/// What a process writes when it falls over a wrong setting names the setting and not its value.
#[tokio::test]
async fn a_start_that_fails_says_no_secret() {
    for (variable, value) in [
        (
            "FRONTDESK_DATABASE",
            "postgres://user:canary-password@127.0.0.1:9/x",
        ),
        ("FRONTDESK_KEYS", "canary-key-material"),
        ("FRONTDESK_AUDIT_SINKS", "canary-sink-key"),
    ] {
        let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_frontdesk"))
            .args(["serve", "--listen", "127.0.0.1:0", "--log", "trace"])
            .env_clear()
            .env("FRONTDESK_HOME", crate::world::folder())
            .env(variable, value)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut output = child.stderr.take().unwrap();
        output.read_to_string(&mut said).await.unwrap();
        assert!(!child.wait().await.unwrap().success(), "{variable}: {said}");
        let secret = value
            .split([':', '@'])
            .find(|part| part.contains("canary"))
            .unwrap();
        assert!(!said.contains(secret), "{variable}: {said}");
    }
}
