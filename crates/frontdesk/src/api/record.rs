//! Every request that changes something is on record before it is done and after: who, what, to which object, and how it
//! ended. Calls of tools are not among them, because the gateway records those.

use super::{Api, caller::Key, problem::Problem};
use crate::client_address::ClientAddress;
use crate::tenants::{Act, Manager, Outcome};
use axum::{
    RequestExt,
    body::{Body, Bytes},
    extract::{MatchedPath, RawPathParams, Request, State, rejection::RawPathParamsRejection},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{Method, header};
use http_body_util::BodyExt;
use serde_json::Value;
use std::collections::HashMap;
use utoipa::openapi::OpenApi;

/// What the gateway records itself.
const CALLS: [&str; 1] = ["execute_tool"];

/// The operations that change something, by method and route.
#[derive(Clone, Debug, Default)]
pub(super) struct Operations(HashMap<(Method, String), String>);

impl Operations {
    /// Those of a description.
    pub(super) fn of(description: &OpenApi) -> Self {
        let mut all = HashMap::new();
        for (path, item) in &description.paths.paths {
            for (method, operation) in [
                (Method::POST, &item.post),
                (Method::PUT, &item.put),
                (Method::PATCH, &item.patch),
                (Method::DELETE, &item.delete),
            ] {
                let id = operation.as_ref().and_then(|one| one.operation_id.clone());
                if let Some(id) = id.filter(|id| !CALLS.contains(&id.as_str())) {
                    all.insert((method, path.clone()), id);
                }
            }
        }
        Self(all)
    }

    fn find(&self, request: &Request) -> Option<&str> {
        let path = request.extensions().get::<MatchedPath>()?;
        let place = (request.method().clone(), path.as_str().to_owned());
        self.0.get(&place).map(String::as_str)
    }
}

/// Records a request that changes something.
pub(super) async fn recorded(
    State(api): State<Api>,
    params: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
    next: Next,
) -> Response {
    let Some(operation) = api.operations.find(&request).map(str::to_owned) else {
        return next.run(request).await;
    };
    let done = on_record(&api, &operation, params.ok(), (request, next)).await;
    done.unwrap_or_else(IntoResponse::into_response)
}

async fn on_record(
    api: &Api,
    operation: &str,
    params: Option<RawPathParams>,
    (request, next): (Request, Next),
) -> Result<Response, Problem> {
    let key = Key::of(request.headers(), api).await?;
    let (parts, body) = request.with_limited_body().into_parts();
    let body = whole(body).await?;
    let mut given: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut tenant = key.tenant().map(str::to_owned);
    let mut object = None;
    for (name, value) in params.iter().flatten() {
        if name == "tenant" {
            tenant = Some(value.to_owned());
        } else if let Some(fields) = with_fields(&mut given) {
            fields.insert(name.to_owned(), value.into());
        }
        object = Some(value.to_owned());
    }
    let act = Act::new(operation)
        .tenant(tenant.as_deref())
        .object(object.as_deref())
        .given(&given);
    let manager = Manager::Key {
        id: key.id.clone(),
        role: key.role(),
        client_ip: ClientAddress::of(&parts),
    };
    let record = api.tenants.begin_act(manager, act).await?;
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    let (response, made) = looked_into(response).await?;
    let outcome = response.status().outcome();
    record.finish(outcome, made.as_deref()).await;
    Ok(response)
}

/// A body within the cap.
pub(super) async fn whole(body: Body) -> Result<Bytes, Problem> {
    let read = body.collect().await;
    Ok(read.map_err(|_| Problem::too_large())?.to_bytes())
}

/// The fields of a body; one that is none is an empty one.
fn with_fields(given: &mut Value) -> Option<&mut serde_json::Map<String, Value>> {
    if !given.is_object() {
        *given = Value::Object(serde_json::Map::new());
    }
    given.as_object_mut()
}

/// The answer, and the id of what it tells of.
async fn looked_into(response: Response) -> Result<(Response, Option<String>), Problem> {
    let is_json = (response.headers().get(header::CONTENT_TYPE))
        .is_some_and(|kind| kind == "application/json");
    if !is_json {
        return Ok((response, None));
    }
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map_err(|_| Problem::unavailable())?;
    let body = body.to_bytes();
    let said: Value = serde_json::from_slice(&body).unwrap_or_default();
    let made = said["id"].as_str().map(str::to_owned);
    Ok((Response::from_parts(parts, Body::from(body)), made))
}
