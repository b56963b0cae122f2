//! A gateway over an upstream, ready to be called.

use axum::Router;
use catalog::{Catalog, Risk};
use gateway::{
    Audit, CallError, Connection, ConnectionId, Directory, Endpoint, EndpointId, Gateway,
    Principal, Registry, TenantId, ToolRequest, ToolResult, Unconfirmed, Vault,
};
use intercom::{Account, BaseUrl, Client, ClientConfig, PlainHttp};
use sandbox::{Config, Running, Sandbox};
use serde_json::{Map, Value};
use std::{
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

/// A gateway, its caller, and its upstream.
pub(crate) struct World {
    pub(crate) gateway: Gateway,
    pub(crate) who: Principal,
    pub(crate) audit: PathBuf,
    _sandbox: Option<Running>,
}

impl World {
    /// Over a freshly seeded sandbox.
    pub(crate) async fn sandbox() -> Self {
        let config = Config {
            listen: ([127, 0, 0, 1], 0).into(),
            rate_limit: 100_000_000,
            ..Config::default()
        };
        let running = Sandbox::start(config).await.unwrap();
        let url = running.url.clone();
        Self {
            _sandbox: Some(running),
            ..Self::over(&url)
        }
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
        let audit = audit.to_path_buf();
        let tenant = TenantId::new("default");
        let connection = ConnectionId::new("default");
        let directory = Directory::default();
        let base = BaseUrl::parse(url, PlainHttp::Anywhere).unwrap();
        directory.put_connection(Connection::new(
            connection.clone(),
            tenant.clone(),
            Account::new(base),
        ));
        let vault = Vault::default();
        vault.keep(connection.clone(), "sandbox-token".to_owned().into());
        let registry = Registry::new(&Catalog::builtin().unwrap()).unwrap();
        let config = ClientConfig {
            timeout: Duration::from_secs(5),
            ..ClientConfig::default()
        };
        let log = Audit::open(&audit).unwrap();
        let who = Principal {
            tenant: tenant.clone(),
            user: None,
            endpoint: EndpointId::new("default"),
        };
        directory.put_endpoint(open_endpoint(&who));
        Self {
            gateway: Gateway::new(registry, directory, vault, log, Client::new(config)),
            who,
            audit,
            _sandbox: None,
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
        connection: ConnectionId::new("default"),
        ceiling: Risk::Destructive,
        toolsets: vec!["inbox".into()],
        allow: Vec::new(),
        deny: Vec::new(),
        open_ended: true,
        unconfirmed: Unconfirmed::Deny,
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

fn fresh_folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!(
        "gateway-it-{}-{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    );
    std::env::temp_dir().join(name)
}
