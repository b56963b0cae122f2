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
    let mut row = Facts {
        of: ticket,
        told: Map::new(),
    };
    row.copy("id", "/id");
    row.copy("ticket_id", "/ticket_id");
    row.copy("title", "/ticket_attributes/_default_title_");
    row.copy("description", "/ticket_attributes/_default_description_");
    row.copy("type", "/ticket_type/name");
    row.copy("ticket_type_id", "/ticket_type/id");
    row.copy("category", "/category");
    // Up to 2.13 the state is a text, and its words stand beside it.
    let is_text = ticket.get("ticket_state").is_some_and(Value::is_string);
    row.copy(
        "state",
        if is_text {
            "/ticket_state"
        } else {
            "/ticket_state/category"
        },
    );
    row.copy(
        "state_label",
        if is_text {
            "/ticket_state_internal_label"
        } else {
            "/ticket_state/internal_label"
        },
    );
    row.copy("ticket_state_id", "/ticket_state/id");
    row.copy("open", "/open");
    row.copy("is_shared", "/is_shared");
    let contacts = ticket
        .pointer("/contacts/contacts")
        .and_then(Value::as_array);
    let contacts: Vec<_> = contacts.into_iter().flatten().filter_map(id_of).collect();
    row.put("contact_ids", json!(contacts));
    for (key, wire) in [
        ("admin_id", "admin_assignee_id"),
        ("team_id", "team_assignee_id"),
    ] {
        let assignee = ticket.get(wire).filter(|id| !super::prune::is_nobody(id));
        row.put(key, assignee.cloned().unwrap_or_default());
    }
    row.circumstances();
    row.told
}

struct Facts<'a> {
    of: &'a Value,
    told: Map<String, Value>,
}

impl Facts<'_> {
    /// When, and what the workspace adds of its own.
    fn circumstances(&mut self) {
        for key in ["created_at", "updated_at", "snoozed_until"] {
            let seconds = self.of.get(key).and_then(Value::as_i64);
            self.put(key, seconds.and_then(moment::iso).into());
        }
        let mut attributes = self.of.get("ticket_attributes").cloned();
        if let Some(Value::Object(map)) = &mut attributes {
            map.retain(|key, _| !key.starts_with("_default_"));
        }
        self.put("ticket_attributes", pruned(attributes.unwrap_or_default()));
        self.put("tags", super::names(self.of.pointer("/tags/tags")).into());
        self.copy("company_id", "/company/id");
        self.copy("company_id", "/company_id");
        let linked = self.of.get("linked_objects").cloned();
        self.put("linked", pruned(linked.unwrap_or_default()));
    }

    /// Copies what stands at a place, where there is something.
    fn copy(&mut self, key: &str, place: &str) {
        self.put(key, self.of.pointer(place).cloned().unwrap_or_default());
    }

    fn put(&mut self, key: &str, value: Value) {
        if !is_empty(&value) {
            self.told.insert(key.to_owned(), value);
        }
    }
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
