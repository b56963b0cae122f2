//! A server that plays a provider: it answers from a script, and keeps what it was asked.

use agent::providers::{Kind, Ladder, Patience, Price, Settings, Wire};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Uri},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

/// One answer of the script.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) retry_after: Option<&'static str>,
}

/// One question as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

pub(crate) struct StandIn {
    address: String,
    script: Script,
}

pub(crate) fn ok(body: &Value) -> Answer {
    Answer {
        status: 200,
        body: body.to_string(),
        retry_after: None,
    }
}

pub(crate) fn fails(status: u16, body: &Value) -> Answer {
    Answer {
        status,
        body: body.to_string(),
        retry_after: None,
    }
}

impl StandIn {
    pub(crate) async fn start(answers: Vec<Answer>) -> Self {
        let script = Script {
            answers: Arc::new(Mutex::new(answers.into())),
            ..Script::default()
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/v1/", listener.local_addr().unwrap());
        let router = Router::new().fallback(play).with_state(script.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, script }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.script.asked.lock().unwrap().clone()
    }

    pub(crate) fn settings(&self, kind: Kind) -> Settings {
        Settings {
            kind,
            model: match kind {
                Kind::Anthropic => "claude-sonnet-4-5",
                Kind::Openai => "gpt-5-mini",
                Kind::Gemini => "gemini-2.5-flash",
            }
            .into(),
            address: Some(self.address.clone()),
            key: Some("the-key".to_owned().into()),
            price: Price {
                input: 1.0,
                output: 4.0,
            },
            timeout: 5,
        }
    }

    pub(crate) fn ladder(&self, kind: Kind) -> Ladder {
        let patience = Patience {
            pause: Duration::from_millis(1),
            longest_pause: Duration::from_secs(1),
            ..Patience::default()
        };
        Ladder::new(Box::new(Wire::new(&self.settings(kind)).unwrap()), patience)
    }
}

async fn play(State(script): State<Script>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let body = serde_json::from_slice(&body).unwrap_or_default();
    script.asked.lock().unwrap().push(Asked {
        path: uri.path().to_owned(),
        headers,
        body,
    });
    let next = script.answers.lock().unwrap().pop_front();
    let answer = next.unwrap_or_else(|| fails(418, &json!({ "error": "the script has ended" })));
    let mut response = Response::builder()
        .status(answer.status)
        .header("content-type", "application/json");
    if let Some(wait) = answer.retry_after {
        response = response.header("retry-after", wait);
    }
    response
        .body(answer.body.into())
        .unwrap_or_else(|_| "".into_response())
}
