//! Scoped MCP servers.

use super::{
    Api,
    caller::Developer,
    page::{Asked, Body, Page, PageOf},
    problem::Problem,
};
use crate::tenants::{self, EndpointSettings};
use axum::{
    Json,
    extract::{Path, State},
};
use http::StatusCode;
use serde::{Deserialize, Deserializer, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// An endpoint.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Endpoint {
    id: String,
    name: String,
    /// The connection it uses; missing when each caller uses its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<String>,
    /// What it allows.
    #[schema(value_type = Object)]
    settings: serde_json::Value,
    /// Whether its address alone is not enough.
    require_api_token: bool,
    /// `active` or `disabled`.
    state: &'static str,
    /// When it is gone, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
    /// Milliseconds since 1970.
    created_at: i64,
    /// The token of its address, told this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

/// An endpoint to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewEndpoint {
    /// Its name for people.
    #[serde(default)]
    name: String,
    /// The connection it uses; left out, each caller uses its own.
    connection: Option<String>,
    /// What it allows: `ceiling`, `toolsets`, `allow`, `deny`, `open_ended`, `dialect`, `unconfirmed`, `mode`, `sign_in`,
    /// and the controls `rules`, `mask`, `confirm` and `budgets` (docs/rules.md).
    #[serde(default)]
    #[schema(value_type = Object)]
    settings: EndpointSettings,
    #[serde(default)]
    require_api_token: bool,
    /// When it is gone, in milliseconds since 1970.
    expires_at: Option<i64>,
}

/// What changes about an endpoint; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EndpointChange {
    name: Option<String>,
    /// What it allows from now on: these settings take the place of all that were there.
    #[schema(value_type = Option<Object>)]
    settings: Option<EndpointSettings>,
    require_api_token: Option<bool>,
    /// `true` refuses all its calls and keeps its tokens.
    disabled: Option<bool>,
    /// When it is gone, in milliseconds since 1970; `null` takes its end away.
    #[serde(default, deserialize_with = "some")]
    #[schema(value_type = Option<i64>)]
    #[expect(clippy::option_option, reason = "left out, null and a time differ")]
    expires_at: Option<Option<i64>>,
}

/// A field that is there, be it `null`.
#[expect(clippy::option_option, reason = "left out, null and a time differ")]
fn some<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<i64>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// How a token is replaced.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Rotation {
    /// Seconds that the tokens before stay good, at most a week.
    grace_seconds: u64,
}

/// A token, told this once.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Told {
    token: String,
}

/// A tenant's endpoints
#[utoipa::path(get, path = "/api/v1/endpoints", operation_id = "list_endpoints", params(PageOf),
    responses((status = 200, body = Page<Endpoint>), (status = "default", body = Problem)))]
pub(super) async fn list(
    Developer(scope): Developer,
    Asked(page): Asked<PageOf>,
) -> Result<Json<Page<Endpoint>>, Problem> {
    let limit = page.limit()?;
    let rows = scope.endpoints(&page.cursor, limit).await?;
    Ok(Json(Page::new(rows, limit, |row| row.id.clone(), shown)))
}

/// Make an endpoint; its token is told this once
#[utoipa::path(post, path = "/api/v1/endpoints", operation_id = "create_endpoint", request_body = NewEndpoint,
    responses((status = 201, body = Endpoint), (status = "default", body = Problem)))]
pub(super) async fn create(
    Developer(scope): Developer,
    State(api): State<Api>,
    Body(new): Body<NewEndpoint>,
) -> Result<(StatusCode, Json<Endpoint>), Problem> {
    let new = tenants::NewEndpoint {
        name: new.name,
        connection: new.connection,
        settings: new.settings,
        require_api_token: new.require_api_token,
        expires_at: new.expires_at,
    };
    let (made, token) = api.tenants.create_endpoint(scope.tenant(), new).await?;
    let told = Endpoint {
        token: Some(token.tell().to_owned()),
        ..shown(made)
    };
    Ok((StatusCode::CREATED, Json(told)))
}

/// One endpoint
#[utoipa::path(get, path = "/api/v1/endpoints/{endpoint}", operation_id = "get_endpoint",
    params(("endpoint" = String, Path)),
    responses((status = 200, body = Endpoint), (status = "default", body = Problem)))]
pub(super) async fn get(
    Developer(scope): Developer,
    Path(id): Path<String>,
) -> Result<Json<Endpoint>, Problem> {
    Ok(Json(shown(scope.endpoint(&id).await?)))
}

/// Change an endpoint; its tokens stay
#[utoipa::path(patch, path = "/api/v1/endpoints/{endpoint}", operation_id = "change_endpoint",
    params(("endpoint" = String, Path)), request_body = EndpointChange,
    responses((status = 200, body = Endpoint), (status = "default", body = Problem)))]
pub(super) async fn change(
    Developer(scope): Developer,
    State(api): State<Api>,
    Path(id): Path<String>,
    Body(change): Body<EndpointChange>,
) -> Result<Json<Endpoint>, Problem> {
    let change = tenants::EndpointChange {
        name: change.name,
        settings: change.settings,
        require_api_token: change.require_api_token,
        disabled: change.disabled,
        expires_at: change.expires_at,
    };
    let changed = api.tenants.change_endpoint(scope.tenant(), &id, change);
    Ok(Json(shown(changed.await?)))
}

/// Delete an endpoint with its tokens
#[utoipa::path(delete, path = "/api/v1/endpoints/{endpoint}", operation_id = "delete_endpoint",
    params(("endpoint" = String, Path)), responses((status = 204), (status = "default", body = Problem)))]
pub(super) async fn delete(
    Developer(scope): Developer,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    scope.delete_endpoint(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give an endpoint a new token; it is told this once
#[utoipa::path(post, path = "/api/v1/endpoints/{endpoint}/rotate", operation_id = "rotate_endpoint",
    params(("endpoint" = String, Path)), request_body = Rotation,
    responses((status = 200, body = Told), (status = "default", body = Problem)))]
pub(super) async fn rotate(
    Developer(scope): Developer,
    State(api): State<Api>,
    Path(id): Path<String>,
    Body(rotation): Body<Rotation>,
) -> Result<Json<Told>, Problem> {
    let grace = Duration::from_secs(rotation.grace_seconds);
    if grace > Duration::from_hours(24 * 7) {
        return Err(Problem::bad("`grace_seconds` is at most a week."));
    }
    let token = api
        .tenants
        .rotate_endpoint(scope.tenant(), &id, grace)
        .await?;
    Ok(Json(Told {
        token: token.tell().to_owned(),
    }))
}

fn shown(row: store::Endpoint) -> Endpoint {
    Endpoint {
        id: row.id,
        name: row.name,
        connection: row.connection_id,
        settings: serde_json::from_str(&row.settings).unwrap_or_default(),
        require_api_token: row.require_api_token,
        state: row.state.as_str(),
        expires_at: row.expires_at,
        created_at: row.created_at,
        token: None,
    }
}
