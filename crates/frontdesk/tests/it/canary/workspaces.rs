//! A workspace for each access token: one sandbox plays them all, and everything it says is marked with the tenant whose
//! token asked. What tenants write there is neutral before it arrives, for the sandbox keeps it for all.

use super::mark::{neutral, of_token};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use serde_json::{Value, json};

/// Fields whose texts are a workspace's own.
const OWN: [&str; 10] = [
    "name",
    "email",
    "body",
    "subject",
    "title",
    "message",
    "description",
    "text",
    "author",
    "phone",
];
const REQUEST_ID: &str = "x-request-id";

#[derive(Clone)]
struct Upstream {
    sandbox: String,
    http: reqwest::Client,
}

/// Begins to play; answers the address.
pub(super) async fn start(sandbox: &str) -> String {
    let upstream = Upstream {
        sandbox: sandbox.to_owned(),
        http: reqwest::Client::new(),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(play).with_state(upstream);
    tokio::spawn(async { axum::serve(listener, router).await });
    url
}

async fn play(
    State(upstream): State<Upstream>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let bearer = headers.get(header::AUTHORIZATION);
    let Some(mark) = bearer.and_then(|value| of_token(value.to_str().ok()?)) else {
        return (StatusCode::UNAUTHORIZED, "no workspace has this token").into_response();
    };
    if uri.path().starts_with("/auth/") {
        // Given back here, the one token behind all workspaces would be gone.
        return "{}".into_response();
    }
    let place = uri.path_and_query().map_or("/", |place| place.as_str());
    let mut request = upstream
        .http
        .request(method, format!("{}{}", upstream.sandbox, neutral(place)))
        .bearer_auth("sandbox-token")
        .body(neutral(&String::from_utf8_lossy(&body)));
    for name in ["intercom-version", "content-type", "accept"] {
        if let Some(value) = headers.get(name) {
            request = request.header(name, value);
        }
    }
    let answer = request.send().await.unwrap();
    let (status, told) = (answer.status(), answer.headers().clone());
    let bytes = answer.bytes().await.unwrap();
    let mut response = match serde_json::from_slice(&bytes) {
        Ok(mut body) => {
            own(&mut body, &mark);
            body.to_string().into_response()
        }
        Err(_) => bytes.into_response(),
    };
    *response.status_mut() = status;
    for (name, value) in &told {
        let name = name.as_str();
        if name.starts_with("x-ratelimit") || name == "content-type" {
            response.headers_mut().insert(name_of(name), value.clone());
        }
    }
    let id = told[REQUEST_ID].to_str().unwrap();
    let id = HeaderValue::try_from(format!("{id}-{mark}")).unwrap();
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

fn name_of(name: &str) -> http::HeaderName {
    http::HeaderName::try_from(name).unwrap()
}

/// Puts the mark before every text of the workspace's own, and into the error envelope's request id.
fn own(value: &mut Value, mark: &str) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if OWN.contains(&name.as_str()) && !text.is_empty() => {
                        *value = json!(format!("{mark}{text}"));
                    }
                    Value::String(id) if name == "request_id" => {
                        *value = json!(format!("{id}-{mark}"));
                    }
                    inner => own(inner, mark),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| own(item, mark)),
        _ => {}
    }
}
