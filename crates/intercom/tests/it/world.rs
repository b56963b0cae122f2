//! Scripted upstreams and a client for them.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request as Received, State};
use axum::http::{HeaderMap, Response as Answer};
use catalog::Method;
use intercom::{Account, BaseUrl, Client, ClientConfig, Credential, Error, Request, Response};
use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

/// The token that no message may hold.
pub(crate) const TOKEN: &str = "dG9rOnNlY3JldC10b2tlbg==";

/// What an upstream was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

/// An upstream that gives its answers in turn; the last one over and over.
pub(crate) struct Upstream {
    pub(crate) account: Account,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// Status, headers and body of an answer.
pub(crate) type Scripted = (u16, Vec<(&'static str, String)>, Vec<u8>);

type Script = Arc<(Mutex<VecDeque<Scripted>>, Arc<Mutex<Vec<Asked>>>)>;

/// One scripted answer: status, headers, body.
pub(crate) fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Scripted {
    let mut headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()))
        .collect();
    if !headers.iter().any(|(name, _)| *name == "content-type") && !body.is_empty() {
        headers.push(("content-type", "application/json; charset=utf-8".into()));
    }
    (status, headers, body.as_bytes().to_vec())
}

impl Upstream {
    pub(crate) async fn new(answers: impl IntoIterator<Item = Scripted>) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let script: Script = Arc::new((
            Mutex::new(answers.into_iter().collect()),
            Arc::clone(&asked),
        ));
        let router = Router::new().fallback(reply).with_state(script);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let account = account(&format!("http://{}", listener.local_addr().unwrap()));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { account, asked }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) async fn send(&self, request: Request) -> Result<Response, Error> {
        send(&self.account, request).await
    }

    pub(crate) async fn get(&self) -> Result<Response, Error> {
        self.send(Request::new(Method::Get, "/it")).await
    }

    pub(crate) async fn post(&self) -> Result<Response, Error> {
        self.send(
            Request::new(Method::Post, "/it")
                .with_body(serde_json::json!({"note": "customer words"})),
        )
        .await
    }
}

pub(crate) fn account(base: &str) -> Account {
    Account::new(base.parse::<BaseUrl>().unwrap())
}

pub(crate) fn credential() -> Credential {
    Credential::new(TOKEN.into())
}

/// A client that gives up soon enough for a test.
pub(crate) fn client() -> Client {
    Client::new(ClientConfig {
        timeout: Duration::from_secs(5),
        max_body: 100_000,
        ..ClientConfig::default()
    })
}

pub(crate) async fn send(account: &Account, request: Request) -> Result<Response, Error> {
    let result = client().send(account, &credential(), request).await;
    if let Err(error) = &result {
        assert_tells_no_secret(error);
    }
    result
}

/// Neither form of an error, nor of its sources, holds the token or the request's body.
fn assert_tells_no_secret(error: &Error) {
    let mut text = format!("{error} {error:?}");
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        write!(text, " {inner} {inner:?}").unwrap();
        source = inner.source();
    }
    for secret in [TOKEN, "customer words", "secret"] {
        assert!(!text.contains(secret), "{text}");
    }
}

async fn reply(State(script): State<Script>, received: Received) -> Answer<Body> {
    let (parts, body) = received.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    script.1.lock().unwrap().push(Asked {
        line: format!("{} {}", parts.method, parts.uri),
        headers: parts.headers,
        body,
    });
    let mut answers = script.0.lock().unwrap();
    let (status, headers, body) = if answers.len() > 1 {
        answers.pop_front()
    } else {
        answers.front().cloned()
    }
    .unwrap();
    let mut answer = Answer::builder().status(status);
    for (name, value) in headers {
        answer = answer.header(name, value);
    }
    answer.body(Body::from(body)).unwrap()
}
