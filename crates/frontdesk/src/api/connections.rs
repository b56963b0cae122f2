//! Links to Intercom workspaces. A token goes in and never comes out.

use super::{
    Api,
    caller::Developer,
    page::{Asked, Body, Page, PageOf},
    problem::Problem,
};
use crate::tenants;
use axum::{
    Json,
    extract::{Path, State},
};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A connection.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Connection {
    id: String,
    /// Whose it is; missing when the whole tenant uses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    /// `us`, `eu` or `au`.
    region: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    workspace_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workspace_name: Option<String>,
    /// The teammate that calls act as.
    #[serde(skip_serializing_if = "Option::is_none")]
    admin_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    admin_name: Option<String>,
    /// `active`, `quarantined` (Intercom refused its token) or `revoked`.
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Milliseconds since 1970.
    created_at: i64,
}

/// A connection to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewConnection {
    /// An access token of the workspace; it is tried at Intercom and kept sealed.
    #[schema(value_type = String, format = "password")]
    access_token: String,
    /// Whose it is; the whole tenant's when left out.
    user: Option<String>,
    /// `us`, `eu` or `au`; all are tried when left out.
    region: Option<String>,
}

/// A tenant's connections
#[utoipa::path(get, path = "/api/v1/connections", operation_id = "list_connections", params(PageOf),
    responses((status = 200, body = Page<Connection>), (status = "default", body = Problem)))]
pub(super) async fn list(
    Developer(scope): Developer,
    Asked(page): Asked<PageOf>,
) -> Result<Json<Page<Connection>>, Problem> {
    let limit = page.limit()?;
    let rows = scope.connections(&page.cursor, limit).await?;
    Ok(Json(Page::new(rows, limit, |row| row.id.clone(), shown)))
}

/// Connect a workspace by an access token
#[utoipa::path(post, path = "/api/v1/connections", operation_id = "create_connection", request_body = NewConnection,
    responses((status = 201, body = Connection), (status = "default", body = Problem)))]
pub(super) async fn create(
    Developer(scope): Developer,
    State(api): State<Api>,
    Body(new): Body<NewConnection>,
) -> Result<(StatusCode, Json<Connection>), Problem> {
    let made = api.tenants.connect(scope.tenant(), read(new)?).await?;
    Ok((StatusCode::CREATED, Json(shown(made))))
}

/// One connection
#[utoipa::path(get, path = "/api/v1/connections/{connection}", operation_id = "get_connection",
    params(("connection" = String, Path)),
    responses((status = 200, body = Connection), (status = "default", body = Problem)))]
pub(super) async fn get(
    Developer(scope): Developer,
    Path(id): Path<String>,
) -> Result<Json<Connection>, Problem> {
    Ok(Json(shown(scope.connection(&id).await?)))
}

/// Give a connection another access token; its endpoints stay
#[utoipa::path(post, path = "/api/v1/connections/{connection}/reconnect", operation_id = "reconnect_connection",
    params(("connection" = String, Path)), request_body = NewConnection,
    responses((status = 200, body = Connection), (status = "default", body = Problem)))]
pub(super) async fn reconnect(
    Developer(scope): Developer,
    State(api): State<Api>,
    Path(id): Path<String>,
    Body(new): Body<NewConnection>,
) -> Result<Json<Connection>, Problem> {
    let made = api
        .tenants
        .reconnect(scope.tenant(), &id, read(new)?)
        .await?;
    Ok(Json(shown(made)))
}

/// End a connection and destroy its sealed token
#[utoipa::path(delete, path = "/api/v1/connections/{connection}", operation_id = "revoke_connection",
    params(("connection" = String, Path)), responses((status = 204), (status = "default", body = Problem)))]
pub(super) async fn revoke(
    Developer(scope): Developer,
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    api.tenants.disconnect(scope.tenant(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn read(new: NewConnection) -> Result<tenants::NewConnection, Problem> {
    let region = new.region.map(|region| region.parse()).transpose();
    let region =
        region.map_err(|error: intercom::RegionError| Problem::bad(format!("{error}.")))?;
    Ok(tenants::NewConnection {
        user: new.user,
        token: new.access_token.into(),
        region,
        app: None,
    })
}

fn shown(row: store::Connection) -> Connection {
    Connection {
        id: row.id,
        user: row.user_id,
        region: row.region,
        workspace_id: row.workspace_id,
        workspace_name: row.workspace_name,
        admin_id: row.admin_id,
        admin_name: row.admin_name,
        state: row.state.as_str(),
        reason: row.reason,
        created_at: row.created_at,
    }
}
