//! Intercom apps that people connect with. A secret goes in and never comes out.

use super::{
    Api,
    caller::Manager,
    page::{Body, Page},
    problem::Problem,
};
use crate::connect::{self, AppSettings};
use axum::{
    Json,
    extract::{Path, State},
};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An Intercom app.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct App {
    id: String,
    name: String,
    /// Its id at Intercom.
    client_id: String,
    /// `us`, `eu` or `au`: whose page of consent its people see.
    region: String,
    /// Where its people may be sent back to, beside the pages of the configuration.
    return_to: Vec<String>,
    /// Milliseconds since 1970.
    created_at: i64,
}

/// An Intercom app to be kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewApp {
    /// Its name for people; its client id when left out.
    name: Option<String>,
    /// Its id at Intercom; an app with the same one is changed, and keeps its `id`.
    client_id: String,
    /// Its secret, which is kept sealed.
    #[schema(value_type = String, format = "password")]
    client_secret: String,
    /// `us`, `eu` or `au`; `us` when left out.
    region: Option<String>,
    /// Where its people may be sent back to: sites, all of whose pages count, or single pages.
    #[serde(default)]
    return_to: Vec<String>,
}

/// Apps of the tenant, or with a key of the deployment that names no tenant, the deployment's
#[utoipa::path(get, path = "/api/v1/apps", operation_id = "list_apps",
    responses((status = 200, body = Page<App>), (status = "default", body = Problem)))]
pub(super) async fn list(Manager(scope): Manager) -> Result<Json<Page<App>>, Problem> {
    let apps = scope.apps().await?;
    Ok(Json(Page::whole(apps.into_iter().map(shown).collect())))
}

/// Keep an app, or change the one with the same client id
#[utoipa::path(post, path = "/api/v1/apps", operation_id = "create_app", request_body = NewApp,
    responses((status = 201, body = App), (status = "default", body = Problem)))]
pub(super) async fn create(
    Manager(scope): Manager,
    State(api): State<Api>,
    Body(new): Body<NewApp>,
) -> Result<(StatusCode, Json<App>), Problem> {
    let region = new.region.as_deref().unwrap_or("us").parse();
    let new = connect::NewApp {
        name: new.name,
        client_id: new.client_id,
        client_secret: new.client_secret.into(),
        region: region.map_err(|error: intercom::RegionError| Problem::bad(format!("{error}.")))?,
        return_to: new.return_to,
    };
    let kept = api.tenants.keep_app(&scope, new).await?;
    Ok((StatusCode::CREATED, Json(shown(kept))))
}

/// Delete an app with its secret; connections made with it stay
#[utoipa::path(delete, path = "/api/v1/apps/{app}", operation_id = "delete_app",
    params(("app" = String, Path)), responses((status = 204), (status = "default", body = Problem)))]
pub(super) async fn delete(
    Manager(scope): Manager,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    scope.delete_app(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn shown(row: store::App) -> App {
    let settings: AppSettings = serde_json::from_str(&row.settings).unwrap_or_default();
    App {
        id: row.id,
        name: row.name,
        client_id: row.client_id,
        region: row.region,
        return_to: settings.return_to,
        created_at: row.created_at,
    }
}
