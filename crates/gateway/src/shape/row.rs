//! Contacts, companies, tickets and articles: in a list and alone.

use super::prune::{is_empty, pruned};
use super::transcript::Thread;
use super::{moment, people::id_of};
use serde_json::{Map, Value, json};

/// Keys of a contact's row that its text copy repeats.
pub(super) const CONTACT: [&str; 4] = ["id", "name", "email", "role"];
/// Keys of a company's row that its text copy repeats.
pub(super) const COMPANY: [&str; 3] = ["id", "name", "company_id"];
/// Keys of a ticket's row that its text copy repeats.
pub(super) const TICKET: [&str; 5] = ["id", "title", "state", "contact_ids", "updated_at"];
/// Keys of an article's row that its text copy repeats.
pub(super) const ARTICLE: [&str; 4] = ["id", "title", "state", "url"];
/// Characters of an article that a row shows.
const SNIPPET: usize = 200;
/// What only a contact alone tells.
const CONTACT_DETAILS: [&str; 22] = [
    "browser",
    "browser_version",
    "browser_language",
    "os",
    "location",
    "sms_consent",
    "unsubscribed_from_sms",
    "enabled_push_messaging",
    "formatted_phone",
    "email_domain",
    "has_hard_bounced",
    "marked_email_as_spam",
    "unsubscribed_from_emails",
    "social_profiles",
    "notes",
    "opted_out_subscription_types",
    "opted_in_subscription_types",
    "referrer",
    "utm_campaign",
    "utm_content",
    "utm_medium",
    "utm_source",
];

/// A contact in a list.
pub(crate) fn contact(mut contact: Value) -> Value {
    if let Some(map) = contact.as_object_mut() {
        // Flags that are off say what is usual.
        map.retain(|key, value| {
            !CONTACT_DETAILS.contains(&key.as_str()) || value == &Value::Bool(true)
        });
        map.retain(|key, _| !key.starts_with("android_") && !key.starts_with("ios_"));
    }
    pruned(contact)
}

/// An article in a list: its beginning stands for the text.
pub(crate) fn article(mut article: Value) -> Value {
    let text = article
        .get("body")
        .and_then(Value::as_str)
        .map(|body| super::snippet(body, SNIPPET));
    if let Some(map) = article.as_object_mut() {
        map.retain(|key, _| {
            !matches!(key.as_str(), "body" | "body_markdown" | "statistics")
                && !key.starts_with("ai_")
        });
        if let Some(text) = text {
            map.insert("text".into(), text.into());
        }
    }
    pruned(article)
}

/// A ticket in a list.
pub(crate) fn ticket(ticket: &Value) -> Value {
    ticket_facts(ticket).into()
}

/// A ticket with its thread.
pub(crate) fn ticket_document(ticket: &Value) -> Value {
    let thread = Thread::of_ticket(ticket);
    let mut answer = ticket_facts(ticket);
    answer.insert("people".into(), thread.people.legend().into());
    let text = thread
        .page(None, usize::MAX)
        .map(|page| page.text)
        .unwrap_or_default();
    answer.insert("transcript".into(), text.into());
    answer.retain(|_, value| !is_empty(value));
    answer.into()
}

fn ticket_facts(ticket: &Value) -> Map<String, Value> {
    let mut row = Map::new();
    let mut put = |key: &str, value: Option<&Value>| {
        if let Some(value) = value.filter(|value| !is_empty(value)) {
            row.insert(key.to_owned(), value.clone());
        }
    };
    put("id", ticket.get("id"));
    put("ticket_id", ticket.get("ticket_id"));
    put(
        "title",
        ticket.pointer("/ticket_attributes/_default_title_"),
    );
    put(
        "description",
        ticket.pointer("/ticket_attributes/_default_description_"),
    );
    put("type", ticket.pointer("/ticket_type/name"));
    put("ticket_type_id", ticket.pointer("/ticket_type/id"));
    put("category", ticket.get("category"));
    // Up to 2.13 the state is a text, and its words stand beside it.
    let state = ticket.get("ticket_state");
    let category = state.and_then(|state| state.get("category")).or(state);
    put("state", category.filter(|state| state.is_string()));
    put(
        "state_label",
        ticket
            .pointer("/ticket_state/internal_label")
            .or_else(|| ticket.get("ticket_state_internal_label")),
    );
    put("ticket_state_id", ticket.pointer("/ticket_state/id"));
    for key in ["open", "is_shared"] {
        put(key, ticket.get(key));
    }
    let contacts: Vec<_> = ticket
        .pointer("/contacts/contacts")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(id_of)
        .collect();
    put("contact_ids", Some(&json!(contacts)));
    for (key, wire) in [
        ("admin_id", "admin_assignee_id"),
        ("team_id", "team_assignee_id"),
    ] {
        put(
            key,
            ticket.get(wire).filter(|id| !super::prune::is_nobody(id)),
        );
    }
    for key in ["created_at", "updated_at", "snoozed_until"] {
        let readable = ticket
            .get(key)
            .and_then(Value::as_i64)
            .and_then(moment::iso);
        put(key, readable.map(Value::from).as_ref());
    }
    let mut attributes = ticket.get("ticket_attributes").cloned().unwrap_or_default();
    if let Some(map) = attributes.as_object_mut() {
        map.retain(|key, _| !key.starts_with("_default_"));
    }
    put("ticket_attributes", Some(&pruned(attributes)));
    put(
        "tags",
        Some(&super::names(ticket.pointer("/tags/tags")).into()),
    );
    put(
        "company_id",
        ticket
            .get("company_id")
            .or_else(|| ticket.pointer("/company/id")),
    );
    put(
        "linked",
        ticket
            .get("linked_objects")
            .map(|linked| pruned(linked.clone()))
            .as_ref(),
    );
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_keeps_what_a_person_looks_for() {
        let value = json!({"type": "ticket", "id": "215", "ticket_id": "1390", "category": "Customer",
            "ticket_attributes": {"_default_title_": "Refund", "_default_description_": "Order 4417", "Platform": "web", "Old": null},
            "ticket_state": {"type": "ticket_state", "id": "45", "category": "in_progress", "internal_label": "Working", "external_label": "Working"},
            "ticket_type": {"type": "ticket_type", "id": "29", "name": "Refunds", "ticket_type_attributes": {"type": "list", "data": [1, 2]}},
            "contacts": {"type": "contact.list", "contacts": [{"type": "contact", "id": "66f0"}]},
            "admin_assignee_id": 7001, "team_assignee_id": 0, "created_at": 1_790_000_000, "open": true,
            "ticket_parts": {"ticket_parts": [{"id": "1", "part_type": "ticket_state_updated_by_admin", "ticket_state": "in_progress",
                "previous_ticket_state": "submitted", "created_at": 1_790_000_000, "author": {"id": "7001", "type": "admin", "name": "Rui"}}]}});
        let facts = json!({"id": "215", "ticket_id": "1390", "title": "Refund", "description": "Order 4417", "type": "Refunds",
            "ticket_type_id": "29", "category": "Customer", "state": "in_progress", "state_label": "Working", "ticket_state_id": "45", "open": true,
            "contact_ids": ["66f0"], "admin_id": 7001, "created_at": "2026-09-21T14:13Z", "ticket_attributes": {"Platform": "web"}});
        assert_eq!(ticket(&value), facts);
        assert_eq!(
            ticket_document(&value)["transcript"],
            "# 2026-09-21\n14:13 - state set to in_progress from submitted (Rui)"
        );
    }

    #[test]
    fn rows_of_contacts_and_articles_are_short() {
        let person = json!({"type": "contact", "id": "66f0", "name": "Ana", "has_hard_bounced": true, "marked_email_as_spam": false,
            "ios_device": "x", "custom_attributes": {"plan": "pro"}, "os": "Linux"});
        assert_eq!(
            contact(person),
            json!({"id": "66f0", "name": "Ana", "has_hard_bounced": true, "custom_attributes": {"plan": "pro"}})
        );
        let text = json!({"type": "article", "id": "45", "title": "Refunds", "body": "<p>Within <b>5</b> days.</p>", "ai_chatbot_availability": true});
        assert_eq!(
            article(text),
            json!({"id": "45", "title": "Refunds", "text": "Within **5** days."})
        );
    }
}
