//! Operations on admins.

use super::activity;
use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    world::{World, people::Admin},
};
use serde_json::{Value, json};

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_admins" => list,
        "get_admin" => get,
        "set_admin_away" => set_away,
        _ => return None,
    })
}

/// A teammate.
pub(crate) fn render(admin: &Admin) -> Value {
    json!({
        "type": "admin",
        "id": admin.id.to_string(),
        "name": admin.name,
        "email": admin.email,
        "job_title": admin.job_title.as_deref().unwrap_or(""),
        "away_mode_enabled": admin.away_mode_enabled,
        "away_mode_reassign": admin.away_mode_reassign,
        "away_status_reason_id": admin.away_status_reason_id,
        "has_inbox_seat": admin.has_inbox_seat,
        "team_ids": admin.team_ids,
        "avatar": admin.avatar_url,
        "team_priority_level": {"primary_team_ids": admin.team_ids, "secondary_team_ids": []},
        "role": admin.role.as_ref().map(|(id, name)| json!({"type": "role", "id": id.to_string(), "name": name})),
    })
}

/// Everybody; pictures only when asked.
fn list(world: &mut World, call: &Call) -> Reply {
    let pictures = call.query_flag("display_avatar");
    let one = |admin: &Admin| {
        let mut body = render(admin);
        if !pictures {
            body["avatar"] = Value::Null;
        }
        body
    };
    let admins: Vec<Value> = world.admins.values().map(one).collect();
    Answer::ok(json!({"type": "admin.list", "admins": admins}))
}

fn get(world: &mut World, call: &Call) -> Reply {
    let admin = call.number(0).and_then(|id| world.admins.get(&id));
    Answer::ok(render(admin.ok_or_else(|| {
        Fault::missing("admin_not_found", "Admin not found")
    })?))
}

fn set_away(world: &mut World, call: &Call) -> Reply {
    let id = call.number(0).filter(|id| world.admins.contains_key(id));
    let id = id.ok_or_else(|| Fault::missing("admin_not_found", "Admin for admin_id not found"))?;
    let (away, reassign) = (
        flag(call, "away_mode_enabled")?,
        flag(call, "away_mode_reassign")?,
    );
    let reason = reason(world, call)?;
    let Some(admin) = world.admins.get_mut(&id) else {
        return Answer::ok(Value::Null);
    };
    admin.away_mode_enabled = away;
    admin.away_mode_reassign = reassign;
    admin.away_status_reason_id = reason.filter(|_| away);
    let body = render(admin);
    let (name, state) = (admin.name.clone(), if away { "away" } else { "active" });
    activity::log(
        world,
        call.caller,
        "admin_away_mode_change",
        format!("{name} is {state} now."),
        json!({"away_mode": away, "reassign_conversations": reassign, "update_by": call.caller}),
    );
    world.emit("admin.away_mode_updated", |_| body.clone());
    Answer::ok(body)
}

fn flag(call: &Call, name: &'static str) -> Result<bool, Fault> {
    let value = call
        .field(name)
        .ok_or_else(|| Fault::absent(name).of(name))?;
    value.as_bool().ok_or_else(|| {
        Fault::new(400, "type_mismatch", format!("{name} must be a boolean")).of(name)
    })
}

/// The reason that the body names, which must be in use.
fn reason(world: &World, call: &Call) -> Result<Option<u64>, Fault> {
    let Some(id) = call.integer("away_status_reason_id") else {
        return Ok(None);
    };
    let found = u64::try_from(id)
        .ok()
        .and_then(|id| world.away_status_reasons.get(&id));
    match found {
        Some(reason) if !reason.deleted => Ok(Some(reason.id)),
        Some(_) => Err(Fault::invalid("Away status reason is deleted")),
        None => Err(Fault::invalid("Away status reason not found")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        testing::{BILLING, EVA, call, fault, world},
        world::data::AwayStatusReason,
    };

    #[test]
    fn admins_are_listed_and_found() {
        let mut world = world();
        world.admins.get_mut(&EVA).unwrap().avatar_url = Some("https://a.example/eva.png".into());
        let list = call(&mut world, "list_admins", "", Value::Null).unwrap();
        assert_eq!(
            (
                list["admins"].as_array().unwrap().len(),
                &list["admins"][1]["avatar"]
            ),
            (2, &Value::Null)
        );
        let pictures = call(
            &mut world,
            "list_admins",
            "?display_avatar=true",
            Value::Null,
        )
        .unwrap();
        assert_eq!(pictures["admins"][1]["avatar"], "https://a.example/eva.png");
        let eva = call(&mut world, "get_admin", "7002", Value::Null).unwrap();
        assert_eq!(
            (&eva["id"], &eva["team_ids"]),
            (&json!("7002"), &json!([BILLING]))
        );
        for wrong in ["1", "eva"] {
            assert_eq!(
                fault(&mut world, "get_admin", wrong, Value::Null),
                (404, "admin_not_found")
            );
        }
    }

    #[test]
    fn being_away_has_a_reason_and_an_end() {
        let mut world = world();
        let lunch = AwayStatusReason {
            id: 1,
            ..AwayStatusReason::default()
        };
        world.away_status_reasons.insert(1, lunch);
        let body = json!({"away_mode_enabled": true, "away_mode_reassign": true, "away_status_reason_id": 1});
        let away = call(&mut world, "set_admin_away", "7002", body).unwrap();
        assert_eq!(
            (&away["away_mode_enabled"], &away["away_status_reason_id"]),
            (&json!(true), &json!(1))
        );
        let back = call(
            &mut world,
            "set_admin_away",
            "7002",
            json!({"away_mode_enabled": false, "away_mode_reassign": false}),
        )
        .unwrap();
        assert_eq!(
            (&back["away_mode_enabled"], &back["away_status_reason_id"]),
            (&json!(false), &Value::Null)
        );
    }

    #[test]
    fn half_answers_about_being_away_are_refused() {
        let mut world = world();
        let gone = AwayStatusReason {
            id: 2,
            deleted: true,
            ..AwayStatusReason::default()
        };
        world.away_status_reasons.insert(2, gone);
        let away = |reason: u64| json!({"away_mode_enabled": true, "away_mode_reassign": true, "away_status_reason_id": reason});
        let half = json!({"away_mode_enabled": true});
        let wrong = json!({"away_mode_enabled": "yes", "away_mode_reassign": true});
        for (target, body, expected) in [
            ("9", away(2), (404, "admin_not_found")),
            ("7002", half, (400, "parameter_not_found")),
            ("7002", wrong, (400, "type_mismatch")),
            ("7002", away(2), (400, "parameter_invalid")),
            ("7002", away(3), (400, "parameter_invalid")),
        ] {
            let told = fault(&mut world, "set_admin_away", target, body.clone());
            assert_eq!(told, expected, "{body}");
        }
    }
}
