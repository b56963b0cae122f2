//! The record of all calls.

use super::{
    caller::Auditor,
    page::{Asked, Page},
    problem::Problem,
};
use crate::audit_export::{Format, Span, moment, pages};
use axum::{
    Json,
    body::Body,
    response::{IntoResponse, Response},
};
use http::header;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{AuditFilter, Verdict};
use utoipa::{IntoParams, ToSchema};

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// From this time on, in milliseconds since 1970.
    from: Option<i64>,
    /// Before this time.
    to: Option<i64>,
    /// `begin` or `finish` of a call; `admin_begin` or `admin_finish` of a change to tenants, people, keys or endpoints.
    kind: Option<String>,
    call: Option<String>,
    user: Option<String>,
    endpoint: Option<String>,
    /// The tool, or the operation of the API that made a change.
    tool: Option<String>,
    /// How the call ended: `ok`, `denied`, `upstream`, …
    outcome: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<i64>,
    /// How many entries, 1 to 1000.
    #[serde(default = "usual")]
    limit: i64,
}

/// An entry of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Entry {
    /// Its place in the tenant's chain.
    seq: i64,
    event_id: String,
    kind: String,
    /// Milliseconds since 1970.
    at: i64,
    /// All that is known.
    #[schema(value_type = Object)]
    event: Value,
    /// Its hash, which holds the hash of the entry before.
    hash: String,
}

/// What a check of the chain found.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Check {
    /// Whether no entry was edited, deleted or moved.
    whole: bool,
    /// How many entries there are, where all are right.
    #[serde(skip_serializing_if = "Option::is_none")]
    entries: Option<i64>,
    /// The first place that is not right.
    #[serde(skip_serializing_if = "Option::is_none")]
    broken_at: Option<i64>,
    /// What is wrong there.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

/// Entries that match, newest first
#[utoipa::path(get, path = "/api/v1/audit", operation_id = "search_audit", params(Wanted),
    responses((status = 200, body = Page<Entry>), (status = "default", body = Problem)))]
pub(super) async fn search(
    Auditor(scope): Auditor,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Page<Entry>>, Problem> {
    if !(1..=1000).contains(&wanted.limit) {
        return Err(Problem::bad("`limit` must be from 1 to 1000."));
    }
    let filter = AuditFilter {
        from: wanted.from,
        to: wanted.to,
        kind: wanted.kind,
        call_id: wanted.call,
        user_id: wanted.user,
        endpoint_id: wanted.endpoint,
        tool: wanted.tool,
        outcome: wanted.outcome,
    };
    let found = scope
        .search_audit(filter, wanted.cursor, wanted.limit)
        .await?;
    let place = |row: &store::Entry| row.seq.to_string();
    Ok(Json(Page::new(found, wanted.limit, place, shown)))
}

/// Which entries, in which form.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Export {
    /// `jsonl`, `csv`, `ocsf`, `syslog` or `otlp`.
    format: Option<String>,
    /// From this day or moment on: `2026-11-21`, `2026-11-21T10:00:00Z`, or milliseconds since 1970.
    from: Option<String>,
    /// Before this day or moment.
    to: Option<String>,
    /// Only those after this place of the chain.
    after: Option<i64>,
}

/// The entries of a span of time, oldest first, in a form for other programs
#[utoipa::path(get, path = "/api/v1/audit/export", operation_id = "export_audit", params(Export),
    responses((status = 200, body = String, content_type = "application/x-ndjson"), (status = "default", body = Problem)))]
pub(super) async fn export(
    Auditor(scope): Auditor,
    Asked(export): Asked<Export>,
) -> Result<Response, Problem> {
    let format = export.format.as_deref().unwrap_or("jsonl");
    let format = Format::parse(format).map_err(|error| Problem::bad(format!("{error}.")))?;
    let time = |text: Option<&str>, usual| match text {
        Some(text) => moment(text).map_err(|error| Problem::bad(format!("{error}."))),
        None => Ok(usual),
    };
    let usual = Span::default();
    let span = Span {
        after: export.after.unwrap_or(usual.after),
        from: time(export.from.as_deref(), usual.from)?,
        to: time(export.to.as_deref(), usual.to)?,
    };
    let kind = [(header::CONTENT_TYPE, format.content_type())];
    let body = Body::from_stream(pages(scope, format, span));
    Ok((kind, body).into_response())
}

/// Check that no entry was edited, deleted or moved
#[utoipa::path(get, path = "/api/v1/audit/verify", operation_id = "verify_audit",
    responses((status = 200, body = Check), (status = "default", body = Problem)))]
pub(super) async fn verify(Auditor(scope): Auditor) -> Result<Json<Check>, Problem> {
    Ok(Json(match scope.verify_audit(None).await? {
        Verdict::Whole { entries, .. } => Check {
            whole: true,
            entries: Some(entries),
            broken_at: None,
            fault: None,
        },
        Verdict::Broken { seq, fault } => Check {
            whole: false,
            entries: None,
            broken_at: Some(seq),
            fault: Some(format!("{fault:?}")),
        },
    }))
}

fn shown(row: store::Entry) -> Entry {
    Entry {
        seq: row.seq,
        event_id: row.event_id,
        kind: row.kind,
        at: row.at,
        event: serde_json::from_str(&row.body).unwrap_or_default(),
        hash: crate::tenants::hex(&row.hash),
    }
}

fn usual() -> i64 {
    100
}
