//! Tenants: for the deployment's own keys.

use super::{
    Api,
    caller::Operator,
    page::{Asked, Body, Page, PageOf},
    problem::Problem,
};
use crate::tenants::{audit_arguments, with_audit_arguments};
use axum::{
    Json,
    extract::{Path, State},
};
use gateway::Arguments;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use store::TenantState;
use utoipa::ToSchema;

/// A tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Tenant {
    id: String,
    name: String,
    /// `active` or `suspended`.
    state: &'static str,
    /// Whether nothing of its audit log may go.
    legal_hold: bool,
    /// Days that its audit log is kept.
    audit_days: i64,
    /// What its audit log keeps of arguments: `hashed` or `redacted`; none where the deployment's setting counts.
    #[schema(value_type = Option<String>)]
    audit_arguments: Option<Arguments>,
    /// Milliseconds since 1970.
    created_at: i64,
}

/// A tenant to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTenant {
    /// Letters, digits, `-` and `_`, at most 64.
    id: String,
    /// Its name for people; its id when left out.
    name: Option<String>,
}

/// What changes about a tenant; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TenantChange {
    name: Option<String>,
    /// `true` refuses all its calls and keeps its data.
    suspended: Option<bool>,
    legal_hold: Option<bool>,
    /// 1 to 3650.
    audit_days: Option<i64>,
    /// What its audit log keeps of arguments beside their hash: `hashed` for nothing, `redacted` for all but texts.
    audit_arguments: Option<String>,
}

/// All tenants
#[utoipa::path(get, path = "/api/v1/tenants", operation_id = "list_tenants", params(PageOf),
    responses((status = 200, body = Page<Tenant>), (status = "default", body = Problem)))]
pub(super) async fn list(
    Operator(system): Operator,
    Asked(page): Asked<PageOf>,
) -> Result<Json<Page<Tenant>>, Problem> {
    let limit = page.limit()?;
    let rows = system.tenants(&page.cursor, limit).await?;
    Ok(Json(Page::new(
        rows,
        limit,
        |row| row.tenant_id.clone(),
        shown,
    )))
}

/// Make a tenant
#[utoipa::path(post, path = "/api/v1/tenants", operation_id = "create_tenant", request_body = NewTenant,
    responses((status = 201, body = Tenant), (status = "default", body = Problem)))]
pub(super) async fn create(
    Operator(system): Operator,
    Body(new): Body<NewTenant>,
) -> Result<(StatusCode, Json<Tenant>), Problem> {
    crate::tenants::check_id(&new.id)?;
    let tenant = store::Tenant::new(&new.id, new.name.as_deref().unwrap_or(&new.id));
    system.create_tenant(tenant.clone()).await?;
    Ok((StatusCode::CREATED, Json(shown(tenant))))
}

/// One tenant
#[utoipa::path(get, path = "/api/v1/tenants/{tenant}", operation_id = "get_tenant",
    params(("tenant" = String, Path)),
    responses((status = 200, body = Tenant), (status = "default", body = Problem)))]
pub(super) async fn get(
    _: Operator,
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<Json<Tenant>, Problem> {
    let tenant = api.tenants.store().scope(&id)?.describe().await?;
    Ok(Json(shown(tenant)))
}

/// Change a tenant
#[utoipa::path(patch, path = "/api/v1/tenants/{tenant}", operation_id = "change_tenant",
    params(("tenant" = String, Path)), request_body = TenantChange,
    responses((status = 200, body = Tenant), (status = "default", body = Problem)))]
pub(super) async fn change(
    _: Operator,
    State(api): State<Api>,
    Path(id): Path<String>,
    Body(change): Body<TenantChange>,
) -> Result<Json<Tenant>, Problem> {
    let scope = api.tenants.store().scope(&id)?;
    let mut tenant = scope.describe().await?;
    if let Some(suspended) = change.suspended {
        tenant.state = if suspended {
            TenantState::Suspended
        } else {
            TenantState::Active
        };
    }
    if let Some(days) = change.audit_days {
        if !(1..=3650).contains(&days) {
            return Err(Problem::bad("`audit_days` must be from 1 to 3650."));
        }
        tenant.audit_days = days;
    }
    if let Some(word) = change.audit_arguments {
        let arguments = serde_json::from_value(word.into())
            .map_err(|_| Problem::bad("`audit_arguments` must be `hashed` or `redacted`."))?;
        tenant.settings = with_audit_arguments(&tenant.settings, arguments);
    }
    tenant.legal_hold = change.legal_hold.unwrap_or(tenant.legal_hold);
    tenant.name = change.name.unwrap_or(tenant.name);
    scope.update_tenant(tenant.clone()).await?;
    Ok(Json(shown(tenant)))
}

fn shown(tenant: store::Tenant) -> Tenant {
    Tenant {
        id: tenant.tenant_id,
        name: tenant.name,
        state: tenant.state.as_str(),
        legal_hold: tenant.legal_hold,
        audit_days: tenant.audit_days,
        audit_arguments: audit_arguments(&tenant.settings),
        created_at: tenant.created_at,
    }
}
