//! An entry of the audit log, read.

use jiff::Timestamp;
use serde_json::{Value, json};
use store::Entry;

/// An entry of a tenant, with what its body says.
pub(crate) struct Event<'a> {
    pub(crate) tenant: &'a str,
    pub(crate) entry: &'a Entry,
    pub(crate) body: Value,
}

impl<'a> Event<'a> {
    /// Reads an entry. A body that is no JSON is an empty one: the entry is exported all the same.
    pub(crate) fn read(tenant: &'a str, entry: &'a Entry) -> Self {
        Self {
            tenant,
            entry,
            body: serde_json::from_str(&entry.body).unwrap_or_default(),
        }
    }

    /// A text of the body; empty where there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_default()
    }

    /// What is kept of the arguments of a call, or of the fields of a change.
    pub(crate) fn arguments(&self) -> &Value {
        match &self.body["arguments"] {
            Value::Null => &self.body["given"],
            arguments => arguments,
        }
    }

    /// Whether it tells of a change by those who manage, and not of a call.
    pub(crate) fn is_act(&self) -> bool {
        self.entry.kind.starts_with("admin_")
    }

    /// A number of the body.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.body[name].as_u64()
    }

    /// When it was recorded, as RFC 3339 with milliseconds.
    pub(crate) fn at(&self) -> String {
        Timestamp::from_millisecond(self.entry.at)
            .map(|at| format!("{at:.3}"))
            .unwrap_or_default()
    }

    /// How long the call took, in milliseconds.
    pub(crate) fn duration_ms(&self) -> Option<u64> {
        Some(self.number("duration_us")?.div_ceil(1_000))
    }

    /// The last answer of Intercom: its status and its request's id.
    pub(crate) fn upstream(&self) -> (Option<u64>, &str) {
        let last = self.body["upstream"]
            .as_array()
            .and_then(|calls| calls.last());
        let status = last.and_then(|call| call["status"].as_u64());
        let id = last.and_then(|call| call["request_id"].as_str());
        (status, id.unwrap_or_default())
    }

    /// Whether it tells of a call that went wrong, or was not let through.
    pub(crate) fn is_failure(&self) -> bool {
        self.entry
            .outcome
            .as_deref()
            .is_some_and(|outcome| outcome != "ok")
    }

    /// Everything that the store has.
    pub(crate) fn json(&self) -> Value {
        json!({
            "event_id": self.entry.event_id,
            "tenant": self.tenant,
            "seq": self.entry.seq,
            "kind": self.entry.kind,
            "at": self.entry.at,
            "call": self.entry.call_id,
            "user": self.entry.user_id,
            "endpoint": self.entry.endpoint_id,
            "tool": self.entry.tool,
            "outcome": self.entry.outcome,
            "body": self.entry.body,
            "prev_hash": crate::tenants::hex(&self.entry.prev_hash),
            "hash": crate::tenants::hex(&self.entry.hash),
        })
    }
}
