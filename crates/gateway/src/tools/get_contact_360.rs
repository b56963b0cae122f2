//! `get_contact_360`: everything about a contact in one answer that fits into a model's hand.

use super::get_contact_history::OWN;
use super::{Arguments, count, object, required};
use crate::shape::{self, prune};
use crate::{CallError, ToolResult, context::Context};
use catalog::Shape;
use intercom::PageOf;
use serde_json::{Map, Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

/// Rows of each kind when no number was given.
const EACH: u32 = 5;
/// What the answer holds at most, in bytes; about three thousand tokens.
const BUDGET: usize = 12_000;
/// Characters of a note that are shown.
const NOTE: usize = 300;
/// What of a contact stands in sections of its own, or is of the machinery.
const APART: [&str; 5] = [
    "tags",
    "companies",
    "notes",
    "opted_in_subscription_types",
    "opted_out_subscription_types",
];

/// Things of one kind.
struct Section {
    key: &'static str,
    rows: Vec<Value>,
    total: Option<u64>,
    /// The tool that has the rest.
    reader: &'static str,
    fault: Option<String>,
}

/// Reads it all at once; what cannot be read is said, and the rest is answered.
pub(super) async fn run(context: &Context<'_>, given: Arguments) -> Result<ToolResult, CallError> {
    let id = required(&given, "contact_id");
    let limit = count(&given, "limit").unwrap_or(EACH);
    let sections = Sections {
        context,
        id,
        limit,
        read: AtomicU64::new(0),
    };
    let contact = context.operation("get_contact", object(json!({"contact_id": id})));
    let (contact, companies, conversations, tickets, notes, tags, events) = tokio::join!(
        contact,
        sections.of(
            "companies",
            "list_contact_companies",
            json!({"contact_id": id})
        ),
        sections.search("conversations", "search_conversations"),
        sections.search("tickets", "search_tickets"),
        sections.of("notes", "list_contact_notes", json!({"contact_id": id})),
        sections.of("tags", "list_contact_tags", json!({"contact_id": id})),
        sections.of("events", "list_data_events", json!({"contact_id": id})),
    );
    let contact = person(contact?.body);
    let mut sections = [companies, conversations, tickets, notes, tags, events];
    fit(
        &mut sections,
        BUDGET.saturating_sub(contact.to_string().len()),
    );
    Ok(shape::text(&answer(contact, sections)))
}

struct Sections<'a> {
    context: &'a Context<'a>,
    id: &'a str,
    limit: u32,
    read: AtomicU64,
}

impl Sections<'_> {
    async fn search(&self, key: &'static str, operation: &'static str) -> Section {
        let query = json!({"field": "contact_ids", "operator": "=", "value": self.id});
        let sort = json!({"field": "updated_at", "order": "descending"});
        self.of(key, operation, json!({"query": query, "sort": sort}))
            .await
    }

    async fn of(&self, key: &'static str, operation: &'static str, asked: Value) -> Section {
        let page = self
            .context
            .page(operation, object(asked), Some(self.limit), None)
            .await;
        let read = self.read.fetch_add(1, Ordering::Relaxed) + 1;
        self.context.report(read, Some(6), &format!("read {key}"));
        match page {
            Ok(page) => section(key, operation, page, self.limit),
            Err(error) => Section {
                key,
                rows: Vec::new(),
                total: None,
                reader: operation,
                fault: Some(error.to_string()),
            },
        }
    }
}

fn section(key: &'static str, reader: &'static str, page: PageOf, limit: u32) -> Section {
    let came = page.items.len() as u64;
    // Without a total, a next page says that there is more than came.
    let total = page.total.or(page.next.is_none().then_some(came));
    let mut items = page.items;
    items.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let rows = match key {
        "conversations" => shape::rows(Shape::Conversation, items).whole,
        "tickets" => shape::rows(Shape::Ticket, items).whole,
        "companies" => items.iter().map(company).collect(),
        "notes" => items.iter().map(note).collect(),
        "tags" => items
            .iter()
            .filter_map(|tag| tag.get("name").cloned())
            .collect(),
        _ => items.iter().map(event).collect(),
    };
    let rows = rows.into_iter().map(without_owner).collect();
    Section {
        key,
        rows,
        total,
        reader,
        fault: None,
    }
}

/// Drops last rows of the longest section until all fit; the first row of each stays.
fn fit(sections: &mut [Section], budget: usize) {
    let size = |section: &Section| -> usize {
        section
            .rows
            .iter()
            .map(|row| row.to_string().len() + 1)
            .sum()
    };
    while sections.iter().map(size).sum::<usize>() > budget {
        let longest = sections
            .iter_mut()
            .filter(|section| section.rows.len() > 1)
            .max_by_key(|section| size(section));
        let Some(longest) = longest else { return };
        longest.rows.pop();
    }
}

fn answer(contact: Value, sections: [Section; 6]) -> Value {
    let mut answer = Map::from_iter([("contact".to_owned(), contact)]);
    let (mut more, mut unavailable) = (Map::new(), Map::new());
    for section in sections {
        let shown = section.rows.len();
        if let Some(fault) = section.fault {
            unavailable.insert(section.key.into(), fault.into());
            continue;
        }
        let rest = match section.total {
            Some(total) if total > shown as u64 => Some(format!("{shown} of {total}")),
            None => Some(format!("the first {shown}")),
            Some(_) => None,
        };
        if let Some(rest) = rest {
            let words = format!("{rest} shown; {} has the rest", section.reader);
            more.insert(section.key.into(), words.into());
        }
        answer.insert(section.key.into(), section.rows.into());
    }
    for (key, map) in [("more", more), ("unavailable", unavailable)] {
        if !map.is_empty() {
            answer.insert(key.into(), map.into());
        }
    }
    answer.into()
}

fn person(mut contact: Value) -> Value {
    if let Some(fields) = contact.as_object_mut() {
        fields.retain(|key, value| {
            !APART.contains(&key.as_str())
                && !key.starts_with("android_")
                && !key.starts_with("ios_")
                && *value != Value::Bool(false)
        });
    }
    prune::pruned(contact)
}

fn company(company: &Value) -> Value {
    let keys = [
        "id",
        "company_id",
        "name",
        "plan",
        "monthly_spend",
        "user_count",
        "industry",
        "custom_attributes",
    ];
    prune::pruned(picked(company, &keys))
}

fn note(note: &Value) -> Value {
    let mut row = picked(note, &["id", "created_at"]);
    row["by"] = note.pointer("/author/name").cloned().unwrap_or_default();
    row["body"] = shape::snippet(note["body"].as_str().unwrap_or_default(), NOTE).into();
    prune::pruned(row)
}

fn event(event: &Value) -> Value {
    prune::pruned(picked(event, &["event_name", "created_at", "metadata"]))
}

fn picked(value: &Value, keys: &[&str]) -> Value {
    let fields = keys
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), value.get(*key)?.clone())));
    fields.collect::<Map<_, _>>().into()
}

/// Every row is the contact's, so none has to say so.
fn without_owner(mut row: Value) -> Value {
    if let Some(fields) = row.as_object_mut() {
        fields.retain(|key, _| !OWN.contains(&key.as_str()));
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(key: &'static str, rows: usize, size: usize, total: Option<u64>) -> Section {
        Section {
            key,
            rows: vec![Value::from("x".repeat(size)); rows],
            total,
            reader: "list_things",
            fault: None,
        }
    }

    #[test]
    fn the_longest_give_way_and_what_is_missing_is_told() {
        let mut sections = [
            section("companies", 1, 900, Some(1)),
            section("conversations", 5, 100, Some(40)),
            section("tickets", 5, 300, Some(5)),
            section("notes", 2, 10, None),
            section("tags", 0, 0, Some(0)),
            section("events", 0, 0, Some(0)),
        ];
        sections[5].fault = Some("a permission is missing".into());
        fit(&mut sections, 2_000);
        let counts: Vec<usize> = sections.iter().map(|section| section.rows.len()).collect();
        assert_eq!(counts, [1, 5, 1, 2, 0, 0]);
        let answer = answer(json!({"id": "1"}), sections);
        assert_eq!(
            answer["more"],
            json!({"conversations": "5 of 40 shown; list_things has the rest",
                "tickets": "1 of 5 shown; list_things has the rest", "notes": "the first 2 shown; list_things has the rest"})
        );
        assert_eq!(
            answer["unavailable"],
            json!({"events": "a permission is missing"})
        );
        assert!(answer.get("events").is_none());
    }
}
