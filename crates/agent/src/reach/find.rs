//! Who has not been seen for a while, and waits for something still.

use super::{DAY, failed, unwilling};
use crate::desk::Desk;
use crate::event::{id_at, moment};
use crate::turn::TurnError;
use gateway::ToolRequest;
use serde_json::{Map, Value, json};
use std::{cmp::Reverse, collections::BTreeMap};

/// Contacts that are looked at.
const CONTACTS: usize = 1_000;
/// Contacts whose conversations are asked for at a time: a search takes so many values.
const TOGETHER: usize = 15;
/// The longest wait that counts for the order, in days.
const LONGEST: i64 = 30;

/// Somebody to write to.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Candidate {
    /// The contact.
    pub contact: String,
    /// Their name.
    pub name: Option<String>,
    /// The open conversation that moved last.
    pub conversation: String,
    /// What it is called.
    pub title: Option<String>,
    /// Days since the last visit.
    pub unseen_days: i64,
    /// The higher, the sooner: what it is made of is in the documentation.
    pub score: i64,
}

/// Who was found, and who was left out.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Whom to write to, the most pressing first.
    pub candidates: Vec<Candidate>,
    /// Who is left out, counted by reason.
    pub skipped: BTreeMap<String, usize>,
}

/// Finds and ranks.
pub async fn find(desk: &Desk, limit: usize) -> Result<Found, TurnError> {
    let mut found = Found::default();
    let mut skip = |why: &str| *found.skipped.entry(why.to_owned()).or_default() += 1;
    let now = store::now();
    let cutoff = now - desk.settings.reach.after_days * DAY;
    let mut willing = BTreeMap::new();
    for contact in contacts(desk, cutoff / 1000).await? {
        let Some(id) = id_at(&contact, "/id") else {
            continue;
        };
        let since = now - desk.settings.reach.cap_days * DAY;
        if let Some(why) = unwilling(&contact) {
            skip(why);
        } else if desk.scope.was_reached(&id, since).await? {
            skip("reached_lately");
        } else {
            willing.insert(id, contact);
        }
    }
    let mut open = conversations(desk, willing.keys()).await?;
    for (id, contact) in &willing {
        match open.remove(id) {
            None => skip("nothing_open"),
            Some(theirs) => found
                .candidates
                .extend(candidate(desk, contact, &theirs, now)),
        }
    }
    let order = |one: &Candidate| (Reverse(one.score), one.contact.clone());
    found.candidates.sort_by_key(order);
    for _ in limit..found.candidates.len() {
        *found.skipped.entry("over_limit".to_owned()).or_default() += 1;
    }
    found.candidates.truncate(limit);
    Ok(found)
}

/// Contacts who were not seen since then, in seconds since 1970, and fit the workspace's own search.
async fn contacts(desk: &Desk, cutoff: i64) -> Result<Vec<Value>, TurnError> {
    let mut filters = vec![json!({"field": "last_seen_at", "operator": "<", "value": cutoff})];
    filters.extend(desk.settings.reach.query.clone());
    let mut all = pages(desk, "search_contacts", all_of(filters), CONTACTS).await?;
    // Such dates count by day: the day of the cutoff itself is looked at here.
    all.retain(|contact| {
        let seen = contact.get("last_seen_at").and_then(moment);
        seen.is_some_and(|seen| seen < cutoff)
    });
    Ok(all)
}

/// Open conversations by contact.
async fn conversations(
    desk: &Desk,
    contacts: impl Iterator<Item = &String>,
) -> Result<BTreeMap<String, Vec<Value>>, TurnError> {
    let ids: Vec<&String> = contacts.collect();
    let mut open: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for some in ids.chunks(TOGETHER) {
        let filters = vec![
            json!({"field": "contact_ids", "operator": "IN", "value": some}),
            json!({"field": "state", "operator": "=", "value": "open"}),
        ];
        for one in pages(desk, "search_conversations", all_of(filters), CONTACTS).await? {
            if let Some(contact) = id_at(&one, "/contacts/contacts/0/id") {
                open.entry(contact).or_default().push(one);
            }
        }
    }
    Ok(open)
}

fn all_of(mut filters: Vec<Value>) -> Value {
    match filters.len() {
        1 => filters.swap_remove(0),
        _ => json!({"operator": "AND", "value": filters}),
    }
}

async fn pages(
    desk: &Desk,
    search: &str,
    query: Value,
    most: usize,
) -> Result<Vec<Value>, TurnError> {
    let (mut items, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let mut asked = Map::from_iter([
            ("query".to_owned(), query.clone()),
            ("limit".to_owned(), json!(150)),
        ]);
        if !cursor.is_null() {
            asked.insert("cursor".into(), cursor);
        }
        let answer = desk.ask(ToolRequest::bulk(search, asked)).await;
        let mut page = answer.map_err(failed)?.value();
        if let Some(Value::Array(more)) = page.get_mut("items").map(Value::take) {
            items.extend(more);
        }
        cursor = page["next_cursor"].take();
        if cursor.is_null() || items.len() >= most {
            items.truncate(most);
            return Ok(items);
        }
    }
}

/// The contact with the conversation that moved last. Who waits for us, is important, or asked more than once, comes first.
fn candidate(desk: &Desk, contact: &Value, theirs: &[Value], now: i64) -> Option<Candidate> {
    let at = |one: &Value, name: &str| one.get(name).and_then(moment).unwrap_or_default();
    let latest = theirs.iter().max_by_key(|one| at(one, "updated_at"))?;
    let days = |since: i64| (now / 1000 - since).max(0) / (DAY / 1000);
    let unseen_days = days(at(contact, "last_seen_at"));
    let waits = at(latest, "waiting_since");
    let waited = if waits > 0 {
        days(waits).min(LONGEST)
    } else {
        0
    };
    let person = crate::think::person(contact, &desk.settings, now / 1000);
    let mut score = unseen_days.min(LONGEST) + 2 * waited;
    if person.vip {
        score += 100;
    }
    if latest["priority"] == "priority" || latest["priority"] == true {
        score += 50;
    }
    score += 10 * i64::try_from(theirs.len().min(5) - 1).unwrap_or_default();
    let text = |value: &Value| {
        value
            .as_str()
            .filter(|text| !text.trim().is_empty())
            .map(str::to_owned)
    };
    Some(Candidate {
        contact: id_at(contact, "/id")?,
        name: text(&contact["name"]),
        conversation: id_at(latest, "/id")?,
        title: text(&latest["title"]),
        unseen_days,
        score,
    })
}
