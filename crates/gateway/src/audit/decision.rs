//! What policy decided of a call, in the words of the log.

use crate::CallError;
use serde::Serialize;

/// The longest reason that is kept, in characters.
const REASON: usize = 200;

/// What policy decided; there is none where the call never came before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It may run.
    Allow,
    /// A rule forbids it.
    Deny,
    /// Its user must agree first.
    Ask,
}

impl Decision {
    /// Its word in the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Ask => "ask",
        }
    }

    /// What was decided of a call that failed so, and why: rules are the owner's words, never a caller's.
    pub(super) fn of(allowed: bool, error: Option<&CallError>) -> (Option<Self>, Option<String>) {
        let cut = |reason: &str| Some(reason.chars().take(REASON).collect());
        match error {
            Some(CallError::Denied { reason, .. }) => (Some(Self::Deny), cut(reason)),
            Some(CallError::OverBudget { .. }) => (Some(Self::Deny), cut("a budget is spent")),
            Some(CallError::ConfirmationNeeded { .. }) => {
                (Some(Self::Ask), cut("its user must agree first"))
            }
            Some(CallError::Disconnected { .. }) if !allowed => {
                (Some(Self::Deny), cut("the connection is quarantined"))
            }
            Some(CallError::EndpointGone) if !allowed => {
                (Some(Self::Deny), cut("the endpoint is gone or has ended"))
            }
            Some(CallError::Step { source, .. }) => Self::of(allowed, Some(source)),
            _ => (allowed.then_some(Self::Allow), None),
        }
    }
}
