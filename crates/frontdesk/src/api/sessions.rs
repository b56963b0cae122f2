//! Short-lived tokens of a person at an endpoint, made for one run.

use super::{Api, caller::Developer, page::Body, problem::Problem};
use axum::{
    Json,
    extract::{Path, State},
};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// A session token.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Session {
    id: String,
    user: String,
    endpoint: String,
    /// Milliseconds since 1970.
    expires_at: i64,
    /// The token, told this once.
    token: String,
}

/// A session token to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSession {
    user: String,
    endpoint: String,
    /// How long it is good: 1 to 86400.
    #[serde(default = "an_hour")]
    seconds: u64,
}

/// How many there were.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Revoked {
    revoked: u64,
}

/// Let a person use an endpoint for a while; the token is told this once
#[utoipa::path(post, path = "/api/v1/sessions", operation_id = "create_session", request_body = NewSession,
    responses((status = 201, body = Session), (status = "default", body = Problem)))]
pub(super) async fn create(
    Developer(scope): Developer,
    State(api): State<Api>,
    Body(new): Body<NewSession>,
) -> Result<(StatusCode, Json<Session>), Problem> {
    let life = Duration::from_secs(new.seconds);
    let (session, token) = api
        .tenants
        .create_session(scope.tenant(), &new.user, &new.endpoint, life)
        .await?;
    let told = Session {
        id: session.id,
        user: session.user_id,
        endpoint: session.endpoint_id,
        expires_at: session.expires_at,
        token: token.tell().to_owned(),
    };
    Ok((StatusCode::CREATED, Json(told)))
}

/// Revoke a session token
#[utoipa::path(delete, path = "/api/v1/sessions/{session}", operation_id = "revoke_session",
    params(("session" = String, Path)), responses((status = 204), (status = "default", body = Problem)))]
pub(super) async fn revoke(
    Developer(scope): Developer,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    scope.revoke_session(&id, store::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Revoke all session tokens of a person
#[utoipa::path(delete, path = "/api/v1/users/{user}/sessions", operation_id = "revoke_sessions_of_user",
    params(("user" = String, Path)),
    responses((status = 200, body = Revoked), (status = "default", body = Problem)))]
pub(super) async fn revoke_all(
    Developer(scope): Developer,
    Path(user): Path<String>,
) -> Result<Json<Revoked>, Problem> {
    let revoked = scope.revoke_sessions_of(&user, store::now()).await?;
    Ok(Json(Revoked { revoked }))
}

fn an_hour() -> u64 {
    3600
}
