//! Refusals of the authorization server, as RFC 6749 (5.2), RFC 7591 and RFC 8707 write them.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use store::StoreError;

/// Why a request was not granted.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    /// The code of the RFC.
    pub(super) error: &'static str,
    /// What was wrong, and how to mend it.
    pub(super) description: String,
    retry: Option<u64>,
}

impl Refusal {
    fn new(status: StatusCode, error: &'static str, description: impl Into<String>) -> Self {
        Self {
            status,
            error,
            description: description.into(),
            retry: None,
        }
    }

    fn bad(error: &'static str, description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error, description)
    }

    /// Something is missing, there twice or malformed.
    pub(super) fn request(description: impl Into<String>) -> Self {
        Self::bad("invalid_request", description)
    }

    /// The client is not known, or not who it says.
    pub(super) fn client(description: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_client", description)
    }

    /// The code or refresh token is not good.
    pub(super) fn grant(description: impl Into<String>) -> Self {
        Self::bad("invalid_grant", description)
    }

    /// Tokens for that address are not given here.
    pub(super) fn target(description: impl Into<String>) -> Self {
        Self::bad("invalid_target", description)
    }

    /// That kind of grant is not known.
    pub(super) fn grant_type() -> Self {
        let known = "this server knows the grant types authorization_code and refresh_token.";
        Self::bad("unsupported_grant_type", known)
    }

    /// That kind of answer is not known.
    pub(super) fn response_type() -> Self {
        let known = "`response_type` is `code` on this server.";
        Self::bad("unsupported_response_type", known)
    }

    /// A registration that cannot be taken.
    pub(super) fn metadata(description: impl Into<String>) -> Self {
        Self::bad("invalid_client_metadata", description)
    }

    /// A registration with an address that cannot be taken.
    pub(super) fn redirect(description: impl Into<String>) -> Self {
        Self::bad("invalid_redirect_uri", description)
    }

    /// Registration is off.
    pub(super) fn closed() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "access_denied",
            "registration is off on this server: use a client-id metadata document.",
        )
    }

    /// Too many came.
    pub(super) fn busy(seconds: u64, what: &str) -> Self {
        Self {
            retry: Some(seconds),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "temporarily_unavailable",
                format!("{what}; try again in {seconds} seconds."),
            )
        }
    }

    /// When to try again, in seconds.
    pub(super) fn retry(&self) -> Option<u64> {
        self.retry
    }

    /// The status of the answer.
    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// The status of a page that says it: a browser has no client credentials to mend.
    pub(super) fn page_status(&self) -> StatusCode {
        match self.status {
            StatusCode::UNAUTHORIZED => StatusCode::BAD_REQUEST,
            status => status,
        }
    }

    /// A refusal that sends the browser back, and no answer to a program.
    pub(super) fn told(error: &'static str, description: &str) -> Self {
        Self::bad(error, description)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        if let StoreError::NotFound { .. } = error {
            return Self::request("what this is about is not there any more.");
        }
        tracing::warn!(%error, "an authorization could not be read or written");
        Self {
            retry: Some(1),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "the database does not answer; try again soon.",
            )
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({"error": self.error, "error_description": self.description});
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::UNAUTHORIZED {
            let basic = HeaderValue::from_static("Basic realm=\"frontdesk\"");
            headers.insert(header::WWW_AUTHENTICATE, basic);
        }
        if let Some(seconds) = self.retry {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
