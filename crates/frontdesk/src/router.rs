//! The routes: read this first. Every MCP request passes the door (host, origin), the key (token), the cap (size).

use crate::auth::{self, Keys, Refused};
use crate::guard::{Foreign, Guard};
use crate::mcp::Mounts;
use axum::{
    Router,
    body::Bytes,
    extract::{Path, Request, State},
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
    pub(crate) keys: Keys,
    pub(crate) mounts: Mounts,
    pub(crate) max_body: usize,
}

/// All routes of the server.
pub(crate) fn router(front: Arc<Front>) -> Router {
    Router::new()
        .route("/mcp", any(by_header))
        .route("/mcp/{token}", any(by_path))
        .route("/healthz", get(ok))
        .route("/readyz", get(ok))
        .fallback(nothing)
        .with_state(front)
}

async fn by_header(State(front): State<Arc<Front>>, request: Request) -> Response {
    front.mcp(None, request).await
}

async fn by_path(
    State(front): State<Arc<Front>>,
    Path(token): Path<String>,
    request: Request,
) -> Response {
    front.mcp(Some(token), request).await
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
    TooLarge(usize),
    Unreadable,
}

impl Front {
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
        let (parts, body) = request.into_parts();
        self.guard
            .check(&parts.uri, &parts.headers)
            .map_err(Turned::Foreign)?;
        if parts.method == Method::OPTIONS {
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        let who = self
            .who(token.as_deref(), &parts.headers)
            .map_err(Turned::Refused)?;
        let mount = self.mounts.of(who, self.max_body);
        let body = self.whole(body).await?;
        Ok(mount.answer(parts, body).await)
    }

    fn who(&self, token: Option<&str>, headers: &HeaderMap) -> Result<&Principal, Refused> {
        let token = match token {
            Some(token) => token,
            None => auth::bearer(headers)?,
        };
        self.keys.admit(token)
    }

    async fn whole(&self, body: axum::body::Body) -> Result<Bytes, Turned> {
        match Limited::new(body, self.max_body).collect().await {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => Err(Turned::TooLarge(self.max_body)),
            Err(_) => Err(Turned::Unreadable),
        }
    }
}

impl IntoResponse for Turned {
    fn into_response(self) -> Response {
        match self {
            Self::Foreign(foreign) => foreign.into_response(),
            Self::Refused(refused) => refused.into_response(),
            Self::TooLarge(most) => (
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("Payload too large: a request may have {most} bytes."),
            )
                .into_response(),
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
            "Authorization, Content-Type, Accept, Last-Event-ID, Mcp-Session-Id, MCP-Protocol-Version, Mcp-Method, Mcp-Name",
        ),
        (
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            "Mcp-Session-Id, WWW-Authenticate",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
