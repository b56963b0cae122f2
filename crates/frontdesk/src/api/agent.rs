//! The support agent: what waits for a person's word, and what it achieved.

use super::{
    caller::{Developer, Owner},
    page::{Asked, Body, Page},
    problem::Problem,
};
use ::agent::{approval, report};
use axum::{Json, extract::Path};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{ApprovalState, DAY, TenantScope};
use utoipa::{IntoParams, ToSchema};

/// Which approvals.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// `pending`, `approved`, `rejected` or `used`.
    #[serde(default = "pending")]
    state: String,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// How many, 1 to 200.
    #[serde(default = "usual")]
    limit: i64,
}

/// A call that waits for a person's word, or had it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Approval {
    id: String,
    workspace: String,
    /// The tool that is to be called; `reach_out` is a batch of messages.
    tool: String,
    #[schema(value_type = Object)]
    arguments: Value,
    /// The SHA-256 of tool and arguments.
    digest: String,
    about: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    conversation_id: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<String>,
    /// `done`, `begun`, `uncertain`, or why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    /// Milliseconds since 1970.
    created_at: i64,
    /// When the question, or the yes, loses its worth.
    expires_at: i64,
}

/// A person's word.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Word {
    /// Who says so.
    by: String,
    /// The digest of what they saw.
    digest: String,
}

/// Which time to report on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Span {
    /// From this day (UTC) or moment on; 30 days before `to` when left out.
    from: Option<String>,
    /// Before this day or moment; now when left out.
    to: Option<String>,
}

/// What waits for a person's word, newest first
#[utoipa::path(get, path = "/api/v1/agent/approvals", operation_id = "list_approvals", params(Wanted),
    responses((status = 200, body = Page<Approval>), (status = "default", body = Problem)))]
pub(super) async fn list(
    Developer(scope): Developer,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Page<Approval>>, Problem> {
    if !(1..=200).contains(&wanted.limit) {
        return Err(Problem::bad("`limit` must be from 1 to 200."));
    }
    let state = ApprovalState::parse(&wanted.state)
        .ok_or_else(|| Problem::bad("`state` must be pending, approved, rejected or used."))?;
    let before = wanted.cursor.as_deref();
    let found = scope.approvals(state, before, wanted.limit).await?;
    let place = |row: &store::Approval| row.id.clone();
    Ok(Json(Page::new(found, wanted.limit, place, shown)))
}

/// Allow a call: once, within 15 minutes, with the arguments of the digest
#[utoipa::path(post, path = "/api/v1/agent/approvals/{approval}/approve", operation_id = "approve",
    params(("approval" = String, Path)), request_body = Word,
    responses((status = 202), (status = "default", body = Problem)))]
pub(super) async fn approve(
    Owner(scope): Owner,
    Path(id): Path<String>,
    Body(word): Body<Word>,
) -> Result<StatusCode, Problem> {
    saw(&scope, &id, &word).await?;
    approval::approve(&scope, &id, &word.by).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Refuse a call
#[utoipa::path(post, path = "/api/v1/agent/approvals/{approval}/reject", operation_id = "reject",
    params(("approval" = String, Path)), request_body = Word,
    responses((status = 204), (status = "default", body = Problem)))]
pub(super) async fn reject(
    Owner(scope): Owner,
    Path(id): Path<String>,
    Body(word): Body<Word>,
) -> Result<StatusCode, Problem> {
    saw(&scope, &id, &word).await?;
    approval::reject(&scope, &id, &word.by).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the agent achieved
#[utoipa::path(get, path = "/api/v1/agent/report", operation_id = "agent_report", params(Span),
    responses((status = 200, body = Object), (status = "default", body = Problem)))]
pub(super) async fn report(
    Developer(scope): Developer,
    Asked(span): Asked<Span>,
) -> Result<Json<report::Report>, Problem> {
    let now = store::now();
    let time = |text: &Option<String>| {
        let parsed = text.as_deref().map(crate::audit_export::moment);
        parsed.transpose().map_err(Problem::bad)
    };
    let to = time(&span.to)?.unwrap_or(now);
    let from = time(&span.from)?.unwrap_or(to - 30 * DAY);
    if from >= to {
        return Err(Problem::bad("`from` must be before `to`."));
    }
    Ok(Json(report::report(&scope, (from, to), now).await?))
}

/// Whether a person decides on what they saw.
async fn saw(scope: &TenantScope, id: &str, word: &Word) -> Result<(), Problem> {
    if word.by.trim().is_empty() || word.by.len() > 200 {
        return Err(Problem::bad("`by` must name the person who decides."));
    }
    if scope.approval(id).await?.digest != word.digest {
        return Err(Problem::conflict(
            "`digest` is not that of this approval: read it again, and decide on what it says now.",
        ));
    }
    Ok(())
}

fn shown(row: store::Approval) -> Approval {
    Approval {
        id: row.id,
        workspace: row.workspace_id,
        tool: row.tool,
        arguments: serde_json::from_str(&row.arguments).unwrap_or_default(),
        digest: row.digest,
        about: row.about,
        conversation_id: row.conversation_id,
        state: row.state.as_str(),
        decided_by: row.decided_by,
        outcome: row.outcome,
        created_at: row.created_at,
        expires_at: row.expires_at,
    }
}

fn pending() -> String {
    "pending".into()
}

fn usual() -> i64 {
    50
}
