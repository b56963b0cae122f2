//! A server of two tenants, its sandbox, and what tests do with them.

use crate::world::{answer, config, folder, sandbox};
use catalog::Risk;
use frontdesk::{
    app,
    config::Config,
    server::Server,
    tenants::{EndpointSettings, NewConnection, NewEndpoint, Tenants},
};
use sandbox::Running;
use serde_json::{Value, json};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use store::{Tenant, User, UserState};

pub(crate) struct House {
    pub(crate) tenants: Arc<Tenants>,
    pub(crate) server: Server,
    pub(crate) sandbox: Running,
    pub(crate) http: reqwest::Client,
    pub(crate) config: Config,
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::set(|_| ()).await
    }

    /// A server with other settings.
    pub(crate) async fn set(change: impl FnOnce(&mut Config)) -> Self {
        Self::with(sandbox().await, change).await
    }

    /// A server with other settings, towards that sandbox.
    pub(crate) async fn with(sandbox: Running, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config {
            access_token: None,
            database: Some(folder().join("desk.db").display().to_string().into()),
            ..config(&sandbox.url)
        };
        change(&mut config);
        let tenants = Arc::new(app::tenants(&config).await.unwrap());
        let server = Server::serve(Arc::clone(&tenants), &config).await.unwrap();
        let house = Self {
            tenants,
            server,
            sandbox,
            http: reqwest::Client::new(),
            config,
        };
        for name in ["acme", "globex"] {
            let system = house.tenants.store().system();
            system.create_tenant(Tenant::new(name, name)).await.unwrap();
        }
        house
    }

    /// Another server over the same database.
    pub(crate) async fn replica(&self) -> Replica {
        let tenants = Arc::new(app::tenants(&self.config).await.unwrap());
        Replica {
            server: Server::serve(tenants, &self.config).await.unwrap(),
            http: self.http.clone(),
        }
    }

    pub(crate) async fn connect(&self, tenant: &str, user: Option<&str>) -> Result<String, String> {
        self.connect_with(tenant, user, "sandbox-token").await
    }

    pub(crate) async fn connect_with(
        &self,
        tenant: &str,
        user: Option<&str>,
        token: &str,
    ) -> Result<String, String> {
        let new = NewConnection {
            user: user.map(str::to_owned),
            token: token.to_owned().into(),
            region: None,
            app: None,
        };
        let made = self.tenants.connect(tenant, new).await;
        made.map(|connection| connection.id)
            .map_err(|error| error.to_string())
    }

    pub(crate) async fn person(&self, tenant: &str, id: &str) {
        self.person_in(tenant, id, UserState::Active).await;
    }

    pub(crate) async fn person_in(&self, tenant: &str, id: &str, state: UserState) {
        let user = User {
            id: id.into(),
            name: None,
            email: None,
            state,
            created_at: 0,
            updated_at: 0,
        };
        let scope = self.tenants.store().scope(tenant).unwrap();
        scope.keep_user(user).await.unwrap();
    }

    /// An endpoint over that connection; its id and its token.
    pub(crate) async fn endpoint(
        &self,
        tenant: &str,
        connection: Option<&str>,
    ) -> (String, String) {
        self.endpoint_like(
            tenant,
            NewEndpoint {
                connection: connection.map(str::to_owned),
                settings: wide(),
                ..NewEndpoint::default()
            },
        )
        .await
    }

    pub(crate) async fn endpoint_like(&self, tenant: &str, new: NewEndpoint) -> (String, String) {
        let (endpoint, token) = self.tenants.create_endpoint(tenant, new).await.unwrap();
        (endpoint.id, token.tell().to_owned())
    }

    /// Calls `get_me`, or another tool without arguments, with these tokens.
    pub(crate) async fn call(
        &self,
        path: Option<&str>,
        bearer: Option<&str>,
        tool: &str,
    ) -> (u16, Value) {
        let response = self.ask(path, bearer, tool, &[]).await;
        let status = response.status().as_u16();
        if status == 200 {
            (status, answer(response).await)
        } else {
            (status, Value::Null)
        }
    }

    /// The same, with more headers and the whole response.
    pub(crate) async fn ask(
        &self,
        path: Option<&str>,
        bearer: Option<&str>,
        tool: &str,
        headers: &[(&str, &str)],
    ) -> reqwest::Response {
        let place = path.map_or("/mcp".to_owned(), |token| format!("/mcp/{token}"));
        let url = format!("http://{}{place}", self.server.addr);
        ask(&self.http, &url, (bearer, tool), headers).await
    }

    /// How long it takes until a token opens nothing at the address of an endpoint.
    pub(crate) async fn shut_at(&self, endpoint: &str, token: &str) -> Duration {
        let start = Instant::now();
        while self.call(Some(endpoint), Some(token), "get_me").await.0 == 200 {
            assert!(start.elapsed() < Duration::from_mins(1), "it stays open");
        }
        start.elapsed()
    }

    /// How long it takes until the endpoint's token opens nothing.
    pub(crate) async fn shut(&self, token: &str) -> Duration {
        let start = Instant::now();
        while self.call(None, Some(token), "get_me").await.0 == 200 {
            assert!(start.elapsed() < Duration::from_mins(1), "it stays open");
        }
        start.elapsed()
    }
}

/// A server over the same database as another.
pub(crate) struct Replica {
    server: Server,
    http: reqwest::Client,
}

impl Replica {
    pub(crate) async fn ask(
        &self,
        path: Option<&str>,
        bearer: Option<&str>,
        tool: &str,
        headers: &[(&str, &str)],
    ) -> reqwest::Response {
        let place = path.map_or("/mcp".to_owned(), |token| format!("/mcp/{token}"));
        let url = format!("http://{}{place}", self.server.addr);
        ask(&self.http, &url, (bearer, tool), headers).await
    }
}

async fn ask(
    http: &reqwest::Client,
    url: &str,
    (bearer, tool): (Option<&str>, &str),
    headers: &[(&str, &str)],
) -> reqwest::Response {
    let mut request = tool_call(http, url, tool, &json!({}));
    if let Some(bearer) = bearer {
        request = request.header("authorization", format!("Bearer {bearer}"));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

/// A call of a tool, with no token yet.
pub(crate) fn tool_call(
    http: &reqwest::Client,
    url: &str,
    tool: &str,
    arguments: &Value,
) -> reqwest::RequestBuilder {
    let params = json!({"name": tool, "arguments": arguments});
    message(http, url, "tools/call", &params)
}

/// A message of 2026-07-28, with no token yet.
pub(crate) fn message(
    http: &reqwest::Client,
    url: &str,
    method: &str,
    params: &Value,
) -> reqwest::RequestBuilder {
    let mut params = params.clone();
    params["_meta"] = json!({"io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {}});
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    let request = http
        .post(url)
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", method)
        .body(body.to_string());
    match params["name"].as_str().or(params["uri"].as_str()) {
        Some(name) => request.header("mcp-name", name),
        None => request,
    }
}

/// All tools, for reading.
pub(crate) fn wide() -> EndpointSettings {
    EndpointSettings {
        toolsets: vec!["all".into()],
        ceiling: Risk::Read,
        ..EndpointSettings::default()
    }
}

pub(crate) fn failed(answer: &Value) -> bool {
    answer["result"]["isError"] == json!(true)
}
