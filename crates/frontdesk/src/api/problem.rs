//! Errors, as RFC 9457 has them.

use crate::{Error, auth::Refused};
use axum::{
    Json,
    extract::rejection::{JsonRejection, QueryRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use store::StoreError;
use utoipa::ToSchema;

/// Why a request was not done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// A URI for the kind of problem.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The kind of problem, for people.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What was wrong here, and how to mend it.
    detail: String,
    /// Seconds after which to try again.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
}

impl Problem {
    fn new(
        status: StatusCode,
        kind: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            title,
            status: status.as_u16(),
            detail: detail.into(),
            retry_after: None,
        }
    }

    pub(super) fn bad(detail: impl Into<String>) -> Self {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Self::new(
            status,
            "urn:frontdesk:invalid",
            "The request is not right",
            detail,
        )
    }

    pub(super) fn too_large() -> Self {
        let mut problem = Self::bad("the body is too large, or ended early.");
        problem.status = StatusCode::PAYLOAD_TOO_LARGE.as_u16();
        problem
    }

    pub(super) fn unauthorized(detail: impl Into<String>) -> Self {
        let status = StatusCode::UNAUTHORIZED;
        Self::new(
            status,
            "urn:frontdesk:unauthorized",
            "An API key is needed",
            detail,
        )
    }

    pub(super) fn forbidden(detail: impl Into<String>) -> Self {
        let status = StatusCode::FORBIDDEN;
        Self::new(
            status,
            "urn:frontdesk:forbidden",
            "The API key may not do this",
            detail,
        )
    }

    pub(super) fn no_such(what: &str) -> Self {
        let detail = format!("There is no such {what}.");
        Self::new(
            StatusCode::NOT_FOUND,
            "urn:frontdesk:not-found",
            "Not found",
            detail,
        )
    }

    pub(super) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "urn:frontdesk:conflict",
            "Conflict",
            detail,
        )
    }

    pub(super) fn unavailable() -> Self {
        let detail = "The database does not answer. Try again soon; a change may have been made all the same.";
        let status = StatusCode::SERVICE_UNAVAILABLE;
        Self {
            retry_after: Some(1),
            ..Self::new(status, "urn:frontdesk:unavailable", "Unavailable", detail)
        }
    }

    fn upstream(detail: String) -> Self {
        let status = StatusCode::BAD_GATEWAY;
        Self::new(status, "urn:frontdesk:intercom", "Intercom refused", detail)
    }

    fn internal() -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        let detail = "The server's log says more.";
        Self::new(
            status,
            "urn:frontdesk:internal",
            "The server failed",
            detail,
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry = self.retry_after;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer realm=\"frontdesk\"");
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = retry {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound { what } => Self::no_such(what),
            StoreError::Conflict { .. } => Self::conflict(format!("{error}.")),
            StoreError::Invalid { .. } => Self::bad(format!("{error}.")),
            StoreError::Unavailable { .. } => {
                tracing::warn!(%error, "the database does not answer");
                Self::unavailable()
            }
            StoreError::Corrupt { .. } | StoreError::TooNew { .. } | StoreError::Setup { .. } => {
                tracing::error!(%error, "the database failed a request");
                Self::internal()
            }
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Store(error) => error.into(),
            Error::Usage(detail) => Self::bad(detail),
            Error::Setting { .. } => Self::bad(error.to_string()),
            Error::NoToken => Self::bad("`access_token` is empty."),
            Error::Call(error) => Self::upstream(error.to_string()),
            error => {
                tracing::error!(%error, "a request failed");
                Self::internal()
            }
        }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Unsure => Self::unavailable(),
            Refused::Alone => {
                Self::bad("this endpoint uses each caller's own connection: name a `user`.")
            }
            Refused::Wrong | Refused::Missing => {
                Self::no_such("endpoint, or it is not served any more")
            }
        }
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        // The status tells a body that is too large from one that is not right.
        let mut problem = Self::bad(rejection.body_text());
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            problem.status = 413;
        }
        problem
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::bad(rejection.body_text())
    }
}
