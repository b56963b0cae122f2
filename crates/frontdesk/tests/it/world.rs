//! A sandbox and a server in this process, and plain JSON-RPC to talk to it.

use frontdesk::{app::App, config::Config, server::Server};
use gateway::Unconfirmed;
use reqwest::{RequestBuilder, Response};
use sandbox::{Running, Sandbox};
use serde_json::{Value, json};
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

pub(crate) const TOKEN: &str = "a-token-of-the-tests";
pub(crate) const MODERN: &str = "2026-07-28";
const META: &str = "io.modelcontextprotocol";

/// Everything that runs for one test.
pub(crate) struct World {
    pub(crate) sandbox: Running,
    pub(crate) server: Server,
    pub(crate) app: Arc<App>,
    pub(crate) http: reqwest::Client,
    pub(crate) home: PathBuf,
}

/// A folder of its own.
pub(crate) fn folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("frontdesk-it-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// A sandbox on a free port.
pub(crate) async fn sandbox() -> Running {
    Sandbox::start(sandbox::Config {
        listen: ([127, 0, 0, 1], 0).into(),
        ..sandbox::Config::default()
    })
    .await
    .unwrap()
}

/// All tools, on a free port, towards that upstream.
pub(crate) fn config(upstream: &str) -> Config {
    Config {
        base_url: Some(upstream.to_owned()),
        access_token: Some("sandbox-token".into()),
        listen: ([127, 0, 0, 1], 0).into(),
        toolsets: vec!["all".into()],
        home: Some(folder()),
        ..Config::default()
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let sandbox = sandbox().await;
        let mut config = config(&sandbox.url);
        change(&mut config);
        let app = Arc::new(App::new(&config).unwrap());
        let server = Server::start(Arc::clone(&app), &config, &TOKEN.into())
            .await
            .unwrap();
        Self {
            sandbox,
            server,
            app,
            http: reqwest::Client::new(),
            home: config.home.unwrap(),
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.addr)
    }

    /// A POST with the token and the usual headers.
    pub(crate) fn post(&self, body: &Value) -> RequestBuilder {
        self.http
            .post(self.url("/mcp"))
            .header("authorization", format!("Bearer {TOKEN}"))
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .body(body.to_string())
    }

    /// A request of 2026-07-28 with the headers that it needs.
    pub(crate) fn modern(&self, method: &str, params: Value) -> RequestBuilder {
        self.modern_from(&json!({}), method, params)
    }

    /// The same, from a client with those capabilities.
    pub(crate) fn modern_from(
        &self,
        capabilities: &Value,
        method: &str,
        mut params: Value,
    ) -> RequestBuilder {
        let name = params
            .get("name")
            .or_else(|| params.get("uri"))
            .and_then(Value::as_str)
            .map(str::to_owned);
        let meta = params
            .as_object_mut()
            .unwrap()
            .entry("_meta")
            .or_insert_with(|| json!({}));
        meta[format!("{META}/protocolVersion")] = MODERN.into();
        meta[format!("{META}/clientCapabilities")] = capabilities.clone();
        meta[format!("{META}/clientInfo")] = json!({"name": "it", "version": "1"});
        let request = self
            .post(&json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))
            .header("mcp-protocol-version", MODERN)
            .header("mcp-method", method);
        match name {
            Some(name) => request.header("mcp-name", name),
            None => request,
        }
    }

    /// Calls a tool in the modern era.
    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> Value {
        let request = self.modern("tools/call", json!({"name": tool, "arguments": arguments}));
        answer(request.send().await.unwrap()).await
    }

    /// Opens a session of the old era and answers its id.
    pub(crate) async fn session(&self, version: &str, capabilities: Value) -> String {
        let response = self
            .post(
                &json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
                "protocolVersion": version, "capabilities": capabilities,
                "clientInfo": {"name": "old", "version": "0.9"}}}),
            )
            .send()
            .await
            .unwrap();
        let session = response.headers()["mcp-session-id"]
            .to_str()
            .unwrap()
            .to_owned();
        let result = answer(response).await;
        assert_eq!(result["result"]["protocolVersion"], version, "{result}");
        let noted = self
            .legacy(
                &session,
                &json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
            )
            .send()
            .await
            .unwrap();
        assert_eq!(noted.status(), 202);
        session
    }

    /// A message in a session.
    pub(crate) fn legacy(&self, session: &str, message: &Value) -> RequestBuilder {
        self.post(message).header("mcp-session-id", session)
    }

    /// Talks to the sandbox's control surface.
    pub(crate) async fn control(&self, method: reqwest::Method, place: &str, body: Value) -> Value {
        let url = format!("{}/__sandbox/{place}", self.sandbox.url);
        let request = self.http.request(method, url).body(body.to_string());
        answer(request.send().await.unwrap()).await
    }

    /// What the sandbox was asked: method and path of every request.
    pub(crate) async fn asked(&self) -> Vec<String> {
        let log = self
            .control(reqwest::Method::GET, "requests", json!({}))
            .await;
        let entries = log["requests"]
            .as_array()
            .unwrap_or_else(|| panic!("{log}"));
        entries
            .iter()
            .map(|entry| {
                let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
                format!("{} {}", text("method"), text("path"))
            })
            .collect()
    }

    /// A tag to play with; answers its id.
    pub(crate) async fn tag(&self, name: &str) -> String {
        let made = self
            .call("create_or_update_tag", json!({"name": name}))
            .await;
        let id = &made["result"]["structuredContent"]["id"];
        id.as_str().unwrap_or_else(|| panic!("{made}")).to_owned()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // Left behind, the folder only costs space.
        let _ = std::fs::remove_dir_all(&self.home);
    }
}

/// The whole answer as JSON.
pub(crate) async fn answer(response: Response) -> Value {
    let status = response.status();
    let text = response.text().await.unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{status} {error}: {text}"))
}

/// The messages of an event stream.
pub(crate) fn events(text: &str) -> Vec<Value> {
    text.split("\n\n")
        .filter_map(|event| {
            let data = event.lines().find_map(|line| line.strip_prefix("data:"))?;
            serde_json::from_str(data.trim()).ok()
        })
        .collect()
}

/// The text of a tool's result.
pub(crate) fn text(result: &Value) -> &str {
    result["result"]["content"][0]["text"]
        .as_str()
        .unwrap_or_else(|| panic!("{result}"))
}

/// Destructive calls of clients that cannot ask are done.
pub(crate) fn careless(config: &mut Config) {
    config.unconfirmed = Unconfirmed::Allow;
}
