//! Conversations: one row in a list, the head of a thread, and what a write leaves behind.

use super::moment;
use super::people::{People, id_of};
use super::prune::{is_empty, is_nobody, pruned};
use super::transcript::{PAGE, Thread};
use serde_json::{Map, Value, json};

/// Characters of the first message that a row without a title shows, and its text copy.
const SNIPPET: usize = 80;
const SHORT_SNIPPET: usize = 40;
/// Numbers of the statistics that are worth their tokens; the moments stand in the thread.
const STATISTICS: [&str; 8] = [
    "time_to_assignment",
    "time_to_admin_reply",
    "time_to_first_close",
    "time_to_last_close",
    "median_time_to_reply",
    "count_reopens",
    "count_assignments",
    "handling_time",
];

/// A conversation in a list.
pub(crate) fn row(conversation: &Value) -> Value {
    let mut row = Map::new();
    copy(&mut row, conversation, &["id", "title", "state"]);
    priority(&mut row, conversation);
    let source = conversation.get("source").unwrap_or(&Value::Null);
    if let Some(from) = source
        .get("author")
        .map(named)
        .filter(|from| !from.is_empty())
    {
        row.insert("from".into(), from.into());
    }
    let mut contacts = contact_ids(conversation);
    if contacts.len() == 1 {
        row.insert("contact_id".into(), contacts.remove(0));
    } else if !contacts.is_empty() {
        row.insert("contact_ids".into(), contacts.into());
    }
    // A title says what it is about; both would be once too much for a page of rows.
    let body = source.get("body").and_then(Value::as_str);
    if let Some(body) = body.filter(|_| !row.contains_key("title")) {
        copy_as(
            &mut row,
            "text",
            Some(&super::snippet(body, SNIPPET).into()),
        );
    }
    circumstances(&mut row, conversation);
    copy_as(&mut row, "company", conversation.pointer("/company/name"));
    moments(&mut row, conversation, &["updated_at", "snoozed_until"]);
    if conversation.get("waiting_since") != conversation.get("updated_at") {
        moments(&mut row, conversation, &["waiting_since"]);
    }
    let mut row = row.into();
    super::row::cut_attributes(&mut row, "custom_attributes");
    row
}

/// What the text copy of a list says of a row.
pub(crate) fn brief(row: &Value) -> Value {
    let mut brief = Map::new();
    copy(&mut brief, row, &["id", "title"]);
    let text = row.get("text").and_then(Value::as_str);
    if let Some(text) = text {
        let text = super::snippet(text, SHORT_SNIPPET);
        brief.insert("text".into(), text.into());
    }
    copy(&mut brief, row, &["state"]);
    brief.into()
}

/// One page of a conversation's thread; the first page says what is known of the conversation, too.
pub(crate) fn document(conversation: &Value, cursor: Option<&str>) -> Option<Value> {
    let thread = Thread::of_conversation(conversation);
    let page = thread.page(cursor, PAGE)?;
    let mut answer = match cursor {
        None => head(conversation, &thread),
        Some(_) => Map::from_iter([("id".to_owned(), conversation["id"].clone())]),
    };
    answer.insert("people".into(), thread.people.legend().into());
    answer.insert("transcript".into(), page.text.into());
    if let Some(next) = page.next {
        answer.insert("next_cursor".into(), next.into());
    }
    Some(answer.into())
}

/// What a write leaves behind: where the conversation stands, and its latest parts.
pub(crate) fn outcome(conversation: &Value) -> Value {
    let thread = Thread::of_conversation(conversation);
    let mut answer = head(conversation, &thread);
    answer.insert("latest".into(), thread.latest(3).into());
    answer.into()
}

/// State and assignees, for the confirmation of a write.
pub(crate) fn standing(conversation: &Value) -> Map<String, Value> {
    let mut answer = Map::new();
    copy(&mut answer, conversation, &["id", "state"]);
    assignees(&mut answer, conversation);
    moments(&mut answer, conversation, &["snoozed_until"]);
    answer
}

fn head(conversation: &Value, thread: &Thread<'_>) -> Map<String, Value> {
    let mut head = Map::new();
    copy(&mut head, conversation, &["id", "title", "state"]);
    priority(&mut head, conversation);
    let source = conversation.get("source").unwrap_or(&Value::Null);
    copy(&mut head, source, &["subject"]);
    if let Some(page) = source.get("url").filter(|url| !is_empty(url)) {
        head.insert("page".into(), page.clone());
    }
    copy_as(
        &mut head,
        "channel",
        source.get("type").filter(|kind| *kind != "conversation"),
    );
    let strangers: Vec<Value> = contact_ids(conversation)
        .into_iter()
        .filter(|id| {
            thread
                .people
                .name_of("user", id.as_str().unwrap_or_default())
                .starts_with("user ")
        })
        .collect();
    if !strangers.is_empty() {
        head.insert("other_contact_ids".into(), strangers.into());
    }
    circumstances(&mut head, conversation);
    if let Some(company) = conversation.get("company") {
        let told = |key| company.get(key).and_then(Value::as_str);
        let words: Vec<&str> = ["name", "id"].into_iter().filter_map(told).collect();
        copy_as(&mut head, "company", Some(&words.join(", ").into()));
    }
    name_assignee(&mut head, &thread.people);
    further(&mut head, conversation);
    moments(
        &mut head,
        conversation,
        &["created_at", "updated_at", "waiting_since", "snoozed_until"],
    );
    let total = conversation
        .pointer("/conversation_parts/total_count")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    if total > thread.len() as u64 {
        let missing = total - thread.len() as u64;
        head.insert(
            "older_parts".into(),
            format!("{missing} older parts are not served by Intercom's API").into(),
        );
    }
    head
}

/// Assignees, tags, SLA, rating, attributes, ticket.
fn circumstances(row: &mut Map<String, Value>, conversation: &Value) {
    assignees(row, conversation);
    let tags = super::names(conversation.pointer("/tags/tags"));
    copy_as(row, "tags", Some(&tags.into()));
    if let Some(sla) = conversation.get("sla_applied") {
        let words: Vec<&str> = ["sla_name", "sla_status"]
            .iter()
            .filter_map(|key| sla.get(key)?.as_str())
            .collect();
        copy_as(row, "sla", Some(&words.join(": ").into()));
    }
    if let Some(rating) = conversation.get("conversation_rating") {
        let score = rating.get("rating").or_else(|| rating.get("score"));
        match (score, rating.get("remark").and_then(Value::as_str)) {
            (Some(score), Some(remark)) if !remark.is_empty() => {
                row.insert("rating".into(), format!("{score}: {remark}").into());
            }
            (score, _) => copy_as(row, "rating", score),
        }
    }
    if let Some(attributes) = conversation.get("custom_attributes") {
        copy_as(row, "custom_attributes", Some(&pruned(attributes.clone())));
    }
    if let Some(ticket) = conversation
        .get("ticket")
        .filter(|ticket| ticket.is_object())
    {
        copy_as(row, "ticket_id", ticket.get("id"));
    }
}

/// What a list has no room for.
fn further(head: &mut Map<String, Value>, conversation: &Value) {
    let linked: Vec<Value> = list(conversation.pointer("/linked_objects/data"))
        .filter_map(|linked| {
            Some(
                format!(
                    "{} {}",
                    linked
                        .get("category")
                        .or_else(|| linked.get("type"))?
                        .as_str()?,
                    id_of(linked)?
                )
                .into(),
            )
        })
        .collect();
    copy_as(head, "linked", Some(&linked.into()));
    let topics = super::names(conversation.pointer("/topics/topics"));
    copy_as(head, "topics", Some(&topics.into()));
    if let Some(agent) = conversation
        .get("ai_agent")
        .filter(|agent| agent.is_object())
    {
        let mut told = Map::new();
        copy(
            &mut told,
            agent,
            &[
                "resolution_state",
                "last_answer_type",
                "source_title",
                "rating",
                "rating_remark",
            ],
        );
        let sources: Vec<&str> = list(agent.pointer("/content_sources/content_sources"))
            .filter_map(|source| source.get("title")?.as_str())
            .collect();
        copy_as(&mut told, "answered_from", Some(&json!(sources)));
        copy_as(head, "ai_agent", Some(&told.into()));
    }
    if let Some(statistics) = conversation.get("statistics") {
        let mut told = Map::new();
        copy(&mut told, statistics, &STATISTICS);
        told.retain(|_, value| value.as_i64() != Some(0));
        copy_as(head, "statistics", Some(&told.into()));
    }
}

fn assignees(row: &mut Map<String, Value>, conversation: &Value) {
    for (key, wire) in [
        ("admin_id", "admin_assignee_id"),
        ("team_id", "team_assignee_id"),
    ] {
        if let Some(id) = conversation.get(wire).filter(|id| !is_nobody(id)) {
            row.insert(key.into(), id.clone());
        }
    }
}

/// The assignee's name, where the thread knows it.
fn name_assignee(head: &mut Map<String, Value>, people: &People<'_>) {
    let Some(id) = head.get("admin_id").map(super::scalar) else {
        return;
    };
    let name = people.name_of("admin", &id);
    if !name.starts_with("admin ") {
        head.insert("assignee".into(), name.into());
    }
}

fn priority(row: &mut Map<String, Value>, conversation: &Value) {
    let told = conversation
        .get("priority")
        .filter(|priority| *priority != "none" && *priority != "not_priority");
    copy_as(row, "priority", told);
}

fn contact_ids(conversation: &Value) -> Vec<Value> {
    list(conversation.pointer("/contacts/contacts"))
        .filter_map(|contact| Some(contact.get("id")?.clone()))
        .collect()
}

fn named(author: &Value) -> String {
    let text = |key| {
        author
            .get(key)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    match (text("name"), text("email")) {
        (Some(name), Some(email)) => format!("{name} <{email}>"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => String::new(),
    }
}

fn moments(row: &mut Map<String, Value>, value: &Value, keys: &[&str]) {
    for key in keys {
        if let Some(readable) = value.get(key).and_then(Value::as_i64).and_then(moment::iso) {
            row.insert((*key).into(), readable.into());
        }
    }
}

fn copy(row: &mut Map<String, Value>, value: &Value, keys: &[&str]) {
    for key in keys {
        copy_as(row, key, value.get(key));
    }
}

fn copy_as(row: &mut Map<String, Value>, key: &str, value: Option<&Value>) {
    if let Some(value) = value.filter(|value| !is_empty(value)) {
        row.insert(key.into(), value.clone());
    }
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}
