//! API keys of a tenant.

use super::{
    caller::Owner,
    page::{Body, Page},
    problem::Problem,
};
use crate::tenants::new_api_key;
use axum::{Json, extract::Path};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An API key.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ApiKey {
    id: String,
    name: String,
    /// `owner`, `developer` or `auditor`.
    role: &'static str,
    /// Milliseconds since 1970.
    created_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<i64>,
    /// The key, told this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

/// An API key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewApiKey {
    /// Its name for people.
    name: String,
    /// `owner`, `developer` or `auditor`.
    role: String,
    /// Milliseconds since 1970.
    expires_at: Option<i64>,
}

/// A tenant's API keys
#[utoipa::path(get, path = "/api/v1/api-keys", operation_id = "list_api_keys",
    responses((status = 200, body = Page<ApiKey>), (status = "default", body = Problem)))]
pub(super) async fn list(Owner(scope): Owner) -> Result<Json<Page<ApiKey>>, Problem> {
    let keys = scope.api_keys().await?;
    Ok(Json(Page::whole(keys.into_iter().map(shown).collect())))
}

/// Make an API key; it is told this once
#[utoipa::path(post, path = "/api/v1/api-keys", operation_id = "create_api_key", request_body = NewApiKey,
    responses((status = 201, body = ApiKey), (status = "default", body = Problem)))]
pub(super) async fn create(
    Owner(scope): Owner,
    Body(new): Body<NewApiKey>,
) -> Result<(StatusCode, Json<ApiKey>), Problem> {
    let (key, token) = new_api_key(&scope, &new.name, &new.role, new.expires_at).await?;
    let told = ApiKey {
        token: Some(token.tell().to_owned()),
        ..shown(key)
    };
    Ok((StatusCode::CREATED, Json(told)))
}

/// Revoke an API key
#[utoipa::path(delete, path = "/api/v1/api-keys/{key}", operation_id = "revoke_api_key",
    params(("key" = String, Path)), responses((status = 204), (status = "default", body = Problem)))]
pub(super) async fn revoke(
    Owner(scope): Owner,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    scope.revoke_api_key(&id, store::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn shown(key: store::ApiKey) -> ApiKey {
    ApiKey {
        id: key.id,
        name: key.name,
        role: key.role.as_str(),
        created_at: key.created_at,
        expires_at: key.expires_at,
        revoked_at: key.revoked_at,
        token: None,
    }
}
