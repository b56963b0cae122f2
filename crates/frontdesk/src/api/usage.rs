//! What was used: calls, changes, refusals, errors, tokens and requests to Intercom, by day.

use super::{
    caller::Reader,
    page::{Asked, Page},
    problem::Problem,
};
use crate::tenants::usage;
use axum::Json;
use serde::{Deserialize, Serialize};
use store::Used;
use utoipa::{IntoParams, ToSchema};

/// Which sums.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// The first day, such as `2026-11-01`; the last 30 days when left out.
    from: Option<String>,
    /// The last day; today when left out.
    to: Option<String>,
    /// Of this endpoint alone.
    endpoint: Option<String>,
    /// What has sums of its own: `day`, `endpoint`, `tenant`, separated by commas. `day,endpoint` when left out, and the
    /// tenant besides for a key of the deployment that names none.
    by: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// How many sums, 1 to 1000.
    #[serde(default = "usual")]
    limit: i64,
}

/// What was used.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Usage {
    /// The tenant, where tenants are told apart.
    #[serde(skip_serializing_if = "String::is_empty")]
    tenant: String,
    /// The day in UTC, where days are told apart.
    #[serde(skip_serializing_if = "String::is_empty")]
    day: String,
    /// The endpoint, where endpoints are told apart.
    #[serde(skip_serializing_if = "String::is_empty")]
    endpoint: String,
    /// Calls, whatever became of them.
    calls: i64,
    /// Calls that were let through and may have changed something.
    writes: i64,
    /// Calls that a rule, a budget or a person kept back.
    refused: i64,
    /// Calls that failed otherwise.
    errors: i64,
    /// Tokens of the answers, at four bytes each.
    tokens_out: i64,
    /// Requests to Intercom.
    upstream_calls: i64,
}

/// What was used, by day, endpoint and tenant; it is at most some seconds behind
#[utoipa::path(get, path = "/api/v1/usage", operation_id = "get_usage", params(Wanted),
    responses((status = 200, body = Page<Usage>), (status = "default", body = Problem)))]
pub(super) async fn get(
    reader: Reader,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Page<Usage>>, Problem> {
    if !(1..=1000).contains(&wanted.limit) {
        return Err(Problem::bad("`limit` must be from 1 to 1000."));
    }
    let by = wanted.by.as_deref().unwrap_or(match reader {
        Reader::Tenant(_) => "day,endpoint",
        Reader::All(_) => "tenant,day,endpoint",
    });
    let span = (wanted.from.as_deref(), wanted.to.as_deref());
    let mut filter = usage::filter(span, by, wanted.endpoint)?;
    filter.after = wanted.cursor.as_deref().map(place).transpose()?;
    let rows = match reader {
        Reader::Tenant(scope) => scope.used(filter, wanted.limit).await?,
        Reader::All(system) => system.used(filter, wanted.limit).await?,
    };
    let cursor = |row: &Used| format!("{}~{}~{}", row.tenant, row.day, row.endpoint);
    Ok(Json(Page::new(rows, wanted.limit, cursor, shown)))
}

fn shown(row: Used) -> Usage {
    Usage {
        tenant: row.tenant,
        day: if row.day == 0 {
            String::new()
        } else {
            usage::day(row.day)
        },
        endpoint: row.endpoint,
        calls: row.calls,
        writes: row.writes,
        refused: row.refused,
        errors: row.errors,
        tokens_out: row.tokens_out,
        upstream_calls: row.upstream_calls,
    }
}

/// The place that a cursor names.
fn place(cursor: &str) -> Result<(String, i64, String), Problem> {
    let mut parts = cursor.splitn(3, '~');
    let (tenant, day, endpoint) = (parts.next(), parts.next(), parts.next());
    match (tenant, day.map(str::parse), endpoint) {
        (Some(tenant), Some(Ok(day)), Some(endpoint)) => Ok((tenant.into(), day, endpoint.into())),
        _ => Err(Problem::bad(
            "`cursor` must be the `next_cursor` of the page before.",
        )),
    }
}

fn usual() -> i64 {
    200
}
