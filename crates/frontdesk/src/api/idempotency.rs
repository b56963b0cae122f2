//! `Idempotency-Key`: a POST that is sent again has its one effect and its one answer.

use super::{Api, caller::Key, problem::Problem, record::whole};
use axum::{
    RequestExt,
    body::{Body, Bytes},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, Method, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::{Hash, Idempotent, TenantScope};

const HEADER: &str = "idempotency-key";
/// The longest key.
const LONGEST: usize = 200;
/// Fields of answers that are told once, and so are not kept.
const TOLD_ONCE: [&str; 2] = ["token", "url"];

/// Runs a request once, however often it is sent under its key.
pub(super) async fn once(State(api): State<Api>, request: Request, next: Next) -> Response {
    let key = match request.headers().get(HEADER) {
        Some(key) if request.method() == Method::POST => key.clone(),
        _ => return next.run(request).await,
    };
    match guarded(&api, &key, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn guarded(
    api: &Api,
    key: &HeaderValue,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let key = key
        .to_str()
        .ok()
        .filter(|key| !key.is_empty() && key.len() <= LONGEST)
        .ok_or_else(|| Problem::bad("`Idempotency-Key` is 1 to 200 visible characters."))?;
    let caller = Key::of(request.headers(), api).await?;
    let api_key = caller.id.clone();
    let scope = caller.scope_or_deployment(api);
    let (parts, body) = request.with_limited_body().into_parts();
    let body = whole(body).await?;
    // Bound to the API key: its role was checked when the answer was made, another's was not.
    let hash = digest(&[
        api_key.as_bytes(),
        parts.method.as_str().as_bytes(),
        parts.uri.path().as_bytes(),
        &body,
    ]);
    match scope.begin_idempotent(key, hash, store::now()).await? {
        Idempotent::New => {}
        Idempotent::UnderWay => {
            return Err(Problem::conflict(
                "the same request is under way, or was cut off: look whether it was done before you use another key.",
            ));
        }
        Idempotent::Mismatch => {
            return Err(Problem::bad(
                "this `Idempotency-Key` belongs to another request: use a new key.",
            ));
        }
        Idempotent::Answered { status, body } => return Ok(replayed(status, body)),
    }
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    kept(&scope, key, response).await
}

/// Keeps the answer, but for what is told once; a failure of the server is not kept.
async fn kept(scope: &TenantScope, key: &str, response: Response) -> Result<Response, Problem> {
    let (parts, body) = response.into_parts();
    let body = body
        .collect()
        .await
        .map_err(|_| Problem::unavailable())?
        .to_bytes();
    if parts.status.is_server_error() {
        scope.forget_idempotent(key).await?;
    } else {
        let status = i64::from(parts.status.as_u16());
        scope
            .finish_idempotent(key, status, &silenced(&body))
            .await?;
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn silenced(body: &Bytes) -> String {
    let Ok(mut json) = serde_json::from_slice::<Value>(body) else {
        return String::new();
    };
    if let Some(fields) = json.as_object_mut() {
        for name in TOLD_ONCE {
            if let Some(told) = fields.get_mut(name) {
                *told = Value::Null;
            }
        }
    }
    json.to_string()
}

fn replayed(status: i64, body: String) -> Response {
    let status = u16::try_from(status)
        .ok()
        .and_then(|status| StatusCode::from_u16(status).ok())
        .unwrap_or(StatusCode::OK);
    let kind = if status.is_success() {
        "application/json"
    } else {
        "application/problem+json"
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (
            http::HeaderName::from_static("idempotent-replayed"),
            HeaderValue::from_static("true"),
        ),
    ];
    (status, headers, body).into_response()
}

fn digest(parts: &[&[u8]]) -> Hash {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
