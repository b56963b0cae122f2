//! MCP authorization for the tenants' server: it protects the endpoints, and is their authorization server too.
//!
//! A client that knows an endpoint's address alone is led by a challenge ([`challenge`]) to the metadata ([`metadata`]),
//! makes itself known by a document ([`document`]) or by registration ([`register`]), sends its person to the consent
//! page ([`authorize`], [`consent`]), and changes the code for tokens ([`token`]). Tokens are random, kept as hashes, and
//! good at one endpoint for one person. `docs/authorization.md` has the routes.

mod account;
mod authorize;
mod browser;
mod challenge;
mod client;
mod consent;
mod document;
mod form;
mod intercom;
mod metadata;
mod page;
mod record;
mod redirect;
mod refusal;
mod register;
mod resource;
mod revoke;
mod scope;
mod site;
mod token;

pub(crate) use account::hash_password;
pub(crate) use challenge::{insufficient, lacks_scope, unauthorized};
pub(crate) use resource::canonical;
pub(crate) use scope::Scope;
pub(crate) use site::Site;

use crate::client_address::ClientAddress;
use crate::config::Config;
use crate::outbound::Outbound;
use crate::tenants::Tenants;
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use refusal::Refusal;
use std::{borrow::Cow, sync::Arc, time::Duration};
use tokio::sync::Semaphore;

/// The largest request body in bytes: a registration with all that it may hold.
const MAX_BODY: usize = 16 * 1024;
/// How many passwords are checked at once: each check takes 19 MiB.
const CHECKS: usize = 2;

/// The authorization server.
pub(crate) struct Authorization {
    tenants: Arc<Tenants>,
    site: Site,
    outbound: Outbound,
    lives: Lives,
    /// Registrations that are taken in an hour; none when registration is off.
    registrations: u32,
    checks: Semaphore,
}

/// How long tokens live, in milliseconds.
#[derive(Clone, Copy)]
struct Lives {
    access: i64,
    refresh: i64,
}

impl Authorization {
    /// The authorization server of these tenants.
    pub(crate) fn new(tenants: Arc<Tenants>, config: &Config) -> Self {
        let millis = |life: Duration| i64::try_from(life.as_millis()).unwrap_or(i64::MAX);
        Self {
            tenants,
            site: Site::new(config),
            outbound: Outbound::new(
                config.connect.outbound_allow.clone(),
                config.authorities.clone(),
            ),
            lives: Lives {
                access: millis(config.authorization.access_token_life),
                refresh: millis(config.authorization.refresh_token_life),
            },
            registrations: config.authorization.client_registrations,
            checks: Semaphore::new(CHECKS),
        }
    }

    /// Whether somebody who is not known may begin something now.
    fn admit(&self, from: ClientAddress) -> Result<(), Refusal> {
        let strangers = &self.tenants.connecting().strangers;
        let taken = strangers.requests.take(from.0);
        taken.map_err(|seconds| Refusal::busy(seconds, "too many requests came from your network"))
    }

    fn base(&self, uri: &Uri, headers: &HeaderMap) -> Cow<'_, str> {
        self.site.base(uri, headers)
    }
}

/// The routes of the authorization server.
pub(crate) fn router(authorization: Arc<Authorization>) -> Router {
    Router::new()
        .route(
            "/.well-known/oauth-protected-resource",
            get(metadata::resource),
        )
        .route(
            "/.well-known/oauth-protected-resource/{*path}",
            get(metadata::resource_at),
        )
        .route(
            "/.well-known/oauth-authorization-server",
            get(metadata::server),
        )
        .route(
            "/.well-known/oauth-authorization-server/{*path}",
            get(metadata::server_at),
        )
        .route("/.well-known/openid-configuration", get(metadata::server))
        .route(
            "/.well-known/openid-configuration/{*path}",
            get(metadata::server_at),
        )
        .route("/jwks", get(metadata::no_keys))
        .route("/register", post(register::register))
        .route("/authorize", get(authorize::authorize))
        .route("/consent", post(consent::decide))
        .route("/consent/arrived", get(intercom::arrived))
        .route("/token", post(token::token))
        .route("/revoke", post(revoke::revoke))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn(shared))
        .with_state(authorization)
}

/// Pages of trusted origins, which alone come this far, may ask and read the answers.
async fn shared(request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let mut response = if request.method() == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        next.run(request).await
    };
    if let Some(origin) = origin {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::VARY, HeaderValue::from_static("Origin"));
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static("GET, POST, OPTIONS"),
        );
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("Authorization, Content-Type, Accept, MCP-Protocol-Version"),
        );
    }
    response
}
