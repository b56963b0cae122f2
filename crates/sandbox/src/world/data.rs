//! Attributes, events, messages, jobs and logs.

use super::{Attributes, ObjectId, Time};

/// The description of a field of contacts, companies or conversations.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "Intercom tells them one by one"
)]
pub(crate) struct DataAttribute {
    /// Built-in attributes have ids here too, but do not show them.
    pub id: u64,
    /// `contact`, `company` or `conversation`.
    pub model: String,
    pub name: String,
    /// With the prefix `custom_attributes.` for the workspace's own.
    pub full_name: String,
    pub label: String,
    pub description: String,
    /// `string`, `integer`, `float`, `boolean`, `date`.
    pub data_type: String,
    pub options: Vec<String>,
    pub api_writable: bool,
    pub messenger_writable: bool,
    pub ui_writable: bool,
    pub custom: bool,
    pub archived: bool,
    pub created_at: Time,
    pub updated_at: Time,
    pub admin_id: Option<u64>,
}

/// Something that a contact did.
#[derive(Clone, Debug)]
pub(crate) struct DataEvent {
    pub id: u64,
    pub name: String,
    pub created_at: Time,
    pub contact: ObjectId,
    pub metadata: Attributes,
}

/// Counts of a past event that were reported in sum.
#[derive(Clone, Debug)]
pub(crate) struct EventSummary {
    pub contact: ObjectId,
    pub name: String,
    pub count: i64,
    pub first: Time,
    pub last: Time,
}

/// A message that an admin sent out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    pub id: u64,
    /// `in_app`, `email` or `whatsapp`.
    pub kind: String,
    pub subject: Option<String>,
    pub body: String,
    pub from: u64,
    pub to: Vec<ObjectId>,
    pub created_at: Time,
    pub conversation: Option<u64>,
}

/// An export that runs in the background.
#[derive(Clone, Debug, Default)]
pub(crate) struct ExportJob {
    pub job_identifier: String,
    /// `pending`, `in_progress`, `completed`, `failed`, `no_data` or `canceled`; `pending` moves on with the clock.
    pub status: String,
    pub created_at: Time,
    pub created_at_after: Time,
    pub created_at_before: Time,
}

/// A task that answers later.
#[derive(Clone, Debug, Default)]
pub(crate) struct Job {
    pub id: String,
    /// `pending`, `success` or `failed`.
    pub status: String,
    pub resource_type: String,
    pub resource_id: Option<u64>,
    pub created_at: Time,
}

/// Why an admin is away.
#[derive(Clone, Debug, Default)]
pub(crate) struct AwayStatusReason {
    pub id: u64,
    pub label: String,
    pub emoji: String,
    pub order: u32,
    pub created_at: Time,
    pub deleted: bool,
}

/// An open scroll over companies.
#[derive(Clone, Debug)]
pub(crate) struct Scroll {
    pub param: String,
    /// The companies that are still to come.
    pub rest: Vec<ObjectId>,
    pub used_at: Time,
}
