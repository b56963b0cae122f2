//! What people granted to OAuth clients, and the passwords that they sign in with.

use super::{
    Api,
    caller::Developer,
    page::{Body, Page},
    problem::Problem,
};
use axum::{
    Json,
    extract::{Path, State},
};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a person granted to a client.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Grant {
    id: String,
    /// The client's id; for a client with a metadata document, the document's address.
    client: String,
    endpoint: String,
    /// `tools:read`, or `tools:read tools:write`.
    scope: String,
    /// Milliseconds since 1970.
    created_at: i64,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<i64>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// A password to sign in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Password {
    /// At least 12 characters.
    password: String,
}

/// What a person granted to OAuth clients
#[utoipa::path(get, path = "/api/v1/users/{user}/grants", operation_id = "list_grants", params(("user" = String, Path)),
    responses((status = 200, body = Page<Grant>), (status = "default", body = Problem)))]
pub(super) async fn list(
    Developer(scope): Developer,
    Path(user): Path<String>,
) -> Result<Json<Page<Grant>>, Problem> {
    scope.user(&user).await?;
    let grants = scope.grants_of(&user).await?.into_iter().map(shown);
    Ok(Json(Page::whole(grants.collect())))
}

/// Revoke what a person granted, with all its tokens
#[utoipa::path(delete, path = "/api/v1/grants/{grant}", operation_id = "revoke_grant", params(("grant" = String, Path)),
    responses((status = 204), (status = "default", body = Problem)))]
pub(super) async fn revoke(
    Developer(scope): Developer,
    Path(grant): Path<String>,
) -> Result<StatusCode, Problem> {
    let reason = "revoked by an API key";
    scope.revoke_grant(&grant, reason, store::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give a person a password to sign in to endpoints with
#[utoipa::path(put, path = "/api/v1/users/{user}/password", operation_id = "set_password",
    params(("user" = String, Path)), request_body = Password,
    responses((status = 204), (status = "default", body = Problem)))]
pub(super) async fn set_password(
    Developer(scope): Developer,
    State(api): State<Api>,
    Path(user): Path<String>,
    Body(new): Body<Password>,
) -> Result<StatusCode, Problem> {
    api.tenants
        .set_password(scope.tenant(), &user, new.password.into())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a person's password away
#[utoipa::path(delete, path = "/api/v1/users/{user}/password", operation_id = "remove_password",
    params(("user" = String, Path)), responses((status = 204), (status = "default", body = Problem)))]
pub(super) async fn remove_password(
    Developer(scope): Developer,
    State(api): State<Api>,
    Path(user): Path<String>,
) -> Result<StatusCode, Problem> {
    api.tenants.remove_password(scope.tenant(), &user).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn shown(grant: store::Grant) -> Grant {
    Grant {
        id: grant.id,
        client: grant.client_id,
        endpoint: grant.endpoint_id,
        scope: grant.scope,
        created_at: grant.created_at,
        revoked_at: grant.revoked_at,
        reason: grant.reason,
    }
}
