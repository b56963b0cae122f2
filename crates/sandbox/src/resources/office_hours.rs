//! Operations on office hours: the hours of a week, and the days on which they do not hold.

mod exceptions;

use crate::{
    call::{Answer, Call, Fault, Handler, Reply, integer_of},
    world::{World, office::Schedule},
};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

const DAY: u32 = 24 * 60;
const WEEK: u32 = 7 * DAY;

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_office_hours_schedules" => list,
        "get_office_hours_schedule" => get,
        "create_office_hours_schedule" => create,
        "update_office_hours_schedule" => update,
        "delete_office_hours_schedule" => delete,
        _ => return exceptions::handler(operation),
    })
}

fn render(schedule: &Schedule) -> Value {
    let intervals: Vec<Value> = schedule
        .intervals
        .iter()
        .map(|&(start, end)| interval(start, end, (start / DAY).min(6)))
        .collect();
    json!({
        "type": "office_hours_schedule",
        "id": schedule.id.to_string(),
        "name": schedule.name,
        "time_zone_name": schedule.time_zone,
        "time_intervals": intervals,
        "twenty_four_seven": whole_week(&schedule.intervals),
        "created_at": schedule.created_at,
        "updated_at": schedule.updated_at,
    })
}

fn interval(start: u32, end: u32, day: u32) -> Value {
    json!({"start_minute": start, "end_minute": end, "day_of_week": day})
}

/// Whether intervals, which do not overlap, leave no gap.
fn whole_week(intervals: &[(u32, u32)]) -> bool {
    intervals
        .iter()
        .map(|(start, end)| end - start)
        .sum::<u32>()
        == WEEK
}

fn list(world: &mut World, _: &Call) -> Reply {
    let data: Vec<Value> = world.office.schedules.values().map(render).collect();
    Answer::ok(json!({"type": "office_hours_schedule.list", "data": data}))
}

fn get(world: &mut World, call: &Call) -> Reply {
    Answer::ok(render(find(world, call)?))
}

fn create(world: &mut World, call: &Call) -> Reply {
    for required in ["name", "time_zone_name", "time_intervals"] {
        if call.field(required).is_none() {
            return Err(Fault::new(
                422,
                "parameter_not_found",
                format!("{required} is required"),
            ));
        }
    }
    let mut schedule = Schedule {
        created_at: world.now(),
        ..Schedule::default()
    };
    fill(world, &mut schedule, call)?;
    schedule.id = world.ids.small();
    let answer = render(&schedule);
    world.office.schedules.insert(schedule.id, schedule);
    Answer::with(201, answer)
}

fn update(world: &mut World, call: &Call) -> Reply {
    let mut schedule = find(world, call)?.clone();
    fill(world, &mut schedule, call)?;
    let answer = render(&schedule);
    world.office.schedules.insert(schedule.id, schedule);
    Answer::ok(answer)
}

fn delete(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call)?.id;
    world.office.schedules.remove(&id);
    let exceptions = &mut world.office.exceptions;
    exceptions.retain(|_, exception| exception.schedule != id);
    Answer::ok(json!({"id": id.to_string(), "object": "office_hours_schedule", "deleted": true}))
}

fn find<'w>(world: &'w World, call: &Call) -> Result<&'w Schedule, Fault> {
    call.number(0)
        .and_then(|id| world.office.schedules.get(&id))
        .ok_or_else(missing)
}

fn missing() -> Fault {
    Fault::missing("not_found", "Resource Not Found")
}

fn wrong(message: impl Into<String>) -> Fault {
    Fault::new(422, "parameter_invalid", message)
}

fn fill(world: &World, schedule: &mut Schedule, call: &Call) -> Result<(), Fault> {
    if let Some(name) = call.field("name") {
        let name = name.as_str().filter(|name| !name.trim().is_empty());
        name.ok_or_else(|| wrong("name must not be blank").of("name"))?
            .clone_into(&mut schedule.name);
    }
    if let Some(zone) = call.field("time_zone_name") {
        let known = zone.as_str().filter(|zone| TimeZone::get(zone).is_ok());
        let message = "time_zone_name must be an IANA time zone such as Europe/Lisbon";
        known
            .ok_or_else(|| wrong(message).of("time_zone_name"))?
            .clone_into(&mut schedule.time_zone);
    }
    if let Some(value) = call.field("time_intervals") {
        schedule.intervals = intervals(value, WEEK)?;
    }
    schedule.updated_at = world.now();
    Ok(())
}

/// The intervals of a body, in order; they lie on quarters of an hour, within a limit, and do not overlap.
fn intervals(value: &Value, limit: u32) -> Result<Vec<(u32, u32)>, Fault> {
    let field = "time_intervals";
    let list = value
        .as_array()
        .ok_or_else(|| wrong("time_intervals must be a list").of(field))?;
    let mut out = Vec::with_capacity(list.len());
    for row in list {
        let minute = |key: &str| {
            let minute = row.get(key).and_then(integer_of);
            minute
                .and_then(|minute| u32::try_from(minute).ok())
                .filter(|minute| *minute <= limit && minute % 15 == 0)
                .ok_or_else(|| {
                    wrong(format!(
                        "{key} must be from 0 to {limit} on a 15-minute boundary"
                    ))
                    .of(field)
                })
        };
        let (start, end) = (minute("start_minute")?, minute("end_minute")?);
        if start >= end {
            return Err(wrong("start_minute must be before end_minute").of(field));
        }
        out.push((start, end));
    }
    out.sort_unstable();
    if out.windows(2).any(|pair| pair[1].0 < pair[0].1) {
        return Err(wrong("time_intervals must not overlap").of(field));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use crate::testing::{NOW, call, fault, world};
    use serde_json::{Value, json};

    #[test]
    fn a_schedule_lives_and_dies() {
        let mut world = world();
        let body = json!({"name": "Shop", "time_zone_name": "Europe/Lisbon", "time_intervals": [{"start_minute": 1980, "end_minute": 2460}, {"start_minute": 540, "end_minute": 1020}]});
        let made = call(&mut world, "create_office_hours_schedule", "", body).unwrap();
        assert_eq!(
            made["time_intervals"],
            json!([{"start_minute": 540, "end_minute": 1020, "day_of_week": 0}, {"start_minute": 1980, "end_minute": 2460, "day_of_week": 1}])
        );
        assert_eq!(made["twenty_four_seven"], false);
        let id = made["id"].as_str().unwrap();
        world.clock.advance(5);
        let body = json!({"time_intervals": [{"start_minute": 0, "end_minute": 10080}]});
        let changed = call(&mut world, "update_office_hours_schedule", id, body).unwrap();
        assert_eq!(
            (
                &changed["twenty_four_seven"],
                &changed["name"],
                &changed["updated_at"]
            ),
            (&json!(true), &json!("Shop"), &json!(NOW + 5))
        );
        let listed = call(&mut world, "list_office_hours_schedules", "", Value::Null).unwrap();
        assert_eq!(
            listed,
            json!({"type": "office_hours_schedule.list", "data": [changed]})
        );
        call(
            &mut world,
            "create_office_hours_exception",
            id,
            json!({"exception_date": "2026-12-25", "exception_type": "closed"}),
        )
        .unwrap();
        let gone = call(&mut world, "delete_office_hours_schedule", id, Value::Null).unwrap();
        assert_eq!(
            gone,
            json!({"id": id, "object": "office_hours_schedule", "deleted": true})
        );
        assert!(
            world.office.exceptions.is_empty(),
            "its exceptions go along"
        );
        assert_eq!(
            fault(&mut world, "get_office_hours_schedule", id, Value::Null),
            (404, "not_found")
        );
    }

    #[test]
    fn bad_schedules_are_refused() {
        let mut world = world();
        let with = |key: &str, value: Value| {
            let mut body = json!({"name": "Shop", "time_zone_name": "UTC", "time_intervals": []});
            body[key] = value;
            body
        };
        let hours = |start: i64, end: i64| json!([{"start_minute": start, "end_minute": end}]);
        for (body, code) in [
            (with("name", Value::Null), "parameter_not_found"),
            (with("name", json!(" ")), "parameter_invalid"),
            (with("time_zone_name", json!("Lisbon")), "parameter_invalid"),
            (with("time_intervals", hours(540, 541)), "parameter_invalid"),
            (with("time_intervals", hours(600, 540)), "parameter_invalid"),
            (
                with("time_intervals", hours(0, 10_095)),
                "parameter_invalid",
            ),
            (
                with(
                    "time_intervals",
                    json!([{"start_minute": 0, "end_minute": 60}, {"start_minute": 45, "end_minute": 90}]),
                ),
                "parameter_invalid",
            ),
        ] {
            assert_eq!(
                fault(&mut world, "create_office_hours_schedule", "", body.clone()),
                (422, code),
                "{body}"
            );
        }
    }
}
