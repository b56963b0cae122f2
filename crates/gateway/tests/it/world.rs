//! A gateway over an upstream, ready to be called.

use axum::Router;
use catalog::{ApiVersion, Catalog, Risk};
use gateway::{
    Audit, CallError, Connection, ConnectionId, Directory, Endpoint, EndpointId, Gateway, Keyring,
    Mode, Principal, Registry, TenantId, ToolRequest, ToolResult, Unconfirmed, Vault,
};
use intercom::{Account, BaseUrl, Client, ClientConfig, PlainHttp};
use sandbox::{Config, Running, Sandbox};
use serde_json::{Map, Value};
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A gateway, its caller, and its upstream.
pub(crate) struct World {
    pub(crate) gateway: Gateway,
    pub(crate) who: Principal,
    pub(crate) audit: PathBuf,
    pub(crate) sandbox: Option<Running>,
}

impl World {
    /// Over a freshly seeded sandbox.
    pub(crate) async fn sandbox() -> Self {
        Self::sandbox_in(ApiVersion::default()).await
    }

    /// Over a freshly seeded sandbox, on a connection of that version.
    pub(crate) async fn sandbox_in(version: ApiVersion) -> Self {
        Self::sandbox_with(version, &Catalog::builtin().unwrap()).await
    }

    /// Over a freshly seeded sandbox, with the tools of that catalog.
    pub(crate) async fn sandbox_of(catalog: &Catalog) -> Self {
        Self::sandbox_with(ApiVersion::default(), catalog).await
    }

    async fn sandbox_with(version: ApiVersion, catalog: &Catalog) -> Self {
        let config = Config {
            listen: ([127, 0, 0, 1], 0).into(),
            rate_limit: 100_000_000,
            ..Config::default()
        };
        let running = Sandbox::start(config).await.unwrap();
        let url = running.url.clone();
        Self {
            sandbox: Some(running),
            ..Self::reached(&url, version, catalog, &fresh_folder().join("audit.jsonl"))
        }
    }

    /// Where its sandbox listens.
    pub(crate) fn address(&self) -> String {
        self.sandbox.as_ref().unwrap().url.clone()
    }

    /// Posts to the sandbox's control surface.
    pub(crate) async fn control(&self, place: &str, body: &Value) {
        self.raw("POST", &format!("/__sandbox/{place}"), &body.to_string())
            .await;
    }

    /// What the sandbox itself answers, every byte of it.
    pub(crate) async fn raw(&self, method: &str, path: &str, body: &str) -> Value {
        let addr = self.sandbox.as_ref().unwrap().addr;
        let mut stream = tokio::net::TcpStream::connect(addr).await.unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n\
             Authorization: Bearer sandbox-token\r\nIntercom-Version: 2.16\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(
            head.starts_with("HTTP/1.1 200"),
            "{method} {path}: {answer}"
        );
        serde_json::from_str(body).unwrap()
    }

    /// Over an upstream of the test's own.
    pub(crate) async fn scripted(router: Router) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self::over(&url)
    }

    /// Over any address.
    pub(crate) fn over(url: &str) -> Self {
        Self::recording_to(url, &fresh_folder().join("audit.jsonl"))
    }

    /// Over any address, with an audit log of the test's own.
    pub(crate) fn recording_to(url: &str, audit: &std::path::Path) -> Self {
        let catalog = Catalog::builtin().unwrap();
        Self::reached(url, ApiVersion::default(), &catalog, audit)
    }

    fn reached(url: &str, version: ApiVersion, catalog: &Catalog, audit: &std::path::Path) -> Self {
        let audit = audit.to_path_buf();
        let tenant = TenantId::new("default");
        let connection = ConnectionId::new("default");
        let directory = Directory::default();
        let base = BaseUrl::parse(url, PlainHttp::Anywhere).unwrap();
        let account = Account {
            version,
            ..Account::new(base)
        };
        directory.put_connection(Connection::new(connection.clone(), tenant.clone(), account));
        let keys = format!("k1:{}", "A".repeat(43) + "=");
        let vault = Vault::new(Arc::new(Keyring::from_list(&keys.into()).unwrap()));
        vault.keep(connection.clone(), "sandbox-token".to_owned().into());
        let registry = Registry::new(catalog).unwrap();
        let config = ClientConfig {
            timeout: Duration::from_secs(5),
            ..ClientConfig::default()
        };
        let log = Audit::open(&audit).unwrap();
        let who = Principal {
            tenant: tenant.clone(),
            user: None,
            endpoint: EndpointId::new("default"),
            narrowed: None,
        };
        directory.put_endpoint(open_endpoint(&who));
        let gateway = Gateway::new(registry, directory, vault, log, Client::new(config));
        gateway.assist_with(Arc::new(crate::assist::StandIn));
        Self {
            gateway,
            who,
            audit,
            sandbox: None,
        }
    }

    /// The same world with another endpoint.
    pub(crate) fn with(self, change: impl FnOnce(&mut Endpoint)) -> Self {
        let mut endpoint = open_endpoint(&self.who);
        change(&mut endpoint);
        self.gateway.directory().put_endpoint(endpoint);
        self
    }

    /// Calls a tool.
    pub(crate) async fn try_call(
        &self,
        tool: &str,
        arguments: Value,
    ) -> Result<ToolResult, CallError> {
        self.gateway
            .call(&self.who, ToolRequest::new(tool, object(arguments)))
            .await
    }

    /// Calls a tool that must succeed; answers what a program would read.
    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> Value {
        let shown = arguments.to_string();
        match self.try_call(tool, arguments).await {
            Ok(result) => read(&result),
            Err(error) => panic!("{tool} {shown}: {error}"),
        }
    }

    /// Calls a tool that must fail; answers what it says.
    pub(crate) async fn refusal(&self, tool: &str, arguments: Value) -> String {
        let shown = arguments.to_string();
        match self.try_call(tool, arguments).await {
            Ok(result) => panic!("{tool} {shown} answered {}", result.text),
            Err(error) => error.to_string(),
        }
    }

    /// The raw object, read through the gateway's own raw tool.
    pub(crate) async fn conversation(&self, id: &str) -> Value {
        self.call(
            "get_conversation",
            serde_json::json!({"id": id, "detail": "full"}),
        )
        .await
    }

    /// What the sandbox was asked since the log was last cleared: the operations.
    pub(crate) async fn asked(&self) -> Vec<String> {
        let log = self
            .raw("GET", "/__sandbox/requests?limit=100000", "")
            .await;
        let entries = log["requests"].as_array().unwrap();
        let operations = entries.iter().map(|entry| entry["operation"].as_str());
        operations.map(|name| name.unwrap().to_owned()).collect()
    }

    /// Forgets what the sandbox was asked.
    pub(crate) async fn forget(&self) {
        self.raw("DELETE", "/__sandbox/requests", "").await;
    }

    /// The lines of the audit log.
    pub(crate) async fn audit_lines(&self) -> Vec<Value> {
        self.gateway.flush().await;
        let text = std::fs::read_to_string(&self.audit).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// An endpoint that reaches everything.
fn open_endpoint(who: &Principal) -> Endpoint {
    Endpoint {
        id: who.endpoint.clone(),
        tenant: who.tenant.clone(),
        connection: Some(ConnectionId::new("default")),
        ceiling: Risk::Destructive,
        toolsets: vec!["inbox".into()],
        allow: Vec::new(),
        deny: Vec::new(),
        open_ended: true,
        dialect: None,
        unconfirmed: Unconfirmed::Deny,
        expires_at: None,
        needs_second_token: false,
        mode: Mode::Tools,
        controls: Arc::default(),
        narrowed: None,
    }
}

/// Structured content, else the text as JSON.
pub(crate) fn read(result: &ToolResult) -> Value {
    result
        .structured
        .clone()
        .unwrap_or_else(|| serde_json::from_str(&result.text).unwrap())
}

/// The object that `json!` made.
pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is no object"),
    }
}

/// A folder of the test's own, not there yet.
pub(crate) fn fresh_folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!(
        "gateway-it-{}-{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    );
    std::env::temp_dir().join(name)
}
