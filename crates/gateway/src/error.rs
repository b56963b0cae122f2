//! Why a call failed, in words that a model can act on.

use crate::{MaskRules, mask::Hidden};
use intercom::Certainty;
use std::{borrow::Cow, time::Duration};

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
    /// Wait until the budget is there again.
    #[error(
        "This endpoint's budget of {limit} {what} a {span} is spent: nothing was done. Try again in {} s.",
        whole_seconds(*.retry_after)
    )]
    OverBudget {
        /// What there may be so many of.
        what: &'static str,
        /// How many.
        limit: i64,
        /// In how long a time.
        span: &'static str,
        /// When the next one begins.
        retry_after: Duration,
    },
    /// Wait until budgets can be counted again.
    #[error(
        "Calls are refused because their budget cannot be counted: the database does not answer."
    )]
    Uncounted(#[source] store::StoreError),
    /// Ask the user, then call again with the answer.
    #[error("`{tool}` waits for its user's confirmation.")]
    ConfirmationNeeded {
        /// The tool.
        tool: String,
        /// Its title, for the question.
        title: String,
        /// Whether the call cannot be undone.
        lasting: bool,
    },
    /// Authenticate again: the endpoint is no more.
    #[error("This endpoint does not exist, or is no longer valid.")]
    EndpointGone,
    /// Give the connection an access token.
    #[error(
        "No Intercom access token is set for this connection: set INTERCOM_ACCESS_TOKEN, or connect again."
    )]
    NoCredential,
    /// Mend the keys of the vault, or connect again.
    #[error(
        "This connection's stored access token cannot be opened: the server's log says why. Connecting again replaces it."
    )]
    Locked(#[source] crate::VaultError),
    /// Connect the workspace again: Intercom refused its credential, and nothing is tried with it any more.
    #[error(
        "The connection to Intercom is closed, because Intercom no longer accepts its access token. {remedy}"
    )]
    Disconnected {
        /// How to connect again, as a sentence.
        remedy: String,
    },
    /// Wait until calls can be recorded again.
    #[error("Calls are refused because none can be recorded: the audit log cannot be written.")]
    NotRecorded(#[source] crate::AuditError),
    /// Act on what Intercom answered.
    #[error("{}", explain(.0))]
    Intercom(#[source] intercom::Error),
    /// Look the id up: there is no such object.
    #[error("{}", explain_missing(sought, .source))]
    NotFound {
        /// What the call named, such as `contact 123`.
        sought: Vec<String>,
        /// What Intercom said.
        #[source]
        source: intercom::Error,
    },
    /// Mend what the step says, mindful of what is done already.
    #[error("{step} failed: {source}{}", already(.written))]
    Step {
        /// Which one, such as "step 2 (`close_conversation`)".
        step: String,
        /// The steps before it that changed something.
        written: Vec<String>,
        /// Why it failed.
        source: Box<CallError>,
    },
    /// Mend what the tool says.
    #[error("{0}")]
    Refused(String),
    /// What another error says, with what the endpoint masks.
    #[error("{text}")]
    Masked {
        /// What is said.
        text: String,
        /// The error itself, whose words are not to be shown.
        unmasked: Box<CallError>,
    },
    /// Nothing: the caller stopped waiting.
    #[error("The call was cancelled.{}", if *.0 == Certainty::MaybeDone { UNCERTAIN } else { "" })]
    Cancelled(Certainty),
}

/// What is said of a write whose fate is unknown.
const UNCERTAIN: &str =
    " It may have happened all the same: read the object again before you repeat the call.";

/// What is said of an id that names nothing.
const CHECK_ID: &str = " Check the id; ids come from search and list tools.";

impl From<intercom::Error> for CallError {
    fn from(error: intercom::Error) -> Self {
        Self::Intercom(error)
    }
}

impl intercom::Upstream for CallError {
    fn upstream(&self) -> Option<&intercom::Error> {
        match self {
            Self::Intercom(error) | Self::NotFound { source: error, .. } => Some(error),
            Self::Step { source, .. } => source.upstream(),
            Self::Masked { unmasked, .. } => unmasked.upstream(),
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
    /// A budget is spent.
    OverBudget,
    /// The user must confirm.
    ConfirmationNeeded,
    /// No such endpoint.
    EndpointGone,
    /// The connection is closed.
    Disconnected,
    /// No audit, no call.
    NotRecorded,
    /// Intercom refused, or could not be reached.
    Upstream,
    /// The tool refused.
    Refused,
    /// The caller stopped waiting.
    Cancelled,
}

impl ErrorKind {
    /// Its word in the audit log and in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownTool => "unknown_tool",
            Self::BadArguments => "bad_arguments",
            Self::Denied => "denied",
            Self::OverBudget => "over_budget",
            Self::ConfirmationNeeded => "confirmation_needed",
            Self::EndpointGone => "endpoint_gone",
            Self::Disconnected => "disconnected",
            Self::NotRecorded => "not_recorded",
            Self::Upstream => "upstream",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
        }
    }
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
            Self::Disconnected { .. } => ErrorKind::Disconnected,
            Self::OverBudget { .. } => ErrorKind::OverBudget,
            Self::NotRecorded(_) | Self::Uncounted(_) => ErrorKind::NotRecorded,
            Self::NoCredential | Self::Locked(_) | Self::Intercom(_) | Self::NotFound { .. } => {
                ErrorKind::Upstream
            }
            Self::Step { source, .. } => source.kind(),
            Self::Masked { unmasked, .. } => unmasked.kind(),
            Self::Refused(_) => ErrorKind::Refused,
            Self::Cancelled(_) => ErrorKind::Cancelled,
        }
    }

    /// Whether the same read may succeed a little later.
    pub fn may_pass(&self) -> bool {
        if let Self::Masked { unmasked, .. } = self {
            return unmasked.may_pass();
        }
        matches!(
            self,
            Self::Intercom(
                intercom::Error::RateLimited { .. }
                    | intercom::Error::Unavailable { .. }
                    | intercom::Error::Timeout { .. }
                    | intercom::Error::Interrupted { .. }
                    | intercom::Error::Unreachable { .. }
                    | intercom::Error::ScrollBusy(_)
            )
        )
    }

    /// Whether what was asked for is not there, or no more.
    pub fn is_absent(&self) -> bool {
        if let Self::Masked { unmasked, .. } = self {
            return unmasked.is_absent();
        }
        matches!(
            self,
            Self::Intercom(intercom::Error::NotFound(_) | intercom::Error::Gone { .. })
        )
    }

    /// The same in the words of the caller, who knows the tool by another name.
    pub(crate) fn of(mut self, name: &str) -> Self {
        if let Self::BadArguments { tool, .. }
        | Self::Denied { tool, .. }
        | Self::ConfirmationNeeded { tool, .. } = &mut self
        {
            name.clone_into(tool);
        }
        self
    }

    /// The same without what the endpoint masks.
    pub(crate) fn masked(mut self, rules: &MaskRules, hidden: &Hidden) -> Self {
        if rules.is_empty() {
            return self;
        }
        if let Self::ConfirmationNeeded { title, .. } = &mut self {
            *title = rules.shown(title, hidden).into_owned();
            return self;
        }
        let said = self.to_string();
        match rules.shown(&said, hidden) {
            Cow::Borrowed(_) => self,
            Cow::Owned(text) => Self::Masked {
                text,
                unmasked: Box::new(self),
            },
        }
    }

    /// Whether a write may have happened all the same.
    pub fn certainty(&self) -> Certainty {
        match self {
            Self::Intercom(error) => error.certainty(),
            Self::Cancelled(certainty) => *certainty,
            Self::Step { source, .. } => source.certainty(),
            Self::Masked { unmasked, .. } => unmasked.certainty(),
            _ => Certainty::NotDone,
        }
    }

    /// Whether the same call may go well later, because its cause is not the call itself.
    pub fn is_for_later(&self) -> bool {
        use intercom::Upstream;
        match (self, self.upstream().map(intercom::Error::status)) {
            (_, Some(Some(status))) => matches!(status, 401 | 408 | 429) || status >= 500,
            (_, Some(None)) => true,
            (Self::Step { source, .. }, None) => source.is_for_later(),
            (error, None) => matches!(
                error,
                Self::NotRecorded(_)
                    | Self::NoCredential
                    | Self::Locked(_)
                    | Self::Disconnected { .. }
                    | Self::EndpointGone
                    | Self::Cancelled(_)
            ),
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
        intercom::Error::NotFound { .. } => CHECK_ID.to_owned(),
        intercom::Error::Gone {
            canonical: Some(id),
            ..
        } => format!(" It lives on as `{id}`: use that id."),
        _ => String::new(),
    };
    let uncertain = if error.certainty() == Certainty::MaybeDone {
        UNCERTAIN
    } else {
        ""
    };
    format!("{error}.{advice}{uncertain}")
}

/// Intercom seldom says which of the ids named nothing, or of what kind it was.
fn explain_missing(sought: &[String], error: &intercom::Error) -> String {
    let fault = error
        .fault()
        .map(|fault| format!(" ({fault})"))
        .unwrap_or_default();
    let what = sought.join(" or no ");
    format!("Intercom has no {what}{fault}.{CHECK_ID}")
}

/// What must not be repeated with the call.
fn already(written: &[String]) -> String {
    if written.is_empty() {
        String::new()
    } else {
        format!(
            " Done before it, and not undone: {}; do not repeat that.",
            written.join(", ")
        )
    }
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
