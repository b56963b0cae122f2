//! Why a trip ended early: what the person reads, and how they mend it.

use super::pages;
use crate::{Error, tenants::Outcome};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use store::StoreError;

/// Why a trip to Intercom did not end in a connection; each variant is named for what happened to the person.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// The link is unknown, ended, or was used.
    #[error("this link is not good any more: links are good once, and for a time")]
    Link,
    /// The state is unknown, ended, or was used.
    #[error("this sign-in has ended or was used already")]
    Spent,
    /// The browser is not the one that set out.
    #[error("this sign-in was begun in another browser, or the browser keeps no cookies")]
    OtherBrowser,
    /// The person, or their workspace, said no.
    #[error("Intercom gave no consent")]
    Denied,
    /// Intercom did not take the code, or did not answer.
    #[error("Intercom did not accept the sign-in, or did not answer")]
    Intercom,
    /// The account is not the one that the connection is of.
    #[error("this is another Intercom account than the one that was connected")]
    OtherAccount,
    /// Nobody here is known by that account.
    #[error("nobody is known here by this Intercom account")]
    Stranger,
    /// There is nothing to connect again.
    #[error("there is no connection here that waits to be connected again")]
    Nothing,
    /// Connecting is not set up.
    #[error("connecting by Intercom is not set up here: {0}")]
    NotSetUp(String),
    /// Too many set out; in so many seconds one may again.
    #[error("too many requests came from your network")]
    Busy(u64),
    /// The server failed.
    #[error("the server failed")]
    Failed,
}

impl Stop {
    fn status(&self) -> StatusCode {
        match self {
            Self::Link | Self::Spent => StatusCode::GONE,
            Self::OtherBrowser | Self::OtherAccount | Self::Stranger | Self::Denied => {
                StatusCode::FORBIDDEN
            }
            Self::Intercom => StatusCode::BAD_GATEWAY,
            Self::Nothing => StatusCode::NOT_FOUND,
            Self::Busy(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::NotSetUp(_) | Self::Failed => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// What the person can do, as a sentence or two.
    fn remedy(&self) -> &'static str {
        match self {
            Self::Link => "Ask whoever sent it for a new one.",
            Self::Spent => "Open the link that you were sent once more.",
            Self::OtherBrowser => {
                "Open the link that you were sent once more, and stay in that browser until you are back here."
            }
            Self::Denied => {
                "Nothing was connected. Open the link once more and choose to authorize; if Intercom does not offer that, \
                 ask an admin of your workspace."
            }
            Self::Intercom => "Nothing was connected. Open the link once more in a minute.",
            Self::OtherAccount => {
                "Sign out of Intercom, sign in to the workspace and as the person that was connected, and open the link \
                 once more. To connect another account, ask for a link for that."
            }
            Self::Stranger => {
                "Ask the owner to add you with the e-mail address that you use at Intercom, which must be confirmed there."
            }
            Self::Nothing => {
                "If it works in your app, all is well. Otherwise ask the owner for a link."
            }
            Self::NotSetUp(_) => "Ask the owner of this server.",
            Self::Busy(_) => "Open the link once more in a minute.",
            Self::Failed => "Nothing may have been connected. Open the link once more in a minute.",
        }
    }
}

impl IntoResponse for Stop {
    fn into_response(self) -> Response {
        let text = self.to_string();
        let mut title = text.clone();
        if let Some(first) = title.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        let mut response = pages::page(
            self.status(),
            "Not connected",
            &[&format!("{title}."), self.remedy()],
        );
        if let Self::Busy(seconds) = self {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl Outcome for Stop {
    fn outcome(&self) -> &'static str {
        self.status().outcome()
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        if let StoreError::NotFound { .. } = error {
            return Self::Nothing;
        }
        tracing::error!(%error, "a trip to Intercom failed in the database");
        Self::Failed
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        match error {
            Error::Usage(reason) => Self::NotSetUp(reason),
            Error::Store(error) => error.into(),
            Error::Call(error) => {
                tracing::warn!(kind = ?error.kind(), "a new token was not confirmed by Intercom");
                Self::Intercom
            }
            Error::NoToken => Self::Intercom,
            error => {
                tracing::error!(%error, "a trip to Intercom failed");
                Self::Failed
            }
        }
    }
}
