//! What can go wrong between a request and its answer; variants are named for what the caller must do.

use crate::{CredentialError, Fault, NetworkError};
use std::time::Duration;

/// Intercom counts calls in windows of this length.
pub(crate) const WINDOW: Duration = Duration::from_secs(10);

/// Why a call has no good answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The token is wrong, revoked or expired: the owner must give a new one.
    #[error("Intercom does not accept the access token ({0})")]
    Unauthorized(Box<Fault>),
    /// The app lacks a permission: the owner must tick it in the Developer Hub.
    #[error("the Intercom app lacks a permission for this ({0})")]
    MissingScope(Box<Fault>),
    /// The workspace's plan lacks the feature.
    #[error("the workspace's plan does not include this ({0})")]
    PlanRestricted(Box<Fault>),
    /// Not allowed for another reason.
    #[error("Intercom forbids this ({0})")]
    Forbidden(Box<Fault>),
    /// The object, or the endpoint, does not exist.
    #[error("Intercom has no such object ({0})")]
    NotFound(Box<Fault>),
    /// The object was merged into another.
    #[error("the object is gone ({fault})")]
    Gone {
        /// What Intercom says.
        fault: Box<Fault>,
        /// The id of the object that replaces it.
        canonical: Option<String>,
    },
    /// It conflicts with what is there, such as a contact with the same e-mail.
    #[error("it conflicts with what is there ({0})")]
    Conflict(Box<Fault>),
    /// The arguments are wrong: change them.
    #[error("Intercom refuses the arguments ({0})")]
    Invalid(Box<Fault>),
    /// The allowance is used up: wait.
    #[error("the allowance of calls is used up{}{}", in_parentheses(.fault.as_deref()), try_again(Some(*.retry_after)))]
    RateLimited {
        /// What Intercom says; none when the call was held back here.
        fault: Option<Box<Fault>>,
        /// When to try again: told by Intercom, or the length of a window.
        retry_after: Duration,
    },
    /// Intercom is in trouble (408 or 5xx), also after the retries.
    #[error("Intercom is in trouble ({fault}){}", try_again(*.retry_after))]
    Unavailable {
        /// What Intercom says.
        fault: Box<Fault>,
        /// When Intercom wants to be asked again.
        retry_after: Option<Duration>,
        /// Whether a write may have happened.
        certainty: Certainty,
    },
    /// No answer in time.
    #[error("Intercom did not answer within {} s", .after.as_secs_f32())]
    Timeout {
        /// The time allowed.
        after: Duration,
        /// Whether a write may have happened.
        certainty: Certainty,
    },
    /// No connection: the address is wrong, or the network is down.
    #[error("Intercom cannot be reached at {base}: {}", root(.source))]
    Unreachable {
        /// The address.
        base: String,
        /// What the network says.
        #[source]
        source: NetworkError,
    },
    /// The connection ended before the answer did.
    #[error("the connection to Intercom broke off before the answer was whole")]
    Interrupted {
        /// What the network says.
        #[source]
        source: NetworkError,
        /// Whether a write may have happened.
        certainty: Certainty,
    },
    /// The answer is no answer of Intercom's API, such as a web page.
    #[error("the answer is not from Intercom's API: {what} (status {status})")]
    Malformed {
        /// What came instead.
        what: &'static str,
        /// The HTTP status.
        status: u16,
        /// Whether a write may have happened.
        certainty: Certainty,
    },
    /// The answer is larger than the cap.
    #[error("the answer is larger than {limit} bytes: ask for less, such as a smaller page")]
    TooLarge {
        /// The cap in bytes.
        limit: usize,
        /// Whether a write may have happened.
        certainty: Certainty,
    },
    /// Another scroll of the workspace is open: wait until it has been idle for a minute.
    #[error(
        "Intercom allows one open scroll a workspace, and another one is open: try again in a minute ({0})"
    )]
    ScrollBusy(Box<Fault>),
    /// The text cannot be an access token.
    #[error("{0}")]
    BadToken(#[from] CredentialError),
    /// This machine cannot open connections: its TLS set-up is broken.
    #[error("no connection can be made from this machine: {0}")]
    Setup(#[source] NetworkError),
}

/// Whether a failed write may have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// Nothing was changed.
    NotDone,
    /// It may have been done: look before doing it again.
    MaybeDone,
}

impl Error {
    /// Whether a write may have happened in spite of the error; of a read, nothing ever did.
    pub fn certainty(&self) -> Certainty {
        match self {
            Self::Unavailable { certainty, .. }
            | Self::Timeout { certainty, .. }
            | Self::Interrupted { certainty, .. }
            | Self::Malformed { certainty, .. }
            | Self::TooLarge { certainty, .. } => *certainty,
            Self::Unauthorized(_)
            | Self::MissingScope(_)
            | Self::PlanRestricted(_)
            | Self::Forbidden(_)
            | Self::NotFound(_)
            | Self::Gone { .. }
            | Self::Conflict(_)
            | Self::Invalid(_)
            | Self::RateLimited { .. }
            | Self::Unreachable { .. }
            | Self::ScrollBusy(_)
            | Self::BadToken(_)
            | Self::Setup(_) => Certainty::NotDone,
        }
    }

    /// What Intercom says, where it is Intercom who refuses.
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Unauthorized(fault)
            | Self::MissingScope(fault)
            | Self::PlanRestricted(fault)
            | Self::Forbidden(fault)
            | Self::NotFound(fault)
            | Self::Conflict(fault)
            | Self::Invalid(fault)
            | Self::ScrollBusy(fault)
            | Self::Gone { fault, .. }
            | Self::Unavailable { fault, .. } => Some(fault),
            Self::RateLimited { fault, .. } => fault.as_deref(),
            Self::Timeout { .. }
            | Self::Unreachable { .. }
            | Self::Interrupted { .. }
            | Self::Malformed { .. }
            | Self::TooLarge { .. }
            | Self::BadToken(_)
            | Self::Setup(_) => None,
        }
    }

    /// The HTTP status, where there was an answer.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Malformed { status, .. } => Some(*status),
            other => other.fault().map(|fault| fault.status),
        }
    }

    /// The id under which Intercom's support finds the call.
    pub fn request_id(&self) -> Option<&str> {
        self.fault()?.request_id.as_deref()
    }

    /// How long to wait before the next try, where known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } => Some(*retry_after),
            Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// The error that an answer of that fault is.
    pub(crate) fn refused(fault: Fault, aside: Aside) -> Self {
        let fault = Box::new(fault);
        match fault.status {
            // Intercom answers a missing permission with 401 and a code of its own.
            400 if fault.has_code(&["scroll_exists"]) => Self::ScrollBusy(fault),
            401 if fault.has_code(&["token_unauthorized"]) => Self::MissingScope(fault),
            401 => Self::Unauthorized(fault),
            402 => Self::PlanRestricted(fault),
            403 if fault.has_code(&["api_plan_restricted"]) => Self::PlanRestricted(fault),
            403 => Self::Forbidden(fault),
            404 => Self::NotFound(fault),
            409 => Self::Conflict(fault),
            410 => Self::Gone {
                fault,
                canonical: aside.canonical,
            },
            429 => Self::RateLimited {
                fault: Some(fault),
                retry_after: aside.retry_after.unwrap_or(WINDOW),
            },
            408 | 500.. => Self::Unavailable {
                fault,
                retry_after: aside.retry_after,
                certainty: aside.certainty,
            },
            _ => Self::Invalid(fault),
        }
    }
}

/// What the headers of an error answer add to its body.
pub(crate) struct Aside {
    /// The canonical id of the `Link` header.
    pub(crate) canonical: Option<String>,
    /// When to ask again.
    pub(crate) retry_after: Option<Duration>,
    /// What would be true of a write after trouble upstream.
    pub(crate) certainty: Certainty,
}

/// The innermost reason, such as `Connection refused`.
fn root(error: &dyn std::error::Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

fn in_parentheses(fault: Option<&Fault>) -> String {
    fault.map(|fault| format!(" ({fault})")).unwrap_or_default()
}

fn try_again(after: Option<Duration>) -> String {
    after
        .map(|after| format!("; try again in {} s", after.as_secs_f32().ceil()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    use Certainty::{MaybeDone, NotDone};

    const CASES: [(u16, &str, &str, Certainty); 17] = [
        (400, "parameter_invalid", "Invalid", NotDone),
        (400, "scroll_exists", "ScrollBusy", NotDone),
        (400, "intercom_version_invalid", "Invalid", NotDone),
        (401, "unauthorized", "Unauthorized", NotDone),
        (401, "token_revoked", "Unauthorized", NotDone),
        (401, "token_unauthorized", "MissingScope", NotDone),
        (403, "forbidden", "Forbidden", NotDone),
        (403, "api_plan_restricted", "PlanRestricted", NotDone),
        (404, "ticket_not_found", "NotFound", NotDone),
        (408, "", "Unavailable", MaybeDone),
        (409, "conflict", "Conflict", NotDone),
        (410, "contact_merged", "Gone", NotDone),
        (413, "", "Invalid", NotDone),
        (422, "data_invalid", "Invalid", NotDone),
        (429, "rate_limit_exceeded", "RateLimited", NotDone),
        (500, "server_error", "Unavailable", MaybeDone),
        (503, "service_unavailable", "Unavailable", MaybeDone),
    ];

    #[test]
    fn statuses_and_codes_become_variants() {
        for (status, code, variant, certainty) in CASES {
            let fault = Fault::read(
                status,
                &json!({"request_id": "r", "errors": [{"code": code}]}),
                None,
            );
            let aside = Aside {
                canonical: None,
                retry_after: Some(Duration::from_millis(1500)),
                certainty: Certainty::MaybeDone,
            };
            let error = Error::refused(fault, aside);
            assert!(
                format!("{error:?}").starts_with(variant),
                "{status} {code}: {error:?}"
            );
            assert_eq!(
                (error.certainty(), error.request_id()),
                (certainty, Some("r")),
                "{status} {code}"
            );
        }
    }

    #[test]
    fn waiting_times_are_told() {
        let error = Error::RateLimited {
            fault: None,
            retry_after: Duration::from_millis(1500),
        };
        assert_eq!(
            error.to_string(),
            "the allowance of calls is used up; try again in 2 s"
        );
    }
}
