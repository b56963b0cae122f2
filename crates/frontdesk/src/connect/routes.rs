//! What browsers open: links, the way back from Intercom, and the address of a connection to be made again.

use super::{
    Stop,
    pages::{page, protect},
    trip::{Callback, Returned},
};
use crate::client_address::ClientAddress;
use crate::tenants::Tenants;
use axum::{
    Router,
    extract::{Path, Query, Request, State, rejection::QueryRejection},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::sync::Arc;
use store::Connection;
use url::Url;

/// The routes under `/connect`.
pub(crate) fn router(tenants: Arc<Tenants>) -> Router {
    Router::new()
        .route("/connect/callback", get(back))
        .route("/connect/again/{tenant}/{connection}", get(again))
        .route("/connect/{link}", get(open))
        .layer(middleware::from_fn(protected))
        .with_state(tenants)
}

async fn protected(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    protect(response.headers_mut());
    response
}

async fn open(
    State(tenants): State<Arc<Tenants>>,
    from: ClientAddress,
    Path(link): Path<String>,
) -> Response {
    answer(match admitted(&tenants, from) {
        Ok(()) => tenants.open_link(&link).await,
        Err(stop) => Err(stop),
    })
}

async fn again(
    State(tenants): State<Arc<Tenants>>,
    from: ClientAddress,
    Path((tenant, connection)): Path<(String, String)>,
) -> Response {
    answer(match admitted(&tenants, from) {
        Ok(()) => tenants.again(&tenant, &connection).await,
        Err(stop) => Err(stop),
    })
}

/// Each trip is kept, and everybody can set out on one: only so many do.
fn admitted(tenants: &Tenants, from: ClientAddress) -> Result<(), Stop> {
    let strangers = &tenants.connecting().strangers;
    strangers.requests.take(from.0).map_err(Stop::Busy)
}

async fn back(
    State(tenants): State<Arc<Tenants>>,
    from: ClientAddress,
    query: Result<Query<Callback>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let Ok(Query(query)) = query else {
        return Stop::Spent.into_response();
    };
    // Boxed, or each layer above would copy the state of the whole trip.
    answer(Box::pin(arrived(&tenants, query, (&headers, from))).await)
}

async fn arrived(
    tenants: &Tenants,
    query: Callback,
    place: (&HeaderMap, ClientAddress),
) -> Result<Response, Stop> {
    let returned = tenants.take_back(query, place).await?;
    if let Some(resume) = &returned.trip.resume {
        return tenants.sign_in(&returned, resume).await;
    }
    let made = tenants.land(&returned).await?;
    Ok(done(&returned, &made))
}

/// Back to where the person came from, or a page that says that it is done.
fn done(returned: &Returned, made: &Connection) -> Response {
    let target = returned.trip.return_to.as_deref();
    if let Some(mut url) = target.and_then(|text| Url::parse(text).ok()) {
        url.query_pairs_mut()
            .append_pair("status", "connected")
            .append_pair("connection", &made.id);
        if let Ok(location) = HeaderValue::try_from(String::from(url)) {
            return (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response();
        }
    }
    let workspace = made.workspace_name.as_deref().unwrap_or("your workspace");
    let name = made.admin_name.as_deref().unwrap_or("you");
    page(
        StatusCode::OK,
        "Connected",
        &[
            &format!("{workspace} is connected, as {name}."),
            "You can close this page.",
        ],
    )
}

fn answer(result: Result<impl IntoResponse, Stop>) -> Response {
    match result {
        Ok(response) => response.into_response(),
        Err(stop) => stop.into_response(),
    }
}
