//! MCP authorization from the outside: the whole way of a client, and all the ways that must not work.

mod attacks;
mod clients;
mod flow;
mod record;
mod requests;
mod ways;

use crate::house::{House, wide};
use crate::world::sandbox;
use frontdesk::{config::Config, tenants::NewEndpoint};
use reqwest::{Response, Url, header::HeaderMap, redirect::Policy};
use serde_json::{Value, json};
use store::{User, UserState};

/// The example of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// As registered; the request brings a port of its own.
const REGISTERED: &str = "http://127.0.0.1/callback";
const REDIRECT: &str = "http://127.0.0.1:4711/callback";
const EMAIL: &str = "ana@acme.example";
const PASSWORD: &str = "a long enough password";

/// A desk with a person of the tenant `acme`, her connection, and an endpoint where each acts as themselves.
struct Desk {
    house: House,
    http: reqwest::Client,
    endpoint: String,
    /// The endpoint's token, which its address may hold.
    token: String,
}

/// A browser: its cookie.
#[derive(Default)]
struct Browser {
    cookie: Option<String>,
}

/// The tokens of an answer.
#[derive(Clone, Debug)]
struct Tokens {
    access: String,
    refresh: String,
    scope: String,
}

impl Desk {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let house = House::with(sandbox().await, change).await;
        person(&house, "acme", "ana", EMAIL).await;
        house.connect("acme", Some("ana")).await.unwrap();
        let (endpoint, token) = house.endpoint_like("acme", own("Inbox")).await;
        let http = reqwest::Client::builder()
            .redirect(Policy::none())
            .build()
            .unwrap();
        Self {
            house,
            http,
            endpoint,
            token,
        }
    }

    /// The issuer.
    fn base(&self) -> String {
        let public = self.house.config.public_url.clone();
        public.unwrap_or_else(|| self.url(""))
    }

    /// Where the server really is.
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.house.server.addr)
    }

    /// The address that people paste.
    fn address(&self) -> String {
        format!("{}/mcp/{}", self.base(), self.endpoint)
    }

    async fn get(&self, url: &str) -> Response {
        self.http.get(url).send().await.unwrap()
    }

    async fn register(&self, metadata: Value) -> (u16, Value) {
        let request = self.http.post(self.url("/register"));
        let request = request.header("content-type", "application/json");
        answer(request.body(metadata.to_string()).send().await.unwrap()).await
    }

    async fn client(&self) -> String {
        let (status, body) = self
            .register(json!({"client_name": "It", "redirect_uris": [REGISTERED]}))
            .await;
        assert_eq!(status, 201, "{body}");
        body["client_id"].as_str().unwrap().to_owned()
    }

    /// The parameters of a good request.
    fn asks(&self, client: &str) -> Vec<(&'static str, String)> {
        [
            ("response_type", "code"),
            ("client_id", client),
            ("redirect_uri", REDIRECT),
            ("state", "s t&t"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("resource", &self.address()),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .to_vec()
    }

    async fn authorize(&self, browser: &mut Browser, asks: &[(&str, String)]) -> Response {
        let url = Url::parse_with_params(&self.url("/authorize"), asks).unwrap();
        let mut request = self.http.get(url);
        if let Some(cookie) = &browser.cookie {
            request = request.header("cookie", cookie);
        }
        let response = request.send().await.unwrap();
        if let Some(set) = response.headers().get("set-cookie") {
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            browser.cookie = Some(pair.to_owned());
        }
        response
    }

    /// Opens the page and gives what its form is found by.
    async fn page(&self, browser: &mut Browser, client: &str) -> String {
        let asks = self.asks(client);
        let page = self.authorize(browser, &asks).await;
        assert_eq!(page.status(), 200);
        handle(&page.text().await.unwrap())
    }

    async fn decide(
        &self,
        browser: &Browser,
        form: &[(&str, &str)],
        headers: HeaderMap,
    ) -> Response {
        let mut request = self.http.post(self.url("/consent")).headers(headers);
        if let Some(cookie) = &browser.cookie {
            request = request.header("cookie", cookie);
        }
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.body(written(form)).send().await.unwrap()
    }

    /// Signs Ana in and lets the client in.
    async fn allow(&self, browser: &Browser, handle: &str) -> Response {
        let form = [
            ("request", handle),
            ("email", EMAIL),
            ("password", PASSWORD),
            ("write", "yes"),
            ("action", "allow"),
        ];
        self.decide(browser, &form, HeaderMap::new()).await
    }

    /// A code for a client, in a browser of its own.
    async fn code(&self, client: &str) -> String {
        let mut browser = Browser::default();
        let handle = self.page(&mut browser, client).await;
        let back = location(&self.allow(&browser, &handle).await);
        query(&back, "code").unwrap()
    }

    async fn token(&self, form: &[(&str, &str)]) -> (u16, Value) {
        let request = self.http.post(self.url("/token"));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let response = request.body(written(form)).send().await.unwrap();
        assert_eq!(response.headers()["cache-control"], "no-store");
        answer(response).await
    }

    async fn redeem(&self, client: &str, code: &str) -> (u16, Value) {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("client_id", client),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
            ("resource", &self.address()),
        ])
        .await
    }

    async fn refresh(&self, client: &str, token: &str) -> (u16, Value) {
        self.token(&[
            ("grant_type", "refresh_token"),
            ("client_id", client),
            ("refresh_token", token),
        ])
        .await
    }

    /// The whole way, to tokens.
    async fn tokens(&self, client: &str) -> Tokens {
        let code = self.code(client).await;
        let (status, body) = self.redeem(client, &code).await;
        assert_eq!(status, 200, "{body}");
        Tokens::of(&body)
    }

    /// Calls `get_me` at the endpoint's address.
    async fn call(&self, bearer: &str) -> u16 {
        self.house
            .call(Some(&self.endpoint), Some(bearer), "get_me")
            .await
            .0
    }

    async fn opens(&self, tokens: &Tokens) -> bool {
        self.call(&tokens.access).await == 200
    }
}

impl Tokens {
    fn of(body: &Value) -> Self {
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        assert_eq!(body["token_type"], "Bearer");
        Self {
            access: text("access_token"),
            refresh: text("refresh_token"),
            scope: text("scope"),
        }
    }
}

/// Where each caller uses their own connection.
fn own(name: &str) -> NewEndpoint {
    NewEndpoint {
        name: name.into(),
        settings: wide(),
        ..NewEndpoint::default()
    }
}

/// A person with a local account.
async fn person(house: &House, tenant: &str, id: &str, email: &str) {
    let user = User {
        id: id.into(),
        name: None,
        email: Some(email.into()),
        state: UserState::Active,
        created_at: 0,
        updated_at: 0,
    };
    let scope = house.tenants.store().scope(tenant).unwrap();
    scope.keep_user(user).await.unwrap();
    let password = PASSWORD.to_owned().into();
    house
        .tenants
        .set_password(tenant, id, password)
        .await
        .unwrap();
}

fn written(form: &[(&str, &str)]) -> String {
    let url = Url::parse_with_params("http://x/", form).unwrap();
    url.query().unwrap_or_default().to_owned()
}

async fn answer(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (
        status,
        serde_json::from_str(&text).unwrap_or(Value::String(text)),
    )
}

fn handle(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"request\" value=\"").expect(page);
    rest.split('"').next().unwrap().to_owned()
}

/// Where a response sends the browser.
fn location(response: &Response) -> Url {
    assert_eq!(response.status(), 303);
    response.headers()["location"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap()
}

fn query(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs().filter(|(known, _)| known == name);
    let found = pairs.next().map(|(_, value)| value.into_owned());
    assert!(pairs.next().is_none(), "{name} is there twice: {url}");
    found
}

/// The value of a field of a challenge.
fn field(challenge: &str, name: &str) -> Option<String> {
    let (_, rest) = challenge.split_once(&format!("{name}=\""))?;
    rest.split('"').next().map(str::to_owned)
}

fn error(body: &Value) -> &str {
    body["error"].as_str().unwrap_or_default()
}
