//! Received webhooks: what became of them, and dealing with one again.

use super::{
    caller::Developer,
    page::{Asked, Page},
    problem::Problem,
};
use axum::{Json, extract::Path};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use store::DeliveryState;
use utoipa::{IntoParams, ToSchema};

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// `pending`, `running`, `done` or `dead`.
    #[serde(default = "dead")]
    state: String,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// How many, 1 to 200.
    #[serde(default = "usual")]
    limit: i64,
}

/// A received webhook. Its text is not told.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Delivery {
    id: String,
    /// The workspace.
    workspace: String,
    notification_id: String,
    topic: String,
    /// The conversation, where it is about one.
    #[serde(skip_serializing_if = "String::is_empty")]
    conversation_id: String,
    state: &'static str,
    attempts: i64,
    /// Why it last failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Milliseconds since 1970.
    received_at: i64,
    updated_at: i64,
}

/// Received webhooks, newest first
#[utoipa::path(get, path = "/api/v1/deliveries", operation_id = "list_deliveries", params(Wanted),
    responses((status = 200, body = Page<Delivery>), (status = "default", body = Problem)))]
pub(super) async fn list(
    Developer(scope): Developer,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Page<Delivery>>, Problem> {
    if !(1..=200).contains(&wanted.limit) {
        return Err(Problem::bad("`limit` must be from 1 to 200."));
    }
    let state = DeliveryState::parse(&wanted.state)
        .ok_or_else(|| Problem::bad("`state` must be pending, running, done or dead."))?;
    let before = wanted.cursor.as_deref();
    let found = scope.deliveries(state, before, wanted.limit).await?;
    let place = |row: &store::Delivery| row.id.clone();
    Ok(Json(Page::new(found, wanted.limit, place, shown)))
}

/// Deal with a received webhook again
#[utoipa::path(post, path = "/api/v1/deliveries/{delivery}/replay", operation_id = "replay_delivery",
    params(("delivery" = String, Path)), responses((status = 202), (status = "default", body = Problem)))]
pub(super) async fn replay(
    Developer(scope): Developer,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    scope.revive_delivery(&id, store::now()).await?;
    Ok(StatusCode::ACCEPTED)
}

fn shown(row: store::Delivery) -> Delivery {
    Delivery {
        id: row.id,
        workspace: row.app_id,
        notification_id: row.notification_id,
        topic: row.topic,
        conversation_id: row.lane,
        state: row.state.as_str(),
        attempts: row.attempts,
        error: row.error,
        received_at: row.received_at,
        updated_at: row.updated_at,
    }
}

fn dead() -> String {
    "dead".into()
}

fn usual() -> i64 {
    50
}
