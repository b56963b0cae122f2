//! Operations on data events.

use crate::{
    call::{Answer, Call, Fault, Handler, Reply, identifier_of, integer_of},
    world::{
        Attributes, ObjectId, Time, World,
        data::{DataEvent, EventSummary},
        people::Contact,
    },
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{cmp::Reverse, collections::BTreeMap};

/// How far back events are listed, in seconds.
const WINDOW: Time = 90 * 86_400;
/// Keys of an event's metadata; what is more is dropped, as Intercom drops it.
const MAX_METADATA: usize = 10;
/// Events on a page when nothing is asked, and at most.
const PAGE: (usize, usize) = (50, 150);

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_data_events" => list,
        "create_data_event" => create,
        "create_data_event_summaries" => summarize,
        _ => return None,
    })
}

fn create(world: &mut World, call: &Call) -> Reply {
    let name = call
        .text("event_name")
        .filter(|name| !name.trim().is_empty());
    let name = name
        .ok_or_else(|| Fault::absent("event_name").of("event_name"))?
        .to_owned();
    if !call.names("created_at") {
        return Err(Fault::absent("created_at").of("created_at"));
    }
    let created_at = call.integer("created_at").filter(|at| *at > 0);
    let created_at = created_at.ok_or_else(|| {
        Fault::invalid("created_at must be a time in Unix seconds").of("created_at")
    })?;
    let given = |name: &str| call.field(name).and_then(identifier_of);
    let contact = person(world, given("id"), given("user_id"), given("email"))?.id;
    let metadata = match call.field("metadata") {
        None => Attributes::new(),
        Some(Value::Object(fields)) => fields
            .iter()
            .take(MAX_METADATA)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
        Some(_) => return Err(Fault::invalid("metadata must be an object").of("metadata")),
    };
    let known = world.events.iter().any(|event| {
        event.contact == contact && event.name == name && event.created_at == created_at
    });
    if !known {
        let event = DataEvent {
            id: world.ids.small(),
            name,
            created_at,
            contact,
            metadata,
        };
        world.emit("event.created", |world| render(world, &event));
        world.events.push(event);
    }
    Answer::empty(202)
}

/// Counts of events that happened before they were sent one by one.
fn summarize(world: &mut World, call: &Call) -> Reply {
    let user_id = call
        .identifier("user_id")
        .ok_or_else(|| Fault::absent("user_id").of("user_id"))?;
    let contact = person(world, None, Some(user_id), None)?.id;
    let summaries = match call.field("event_summaries") {
        Some(Value::Array(many)) => many
            .iter()
            .map(|one| summary(contact, one))
            .collect::<Result<Vec<_>, _>>()?,
        Some(one) => vec![summary(contact, one)?],
        None => return Err(Fault::absent("event_summaries").of("event_summaries")),
    };
    for new in summaries {
        world
            .event_summaries
            .retain(|old| old.contact != contact || old.name != new.name);
        world.event_summaries.push(new);
    }
    Answer::empty(200)
}

fn summary(contact: ObjectId, fields: &Value) -> Result<EventSummary, Fault> {
    let name = fields
        .get("event_name")
        .and_then(Value::as_str)
        .ok_or_else(|| Fault::absent("event_name").of("event_summaries"))?;
    let number = |key: &str| {
        fields.get(key).and_then(integer_of).ok_or_else(|| {
            Fault::invalid(format!("{key} must be an integer")).of("event_summaries")
        })
    };
    Ok(EventSummary {
        contact,
        name: name.to_owned(),
        count: number("count")?,
        first: number("first")?,
        last: number("last")?,
    })
}

/// The events of a contact, newest first, or how often each happened.
fn list(world: &mut World, call: &Call) -> Reply {
    match call.query("type") {
        Some("user") => {}
        None => return Err(Fault::absent("type").of("type")),
        Some(_) => return Err(Fault::invalid("type must be user").of("type")),
    }
    let given = |name: &str| {
        call.query(name)
            .or_else(|| call.query(&format!("filter[{name}]")))
            .map(str::to_owned)
    };
    let contact = person(
        world,
        given("intercom_user_id"),
        given("user_id"),
        given("email"),
    )?;
    let mut answer = json!({
        "type": "event.summary",
        "email": contact.email.as_deref().unwrap_or(""),
        "intercom_user_id": contact.id.to_string(),
        "user_id": contact.external_id.as_deref().unwrap_or(""),
    });
    if call.query_flag("summary") {
        answer["events"] = counts(world, contact.id);
    } else {
        (answer["events"], answer["pages"]) = page(world, call, contact.id)?;
    }
    Answer::ok(answer)
}

/// A page of events and the addresses of the pages around it. Times in cursors are milliseconds.
fn page(world: &World, call: &Call, contact: ObjectId) -> Result<(Value, Value), Fault> {
    let cursor = |name: &'static str| match call.query(name) {
        None | Some("") => Ok(None),
        Some(text) => text
            .parse::<i64>()
            .map(Some)
            .map_err(|_| Fault::invalid(format!("{name} must be an integer")).of(name)),
    };
    let (before, since) = (cursor("before")?, cursor("since")?);
    let per_page = crate::paging::per_page(
        call.query("per_page").map(Value::from).as_ref(),
        PAGE.0,
        PAGE.1,
    )?;
    let oldest = world.now() - WINDOW;
    let mut events: Vec<&DataEvent> = world
        .events
        .iter()
        .filter(|event| event.contact == contact && event.created_at >= oldest)
        .collect();
    events.sort_by_key(|event| Reverse(place(event)));
    events.retain(|event| {
        before.is_none_or(|limit| place(event) < limit)
            && since.is_none_or(|limit| place(event) > limit)
    });
    let more = events.len() > per_page;
    if since.is_some() && before.is_none() {
        // The page right after `since`, not the newest one: so nothing is skipped on the way up.
        events.drain(..events.len().saturating_sub(per_page));
    }
    events.truncate(per_page);
    let base = format!(
        "{}/events?type=user&intercom_user_id={contact}&per_page={per_page}",
        world.workspace.base_url
    );
    let mut pages = serde_json::Map::new();
    if let (true, Some(last)) = (more && since.is_none(), events.last()) {
        pages.insert(
            "next".into(),
            json!(format!("{base}&before={}", place(last))),
        );
    }
    if let Some(first) = events.first() {
        pages.insert(
            "since".into(),
            json!(format!("{base}&since={}", place(first))),
        );
    }
    Ok((
        events.iter().map(|event| render(world, event)).collect(),
        Value::Object(pages),
    ))
}

/// The place of an event in time, in milliseconds; events of one second differ.
fn place(event: &DataEvent) -> i64 {
    event.created_at * 1000 + i64::try_from(event.id % 1000).unwrap_or_default()
}

/// How often each event happened, over all time.
fn counts(world: &World, contact: ObjectId) -> Value {
    let mut totals: BTreeMap<&str, (i64, Time, Time)> = BTreeMap::new();
    let mut add = |name, count, first: Time, last: Time| {
        let total = totals.entry(name).or_insert((0, first, last));
        *total = (total.0 + count, total.1.min(first), total.2.max(last));
    };
    for event in world.events.iter().filter(|event| event.contact == contact) {
        add(event.name.as_str(), 1, event.created_at, event.created_at);
    }
    for summary in world
        .event_summaries
        .iter()
        .filter(|summary| summary.contact == contact)
    {
        add(
            summary.name.as_str(),
            summary.count,
            summary.first,
            summary.last,
        );
    }
    let text = |at: Time| {
        Timestamp::from_second(at).map_or_else(|_| String::new(), |at| format!("{at:.3}"))
    };
    let one = |(name, (count, first, last)): (&str, (i64, Time, Time))| json!({"name": name, "first": text(first), "last": text(last), "count": count, "description": ""});
    totals.into_iter().map(one).collect()
}

fn render(world: &World, event: &DataEvent) -> Value {
    let contact = world.contacts.get(&event.contact);
    let mut body = json!({
        "type": "event",
        "event_name": event.name,
        "created_at": event.created_at,
        "id": event.id.to_string(),
        "intercom_user_id": event.contact.to_string(),
        "metadata": event.metadata,
    });
    let known = [
        ("user_id", contact.and_then(|one| one.external_id.as_ref())),
        ("email", contact.and_then(|one| one.email.as_ref())),
    ];
    for (name, value) in known {
        if let Some(value) = value {
            body[name] = json!(value);
        }
    }
    body
}

/// The contact that one of the three identifiers names.
fn person(
    world: &World,
    id: Option<String>,
    user_id: Option<String>,
    email: Option<String>,
) -> Result<&Contact, Fault> {
    let found = match (id, user_id, email) {
        (Some(id), _, _) => id
            .parse()
            .ok()
            .and_then(|id: ObjectId| world.contacts.get(&id)),
        (_, Some(user_id), _) => world
            .contacts
            .values()
            .find(|contact| contact.external_id.as_deref() == Some(&user_id)),
        (_, _, Some(email)) => world.contacts.values().find(|contact| {
            contact
                .email
                .as_deref()
                .is_some_and(|known| known.eq_ignore_ascii_case(&email))
        }),
        (None, None, None) => {
            return Err(Fault::new(
                400,
                "parameter_not_found",
                "One of id, user_id or email is required",
            ));
        }
    };
    found.ok_or_else(|| Fault::missing("not_found", "User Not Found"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{NOW, call, contact, fault, world};

    fn send(world: &mut World, name: &str, at: Time) {
        let body =
            json!({"event_name": name, "created_at": at, "user_id": "u-77", "metadata": {"n": at}});
        call(world, "create_data_event", "", body).unwrap();
    }

    #[test]
    fn events_are_kept_once_and_listed_newest_first() {
        let mut world = world();
        for at in [NOW - 30, NOW - 10, NOW - 10, NOW - 20, NOW - WINDOW - 5] {
            send(&mut world, "placed-order", at);
        }
        assert_eq!(world.events.len(), 4);
        let list = call(
            &mut world,
            "list_data_events",
            "?type=user&email=ANA@example.com",
            Value::Null,
        )
        .unwrap();
        let times: Vec<i64> = list["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["created_at"].as_i64().unwrap())
            .collect();
        assert_eq!(times, [NOW - 10, NOW - 20, NOW - 30]);
        assert_eq!(
            (
                &list["user_id"],
                &list["events"][0]["type"],
                list["pages"].get("next")
            ),
            (&json!("u-77"), &json!("event"), None)
        );
    }

    #[test]
    fn cursors_lead_back_and_forward_in_time() {
        let mut world = world();
        (0..5).for_each(|n| send(&mut world, &format!("e{n}"), NOW - 10));
        let follow = |world: &mut World, url: &Value| {
            call(
                world,
                "list_data_events",
                &format!("?{}", url.as_str().unwrap().split_once('?').unwrap().1),
                Value::Null,
            )
            .unwrap()
        };
        let names = |page: &Value| {
            page["events"]
                .as_array()
                .unwrap()
                .iter()
                .map(|event| event["event_name"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        let first = call(
            &mut world,
            "list_data_events",
            "?type=user&filter[user_id]=u-77&per_page=2",
            Value::Null,
        )
        .unwrap();
        let second = follow(&mut world, &first["pages"]["next"]);
        let third = follow(&mut world, &second["pages"]["next"]);
        assert_eq!(
            [names(&first), names(&second), names(&third)].concat(),
            ["e4", "e3", "e2", "e1", "e0"]
        );
        assert!(third["pages"].get("next").is_none());
        send(&mut world, "late", NOW - 1);
        assert_eq!(
            names(&follow(&mut world, &first["pages"]["since"])),
            ["late"]
        );
        assert_eq!(
            names(&follow(&mut world, &third["pages"]["since"])),
            ["e2", "e1"]
        );
    }

    #[test]
    fn sums_cover_all_time_and_what_was_reported() {
        let mut world = world();
        send(&mut world, "placed-order", NOW - WINDOW - 5);
        send(&mut world, "placed-order", NOW);
        let summary = json!({"user_id": "u-77", "event_summaries": {"event_name": "placed-order", "count": 7, "first": 1000, "last": 2000}});
        call(&mut world, "create_data_event_summaries", "", summary).unwrap();
        let sums = call(
            &mut world,
            "list_data_events",
            "?type=user&user_id=u-77&summary=true",
            Value::Null,
        )
        .unwrap();
        assert_eq!(
            sums["events"][0],
            json!({"name": "placed-order", "first": "1970-01-01T00:16:40.000Z", "last": "2026-09-21T14:13:20.000Z", "count": 9, "description": ""})
        );
    }

    #[test]
    fn strangers_and_half_events_are_refused() {
        let mut world = world();
        for (body, expected) in [
            (
                json!({"created_at": 1, "user_id": "u-77"}),
                (400, "parameter_not_found"),
            ),
            (
                json!({"event_name": "a", "user_id": "u-77"}),
                (400, "parameter_not_found"),
            ),
            (
                json!({"event_name": "a", "created_at": "soon", "user_id": "u-77"}),
                (400, "parameter_invalid"),
            ),
            (
                json!({"event_name": "a", "created_at": 1}),
                (400, "parameter_not_found"),
            ),
            (
                json!({"event_name": "a", "created_at": 1, "user_id": "u-78"}),
                (404, "not_found"),
            ),
            (
                json!({"event_name": "a", "created_at": 1, "id": "66f0aa00bb11cc22dd33ee55"}),
                (404, "not_found"),
            ),
            (
                json!({"event_name": "a", "created_at": 1, "user_id": "u-77", "metadata": 5}),
                (400, "parameter_invalid"),
            ),
        ] {
            assert_eq!(
                fault(&mut world, "create_data_event", "", body.clone()),
                expected,
                "{body}"
            );
        }
        for (target, expected) in [
            ("?user_id=u-77", 400),
            ("?type=lead&user_id=u-77", 400),
            ("?type=user", 400),
            ("?type=user&user_id=u-9", 404),
            ("?type=user&user_id=u-77&before=now", 400),
        ] {
            assert_eq!(
                fault(&mut world, "list_data_events", target, Value::Null).0,
                expected,
                "{target}"
            );
        }
        assert!(world.events.is_empty());
    }

    #[test]
    fn metadata_beyond_ten_keys_is_dropped() {
        let mut world = world();
        let metadata: Attributes = (0..14).map(|n| (format!("k{n}"), json!(n))).collect();
        let id = contact(&world, "Bo").to_string();
        call(
            &mut world,
            "create_data_event",
            "",
            json!({"event_name": "a", "created_at": NOW, "id": id, "metadata": metadata}),
        )
        .unwrap();
        assert_eq!(world.events[0].metadata.len(), 10);
    }
}
