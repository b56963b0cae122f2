//! Telephone calls: those of Intercom's phone, and those that Fin answers for another provider.

use super::{ObjectId, Time};
use std::collections::BTreeMap;

/// Everything that was said on the telephone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Voice {
    pub calls: BTreeMap<u64, PhoneCall>,
    pub fin_calls: BTreeMap<u64, FinCall>,
}

/// A call on Intercom's phone.
#[derive(Clone, Debug)]
pub(crate) struct PhoneCall {
    pub id: u64,
    pub conversation: Option<u64>,
    pub admin: Option<u64>,
    pub contact: Option<ObjectId>,
    /// `inbound` or `outbound`.
    pub direction: &'static str,
    pub phone: String,
    pub initiated_at: Time,
    /// None when nobody took it.
    pub answered_at: Option<Time>,
    pub ended_at: Time,
    /// Seconds for which the caller was put on hold.
    pub hold: Time,
    /// What was said; empty when there is no recording.
    pub transcript: Vec<Utterance>,
}

/// One thing that somebody said.
#[derive(Clone, Debug)]
pub(crate) struct Utterance {
    /// Seconds since the call was taken.
    pub at: Time,
    pub speaker: String,
    pub text: String,
}

/// A call of another provider that Fin answers.
#[derive(Clone, Debug)]
pub(crate) struct FinCall {
    pub id: u64,
    pub phone: String,
    /// The provider's own id.
    pub external_id: String,
    pub registered_at: Time,
    pub conversation: Option<u64>,
    /// What the caller wants, as the provider's data tells it.
    pub topic: String,
}
