//! Where a tenant is told of its connections, and what could not be done.

use super::{
    Api,
    caller::Owner,
    page::{Body, Page},
    problem::Problem,
};
use axum::{Json, extract::State};
use http::StatusCode;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use store::ErrandState;
use utoipa::ToSchema;

/// How many errands are told.
const MOST: i64 = 200;

/// A tenant's webhook.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Notices {
    /// Where notices are sent; missing while they go where the deployment's go, or nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// What signs them (Standard Webhooks, HMAC-SHA256), told this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// A webhook to be set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewNotices {
    /// Where to send notices: an https address on the public internet.
    url: String,
}

/// Something that was tried too often.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Errand {
    /// `notice`, `probe` or `revocation`.
    kind: &'static str,
    /// Of a notice the event's id, else the connection's.
    id: String,
    /// How often it was tried.
    attempts: i64,
    /// Why it last failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Milliseconds since 1970.
    created_at: i64,
}

/// The tenant's webhook
#[utoipa::path(get, path = "/api/v1/notices", operation_id = "get_notices",
    responses((status = 200, body = Notices), (status = "default", body = Problem)))]
pub(super) async fn get(
    Owner(scope): Owner,
    State(api): State<Api>,
) -> Result<Json<Notices>, Problem> {
    let url = api.tenants.notice_url(scope.tenant()).await?;
    Ok(Json(Notices { url, secret: None }))
}

/// Have the tenant told of refused connections; the secret is told this once
#[utoipa::path(put, path = "/api/v1/notices", operation_id = "put_notices", request_body = NewNotices,
    responses((status = 200, body = Notices), (status = "default", body = Problem)))]
pub(super) async fn put(
    Owner(scope): Owner,
    State(api): State<Api>,
    Body(new): Body<NewNotices>,
) -> Result<Json<Notices>, Problem> {
    let secret = api.tenants.set_notice(scope.tenant(), &new.url).await?;
    Ok(Json(Notices {
        url: Some(new.url),
        secret: Some(secret.expose_secret().to_owned()),
    }))
}

/// Send the tenant's notices where the deployment's go
#[utoipa::path(delete, path = "/api/v1/notices", operation_id = "delete_notices",
    responses((status = 204), (status = "default", body = Problem)))]
pub(super) async fn delete(
    Owner(scope): Owner,
    State(api): State<Api>,
) -> Result<StatusCode, Problem> {
    api.tenants.unset_notice(scope.tenant()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Notices, probes and revocations that were given up
#[utoipa::path(get, path = "/api/v1/notices/dead", operation_id = "list_dead_errands",
    responses((status = 200, body = Page<Errand>), (status = "default", body = Problem)))]
pub(super) async fn dead(Owner(scope): Owner) -> Result<Json<Page<Errand>>, Problem> {
    let rows = scope.errands(ErrandState::Dead, MOST).await?;
    let rows = rows.into_iter().map(|row| Errand {
        kind: row.kind.as_str(),
        id: row.id,
        attempts: row.attempts,
        error: row.error,
        created_at: row.created_at,
    });
    Ok(Json(Page::whole(rows.collect())))
}
