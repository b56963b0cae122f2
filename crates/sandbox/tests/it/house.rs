//! A running sandbox and a client that speaks plain HTTP to it.

use reqwest::{Client, Method, RequestBuilder, Response, header::HeaderMap};
use sandbox::{Config, Running, Sandbox};
use serde_json::{Value, json};

/// A sandbox for one test.
pub(crate) struct House {
    pub(crate) running: Running,
    pub(crate) client: Client,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    /// A header, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Status and code of an error.
    pub(crate) fn fault(&self) -> (u16, &str) {
        (
            self.status,
            self.body["errors"][0]["code"].as_str().unwrap_or_default(),
        )
    }
}

impl House {
    /// A sandbox with the usual settings on a free port.
    pub(crate) async fn open() -> Self {
        Self::with(Config::default()).await
    }

    /// A sandbox with settings of its own, on a free port.
    pub(crate) async fn with(config: Config) -> Self {
        let running = Sandbox::start(Config {
            listen: ([127, 0, 0, 1], 0).into(),
            ..config
        })
        .await
        .unwrap();
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self { running, client }
    }

    /// A request with the usual token, not yet sent.
    pub(crate) fn request(&self, line: &str, body: Option<&Value>) -> RequestBuilder {
        self.bare(line, body).bearer_auth("sandbox-token")
    }

    /// A request without a token, not yet sent.
    pub(crate) fn bare(&self, line: &str, body: Option<&Value>) -> RequestBuilder {
        let (method, path) = line.split_once(' ').unwrap();
        let request = self.client.request(
            Method::from_bytes(method.as_bytes()).unwrap(),
            format!("{}{path}", self.running.url),
        );
        match body {
            Some(body) => request
                .header("content-type", "application/json")
                .body(body.to_string()),
            None => request,
        }
    }

    /// Calls an operation.
    pub(crate) async fn call(&self, line: &str, body: Value) -> Answer {
        let body = (!body.is_null()).then_some(body);
        read(self.request(line, body.as_ref()).send().await.unwrap()).await
    }

    /// Calls an operation that must go well, and gives its body.
    pub(crate) async fn good(&self, line: &str, body: Value) -> Value {
        let answer = self.call(line, body).await;
        assert!(answer.status < 300, "{line}: {answer:?}");
        answer.body
    }

    /// Gets something that must be there.
    pub(crate) async fn get(&self, path: &str) -> Value {
        self.good(&format!("GET {path}"), json!(null)).await
    }

    /// Tells the control surface something; it must understand.
    pub(crate) async fn control(&self, line: &str, body: Value) -> Value {
        let (method, place) = line.split_once(' ').unwrap();
        let body = (!body.is_null()).then_some(body);
        let answer = read(
            self.bare(&format!("{method} /__sandbox/{place}"), body.as_ref())
                .send()
                .await
                .unwrap(),
        )
        .await;
        assert_eq!(answer.status, 200, "{line}: {answer:?}");
        answer.body
    }

    /// A new conversation of the first contact; tells the ids of both.
    pub(crate) async fn conversation(&self, words: &str) -> (String, String) {
        let contacts = self.get("/contacts?per_page=1").await;
        let contact = contacts["data"][0]["id"].as_str().unwrap().to_owned();
        let body = json!({"from": {"type": "user", "id": contact}, "body": words});
        let message = self.good("POST /conversations", body).await;
        (
            message["conversation_id"].as_str().unwrap().to_owned(),
            contact,
        )
    }

    /// The id of the admin whose token is used.
    pub(crate) async fn admin(&self) -> String {
        self.get("/me").await["id"].as_str().unwrap().to_owned()
    }
}

/// Reads an answer to its end.
pub(crate) async fn read(response: Response) -> Answer {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await.unwrap();
    Answer {
        status,
        headers,
        body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
    }
}
