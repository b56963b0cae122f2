//! Operations on what admins did, and on the reasons for being away.

use crate::{
    call::{Answer, Call, Fault, Handler, Reply, integer_of},
    paging::PageNumber,
    world::{Time, World, data::AwayStatusReason, records::Activity},
};
use serde_json::{Value, json};

/// Entries on a page unless asked otherwise, and at most.
const PAGE: (usize, usize) = (20, 250);
/// The kinds of entries that the sandbox writes.
const KINDS: [&str; 12] = [
    "admin_away_mode_change",
    "admin_invite_creation",
    "admin_login_failure",
    "admin_login_success",
    "admin_logout",
    "admin_permission_change",
    "app_data_export",
    "app_package_installation",
    "app_team_membership_modification",
    "help_center_settings_change",
    "office_hours_change",
    "security_settings_change",
];

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_activity_logs" => list,
        "search_activity_logs" => search,
        "list_activity_log_event_types" => kinds,
        "list_away_status_reasons" => reasons,
        _ => return None,
    })
}

/// Writes an entry into the log.
pub(crate) fn log(
    world: &mut World,
    admin: u64,
    kind: &'static str,
    description: String,
    metadata: Value,
) {
    let (id, at) = (world.ids.uuid(), world.now());
    world.records.activity.push(Activity {
        id,
        admin,
        at,
        kind,
        description,
        metadata,
    });
}

fn list(world: &mut World, call: &Call) -> Reply {
    let read = |name: &str| match call.query(name) {
        None | Some("") => Ok(None),
        Some(text) => integer_of(&json!(text))
            .map(Some)
            .ok_or_else(|| Fault::invalid(format!("{name} must be a Unix timestamp")).of(name)),
    };
    let after = read("created_at_after")?.ok_or_else(|| Fault::absent("created_at_after"))?;
    let page = PageNumber::of(call, PAGE.0, PAGE.1)?;
    let found = between(world, after, read("created_at_before")?);
    Answer::ok(told(world, &found, page))
}

fn search(world: &mut World, call: &Call) -> Reply {
    let after = call
        .integer("created_at_after")
        .ok_or_else(|| Fault::absent("created_at_after").of("created_at_after"))?;
    let count = |name: &str, default: usize| match call.field(name) {
        None => Ok(default),
        Some(_) => call
            .integer(name)
            .and_then(|n| usize::try_from(n).ok())
            .filter(|&n| n > 0)
            .ok_or_else(|| Fault::invalid(format!("{name} must be a positive integer")).of(name)),
    };
    let page = PageNumber {
        page: count("page", 1)?,
        per_page: count("per_page", PAGE.0)?.min(PAGE.1),
    };
    let wanted = call.list("event_types");
    let mut found = between(world, after, call.integer("created_at_before"));
    found.retain(|entry| wanted.is_none_or(|kinds| kinds.iter().any(|kind| kind == entry.kind)));
    Answer::ok(told(world, &found, page))
}

/// The entries of a time, newest first.
fn between(world: &World, after: Time, before: Option<Time>) -> Vec<&Activity> {
    let before = before.unwrap_or(Time::MAX);
    let all = world.records.activity.iter().rev();
    all.filter(|entry| (after..=before).contains(&entry.at))
        .collect()
}

fn told(world: &World, found: &[&Activity], page: PageNumber) -> Value {
    let logs: Vec<Value> = page
        .slice(found)
        .iter()
        .map(|entry| render(world, entry))
        .collect();
    let total = page.total_pages(found.len());
    let mut pages = json!({"type": "pages", "page": page.page, "per_page": page.per_page, "total_pages": total});
    if page.page < total {
        pages["next"] = json!({"page": page.page + 1, "per_page": page.per_page});
    }
    json!({"type": "activity_log.list", "pages": pages, "activity_logs": logs})
}

fn render(world: &World, entry: &Activity) -> Value {
    let email = world.admins.get(&entry.admin);
    json!({
        "id": entry.id,
        "performed_by": {
            "type": "admin",
            "id": entry.admin.to_string(),
            "email": email.map_or("", |admin| admin.email.as_str()),
            "ip": format!("198.51.100.{}", entry.admin % 200 + 10),
        },
        "metadata": if entry.metadata.is_null() { json!({}) } else { entry.metadata.clone() },
        "created_at": entry.at,
        "activity_type": entry.kind,
        "activity_description": entry.description,
    })
}

fn kinds(_: &mut World, _: &Call) -> Reply {
    Answer::ok(json!({"type": "activity_log_event_type.list", "event_types": KINDS}))
}

fn reasons(world: &mut World, _: &Call) -> Reply {
    let one = |reason: &AwayStatusReason| {
        json!({
            "type": "away_status_reason",
            "id": reason.id.to_string(),
            "label": reason.label,
            "emoji": reason.emoji,
            "order": reason.order,
            "deleted": reason.deleted,
            "created_at": reason.created_at,
            "updated_at": reason.created_at,
        })
    };
    let data: Vec<Value> = world.away_status_reasons.values().map(one).collect();
    Answer::ok(json!({"type": "list", "data": data}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{NOW, RUI, call, fault, world};

    #[test]
    fn what_admins_do_is_logged_and_found() {
        let mut world = world();
        let away = json!({"away_mode_enabled": true, "away_mode_reassign": false});
        call(&mut world, "set_admin_away", &RUI.to_string(), away).unwrap();
        world.clock.advance(60);
        log(
            &mut world,
            RUI,
            "admin_logout",
            "Rui left.".into(),
            Value::Null,
        );
        let target = format!("?created_at_after={}", NOW - 5);
        let all = call(&mut world, "list_activity_logs", &target, Value::Null).unwrap();
        let entries = all["activity_logs"].as_array().unwrap();
        assert_eq!(
            (
                entries.len(),
                &entries[0]["activity_type"],
                &entries[1]["metadata"]["away_mode"]
            ),
            (2, &json!("admin_logout"), &json!(true))
        );
        let body = json!({"created_at_after": 1, "event_types": ["admin_away_mode_change"], "per_page": 1});
        let found = call(&mut world, "search_activity_logs", "", body).unwrap();
        assert_eq!(found["activity_logs"][0]["id"], entries[1]["id"]);
        assert_eq!(found["pages"]["total_pages"], 1);
        let early = json!({"created_at_after": 1, "created_at_before": 2});
        let none = call(&mut world, "search_activity_logs", "", early).unwrap();
        assert_eq!(none["activity_logs"], json!([]));
    }

    #[test]
    fn a_time_must_be_given() {
        let mut world = world();
        for (operation, target, body, code) in [
            ("list_activity_logs", "", Value::Null, "parameter_not_found"),
            (
                "list_activity_logs",
                "?created_at_after=x",
                Value::Null,
                "parameter_invalid",
            ),
            ("search_activity_logs", "", json!({}), "parameter_not_found"),
            (
                "search_activity_logs",
                "",
                json!({"created_at_after": 1, "page": 0}),
                "parameter_invalid",
            ),
        ] {
            assert_eq!(fault(&mut world, operation, target, body), (400, code));
        }
    }
}
