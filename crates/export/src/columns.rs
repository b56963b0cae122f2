//! What a table shows of an object: the facts that one filters and sorts by, and behind them the object itself.

use crate::Dataset;
use serde_json::Value;

/// One column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// Where the value stands in the object, as a JSON pointer.
    at: &'static str,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Integer,
    Number,
    Flag,
    /// Unix seconds in the object.
    Time,
    /// A list of objects, of which one field each is told, as a JSON list.
    List(&'static str),
}

/// A value of a column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Text(String),
    Integer(i64),
    Number(f64),
    Flag(bool),
    /// Unix seconds.
    Time(i64),
}

impl Column {
    /// What an object has there; none where it has nothing, or nothing of that kind.
    pub(crate) fn of(&self, object: &Value) -> Option<Cell> {
        let value = object.pointer(self.at)?;
        match self.kind {
            Kind::Text => match value {
                Value::Null => None,
                Value::String(text) => Some(Cell::Text(text.clone())),
                other => Some(Cell::Text(other.to_string())),
            },
            Kind::Integer => value.as_i64().map(Cell::Integer),
            Kind::Number => value.as_f64().map(Cell::Number),
            Kind::Flag => value.as_bool().map(Cell::Flag),
            Kind::Time => value.as_i64().map(Cell::Time),
            Kind::List(field) => {
                let all: Vec<&Value> = value
                    .as_array()?
                    .iter()
                    .filter_map(|item| item.get(field))
                    .collect();
                // Values always serialize.
                Some(Cell::Text(serde_json::to_string(&all).unwrap_or_default()))
            }
        }
    }
}

/// The columns of a dataset, without the object itself.
pub(crate) fn columns(dataset: Dataset) -> &'static [Column] {
    match dataset {
        Dataset::Conversations => CONVERSATIONS,
        Dataset::Contacts => CONTACTS,
        Dataset::Companies => COMPANIES,
        Dataset::Tickets => TICKETS,
        Dataset::Articles => ARTICLES,
    }
}

const fn column(name: &'static str, kind: Kind, at: &'static str) -> Column {
    Column { name, kind, at }
}

use Kind::{Flag, Integer, List, Number, Text, Time};

const CONVERSATIONS: &[Column] = &[
    column("id", Text, "/id"),
    column("created_at", Time, "/created_at"),
    column("updated_at", Time, "/updated_at"),
    column("state", Text, "/state"),
    column("open", Flag, "/open"),
    column("read", Flag, "/read"),
    column("priority", Text, "/priority"),
    column("title", Text, "/title"),
    column("channel", Text, "/source/type"),
    column("subject", Text, "/source/subject"),
    column("body", Text, "/source/body"),
    column("author_type", Text, "/source/author/type"),
    column("author_id", Text, "/source/author/id"),
    column("author_name", Text, "/source/author/name"),
    column("author_email", Text, "/source/author/email"),
    column("contact_ids", List("id"), "/contacts/contacts"),
    column("admin_assignee_id", Text, "/admin_assignee_id"),
    column("team_assignee_id", Text, "/team_assignee_id"),
    column("tags", List("name"), "/tags/tags"),
    column("waiting_since", Time, "/waiting_since"),
    column("snoozed_until", Time, "/snoozed_until"),
    column("rating", Integer, "/conversation_rating/rating"),
    column("rating_remark", Text, "/conversation_rating/remark"),
    column(
        "time_to_assignment",
        Integer,
        "/statistics/time_to_assignment",
    ),
    column(
        "time_to_admin_reply",
        Integer,
        "/statistics/time_to_admin_reply",
    ),
    column(
        "time_to_first_close",
        Integer,
        "/statistics/time_to_first_close",
    ),
    column(
        "time_to_last_close",
        Integer,
        "/statistics/time_to_last_close",
    ),
    column(
        "median_time_to_reply",
        Integer,
        "/statistics/median_time_to_reply",
    ),
    column("count_reopens", Integer, "/statistics/count_reopens"),
    column(
        "count_parts",
        Integer,
        "/statistics/count_conversation_parts",
    ),
    column("ai_agent_participated", Flag, "/ai_agent_participated"),
];

const CONTACTS: &[Column] = &[
    column("id", Text, "/id"),
    column("external_id", Text, "/external_id"),
    column("role", Text, "/role"),
    column("email", Text, "/email"),
    column("phone", Text, "/phone"),
    column("name", Text, "/name"),
    column("owner_id", Text, "/owner_id"),
    column("created_at", Time, "/created_at"),
    column("updated_at", Time, "/updated_at"),
    column("signed_up_at", Time, "/signed_up_at"),
    column("last_seen_at", Time, "/last_seen_at"),
    column("last_replied_at", Time, "/last_replied_at"),
    column("last_contacted_at", Time, "/last_contacted_at"),
    column(
        "unsubscribed_from_emails",
        Flag,
        "/unsubscribed_from_emails",
    ),
    column("has_hard_bounced", Flag, "/has_hard_bounced"),
    column("country", Text, "/location/country"),
    column("city", Text, "/location/city"),
    column("tag_ids", List("id"), "/tags/data"),
    column("company_ids", List("id"), "/companies/data"),
    column("custom_attributes", Text, "/custom_attributes"),
];

const COMPANIES: &[Column] = &[
    column("id", Text, "/id"),
    column("company_id", Text, "/company_id"),
    column("name", Text, "/name"),
    column("plan", Text, "/plan/name"),
    column("size", Integer, "/size"),
    column("website", Text, "/website"),
    column("industry", Text, "/industry"),
    column("monthly_spend", Number, "/monthly_spend"),
    column("user_count", Integer, "/user_count"),
    column("session_count", Integer, "/session_count"),
    column("created_at", Time, "/created_at"),
    column("updated_at", Time, "/updated_at"),
    column("last_request_at", Time, "/last_request_at"),
    column("tags", List("name"), "/tags/tags"),
    column("custom_attributes", Text, "/custom_attributes"),
];

const TICKETS: &[Column] = &[
    column("id", Text, "/id"),
    column("ticket_id", Text, "/ticket_id"),
    column("created_at", Time, "/created_at"),
    column("updated_at", Time, "/updated_at"),
    column("category", Text, "/category"),
    column("ticket_type", Text, "/ticket_type/name"),
    column("state_category", Text, "/ticket_state/category"),
    column("state", Text, "/ticket_state/internal_label"),
    column("open", Flag, "/open"),
    column("title", Text, "/ticket_attributes/_default_title_"),
    column(
        "description",
        Text,
        "/ticket_attributes/_default_description_",
    ),
    column("contact_ids", List("id"), "/contacts/contacts"),
    column("admin_assignee_id", Text, "/admin_assignee_id"),
    column("team_assignee_id", Text, "/team_assignee_id"),
    column("snoozed_until", Time, "/snoozed_until"),
    column("attributes", Text, "/ticket_attributes"),
];

const ARTICLES: &[Column] = &[
    column("id", Text, "/id"),
    column("title", Text, "/title"),
    column("description", Text, "/description"),
    column("body", Text, "/body"),
    column("state", Text, "/state"),
    column("author_id", Text, "/author_id"),
    column("parent_id", Text, "/parent_id"),
    column("default_locale", Text, "/default_locale"),
    column("url", Text, "/url"),
    column("created_at", Time, "/created_at"),
    column("updated_at", Time, "/updated_at"),
];
