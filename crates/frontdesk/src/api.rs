//! The REST API under `/api/v1`, for servers of many tenants: one file a resource.
//!
//! What a handler may do is the type of its caller ([`caller`]): a route without one does not compile into the router by
//! accident, for nothing else gives a tenant's scope. The description at `/api/v1/openapi.json` is made from the handlers.

mod agent;
mod apps;
mod audit;
mod authorize_links;
mod caller;
mod connections;
mod deliveries;
mod endpoints;
mod execute;
mod grants;
mod idempotency;
mod keys;
mod notices;
mod page;
mod problem;
mod record;
mod sessions;
mod tenants;
mod usage;
mod users;

use crate::tenants::Tenants;
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use http::{HeaderValue, header};
use problem::Problem;
use record::Operations;
use std::sync::Arc;
use utoipa::{
    OpenApi,
    openapi::{
        OpenApi as Description,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

/// What all handlers share.
#[derive(Clone)]
pub(crate) struct Api {
    tenants: Arc<Tenants>,
    operations: Arc<Operations>,
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Frontdesk",
        description = "Tenants, their people, connections and endpoints, and their tools.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    security(("key" = []))
)]
struct Head;

/// The API's routes, its description among them.
pub(crate) fn router(tenants: Arc<Tenants>, max_body: usize) -> Router {
    let (routes, description) = documented().split_for_parts();
    let api = Api {
        tenants,
        operations: Arc::new(Operations::of(&description)),
    };
    let description = Arc::new(described(description));
    routes
        .route(
            "/api/v1/openapi.json",
            get(move || async move { Json((*description).clone()) }),
        )
        .route(
            "/api/v1/{*rest}",
            any(|| async { Problem::no_such("route") }),
        )
        .layer(middleware::from_fn_with_state(
            api.clone(),
            record::recorded,
        ))
        // Outside of the record: what is answered again is not done again.
        .layer(middleware::from_fn_with_state(
            api.clone(),
            idempotency::once,
        ))
        .layer(middleware::from_fn_with_state(api.clone(), guarded))
        .layer(DefaultBodyLimit::max(max_body))
        .with_state(api)
}

fn documented() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(Head::openapi())
        .merge(people())
        .merge(scoped())
        .merge(told())
}

/// Who there is.
fn people() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(tenants::list, tenants::create))
        .routes(routes!(tenants::get, tenants::change))
        .routes(routes!(users::list))
        .routes(routes!(users::get, users::put, users::delete))
        .routes(routes!(grants::set_password, grants::remove_password))
        .routes(routes!(keys::list, keys::create))
        .routes(routes!(keys::revoke))
}

/// What they may use.
fn scoped() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(connections::list, connections::create))
        .routes(routes!(connections::get, connections::revoke))
        .routes(routes!(connections::reconnect))
        .routes(routes!(endpoints::list, endpoints::create))
        .routes(routes!(
            endpoints::get,
            endpoints::change,
            endpoints::delete
        ))
        .routes(routes!(endpoints::rotate))
        .merge(sessions())
        .merge(connecting())
}

/// How they come to connections, and hear of their end.
fn connecting() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(apps::list, apps::create))
        .routes(routes!(apps::delete))
        .routes(routes!(authorize_links::create))
        .routes(routes!(notices::get, notices::put, notices::delete))
        .routes(routes!(notices::dead))
}

fn sessions() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(sessions::create))
        .routes(routes!(sessions::revoke))
        .routes(routes!(sessions::revoke_all))
        .routes(routes!(grants::list))
        .routes(routes!(grants::revoke))
}

/// What was done, and doing it.
fn told() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(audit::search))
        .routes(routes!(audit::export))
        .routes(routes!(audit::verify))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::replay))
        .routes(routes!(agent::list))
        .routes(routes!(agent::approve))
        .routes(routes!(agent::reject))
        .routes(routes!(agent::report))
        .routes(routes!(usage::get))
        .routes(routes!(execute::list))
        .routes(routes!(execute::execute))
}

fn described(mut description: Description) -> Description {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An API key: `frontdesk admin api-keys create`."))
        .build();
    description
        .components
        .get_or_insert_default()
        .add_security_scheme("key", SecurityScheme::Http(bearer));
    description
}

/// Answers are never cached; while the database cannot be followed, nothing is answered.
async fn guarded(State(api): State<Api>, request: Request, next: Next) -> Response {
    let mut response = if api.tenants.is_ready() {
        next.run(request).await
    } else {
        Problem::unavailable().into_response()
    };
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn the_description_is_whole() {
        let description = described(documented().into_openapi());
        let json: Value = serde_json::to_value(&description).unwrap();
        assert!(
            json["openapi"].as_str().unwrap().starts_with("3.1"),
            "{json}"
        );
        let mut names = std::collections::HashSet::new();
        for (path, methods) in json["paths"].as_object().unwrap() {
            assert!(path.starts_with("/api/v1/"), "{path}");
            for (method, operation) in methods.as_object().unwrap() {
                let name = operation["operationId"].as_str().unwrap();
                assert!(names.insert(name.to_owned()), "{name} is there twice");
                assert!(operation["summary"].is_string(), "{method} {path}");
                assert!(
                    operation["responses"].as_object().unwrap().len() > 1,
                    "{method} {path}"
                );
            }
        }
        assert!(names.len() > 25, "{}", names.len());
    }
}
