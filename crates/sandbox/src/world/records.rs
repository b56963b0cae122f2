//! What is kept beside the inbox: custom objects, logs, receipts, side conversations, jobs.

use super::{Attributes, ObjectId, Time, inbox::Part};
use serde_json::Value;
use std::collections::BTreeMap;

/// Everything that is kept beside the inbox.
#[derive(Clone, Debug, Default)]
pub(crate) struct Records {
    /// Custom objects by the identifier of their type.
    pub object_types: BTreeMap<String, ObjectType>,
    /// What admins did, oldest first.
    pub activity: Vec<Activity>,
    /// What became of contacts, oldest first.
    pub contact_activity: Vec<ContactActivity>,
    /// What became of messages that were sent to many, oldest first.
    pub receipts: Vec<Receipt>,
    /// Talks with third parties by the conversation they belong to.
    pub side_conversations: BTreeMap<u64, Vec<SideConversation>>,
    pub bulk_jobs: BTreeMap<String, BulkJob>,
    pub reports: BTreeMap<String, Report>,
}

/// A kind of object that the workspace defined.
#[derive(Clone, Debug, Default)]
pub(crate) struct ObjectType {
    pub name: String,
    pub instances: BTreeMap<u64, Instance>,
}

/// One custom object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Instance {
    pub id: u64,
    pub external_id: String,
    pub external_created_at: Option<Time>,
    pub external_updated_at: Option<Time>,
    pub created_at: Time,
    pub updated_at: Time,
    pub attributes: Attributes,
}

/// Something that an admin did, or that happened to an admin.
#[derive(Clone, Debug)]
pub(crate) struct Activity {
    pub id: String,
    pub admin: u64,
    pub at: Time,
    /// Intercom's name of it, such as `admin_login_success`.
    pub kind: &'static str,
    pub description: String,
    pub metadata: Value,
}

/// Something that became of a contact.
#[derive(Clone, Debug)]
pub(crate) struct ContactActivity {
    /// `contact.role_updated`, `contact.deleted` or `contact.merge_failed`; the others are read from the contacts.
    pub kind: &'static str,
    pub contact: ObjectId,
    pub external_id: Option<String>,
    pub role: &'static str,
    /// Source, target and reason of a merge that failed.
    pub failure: Option<(ObjectId, ObjectId, String)>,
    pub at: Time,
}

/// What became of one message to one contact.
#[derive(Clone, Debug)]
pub(crate) struct Receipt {
    pub id: String,
    /// The series of messages that it belongs to.
    pub ruleset: u64,
    pub conversation: u64,
    /// `WhatsApp`'s own id.
    pub message: String,
    pub template: String,
    /// `sent`, `delivered`, `read` or `failed`.
    pub status: &'static str,
    pub created_at: Time,
    pub updated_at: Time,
}

/// A talk with a third party about a conversation.
#[derive(Clone, Debug)]
pub(crate) struct SideConversation {
    pub id: u64,
    pub parts: Vec<Part>,
}

/// Contacts or companies that are written many at a time.
#[derive(Clone, Debug)]
pub(crate) struct BulkJob {
    /// `contacts` or `companies`.
    pub what: &'static str,
    pub created_at: Time,
    pub tasks: Vec<BulkTask>,
}

/// One request of a bulk job.
#[derive(Clone, Debug)]
pub(crate) struct BulkTask {
    pub id: String,
    pub items: usize,
    /// How many of the items were refused.
    pub refused: usize,
    pub created_at: Time,
}

/// An export of reporting data.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub dataset: &'static str,
    pub attributes: Vec<String>,
    pub created_at: Time,
    pub start: Time,
    pub end: Time,
}
