//! Operations on many contacts or companies at a time. Only Preview has them.

use super::carry_out;
use crate::{
    call::{Answer, Call, Fault, Handler, Reply, identifier_of},
    world::{
        Time, World,
        records::{BulkJob, BulkTask},
    },
};
use serde_json::{Map, Value, json};

/// Items in one request.
const MOST: usize = 100;
/// Seconds until a task is taken up, and until it is done.
const STARTS_AFTER: Time = 1;
const DONE_AFTER: Time = 2;
/// Seconds after which a job takes no more tasks.
const CLOSES_AFTER: Time = 900;

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "bulk_create_contacts" => |world, call| run(world, call, "contacts", false, create_contact),
        "bulk_update_contacts" => |world, call| run(world, call, "contacts", true, update_contact),
        "bulk_delete_contacts" => |world, call| run(world, call, "contacts", true, delete_contact),
        "bulk_create_or_update_companies" => {
            |world, call| run(world, call, "companies", false, write_company)
        }
        "bulk_update_companies" => {
            |world, call| run(world, call, "companies", true, update_company)
        }
        "bulk_delete_companies" => {
            |world, call| run(world, call, "companies", true, delete_company)
        }
        "get_bulk_contacts_job" | "get_bulk_companies_job" => get,
        _ => return None,
    })
}

/// What is done with one item.
type Work = fn(&mut World, &Call, &Map<String, Value>) -> Result<(), Fault>;

/// Does the work on every item at once; the job tells of it little by little.
fn run(world: &mut World, call: &Call, what: &'static str, by_id: bool, work: Work) -> Reply {
    let items = items(call, what, by_id)?;
    let id = job(world, call, what)?;
    let refused = items
        .iter()
        .filter(|item| work(world, call, item).is_err())
        .count();
    let task = BulkTask {
        id: format!("task_{}", world.ids.word(12)),
        items: items.len(),
        refused,
        created_at: world.now(),
    };
    if let Some(job) = world.records.bulk_jobs.get_mut(&id) {
        job.tasks.push(task);
    }
    Answer::with(202, render(world, &id))
}

fn items(call: &Call, what: &'static str, by_id: bool) -> Result<Vec<Map<String, Value>>, Fault> {
    let wrong = |code, message: String| Fault::new(422, code, message).of(what);
    let single = if what == "contacts" {
        "contact"
    } else {
        "company"
    };
    let list = match call.field(what) {
        None => {
            return Err(wrong(
                "field_not_found",
                format!("{what} field must be supplied"),
            ));
        }
        Some(Value::Array(list)) => list,
        Some(_) => return Err(wrong("type_mismatch", format!("{what} must be an array"))),
    };
    if list.len() > MOST {
        let message = format!("maximum number of {what} per request is {MOST}");
        return Err(wrong("parameter_invalid", message));
    }
    let objects: Option<Vec<_>> = list.iter().map(|item| item.as_object().cloned()).collect();
    let objects = objects
        .ok_or_else(|| wrong("type_mismatch", format!("each {single} must be an object")))?;
    if by_id && objects.iter().any(|item| id_of(item).is_none()) {
        return Err(wrong(
            "field_not_found",
            format!("{what} must be identified by id"),
        ));
    }
    Ok(objects)
}

fn id_of(item: &Map<String, Value>) -> Option<String> {
    item.get("id").and_then(identifier_of)
}

/// The job that the body goes on with, or a new one.
fn job(world: &mut World, call: &Call, what: &'static str) -> Result<String, Fault> {
    let Some(named) = call.object_field("job").and_then(id_of) else {
        let id = format!("job_{}", world.ids.word(12));
        let job = BulkJob {
            what,
            created_at: world.now(),
            tasks: Vec::new(),
        };
        world.records.bulk_jobs.insert(id.clone(), job);
        return Ok(id);
    };
    match world
        .records
        .bulk_jobs
        .get(&named)
        .filter(|job| job.what == what)
    {
        None => Err(missing(&named)),
        Some(job) if world.now() - job.created_at > CLOSES_AFTER => {
            let message = format!("job {named} is closed for new task updates");
            Err(Fault::new(403, "forbidden", message))
        }
        Some(_) => Ok(named),
    }
}

fn missing(id: &str) -> Fault {
    Fault::missing("job_not_found", format!("job {id} not found"))
}

fn get(world: &mut World, call: &Call) -> Reply {
    let id = call.id(0);
    if world.records.bulk_jobs.contains_key(id) {
        Answer::ok(render(world, id))
    } else {
        Err(missing(id))
    }
}

fn render(world: &World, id: &str) -> Value {
    let (job, now) = (&world.records.bulk_jobs[id], world.now());
    let state = |created_at: Time, refused: usize| match now - created_at {
        age if age < STARTS_AFTER => "pending",
        age if age < DONE_AFTER => "running",
        _ if refused > 0 => "completed_with_errors",
        _ => "completed",
    };
    let reached =
        |created_at: Time, after: Time| (now - created_at >= after).then_some(created_at + after);
    let tasks: Vec<Value> = job
        .tasks
        .iter()
        .map(|task| {
            json!({"id": task.id, "item_count": task.items, "state": state(task.created_at, task.refused), "created_at": task.created_at,
                "started_at": reached(task.created_at, STARTS_AFTER), "completed_at": reached(task.created_at, DONE_AFTER)})
        })
        .collect();
    let last = job
        .tasks
        .last()
        .map_or(job.created_at, |task| task.created_at);
    let refused = job.tasks.iter().map(|task| task.refused).sum();
    json!({
        "id": id,
        "type": format!("{}.bulk.job", job.what),
        "state": state(last, refused),
        "created_at": job.created_at,
        "updated_at": (last + DONE_AFTER).min(now),
        "completed_at": reached(last, DONE_AFTER),
        "tasks": tasks,
        "url": format!("{}/{}/bulk/{id}", world.workspace.base_url, job.what),
    })
}

/// Carries out one of the operations on single objects.
fn single(
    world: &mut World,
    call: &Call,
    operation: &str,
    path: &[&str],
    body: Value,
) -> Result<Value, Fault> {
    let call = Call {
        path: path.iter().map(|&part| part.to_owned()).collect(),
        body,
        version: call.version,
        caller: call.caller,
        ..Call::default()
    };
    carry_out(world, operation, &call)
}

/// The fields of an item that the operation on one object knows.
fn without(item: &Map<String, Value>, names: &[&str]) -> Value {
    let kept = item
        .iter()
        .filter(|(name, _)| !names.contains(&name.as_str()));
    Value::Object(
        kept.map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    )
}

fn create_contact(world: &mut World, call: &Call, item: &Map<String, Value>) -> Result<(), Fault> {
    let body = without(item, &["companies", "tags"]);
    let made = single(world, call, "create_contact", &[], body)?;
    attach(world, call, made["id"].as_str().unwrap_or_default(), item)
}

fn update_contact(world: &mut World, call: &Call, item: &Map<String, Value>) -> Result<(), Fault> {
    let id = id_of(item).unwrap_or_default();
    let body = without(item, &["id", "companies", "tags"]);
    single(world, call, "update_contact", &[&id], body)?;
    attach(world, call, &id, item)
}

fn delete_contact(world: &mut World, call: &Call, item: &Map<String, Value>) -> Result<(), Fault> {
    let id = id_of(item).unwrap_or_default();
    single(world, call, "delete_contact", &[&id], Value::Null).map(drop)
}

/// Puts a contact into companies and under tags, or takes it out of them.
fn attach(
    world: &mut World,
    call: &Call,
    contact: &str,
    item: &Map<String, Value>,
) -> Result<(), Fault> {
    for company in item
        .get("companies")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let body = json!({"company_id": company["company_id"], "name": company["name"]});
        let made = single(world, call, "create_or_update_company", &[], body)?;
        let id = made["id"].as_str().unwrap_or_default();
        if company["remove"] == true {
            single(
                world,
                call,
                "detach_company_from_contact",
                &[contact, id],
                Value::Null,
            )?;
        } else {
            single(
                world,
                call,
                "attach_company_to_contact",
                &[contact],
                json!({"id": id}),
            )?;
        }
    }
    let tags = |word: &str| {
        let list = item.get("tags").and_then(|tags| tags.get(word)?.as_array());
        list.into_iter()
            .flatten()
            .filter_map(|tag| identifier_of(tag.get("id")?))
            .collect::<Vec<_>>()
    };
    for id in tags("add") {
        single(
            world,
            call,
            "attach_tag_to_contact",
            &[contact],
            json!({"id": id}),
        )?;
    }
    for id in tags("remove") {
        single(
            world,
            call,
            "detach_tag_from_contact",
            &[contact, &id],
            Value::Null,
        )?;
    }
    Ok(())
}

fn write_company(world: &mut World, call: &Call, item: &Map<String, Value>) -> Result<(), Fault> {
    let body = Value::Object(item.clone());
    single(world, call, "create_or_update_company", &[], body).map(drop)
}

fn update_company(world: &mut World, call: &Call, item: &Map<String, Value>) -> Result<(), Fault> {
    let id = id_of(item).unwrap_or_default();
    single(
        world,
        call,
        "update_company",
        &[&id],
        without(item, &["id"]),
    )
    .map(drop)
}

fn delete_company(world: &mut World, call: &Call, item: &Map<String, Value>) -> Result<(), Fault> {
    let id = id_of(item).unwrap_or_default();
    single(world, call, "delete_company", &[&id], Value::Null).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{TAG, call, contact, fault, world};

    #[test]
    fn new_contacts_come_in_and_known_ones_are_refused() {
        let mut world = world();
        let body = json!({"contacts": [
            {"email": "gus@example.com", "role": "user", "companies": [{"company_id": "c-1", "name": "One"}], "tags": {"add": [{"id": TAG.to_string()}]}},
            {"email": "ana@example.com", "role": "user"}]});
        let told = call(&mut world, "bulk_create_contacts", "", body).unwrap();
        assert_eq!(
            (&told["state"], &told["tasks"][0]["item_count"]),
            (&json!("pending"), &json!(2))
        );
        world.clock.advance(DONE_AFTER);
        let id = told["id"].as_str().unwrap();
        let done = call(&mut world, "get_bulk_contacts_job", id, Value::Null).unwrap();
        assert_eq!(done["state"], "completed_with_errors");
        let gus = contact(&world, "Ana");
        assert!(world.contacts.len() == 3 && world.contacts[&gus].companies.is_empty());
        let made = world
            .contacts
            .values()
            .find(|one| one.email.as_deref() == Some("gus@example.com"))
            .unwrap();
        assert_eq!((made.companies.len(), made.tags.len()), (1, 1));
    }

    #[test]
    fn a_job_takes_more_tasks_until_it_closes() {
        let mut world = world();
        let [ana, bo] = ["Ana", "Bo"].map(|name| contact(&world, name).to_string());
        let first = json!({"contacts": [{"id": ana, "name": "Anna"}]});
        let job = call(&mut world, "bulk_update_contacts", "", first).unwrap();
        let more = json!({"contacts": [{"id": bo}], "job": {"id": job["id"]}});
        let told = call(&mut world, "bulk_delete_contacts", "", more.clone()).unwrap();
        assert_eq!(
            (
                told["tasks"].as_array().unwrap().len(),
                world.contacts.len()
            ),
            (2, 1)
        );
        world.clock.advance(CLOSES_AFTER + 1);
        assert_eq!(
            fault(&mut world, "bulk_delete_contacts", "", more),
            (403, "forbidden")
        );
    }

    #[test]
    fn companies_are_written_and_deleted() {
        let mut world = world();
        let body = json!({"companies": [{"company_id": "c-1", "name": "One"}, {"company_id": "c-2", "name": "Two"}]});
        call(&mut world, "bulk_create_or_update_companies", "", body).unwrap();
        let ids: Vec<Value> = world
            .companies
            .keys()
            .map(|id| json!({"id": id.to_string(), "name": "New"}))
            .collect();
        call(
            &mut world,
            "bulk_update_companies",
            "",
            json!({"companies": ids}),
        )
        .unwrap();
        assert!(
            world
                .companies
                .values()
                .all(|company| company.name == "New")
        );
        call(
            &mut world,
            "bulk_delete_companies",
            "",
            json!({"companies": ids}),
        )
        .unwrap();
        assert!(world.companies.is_empty());
    }

    #[test]
    fn wrong_requests_are_refused_whole() {
        let mut world = world();
        let many = vec![json!({"id": "1"}); MOST + 1];
        for (body, expected) in [
            (json!({}), (422, "field_not_found")),
            (json!({"contacts": 1}), (422, "type_mismatch")),
            (json!({"contacts": [1]}), (422, "type_mismatch")),
            (json!({"contacts": [{}]}), (422, "field_not_found")),
            (json!({"contacts": many}), (422, "parameter_invalid")),
            (
                json!({"contacts": [], "job": {"id": "x"}}),
                (404, "job_not_found"),
            ),
        ] {
            assert_eq!(
                fault(&mut world, "bulk_update_contacts", "", body),
                expected
            );
        }
    }
}
