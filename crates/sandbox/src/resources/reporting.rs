//! Operations on the export of reporting data.

use super::activity;
use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    world::{Time, World, inbox::Conversation, records::Report, tickets::Ticket},
};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use std::io::Write;

/// Jobs that may run at the same time.
const MOST_PENDING: usize = 5;
/// Seconds until a job is done, and until its file is thrown away.
const DONE_AFTER: Time = 3;
const EXPIRES_AFTER: Time = 2 * 86_400;

/// A field of a dataset: id, the prefix of its qualified id, name.
type Attribute = (&'static str, &'static str, &'static str);

/// A table that can be exported.
struct Dataset {
    id: &'static str,
    name: &'static str,
    description: &'static str,
    time: &'static str,
    attributes: &'static [Attribute],
}

const DATASETS: [Dataset; 2] = [
    Dataset {
        id: "conversation",
        name: "Conversations",
        description: "One row for each conversation.",
        time: "conversation_started_at",
        attributes: &[
            ("conversation_id", "conversation", "Conversation ID"),
            ("conversation_started_at", "conversation", "Started at"),
            ("state", "conversation", "State"),
            ("channel", "conversation", "Channel"),
            ("priority", "conversation", "Priority"),
            ("teammate_id", "conversation", "Assigned teammate"),
            ("team_id", "conversation", "Assigned team"),
            ("first_reply_at", "conversation", "First answered at"),
            ("first_close_at", "conversation", "First closed at"),
            ("reopens", "conversation", "Times opened again"),
            ("rating", "conversation", "Rating"),
            ("user_id", "people", "User ID"),
            ("user_email", "people", "Email"),
            ("company_id", "company", "Company ID"),
        ],
    },
    Dataset {
        id: "ticket",
        name: "Tickets",
        description: "One row for each ticket.",
        time: "ticket_created_at",
        attributes: &[
            ("ticket_id", "ticket", "Ticket ID"),
            ("ticket_created_at", "ticket", "Created at"),
            ("ticket_type", "ticket", "Type"),
            ("ticket_state", "ticket", "State"),
            ("teammate_id", "ticket", "Assigned teammate"),
            ("team_id", "ticket", "Assigned team"),
            ("user_id", "people", "User ID"),
            ("company_id", "company", "Company ID"),
        ],
    },
];

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_reporting_datasets" => datasets,
        "enqueue_reporting_export" => enqueue,
        "get_reporting_export" => get,
        "download_reporting_export" => download,
        _ => return None,
    })
}

fn datasets(_: &mut World, _: &Call) -> Reply {
    let attribute = |(id, prefix, name): &Attribute| json!({"id": id, "qualified_id": format!("{prefix}.{id}"), "name": name});
    let one = |set: &Dataset| {
        let attributes: Vec<Value> = set.attributes.iter().map(attribute).collect();
        json!({"id": set.id, "name": set.name, "description": set.description, "default_time_attribute_id": set.time, "attributes": attributes})
    };
    let data: Vec<Value> = DATASETS.iter().map(one).collect();
    Answer::ok(json!({"type": "list", "data": data}))
}

fn enqueue(world: &mut World, call: &Call) -> Reply {
    let (set, attributes) = selection(call)?;
    let time = |name: &str| call.integer(name).ok_or_else(|| required(name));
    let (start, end) = (time("start_time")?, time("end_time")?);
    if start >= end {
        return Err(bad("'start_time' must be before 'end_time'"));
    }
    let now = world.now();
    let running = world.records.reports.values();
    if running
        .filter(|job| now - job.created_at < DONE_AFTER)
        .count()
        >= MOST_PENDING
    {
        let message = "Exceeded rate limit of 5 pending reporting dataset export jobs";
        return Err(Fault::new(429, "rate_limit_exceeded", message));
    }
    let id = world.ids.word(16);
    let report = Report {
        dataset: set.id,
        attributes,
        created_at: now,
        start,
        end,
    };
    let body = render(world, &id, &report);
    activity::log(
        world,
        call.caller,
        "app_data_export",
        format!("An export of {} was asked for.", set.name.to_lowercase()),
        json!({}),
    );
    world.records.reports.insert(id, report);
    Answer::ok(body)
}

/// The dataset and the attributes that a body names, as plain ids.
fn selection(call: &Call) -> Result<(&'static Dataset, Vec<String>), Fault> {
    let id = call
        .text("dataset_id")
        .ok_or_else(|| required("dataset_id"))?;
    let set = DATASETS.iter().find(|set| set.id == id);
    let set = set.ok_or_else(|| bad(format!("{id} is not a valid dataset_id")))?;
    let wanted = match call.field("attribute_ids") {
        None => return Err(required("attribute_ids")),
        Some(Value::Array(ids)) if ids.is_empty() => {
            return Err(bad("attribute_ids must contain at least one attribute_id"));
        }
        Some(Value::Array(ids)) => ids,
        Some(_) => return Err(bad("'attribute_ids' not an array must be of type Array")),
    };
    let known = |id: &&Value| {
        set.attributes.iter().any(|(plain, prefix, _)| {
            id.as_str()
                .is_some_and(|id| id == *plain || id == format!("{prefix}.{plain}"))
        })
    };
    let unknown: Vec<String> = wanted
        .iter()
        .filter(|id| !known(id))
        .map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned))
        .collect();
    if !unknown.is_empty() {
        let message = format!(
            "attribute_ids invalid for {} dataset: {}",
            set.id,
            unknown.join(", ")
        );
        return Err(bad(message));
    }
    let ids = wanted.iter().filter_map(Value::as_str);
    Ok((set, ids.map(str::to_owned).collect()))
}

fn required(name: &str) -> Fault {
    bad(format!("'{name}' is a required parameter"))
}

fn bad(message: impl Into<String>) -> Fault {
    Fault::new(400, "bad_request", message)
}

fn find<'w>(world: &'w World, call: &Call) -> Result<&'w Report, Fault> {
    let id = call.id(0);
    world.records.reports.get(id).ok_or_else(|| {
        let message = format!("Export job not found for identifier: {id}");
        Fault::missing("not_found", message)
    })
}

fn get(world: &mut World, call: &Call) -> Reply {
    let report = find(world, call)?;
    Answer::ok(render(world, call.id(0), report))
}

fn render(world: &World, id: &str, report: &Report) -> Value {
    let age = world.now() - report.created_at;
    let status = match age {
        0 => "pending",
        age if age < DONE_AFTER => "in_progress",
        _ => "complete",
    };
    let ready = (DONE_AFTER..EXPIRES_AFTER).contains(&age);
    let workspace = &world.workspace;
    let url = format!(
        "{}/download/reporting_data/{id}?app_id={}",
        workspace.base_url, workspace.id_code
    );
    json!({
        "job_identifier": id,
        "status": status,
        "download_url": if ready { url } else { String::new() },
        "download_expires_at": if ready { (report.created_at + EXPIRES_AFTER).to_string() } else { String::new() },
    })
}

fn download(world: &mut World, call: &Call) -> Reply {
    let report = find(world, call)?;
    let age = world.now() - report.created_at;
    if !(DONE_AFTER..EXPIRES_AFTER).contains(&age) {
        let message = format!("Export job not found for identifier: {}", call.id(0));
        return Err(Fault::missing("not_found", message));
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let bytes = encoder
        .write_all(csv(world, report).as_bytes())
        .and_then(|()| encoder.finish())
        .map_err(|error| Fault::new(500, "server_error", error.to_string()))?;
    Answer::file(
        "application/octet-stream",
        format!("{}.csv.gz", call.id(0)),
        bytes,
    )
}

fn csv(world: &World, report: &Report) -> String {
    let mut csv = report.attributes.join(",");
    csv.push('\n');
    let range = report.start..=report.end;
    let mut add = |read: &dyn Fn(&str) -> String| {
        let cells = report.attributes.iter().map(|id| {
            let plain = id.rsplit_once('.').map_or(id.as_str(), |(_, plain)| plain);
            super::exports::quoted(&read(plain))
        });
        csv.push_str(&cells.collect::<Vec<_>>().join(","));
        csv.push('\n');
    };
    if report.dataset == "ticket" {
        let all = world.tickets.values();
        for ticket in all.filter(|one| range.contains(&one.created_at)) {
            add(&|name| of_ticket(world, ticket, name));
        }
    } else {
        let all = world.conversations.values();
        for talk in all.filter(|one| range.contains(&one.created_at)) {
            add(&|name| of_conversation(world, talk, name));
        }
    }
    csv
}

fn of_conversation(world: &World, talk: &Conversation, name: &str) -> String {
    let figures = &talk.statistics;
    match name {
        "conversation_id" => talk.id.to_string(),
        "conversation_started_at" => talk.created_at.to_string(),
        "state" => talk.state.word().to_owned(),
        "channel" => talk.source.kind.to_owned(),
        "priority" => talk.priority.word().to_owned(),
        "teammate_id" => or_empty(talk.admin_assignee),
        "team_id" => or_empty(talk.team_assignee),
        "first_reply_at" => or_empty(figures.first_admin_reply_at),
        "first_close_at" => or_empty(figures.first_close_at),
        "reopens" => figures.count_reopens.to_string(),
        "rating" => or_empty(talk.rating.as_ref().and_then(|rating| rating.score)),
        "user_id" => or_empty(talk.contacts.first()),
        "user_email" => {
            let contact = talk.contacts.first().and_then(|id| world.contacts.get(id));
            contact
                .and_then(|contact| contact.email.clone())
                .unwrap_or_default()
        }
        _ => or_empty(talk.company),
    }
}

fn of_ticket(world: &World, ticket: &Ticket, name: &str) -> String {
    match name {
        "ticket_id" => ticket.id.to_string(),
        "ticket_created_at" => ticket.created_at.to_string(),
        "ticket_type" => or_empty(
            world
                .ticket_types
                .get(&ticket.ticket_type)
                .map(|kind| &kind.name),
        ),
        "ticket_state" => or_empty(
            world
                .ticket_states
                .get(&ticket.state)
                .map(|state| state.category),
        ),
        "teammate_id" => or_empty(ticket.admin_assignee),
        "team_id" => or_empty(ticket.team_assignee),
        "user_id" => or_empty(ticket.contacts.first()),
        _ => or_empty(ticket.company),
    }
}

fn or_empty(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        call::Content,
        testing::{NOW, call, conversation, fault, world},
    };
    use std::io::Read;

    #[test]
    fn a_report_is_made_and_downloaded() {
        let mut world = world();
        let talk = conversation(&mut world, "Hello");
        let body = json!({"dataset_id": "conversation", "attribute_ids": ["conversation.conversation_id", "people.user_email"], "start_time": 1, "end_time": NOW});
        let job = call(&mut world, "enqueue_reporting_export", "", body).unwrap();
        let id = job["job_identifier"].as_str().unwrap().to_owned();
        assert_eq!(job["status"], "pending");
        assert_eq!(
            fault(&mut world, "download_reporting_export", &id, Value::Null),
            (404, "not_found")
        );
        world.clock.advance(DONE_AFTER);
        let done = call(&mut world, "get_reporting_export", &id, Value::Null).unwrap();
        assert_eq!(done["status"], "complete");
        let asked = Call {
            path: vec![id],
            ..Call::default()
        };
        let Content::File { bytes, .. } = download(&mut world, &asked).unwrap().content else {
            panic!("no file")
        };
        let mut csv = String::new();
        flate2::read::GzDecoder::new(bytes.as_slice())
            .read_to_string(&mut csv)
            .unwrap();
        assert_eq!(
            csv,
            format!("conversation.conversation_id,people.user_email\n{talk},ana@example.com\n")
        );
    }

    #[test]
    fn wrong_reports_are_refused() {
        let mut world = world();
        for body in [
            json!({}),
            json!({"dataset_id": "imaginary"}),
            json!({"dataset_id": "ticket"}),
            json!({"dataset_id": "ticket", "attribute_ids": "x"}),
            json!({"dataset_id": "ticket", "attribute_ids": []}),
            json!({"dataset_id": "ticket", "attribute_ids": ["mood"]}),
            json!({"dataset_id": "ticket", "attribute_ids": ["ticket_id"], "start_time": 5, "end_time": 5}),
        ] {
            assert_eq!(
                fault(&mut world, "enqueue_reporting_export", "", body),
                (400, "bad_request")
            );
        }
        let good = json!({"dataset_id": "ticket", "attribute_ids": ["ticket_id"], "start_time": 1, "end_time": 5});
        for _ in 0..MOST_PENDING {
            call(&mut world, "enqueue_reporting_export", "", good.clone()).unwrap();
        }
        assert_eq!(
            fault(&mut world, "enqueue_reporting_export", "", good),
            (429, "rate_limit_exceeded")
        );
    }
}
