//! Why a call failed, in words that a model can act on.

use intercom::Certainty;
use std::time::Duration;

/// Why a call failed; each variant is named for what the caller must do.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Choose another tool.
    #[error("There is no tool `{tool}` here.{hint}")]
    UnknownTool {
        /// The name that was asked for.
        tool: String,
        /// What is there instead; starts with a space, or is empty.
        hint: String,
    },
    /// Mend the arguments.
    #[error("The arguments of `{tool}` need mending: {}", problems.join("; "))]
    BadArguments {
        /// The tool.
        tool: String,
        /// One sentence each: which argument, what was wrong, what would be right.
        problems: Vec<String>,
    },
    /// Do without it, or ask the endpoint's owner.
    #[error("`{tool}` was not run: {reason}.")]
    Denied {
        /// The tool.
        tool: String,
        /// The rule.
        reason: String,
    },
    /// Ask the user, then call again with the answer.
    #[error("`{tool}` waits for its user's confirmation.")]
    ConfirmationNeeded {
        /// The tool.
        tool: String,
        /// Its title, for the question.
        title: String,
    },
    /// Authenticate again: the endpoint is no more.
    #[error("This endpoint does not exist, or is no longer valid.")]
    EndpointGone,
    /// Give the connection an access token.
    #[error(
        "No Intercom access token is set for this connection: set INTERCOM_ACCESS_TOKEN, or connect again."
    )]
    NoCredential,
    /// Wait until calls can be recorded again.
    #[error("Calls are refused because none can be recorded: the audit log cannot be written.")]
    NotRecorded(#[source] crate::AuditError),
    /// Act on what Intercom answered.
    #[error("{}", explain(.0))]
    Intercom(#[source] intercom::Error),
    /// Mend what the tool says.
    #[error("{0}")]
    Refused(String),
    /// Nothing: the caller stopped waiting.
    #[error("The call was cancelled.{}", if *.0 == Certainty::MaybeDone { UNCERTAIN } else { "" })]
    Cancelled(Certainty),
}

/// What is said of a write whose fate is unknown.
const UNCERTAIN: &str =
    " It may have happened all the same: read the object again before you repeat the call.";

impl From<intercom::Error> for CallError {
    fn from(error: intercom::Error) -> Self {
        Self::Intercom(error)
    }
}

impl intercom::Upstream for CallError {
    fn upstream(&self) -> Option<&intercom::Error> {
        match self {
            Self::Intercom(error) => Some(error),
            _ => None,
        }
    }
}

/// The kinds of failure that edges treat apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// No such tool.
    UnknownTool,
    /// Arguments that do not fit.
    BadArguments,
    /// A rule forbids it.
    Denied,
    /// The user must confirm.
    ConfirmationNeeded,
    /// No such endpoint.
    EndpointGone,
    /// No audit, no call.
    NotRecorded,
    /// Intercom refused, or could not be reached.
    Upstream,
    /// The tool refused.
    Refused,
    /// The caller stopped waiting.
    Cancelled,
}

impl CallError {
    /// Its kind.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownTool { .. } => ErrorKind::UnknownTool,
            Self::BadArguments { .. } => ErrorKind::BadArguments,
            Self::Denied { .. } => ErrorKind::Denied,
            Self::ConfirmationNeeded { .. } => ErrorKind::ConfirmationNeeded,
            Self::EndpointGone => ErrorKind::EndpointGone,
            Self::NotRecorded(_) => ErrorKind::NotRecorded,
            Self::NoCredential | Self::Intercom(_) => ErrorKind::Upstream,
            Self::Refused(_) => ErrorKind::Refused,
            Self::Cancelled(_) => ErrorKind::Cancelled,
        }
    }

    /// Whether a write may have happened all the same.
    pub fn certainty(&self) -> Certainty {
        match self {
            Self::Intercom(error) => error.certainty(),
            Self::Cancelled(certainty) => *certainty,
            _ => Certainty::NotDone,
        }
    }
}

/// Intercom's error as one or two sentences: what, where, what to do.
fn explain(error: &intercom::Error) -> String {
    let advice = match error {
        intercom::Error::Unauthorized { .. } => {
            " The access token is wrong or revoked: set a valid one, or connect again.".to_owned()
        }
        intercom::Error::MissingScope { .. } => {
            " Give the app this permission in Intercom's Developer Hub.".to_owned()
        }
        intercom::Error::RateLimited { retry_after, .. } => {
            format!(" Try again in {} s.", whole_seconds(*retry_after))
        }
        intercom::Error::NotFound { .. } => {
            " Check the id; ids come from search and list tools.".to_owned()
        }
        _ => String::new(),
    };
    let uncertain = if error.certainty() == Certainty::MaybeDone {
        UNCERTAIN
    } else {
        ""
    };
    format!("{error}.{advice}{uncertain}")
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
