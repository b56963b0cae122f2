//! Contacts, companies, tickets and articles: in a list and alone.

use super::prune::{is_empty, pruned};
use super::transcript::{PAGE, Thread};
use super::{moment, people::id_of, plain};
use serde_json::{Map, Value, json};

/// Keys of a contact's row that its text copy repeats.
pub(super) const CONTACT: [&str; 3] = ["id", "name", "email"];
/// Keys of a company's row that its text copy repeats.
pub(super) const COMPANY: [&str; 3] = ["id", "name", "company_id"];
/// Keys of a ticket's row that its text copy repeats.
pub(super) const TICKET: [&str; 5] = ["id", "title", "state", "contact_ids", "updated_at"];
/// Keys of an article's row that its text copy repeats.
pub(super) const ARTICLE: [&str; 4] = ["id", "title", "state", "url"];
/// Characters of an article that a row shows.
const SNIPPET: usize = 200;
/// Attributes of the workspace's own that a row tells.
const ATTRIBUTES: usize = 12;
/// What only a contact alone tells; a flag of these that is set is told by a row, too.
const CONTACT_DETAILS: [&str; 22] = [
    "browser",
    "browser_version",
    "browser_language",
    "os",
    "location",
    "last_email_opened_at",
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
            let detail = CONTACT_DETAILS.contains(&key.as_str());
            let device = ["android_", "ios_", "sms_"]
                .iter()
                .any(|start| key.starts_with(start));
            !device && (!detail || value == &Value::Bool(true))
        });
        // Searches of contacts count by day, too.
        map.shift_remove("updated_at");
        if map.get("signed_up_at") == map.get("created_at") {
            map.shift_remove("signed_up_at");
        }
        // The team's last message counts where it waits for an answer.
        let at = |key: &str| map.get(key).and_then(Value::as_i64);
        if at("last_contacted_at") <= at("last_replied_at") {
            map.shift_remove("last_contacted_at");
        }
        by_day(map);
        // Who replied on a day was seen on it.
        if map.get("last_seen_at") == map.get("last_replied_at") {
            map.shift_remove("last_seen_at");
        }
        if let Some(own) = map
            .get_mut("custom_attributes")
            .and_then(Value::as_object_mut)
        {
            // The rest are references to custom objects.
            own.retain(|_, value| !value.is_array() && !value.is_object());
            by_day(own);
        }
    }
    let mut row = pruned(contact);
    for (list, ids) in [("tags", "tag_ids"), ("companies", "company_ids")] {
        name_by(&mut row, list, ids, "id");
    }
    cut_attributes(&mut row, "custom_attributes");
    row
}

/// Moments as their days.
fn by_day(map: &mut Map<String, Value>) {
    for (key, value) in map.iter_mut() {
        let day = value.as_i64().filter(|_| moment::is_named_moment(key));
        if let Some(day) = day.and_then(moment::day) {
            *value = day.into();
        }
    }
}

/// Companies in a list: tags, segments and the plan by name.
pub(super) fn companies(items: Vec<Value>) -> Vec<Value> {
    let mut rows: Vec<Value> = items.into_iter().map(plain::row).collect();
    for row in &mut rows {
        for list in ["tags", "segments"] {
            name_by(row, list, list, "name");
        }
        if let Some(plan) = row.pointer("/plan/name").cloned() {
            row["plan"] = plan;
        }
        cut_attributes(row, "custom_attributes");
    }
    rows
}

/// A row tells so many attributes of the workspace's own, and so much of a long one; the object itself tells all.
pub(super) fn cut_attributes(row: &mut Value, key: &str) {
    let Some(attributes) = row.get_mut(key).and_then(Value::as_object_mut) else {
        return;
    };
    let more = attributes.len().saturating_sub(ATTRIBUTES);
    let names: Vec<String> = attributes.keys().skip(ATTRIBUTES).cloned().collect();
    for name in names {
        attributes.shift_remove(&name);
    }
    for value in attributes.values_mut() {
        if let Some(text) = value.as_str().filter(|text| text.len() > SNIPPET) {
            *value = super::snippet(text, SNIPPET).into();
        }
    }
    if more > 0 {
        let told = format!("{more}, told by the object itself");
        attributes.insert("more attributes".into(), told.into());
    }
}

/// Puts what each thing of a list is known by in place of the things.
fn name_by(row: &mut Value, list: &str, key: &str, field: &str) {
    let things = row.get(list).and_then(Value::as_array);
    let known: Option<Vec<Value>> = things.and_then(|things| {
        things
            .iter()
            .map(|thing| thing.get(field).cloned())
            .collect()
    });
    // A list that was cut, or that lacks the field, stays as it is.
    if let (Some(known), Some(row)) = (known, row.as_object_mut()) {
        row.shift_remove(list);
        row.insert(key.into(), known.into());
    }
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
    let mut row = ticket_facts(ticket).into();
    cut_attributes(&mut row, "ticket_attributes");
    row
}

/// One page of a ticket's thread; the first page says what is known of the ticket, too.
pub(crate) fn ticket_document(ticket: &Value, cursor: Option<&str>) -> Option<Value> {
    let thread = Thread::of_ticket(ticket);
    let page = thread.page(cursor, PAGE)?;
    let mut answer = match cursor {
        None => ticket_facts(ticket),
        Some(_) => Map::from_iter([("id".to_owned(), ticket["id"].clone())]),
    };
    answer.insert("people".into(), thread.people.legend().into());
    answer.insert("transcript".into(), page.text.into());
    if let Some(next) = page.next {
        answer.insert("next_cursor".into(), next.into());
    }
    answer.retain(|_, value| !is_empty(value));
    Some(answer.into())
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
            ticket_document(&value, None).unwrap()["transcript"],
            "# 2026-09-21\n14:13 - state set to in_progress from submitted (Rui)"
        );
    }

    #[test]
    fn a_row_tells_a_dozen_attributes_and_counts_the_rest() {
        let attributes: Map<String, Value> = (0..30)
            .map(|index| (format!("a{index:02}"), "word ".repeat(100).into()))
            .collect();
        let row = contact(json!({"id": "66f0", "custom_attributes": attributes}));
        let told = row["custom_attributes"].as_object().unwrap();
        assert_eq!(told.len(), ATTRIBUTES + 1, "{row}");
        assert_eq!(told["more attributes"], "18, told by the object itself");
        assert!(told["a00"].as_str().unwrap().len() <= SNIPPET + 4, "{row}");
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
