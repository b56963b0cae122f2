//! Tickets, their types, attributes and states.

use super::{
    Attributes, ObjectId, Time,
    inbox::{Assignee, Attachment, Author},
    people::Applied,
};

/// A ticket with its history.
#[derive(Clone, Debug)]
#[expect(clippy::struct_field_names, reason = "`type` is a word of Rust")]
pub(crate) struct Ticket {
    /// From the same row of numbers as conversations.
    pub id: u64,
    /// The number that people see.
    pub number: u64,
    pub ticket_type: u64,
    pub state: u64,
    pub previous_state: Option<u64>,
    /// Values by attribute name; `_default_title_` and `_default_description_` among them.
    pub attributes: Attributes,
    pub contacts: Vec<ObjectId>,
    pub company: Option<ObjectId>,
    pub admin_assignee: Option<u64>,
    pub team_assignee: Option<u64>,
    pub created_at: Time,
    pub updated_at: Time,
    pub open: bool,
    pub snoozed_until: Option<Time>,
    pub is_shared: bool,
    pub tags: Vec<Applied>,
    pub linked_conversations: Vec<u64>,
    pub parts: Vec<TicketPart>,
}

/// One entry of a ticket's history.
#[derive(Clone, Debug)]
pub(crate) struct TicketPart {
    pub id: u64,
    /// `comment`, `note`, `assignment`, `ticket_state_updated_by_admin` and so on.
    pub kind: &'static str,
    pub body: Option<Box<str>>,
    pub created_at: Time,
    pub author: Author,
    pub assigned_to: Option<Assignee>,
    pub attachments: Vec<Attachment>,
    pub redacted: bool,
    /// The state's category before and after.
    pub states: Option<(&'static str, &'static str)>,
    /// Whether it came through the API.
    pub by_app: bool,
    /// The changed attribute: its id, its label, old and new value.
    pub change: Option<Box<AttributeChange>>,
    /// Buttons of a quick reply: text and uuid.
    pub reply_options: Vec<(String, String)>,
}

/// A changed attribute of a ticket.
#[derive(Clone, Debug)]
pub(crate) struct AttributeChange {
    pub id: u64,
    pub label: String,
    pub previous: serde_json::Value,
    pub value: serde_json::Value,
}

/// A kind of ticket.
#[derive(Clone, Debug, Default)]
pub(crate) struct TicketType {
    pub id: u64,
    pub name: String,
    pub description: String,
    pub icon: String,
    /// `Customer`, `Back-office` or `Tracker`.
    pub category: String,
    pub is_internal: bool,
    pub archived: bool,
    pub created_at: Time,
    pub updated_at: Time,
    pub attributes: Vec<TicketTypeAttribute>,
    /// The states that its tickets may have, in order.
    pub states: Vec<u64>,
}

/// A field of a kind of ticket.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "Intercom tells them one by one"
)]
pub(crate) struct TicketTypeAttribute {
    pub id: u64,
    pub name: String,
    pub description: String,
    /// `string`, `list`, `integer`, `decimal`, `boolean`, `datetime` or `files`.
    pub data_type: String,
    pub multiline: bool,
    /// Id and name of each item of a list.
    pub list_items: Vec<(String, String)>,
    pub allow_multiple_values: bool,
    pub order: u32,
    pub required_to_create: bool,
    pub required_to_create_for_contacts: bool,
    pub visible_on_create: bool,
    pub visible_to_contacts: bool,
    /// Whether every type has it: title and description.
    pub default: bool,
    pub archived: bool,
    pub created_at: Time,
    pub updated_at: Time,
}

/// A state that tickets pass through.
#[derive(Clone, Debug, Default)]
pub(crate) struct TicketState {
    pub id: u64,
    /// `submitted`, `in_progress`, `waiting_on_customer` or `resolved`.
    pub category: &'static str,
    pub internal_label: String,
    pub external_label: String,
    pub archived: bool,
}
