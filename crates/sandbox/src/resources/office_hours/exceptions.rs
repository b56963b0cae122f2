//! Days on which a schedule does not hold.

use super::{DAY, find, interval, intervals, missing, wrong};
use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    world::{World, office::ScheduleException},
};
use jiff::civil::Date;
use serde_json::{Value, json};

/// What carries out an operation on exceptions.
pub(super) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_office_hours_exceptions" => list,
        "get_office_hours_exception" => get,
        "create_office_hours_exception" => create,
        "update_office_hours_exception" => update,
        "delete_office_hours_exception" => delete,
        _ => return None,
    })
}

fn render(exception: &ScheduleException) -> Value {
    let day = exception.date.weekday().to_monday_zero_offset();
    let day = u32::try_from(day).unwrap_or_default();
    let intervals = exception.intervals.as_ref().map(|all| {
        let told = all.iter().map(|&(start, end)| interval(start, end, day));
        told.collect::<Vec<_>>()
    });
    json!({
        "type": "office_hours_exception",
        "id": exception.id.to_string(),
        "office_hours_schedule_id": exception.schedule.to_string(),
        "exception_date": exception.date.to_string(),
        "exception_type": if intervals.is_some() { "custom_hours" } else { "closed" },
        "name": exception.name,
        "time_intervals": intervals,
        "recurring_annually": exception.recurring_annually,
        "created_at": exception.created_at,
        "updated_at": exception.updated_at,
    })
}

fn list(world: &mut World, call: &Call) -> Reply {
    let schedule = find(world, call)?.id;
    let mut exceptions: Vec<&ScheduleException> = world
        .office
        .exceptions
        .values()
        .filter(|exception| exception.schedule == schedule)
        .collect();
    exceptions.sort_by_key(|exception| (exception.date, exception.id));
    let data: Vec<Value> = exceptions.into_iter().map(render).collect();
    Answer::ok(json!({"type": "office_hours_exception.list", "data": data}))
}

fn get(world: &mut World, call: &Call) -> Reply {
    Answer::ok(render(find_one(world, call)?))
}

fn create(world: &mut World, call: &Call) -> Reply {
    let schedule = find(world, call)?.id;
    for required in ["exception_date", "exception_type"] {
        if call.field(required).is_none() {
            return Err(Fault::new(
                422,
                "parameter_not_found",
                format!("{required} is required"),
            ));
        }
    }
    let mut exception = ScheduleException {
        schedule,
        created_at: world.now(),
        ..ScheduleException::default()
    };
    fill(world, &mut exception, call)?;
    exception.id = world.ids.small();
    let answer = render(&exception);
    world.office.exceptions.insert(exception.id, exception);
    Answer::with(201, answer)
}

fn update(world: &mut World, call: &Call) -> Reply {
    let mut exception = find_one(world, call)?.clone();
    fill(world, &mut exception, call)?;
    let answer = render(&exception);
    world.office.exceptions.insert(exception.id, exception);
    Answer::ok(answer)
}

fn delete(world: &mut World, call: &Call) -> Reply {
    let id = find_one(world, call)?.id;
    world.office.exceptions.remove(&id);
    Answer::ok(json!({"id": id.to_string(), "object": "office_hours_exception", "deleted": true}))
}

/// The exception of the path, which belongs to the schedule of the path.
fn find_one<'w>(world: &'w World, call: &Call) -> Result<&'w ScheduleException, Fault> {
    let schedule = find(world, call)?.id;
    call.number(1)
        .and_then(|id| world.office.exceptions.get(&id))
        .filter(|exception| exception.schedule == schedule)
        .ok_or_else(missing)
}

fn fill(world: &World, exception: &mut ScheduleException, call: &Call) -> Result<(), Fault> {
    if let Some(date) = call.field("exception_date") {
        let read = |text: &str| text.parse::<Date>().ok().filter(|_| text.len() == 10);
        exception.date = date.as_str().and_then(read).ok_or_else(|| {
            wrong("exception_date must be a date such as 2026-12-25").of("exception_date")
        })?;
    }
    let hours = call
        .field("time_intervals")
        .map(|value| intervals(value, DAY))
        .transpose()?
        .filter(|hours| !hours.is_empty());
    match call.field("exception_type").map(Value::as_str) {
        Some(Some("closed")) if hours.is_some() => {
            return Err(wrong("A closed day has no time_intervals").of("time_intervals"));
        }
        Some(Some("closed")) => exception.intervals = None,
        Some(Some("custom_hours")) => {
            let kept = hours.or_else(|| exception.intervals.clone());
            let message = "custom_hours needs time_intervals";
            exception.intervals = Some(kept.ok_or_else(|| wrong(message).of("time_intervals"))?);
        }
        Some(_) => {
            return Err(wrong("exception_type must be closed or custom_hours").of("exception_type"));
        }
        None if hours.is_some() && exception.intervals.is_none() => {
            return Err(wrong("A closed day has no time_intervals").of("time_intervals"));
        }
        None => exception.intervals = hours.or_else(|| exception.intervals.take()),
    }
    if call.names("name") {
        exception.name = call.text("name").map(str::to_owned);
    }
    exception.recurring_annually = call
        .flag("recurring_annually")
        .unwrap_or(exception.recurring_annually);
    exception.updated_at = world.now();
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, fault, world};
    use crate::world::{World, office::Schedule};
    use serde_json::{Value, json};

    fn with_schedules() -> World {
        let mut world = world();
        for id in [61, 62] {
            let schedule = Schedule {
                id,
                time_zone: "UTC".into(),
                ..Schedule::default()
            };
            world.office.schedules.insert(id, schedule);
        }
        world
    }

    #[test]
    fn a_closed_day_opens_for_some_hours() {
        let mut world = with_schedules();
        let body = json!({"exception_date": "2026-12-25", "exception_type": "closed", "name": "Christmas", "recurring_annually": true});
        let made = call(&mut world, "create_office_hours_exception", "61", body).unwrap();
        assert_eq!(
            (&made["time_intervals"], &made["office_hours_schedule_id"]),
            (&Value::Null, &json!("61"))
        );
        let place = format!("61/{}", made["id"].as_str().unwrap());
        let body = json!({"exception_type": "custom_hours", "time_intervals": [{"start_minute": 540, "end_minute": 780}]});
        let changed = call(&mut world, "update_office_hours_exception", &place, body).unwrap();
        assert_eq!(
            changed["time_intervals"],
            json!([{"start_minute": 540, "end_minute": 780, "day_of_week": 4}])
        );
        assert_eq!(
            (&changed["name"], &changed["recurring_annually"]),
            (&json!("Christmas"), &json!(true))
        );
        let listed = call(
            &mut world,
            "list_office_hours_exceptions",
            "61",
            Value::Null,
        )
        .unwrap();
        assert_eq!(listed["data"], json!([changed]));
        let elsewhere = place.replace("61/", "62/");
        assert_eq!(
            fault(
                &mut world,
                "get_office_hours_exception",
                &elsewhere,
                Value::Null
            ),
            (404, "not_found")
        );
        let gone = call(
            &mut world,
            "delete_office_hours_exception",
            &place,
            Value::Null,
        )
        .unwrap();
        assert_eq!(gone["object"], "office_hours_exception");
        assert_eq!(
            fault(
                &mut world,
                "get_office_hours_exception",
                &place,
                Value::Null
            ),
            (404, "not_found")
        );
    }

    #[test]
    fn bad_exceptions_are_refused() {
        let mut world = with_schedules();
        let hours = json!([{"start_minute": 0, "end_minute": 60}]);
        for (body, code) in [
            (json!({"exception_type": "closed"}), "parameter_not_found"),
            (
                json!({"exception_date": "25.12.2026", "exception_type": "closed"}),
                "parameter_invalid",
            ),
            (
                json!({"exception_date": "2026-12-25", "exception_type": "short"}),
                "parameter_invalid",
            ),
            (
                json!({"exception_date": "2026-12-25", "exception_type": "custom_hours"}),
                "parameter_invalid",
            ),
            (
                json!({"exception_date": "2026-12-25", "exception_type": "closed", "time_intervals": hours}),
                "parameter_invalid",
            ),
            (
                json!({"exception_date": "2026-12-25", "exception_type": "custom_hours", "time_intervals": [{"start_minute": 0, "end_minute": 1455}]}),
                "parameter_invalid",
            ),
        ] {
            assert_eq!(
                fault(
                    &mut world,
                    "create_office_hours_exception",
                    "61",
                    body.clone()
                ),
                (422, code),
                "{body}"
            );
        }
    }
}
