//! Operations on the export of message data, and on background jobs.

use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    world::{
        Time, World,
        data::{ExportJob, Message},
    },
};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use std::io::Write;

/// Seconds until a job leaves the queue, until it is done, and until its data is thrown away.
const STARTS_AFTER: Time = 1;
const DONE_AFTER: Time = 3;
const EXPIRES_AFTER: Time = DONE_AFTER + 2 * 86_400;
/// Seconds until a background job tells its result.
const JOB_TAKES: Time = 1;

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "create_content_export" => create,
        "get_content_export" => get,
        "cancel_content_export" => cancel,
        "download_content_export" => download,
        "get_job_status" => job_status,
        _ => return None,
    })
}

fn create(world: &mut World, call: &Call) -> Reply {
    let read = |name: &str| match call.field(name) {
        None => Err(Fault::absent(name)),
        Some(_) => call
            .integer(name)
            .ok_or_else(|| Fault::invalid(format!("{name} must be a Unix timestamp")).of(name)),
    };
    let (after, before) = (read("created_at_after")?, read("created_at_before")?);
    if after >= before {
        return Err(Fault::invalid(
            "created_at_after must be earlier than created_at_before",
        ));
    }
    if world
        .export_jobs
        .values()
        .any(|job| matches!(status(world, job), "pending" | "in_progress"))
    {
        return Err(Fault::new(
            429,
            "rate_limit_exceeded",
            "Exceeded rate limit of 1 pending message data export jobs",
        ));
    }
    let job_identifier = world.ids.word(16);
    let job = ExportJob {
        job_identifier: job_identifier.clone(),
        status: "pending".into(),
        created_at: world.now(),
        created_at_after: after,
        created_at_before: before,
    };
    let answer = render(world, &job);
    world.export_jobs.insert(job_identifier, job);
    Answer::ok(answer)
}

fn get(world: &mut World, call: &Call) -> Reply {
    Answer::ok(render(world, find(world, call)?))
}

fn cancel(world: &mut World, call: &Call) -> Reply {
    let job = find(world, call)?;
    if !matches!(status(world, job), "pending" | "in_progress") {
        return Err(Fault::new(
            400,
            "job_closed",
            "The export job is already closed",
        ));
    }
    let canceled = ExportJob {
        status: "canceled".into(),
        ..job.clone()
    };
    let answer = render(world, &canceled);
    world
        .export_jobs
        .insert(canceled.job_identifier.clone(), canceled);
    Answer::ok(answer)
}

fn download(world: &mut World, call: &Call) -> Reply {
    let job = find(world, call)?;
    if status(world, job) != "completed" || world.now() > job.created_at + EXPIRES_AFTER {
        return Err(Fault::missing(
            "not_found",
            "The export has no data to download",
        ));
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let bytes = encoder
        .write_all(csv(world, job).as_bytes())
        .and_then(|()| encoder.finish());
    let bytes = bytes.map_err(|error| Fault::new(500, "server_error", error.to_string()))?;
    Answer::file(
        "application/octet-stream",
        format!("{}.csv.gz", job.job_identifier),
        bytes,
    )
}

fn job_status(world: &mut World, call: &Call) -> Reply {
    let job = world
        .jobs
        .get(call.id(0))
        .ok_or_else(|| Fault::missing("job_not_found", "Job Not Found"))?;
    let done = job.status != "pending" || world.now() >= job.created_at + JOB_TAKES;
    let status = if done && job.status == "pending" {
        "success"
    } else {
        &job.status
    };
    let base = &world.workspace.base_url;
    let resource = job.resource_id.filter(|_| status == "success");
    Answer::ok(json!({
        "type": "job",
        "id": job.id,
        "url": format!("{base}/jobs/status/{}", job.id),
        "status": status,
        "resource_type": job.resource_type,
        "resource_id": resource.map(|id| id.to_string()),
        "resource_url": resource.map(|id| format!("{base}/{}s/{id}", job.resource_type)),
    }))
}

fn find<'w>(world: &'w World, call: &Call) -> Result<&'w ExportJob, Fault> {
    world
        .export_jobs
        .get(call.id(0))
        .ok_or_else(|| Fault::missing("job_not_found", "Export job not found"))
}

/// What a job is doing by now.
fn status<'j>(world: &World, job: &'j ExportJob) -> &'j str {
    if job.status != "pending" {
        return &job.status;
    }
    match world.now() - job.created_at {
        age if age < STARTS_AFTER => "pending",
        age if age < DONE_AFTER => "in_progress",
        _ if messages(world, job).next().is_none() => "no_data",
        _ => "completed",
    }
}

fn render(world: &World, job: &ExportJob) -> Value {
    let status = status(world, job);
    let expires = job.created_at + EXPIRES_AFTER;
    let ready = status == "completed" && world.now() <= expires;
    let url = format!(
        "{}/download/content/data/{}",
        world.workspace.base_url, job.job_identifier
    );
    json!({
        "job_identifier": job.job_identifier,
        "status": status,
        "download_url": if ready { url } else { String::new() },
        "download_expires_at": if ready { expires.to_string() } else { String::new() },
    })
}

fn messages<'w>(world: &'w World, job: &ExportJob) -> impl Iterator<Item = &'w Message> + use<'w> {
    let range = job.created_at_after..=job.created_at_before;
    world
        .messages
        .values()
        .filter(move |message| range.contains(&message.created_at))
}

/// One row for each message and receiver.
fn csv(world: &World, job: &ExportJob) -> String {
    let mut csv = String::from(
        "user_id,user_external_id,email,name,content_id,content_type,content_title,receipt_id,received_at\n",
    );
    for message in messages(world, job) {
        for contact in message.to.iter().filter_map(|id| world.contacts.get(id)) {
            let row = [
                contact.id.to_string(),
                contact.external_id.clone().unwrap_or_default(),
                contact.email.clone().unwrap_or_default(),
                contact.name.clone().unwrap_or_default(),
                message.id.to_string(),
                message.kind.clone(),
                message.subject.clone().unwrap_or_default(),
                format!("{}-{}", message.id, contact.id),
                message.created_at.to_string(),
            ];
            csv.push_str(&row.map(|cell| quoted(&cell)).join(","));
            csv.push('\n');
        }
    }
    csv
}

/// A cell of a CSV file, in quotes where it needs them.
pub(super) fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Content;
    use crate::testing::{NOW, RUI, call, contact, fault, world};
    use std::io::Read;

    fn with_message() -> World {
        let mut world = world();
        let to = vec![contact(&world, "Ana")];
        let message = Message {
            id: 1,
            kind: "email".into(),
            subject: Some("Sale, \"now\"".into()),
            from: RUI,
            to,
            created_at: NOW - 5,
            ..Message::default()
        };
        world.messages.insert(1, message);
        world
    }

    #[test]
    fn an_export_runs_through_its_states_and_is_downloaded() {
        let mut world = with_message();
        let range = json!({"created_at_after": NOW - 10, "created_at_before": NOW});
        let job = call(&mut world, "create_content_export", "", range.clone()).unwrap();
        let id = job["job_identifier"].as_str().unwrap().to_owned();
        assert_eq!(
            (&job["status"], &job["download_url"]),
            (&json!("pending"), &json!(""))
        );
        assert_eq!(
            fault(&mut world, "create_content_export", "", range.clone()),
            (429, "rate_limit_exceeded")
        );
        assert_eq!(
            fault(&mut world, "download_content_export", &id, Value::Null),
            (404, "not_found")
        );
        let mut seen = Vec::new();
        for _ in 0..2 {
            world.clock.advance(2);
            seen.push(
                call(&mut world, "get_content_export", &id, Value::Null).unwrap()["status"].clone(),
            );
        }
        assert_eq!(seen, ["in_progress", "completed"]);
        let handler = handler("download_content_export").unwrap();
        let answer = handler(
            &mut world,
            &Call {
                path: vec![id.clone()],
                ..Call::default()
            },
        )
        .unwrap();
        let Content::File { bytes, .. } = answer.content else {
            panic!("no file")
        };
        let mut csv = String::new();
        flate2::read::GzDecoder::new(bytes.as_slice())
            .read_to_string(&mut csv)
            .unwrap();
        assert!(
            csv.contains("ana@example.com") && csv.contains("\"Sale, \"\"now\"\"\""),
            "{csv}"
        );
        assert_eq!(
            fault(&mut world, "cancel_content_export", &id, Value::Null),
            (400, "job_closed")
        );
        assert!(
            call(&mut world, "create_content_export", "", range).is_ok(),
            "a finished job makes room"
        );
        world.clock.advance(3 * 86_400);
        assert_eq!(
            fault(&mut world, "download_content_export", &id, Value::Null),
            (404, "not_found")
        );
    }

    #[test]
    fn an_export_is_canceled_or_finds_nothing() {
        let mut world = with_message();
        let start = |world: &mut World| {
            let job = call(
                world,
                "create_content_export",
                "",
                json!({"created_at_after": 1, "created_at_before": "2"}),
            )
            .unwrap();
            job["job_identifier"].as_str().unwrap().to_owned()
        };
        let first = start(&mut world);
        assert_eq!(
            call(&mut world, "cancel_content_export", &first, Value::Null).unwrap()["status"],
            "canceled"
        );
        let second = start(&mut world);
        world.clock.advance(5);
        assert_eq!(
            call(&mut world, "get_content_export", &second, Value::Null).unwrap()["status"],
            "no_data"
        );
    }

    #[test]
    fn bad_exports_and_unknown_jobs_are_refused() {
        let mut world = world();
        for (operation, target, body, expected) in [
            (
                "create_content_export",
                "",
                json!({"created_at_after": 1}),
                (400, "parameter_not_found"),
            ),
            (
                "create_content_export",
                "",
                json!({"created_at_after": 5, "created_at_before": 2}),
                (400, "parameter_invalid"),
            ),
            (
                "create_content_export",
                "",
                json!({"created_at_after": "x", "created_at_before": 2}),
                (400, "parameter_invalid"),
            ),
            (
                "get_content_export",
                "nope",
                Value::Null,
                (404, "job_not_found"),
            ),
            ("get_job_status", "5", Value::Null, (404, "job_not_found")),
        ] {
            assert_eq!(
                fault(&mut world, operation, target, body.clone()),
                expected,
                "{operation} {body}"
            );
        }
    }
}
