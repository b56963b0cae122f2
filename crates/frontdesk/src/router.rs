//! The routes: read this first. Every MCP request passes the door (host, origin), the key (token), the cap (size).

use crate::api;
use crate::auth::{self, Keys, Refused};
use crate::client_address::ClientAddress;
use crate::connect;
use crate::guard::{Foreign, Guard};
use crate::mcp::Mounts;
use crate::oauth::{self, Authorization, Site};
use crate::outbound::Networks;
use crate::running::{self, Running};
use crate::tenants::{Entry, Tenants};
use crate::webhooks::{self, Webhooks};
use axum::{
    Router,
    body::Bytes,
    extract::{Path, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use gateway::Principal;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::sync::Arc;

/// What all routes share.
pub(crate) struct Front {
    pub(crate) guard: Guard,
    /// Whose word for a client's address counts.
    pub(crate) proxies: Networks,
    pub(crate) doors: Doors,
    pub(crate) site: Site,
    pub(crate) mounts: Mounts,
    pub(crate) running: Running,
    /// Where Intercom's webhooks come in, where any are awaited.
    pub(crate) webhooks: Option<Webhooks>,
}

/// Who is let in.
pub(crate) enum Doors {
    /// The holder of the one token that the configuration names.
    One(Keys),
    /// The tenants of a database.
    Many(Arc<Tenants>, Arc<Authorization>),
}

/// All routes of the server.
pub(crate) fn router(front: Arc<Front>) -> Router {
    let guarded = Arc::clone(&front);
    let api = match &front.doors {
        Doors::Many(tenants, authorization) => {
            api::router(Arc::clone(tenants), front.running.max_body())
                .merge(connect::router(Arc::clone(tenants)))
                .merge(oauth::router(Arc::clone(authorization)))
        }
        Doors::One(_) => Router::new(),
    };
    let hooks = webhooks::routes(front.running.max_body()).layer(middleware::from_fn_with_state(
        Arc::clone(&front),
        at_the_door,
    ));
    Router::new()
        .route("/mcp", any(by_header))
        .route("/mcp/{token}", any(by_path))
        .route("/healthz", get(ok))
        .route("/readyz", get(running::ready))
        .route("/metrics", get(running::metrics))
        .merge(hooks)
        .fallback(nothing)
        .with_state(front)
        .merge(api.layer(middleware::from_fn_with_state(guarded, at_the_door)))
}

/// The one route of an address for metrics alone.
pub(crate) fn metrics_router(front: Arc<Front>) -> Router {
    Router::new()
        .route("/metrics", get(running::open_metrics))
        .route("/healthz", get(ok))
        .with_state(front)
}

/// Other sites' pages, and other hosts' names, do not get as far as the API; nor does what comes when it is ending.
async fn at_the_door(State(front): State<Arc<Front>>, request: Request, next: Next) -> Response {
    let _busy = front.mounts.busy.token();
    if front.running.is_ending() {
        return running::stopping();
    }
    match front.guard.check(request.uri(), request.headers()) {
        Ok(()) => {
            let (mut parts, body) = request.into_parts();
            ClientAddress::find(&front.proxies, &mut parts);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(foreign) => foreign.into_response(),
    }
}

async fn by_header(State(front): State<Arc<Front>>, request: Request) -> Response {
    // Boxed, or each layer above would copy the state of the whole call.
    Box::pin(front.mcp(None, request)).await
}

async fn by_path(
    State(front): State<Arc<Front>>,
    Path(token): Path<String>,
    request: Request,
) -> Response {
    Box::pin(front.mcp(Some(token), request)).await
}

async fn ok() -> &'static str {
    "ok\n"
}

async fn nothing() -> impl IntoResponse {
    (
        StatusCode::NOT_FOUND,
        "Not found: MCP is at /mcp, health at /healthz and /readyz.\n",
    )
}

/// Why a request was not answered.
enum Turned {
    Foreign(Foreign),
    Refused(Refused),
    /// As it is, with the way to authorization.
    Told(Box<Response>),
    TooLarge(usize),
    Unreadable,
    Stopping,
}

impl Front {
    /// The tenants, where there are any.
    pub(crate) fn tenants(&self) -> Option<&Arc<Tenants>> {
        match &self.doors {
            Doors::One(_) => None,
            Doors::Many(tenants, _) => Some(tenants),
        }
    }

    async fn mcp(&self, token: Option<String>, request: Request) -> Response {
        let origin = request.headers().get(header::ORIGIN).cloned();
        let mut response = match self.admitted(token, request).await {
            Ok(response) => response,
            Err(turned) => turned.into_response(),
        };
        // Only trusted origins come this far; a page of one may read the answer.
        if let Some(origin) = origin.filter(|_| response.status() != StatusCode::FORBIDDEN) {
            share(response.headers_mut(), origin);
        }
        response
    }

    async fn admitted(&self, token: Option<String>, request: Request) -> Result<Response, Turned> {
        let (mut parts, body) = request.into_parts();
        ClientAddress::find(&self.proxies, &mut parts);
        self.guard
            .check(&parts.uri, &parts.headers)
            .map_err(Turned::Foreign)?;
        if parts.method == Method::OPTIONS {
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        // Counted before the question, so that nobody slips in between.
        let _busy = (parts.method == Method::POST).then(|| self.mounts.busy.token());
        if self.running.is_ending() {
            return Err(Turned::Stopping);
        }
        let base = self.site.base(&parts.uri, &parts.headers);
        let who = self.who(token.as_deref(), &parts.headers, &base).await;
        let who = who.map_err(|refused| self.challenged(refused, &base, token.as_deref()))?;
        let mount = self.mounts.of(&who);
        let body = self.whole(body).await?;
        if let Doors::Many(tenants, _) = &self.doors
            && oauth::lacks_scope(&who, &body, tenants.gateway())
        {
            return Ok(oauth::insufficient(&base, token.as_deref()));
        }
        Ok(mount.answer(parts, body).await)
    }

    /// Where there is an authorization server, a refusal leads to it.
    fn challenged(&self, refused: Refused, base: &str, token: Option<&str>) -> Turned {
        match &self.doors {
            Doors::One(_) => Turned::Refused(refused),
            Doors::Many(..) => Turned::Told(Box::new(oauth::unauthorized(refused, base, token))),
        }
    }

    async fn who(
        &self,
        token: Option<&str>,
        headers: &HeaderMap,
        base: &str,
    ) -> Result<Principal, Refused> {
        match &self.doors {
            // A token in the path is all there is to know: the header may be meant for a proxy on the way.
            Doors::One(keys) => {
                let token = token.map_or_else(|| auth::bearer(headers), Ok)?;
                keys.admit(token).cloned()
            }
            Doors::Many(tenants, _) => {
                let bearer = match auth::bearer(headers) {
                    Ok(bearer) => Some(bearer),
                    Err(Refused::Missing) if token.is_some() => None,
                    Err(refused) => return Err(refused),
                };
                let entry = Entry {
                    path: token,
                    bearer,
                    base,
                };
                tenants.admit(entry).await
            }
        }
    }

    async fn whole(&self, body: axum::body::Body) -> Result<Bytes, Turned> {
        let most = self.running.max_body();
        match Limited::new(body, most).collect().await {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => Err(Turned::TooLarge(most)),
            Err(_) => Err(Turned::Unreadable),
        }
    }
}

impl IntoResponse for Turned {
    fn into_response(self) -> Response {
        match self {
            Self::Foreign(foreign) => foreign.into_response(),
            Self::Refused(refused) => refused.into_response(),
            Self::Told(response) => *response,
            Self::TooLarge(most) => (
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("Payload too large: a request may have {most} bytes."),
            )
                .into_response(),
            Self::Stopping => running::stopping(),
            Self::Unreadable => (
                StatusCode::BAD_REQUEST,
                "Bad request: the body ended early.",
            )
                .into_response(),
        }
    }
}

/// Lets a page of that origin call, and read the answer.
fn share(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    for (name, value) in [
        (
            header::ACCESS_CONTROL_ALLOW_METHODS,
            "GET, POST, DELETE, OPTIONS",
        ),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "Authorization, Content-Type, Accept, Last-Event-ID, Mcp-Session-Id, MCP-Protocol-Version, Mcp-Method, Mcp-Name, \
             Frontdesk-Toolsets, Frontdesk-Tools, Frontdesk-Read-Only, X-MCP-Toolsets, X-MCP-Tools, X-MCP-Readonly",
        ),
        (
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            "Mcp-Session-Id, WWW-Authenticate",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
