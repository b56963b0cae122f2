//! Conversations and their parts.

use super::{Attributes, ObjectId, Time, people::Applied};

/// Who wrote something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Author {
    Contact(ObjectId),
    Admin(u64),
    /// The workspace's bot; `true` when the words are an AI agent's answer.
    Bot(bool),
}

/// What a conversation is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum State {
    #[default]
    Open,
    Closed,
    Snoozed,
}

impl State {
    /// The word on the wire.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Snoozed => "snoozed",
        }
    }
}

/// How urgent a conversation is, as 2.16 says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Priority {
    #[default]
    None,
    Low,
    Medium,
    High,
    Urgent,
}

impl Priority {
    /// The word on the wire.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Urgent => "urgent",
        }
    }
}

/// A conversation with everything that was said in it.
#[derive(Clone, Debug)]
pub(crate) struct Conversation {
    pub id: u64,
    pub title: Option<Box<str>>,
    pub created_at: Time,
    pub updated_at: Time,
    pub waiting_since: Option<Time>,
    pub snoozed_until: Option<Time>,
    pub state: State,
    pub read: bool,
    pub priority: Priority,
    pub admin_assignee: Option<u64>,
    pub team_assignee: Option<u64>,
    pub company: Option<ObjectId>,
    pub tags: Vec<Applied>,
    pub source: Source,
    pub contacts: Vec<ObjectId>,
    /// Admins who took part, in the order they came.
    pub teammates: Vec<u64>,
    pub custom_attributes: Attributes,
    pub sla: Option<Box<Sla>>,
    pub rating: Option<Box<Rating>>,
    pub statistics: Statistics,
    pub linked_tickets: Vec<u64>,
    pub ai_agent: Option<Box<AiAgent>>,
    pub parts: Vec<Part>,
    /// The id of the ticket that this conversation became.
    pub ticket: Option<u64>,
}

/// The first message.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub id: u64,
    /// `conversation`, `email`, `sms`, `whatsapp` and so on.
    pub kind: &'static str,
    /// `customer_initiated`, `admin_initiated`, `automated` and so on.
    pub delivered_as: &'static str,
    pub subject: Box<str>,
    /// HTML.
    pub body: Box<str>,
    pub author: Author,
    pub attachments: Vec<Attachment>,
    pub url: Option<Box<str>>,
    pub redacted: bool,
}

/// A file on a message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attachment {
    pub name: String,
    pub url: String,
    pub content_type: String,
    /// Bytes.
    pub filesize: u64,
}

/// To whom a part assigned its conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Assignee {
    Admin(u64),
    Team(u64),
    Nobody,
}

/// One entry of a conversation's history.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub id: u64,
    /// `comment`, `note`, `assignment`, `close`, `open`, `snoozed` and so on.
    pub kind: &'static str,
    /// HTML.
    pub body: Option<Box<str>>,
    pub created_at: Time,
    pub author: Author,
    pub assigned_to: Option<Assignee>,
    pub attachments: Vec<Attachment>,
    pub redacted: bool,
    /// The state of the conversation after this part.
    pub state: State,
    pub tags: Vec<Applied>,
    /// Whether it came through the API, which Intercom tells by `app_package_code`.
    pub by_app: bool,
    /// Buttons of a quick reply: text and uuid.
    pub reply_options: Vec<(String, String)>,
    /// What changed, for parts that tell a change.
    pub event_details: Option<Box<Attributes>>,
}

/// The service level that a conversation is held to.
#[derive(Clone, Debug)]
pub(crate) struct Sla {
    pub name: String,
    /// `hit`, `missed`, `cancelled` or `active`.
    pub status: &'static str,
}

/// What the customer thought of the service.
#[derive(Clone, Debug)]
pub(crate) struct Rating {
    /// 1 to 5; none while the customer has only been asked.
    pub score: Option<u8>,
    pub remark: Option<String>,
    pub requested_at: Time,
    pub replied_at: Option<Time>,
    pub contact: ObjectId,
    pub admin: Option<u64>,
}

/// Figures of a conversation. Durations are seconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Statistics {
    pub first_contact_reply_at: Option<Time>,
    pub first_assignment_at: Option<Time>,
    pub first_admin_reply_at: Option<Time>,
    pub first_close_at: Option<Time>,
    pub last_assignment_at: Option<Time>,
    pub last_assignment_admin_reply_at: Option<Time>,
    pub last_contact_reply_at: Option<Time>,
    pub last_admin_reply_at: Option<Time>,
    pub last_close_at: Option<Time>,
    pub last_closed_by: Option<u64>,
    pub count_reopens: u32,
    pub count_assignments: u32,
    pub median_time_to_reply: Option<i64>,
    pub handling_time: Option<i64>,
}

/// The part that an AI agent played.
#[derive(Clone, Debug)]
pub(crate) struct AiAgent {
    pub source_title: String,
    /// `ai_answer`, `custom_answer` and so on.
    pub last_answer_type: &'static str,
    /// `confirmed_resolution`, `assumed_resolution`, `escalated` and so on.
    pub resolution_state: &'static str,
    pub rating: Option<u8>,
    pub rating_remark: Option<String>,
    pub created_at: Time,
    pub updated_at: Time,
    /// Articles that the answer came from.
    pub articles: Vec<u64>,
}

/// What is left of a deleted conversation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tombstone {
    pub id: u64,
    pub deleted_at: Time,
    pub metrics_retained: bool,
}
