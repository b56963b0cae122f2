//! Links by which people connect their own Intercom.

use super::{Api, caller::Developer, page::Body, problem::Problem};
use crate::connect;
use axum::{Json, extract::State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// A link to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAuthorizeLink {
    /// Who shall connect; left out for a connection that the whole tenant uses.
    user: Option<String>,
    /// The Intercom app, by its `id` here; the only one there is when left out.
    app: Option<String>,
    /// The connection that shall be made again, and no other.
    connection: Option<String>,
    /// `us`, `eu` or `au`: where the person's workspace lives; the app's region when left out.
    region: Option<String>,
    /// Where to send the person afterwards, with `status=connected` and `connection`; a page that is named in the
    /// configuration or by the app. Without it they see a page that says that it is done.
    return_to: Option<String>,
    /// How long it is good, in seconds, at most seven days; an hour when left out.
    seconds: Option<u64>,
}

/// A link, told once. Whoever opens it may connect, so it goes to that person alone.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuthorizeLink {
    /// What the person opens; it is good until a connection came of it.
    url: String,
    /// Milliseconds since 1970.
    expires_at: i64,
}

/// Make a link by which a person connects their Intercom
#[utoipa::path(post, path = "/api/v1/authorize-links", operation_id = "create_authorize_link",
    request_body = NewAuthorizeLink,
    responses((status = 201, body = AuthorizeLink), (status = "default", body = Problem)))]
pub(super) async fn create(
    Developer(scope): Developer,
    State(api): State<Api>,
    Body(new): Body<NewAuthorizeLink>,
) -> Result<(StatusCode, Json<AuthorizeLink>), Problem> {
    let region = new.region.map(|region| region.parse()).transpose();
    let new = connect::NewLink {
        user: new.user,
        app: new.app,
        connection: new.connection,
        region: region.map_err(|error: intercom::RegionError| Problem::bad(format!("{error}.")))?,
        return_to: new.return_to,
        life: new.seconds.map(Duration::from_secs),
    };
    let link = api.tenants.authorize_link(scope.tenant(), new).await?;
    let told = AuthorizeLink {
        url: link.url,
        expires_at: link.expires_at,
    };
    Ok((StatusCode::CREATED, Json(told)))
}
