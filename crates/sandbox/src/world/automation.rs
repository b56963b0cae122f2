//! What works by itself: data connectors, Fin's conversations and procedures, workflows.

use super::Time;
use serde_json::Value;
use std::collections::BTreeMap;

/// Everything that works by itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Automation {
    pub connectors: BTreeMap<u64, DataConnector>,
    /// Conversations with Fin by the id that the caller gave them.
    pub fin: BTreeMap<String, FinSession>,
    pub procedures: BTreeMap<u64, Procedure>,
    pub workflows: BTreeMap<u64, Workflow>,
}

/// A call of another system that Fin or a workflow may make.
#[derive(Clone, Debug, Default)]
pub(crate) struct DataConnector {
    pub id: u64,
    pub name: String,
    pub live: bool,
    /// What the caller of the API may set besides: `url`, `headers`, `data_inputs` and so on, as JSON.
    pub settings: super::Attributes,
    pub created_by: u64,
    pub updated_by: u64,
    pub created_at: Time,
    pub updated_at: Time,
    /// Oldest first.
    pub executions: Vec<Execution>,
    /// Whether something uses it, so that it can neither be deleted nor put back to draft.
    pub in_use: bool,
}

/// One run of a data connector.
#[derive(Clone, Debug, Default)]
pub(crate) struct Execution {
    pub id: u64,
    pub created_at: Time,
    pub http_status: Option<u16>,
    /// Intercom's kind of error and what the other system said; none when it went well.
    pub error: Option<(&'static str, String)>,
    pub took_ms: u32,
    pub source_type: &'static str,
    pub conversation: Option<u64>,
    pub request_url: String,
    pub request_body: Option<String>,
    pub response_body: Option<String>,
}

/// A conversation with Fin outside of Intercom.
#[derive(Clone, Debug, Default)]
pub(crate) struct FinSession {
    pub user_id: String,
    /// `awaiting_user_reply`, `escalated`, `resolved` or `complete`.
    pub status: &'static str,
    /// Who said what and when; the last entry is Fin's own.
    pub messages: Vec<FinMessage>,
    pub rating: Option<(String, Option<String>)>,
    /// The conversation in the inbox after a person was called in.
    pub conversation: Option<u64>,
    /// The step of a procedure that waits for a person.
    pub step: Option<Step>,
}

/// One thing said in a conversation with Fin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FinMessage {
    /// `user`, `agent` or `fin`.
    pub author: String,
    pub body: String,
    pub timestamp: String,
}

/// A step of a procedure that a person must fill in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Step {
    pub id: String,
    /// The attributes that must be given.
    pub wanted: Vec<String>,
    /// What was given.
    pub given: Option<Vec<(String, Value)>>,
}

/// Something that Fin knows how to carry out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Procedure {
    pub id: u64,
    pub name: String,
    pub description: String,
    pub live: bool,
    /// Whether the API may begin it.
    pub by_api: bool,
    /// The step at which it asks a person, and for what.
    pub asks: Option<(String, Vec<String>)>,
}

/// A workflow of the inbox.
#[derive(Clone, Debug, Default)]
pub(crate) struct Workflow {
    pub id: u64,
    pub title: String,
    pub description: Option<String>,
    pub trigger_type: &'static str,
    /// `live`, `draft` or `paused`.
    pub state: &'static str,
    pub channels: Vec<&'static str>,
    pub created_at: Time,
    pub updated_at: Time,
    pub steps: Value,
    pub targeting: Value,
}
