//! Operations on who is in a team, and on how much they have to do.

use super::{activity, teams};
use crate::{
    call::{Answer, Call, Fault, Handler, Reply, integer_of},
    world::{
        Time, World,
        inbox::{Conversation, State},
        people::Team,
    },
};
use serde_json::{Value, json};

/// Seconds without a change after which an open conversation lies idle, unless asked otherwise.
const IDLE: Time = 1800;

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "get_team_metrics" => metrics,
        "update_team_members" => update,
        _ => return None,
    })
}

fn find<'w>(world: &'w World, call: &Call) -> Result<&'w Team, Fault> {
    let team = call.number(0).and_then(|id| world.teams.get(&id));
    team.ok_or_else(|| Fault::missing("team_not_found", "Team not found"))
}

fn metrics(world: &mut World, call: &Call) -> Reply {
    let team = find(world, call)?;
    let threshold = match call.query("idle_threshold") {
        None | Some("") => IDLE,
        Some(text) => integer_of(&json!(text))
            .ok_or_else(|| Fault::invalid("idle_threshold must be an integer"))?
            .clamp(1, 86_400),
    };
    let now = world.now();
    let data: Vec<Value> = team
        .admin_ids
        .iter()
        .map(|admin| {
            let of = world.conversations.values().filter(|talk| {
                talk.admin_assignee == Some(*admin) && talk.team_assignee == Some(team.id)
            });
            let count = |fits: &dyn Fn(&Conversation) -> bool| of.clone().filter(|talk| fits(talk)).count();
            json!({
                "type": "team_metric",
                "admin_id": admin.to_string(),
                "open": count(&|talk| talk.state == State::Open),
                "idle": count(&|talk| talk.state == State::Open && now - talk.updated_at > threshold),
                "snoozed": count(&|talk| talk.state == State::Snoozed),
            })
        })
        .collect();
    Answer::ok(json!({"type": "team_metric.list", "data": data}))
}

/// Sets who is in a team; everybody else leaves it.
fn update(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call)?.id;
    let stranger = call.body.as_object().and_then(|body| {
        body.keys()
            .find(|key| !matches!(key.as_str(), "admin_ids" | "admin_priority_level"))
    });
    if let Some(key) = stranger {
        return Err(Fault::invalid(format!(
            "Only admin_ids and admin_priority_level can be updated on a team, but the request changed {key}"
        )));
    }
    let members = call
        .field("admin_ids")
        .ok_or_else(|| Fault::absent("admin_ids").of("admin_ids"))?;
    let members = numbers(members, "admin_ids")?;
    if let Some(unknown) = members.iter().find(|id| !world.admins.contains_key(id)) {
        return Err(
            Fault::invalid(format!("admin_ids names {unknown}, who is no admin")).of("admin_ids"),
        );
    }
    let secondary = priorities(call, &members)?;
    if let Some(team) = world.teams.get_mut(&id) {
        team.admin_ids.clone_from(&members);
        team.secondary = secondary;
    }
    for admin in world.admins.values_mut() {
        let belongs = members.contains(&admin.id);
        admin.team_ids.retain(|team| *team != id);
        if belongs {
            admin.team_ids.push(id);
        }
    }
    let name = world.teams[&id].name.clone();
    activity::log(
        world,
        call.caller,
        "app_team_membership_modification",
        format!("The members of {name} were changed."),
        json!({"team": {"id": id, "name": name}}),
    );
    Answer::ok(teams::render(&world.teams[&id]))
}

/// Those who come second; the others come first.
fn priorities(call: &Call, members: &[u64]) -> Result<Vec<u64>, Fault> {
    let Some(levels) = call.object_field("admin_priority_level") else {
        return Ok(Vec::new());
    };
    let level = |name: &str| match levels.get(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(ids) => numbers(ids, name),
    };
    let (first, second) = (level("primary_admin_ids")?, level("secondary_admin_ids")?);
    for id in first.iter().chain(&second) {
        if !members.contains(id) {
            let message = format!(
                "admin_priority_level names {id}, which is on neither the team nor admin_ids"
            );
            return Err(Fault::invalid(message).of("admin_priority_level"));
        }
    }
    if let Some(twice) = first.iter().find(|id| second.contains(id)) {
        let message = format!("admin_priority_level gives {twice} more than one priority level");
        return Err(Fault::invalid(message).of("admin_priority_level"));
    }
    Ok(second)
}

fn numbers(list: &Value, name: &str) -> Result<Vec<u64>, Fault> {
    let read = |item: &Value| integer_of(item).and_then(|id| u64::try_from(id).ok());
    let ids = list
        .as_array()
        .and_then(|items| items.iter().map(read).collect());
    ids.ok_or_else(|| {
        Fault::invalid(format!("{name} must contain only numeric admin ids")).of(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{BILLING, EVA, RUI, call, conversation, fault, world};

    #[test]
    fn open_idle_and_snoozed_conversations_are_counted() {
        let mut world = world();
        let id: u64 = conversation(&mut world, "Hello").parse().unwrap();
        let talk = world.conversations.get_mut(&id).unwrap();
        talk.admin_assignee = Some(EVA);
        talk.team_assignee = Some(BILLING);
        let (team, eva_id) = (BILLING.to_string(), EVA.to_string());
        let eva = |world: &mut World, query: &str| {
            let target = format!("{team}{query}");
            let told = call(world, "get_team_metrics", &target, Value::Null).unwrap();
            let rows = told["data"].as_array().unwrap().clone();
            let row = rows
                .into_iter()
                .find(|row| row["admin_id"].as_str() == Some(eva_id.as_str()));
            let row = row.unwrap();
            [
                row["open"].clone(),
                row["idle"].clone(),
                row["snoozed"].clone(),
            ]
        };
        assert_eq!(eva(&mut world, ""), [1, 0, 0]);
        assert_eq!(eva(&mut world, "?idle_threshold=60"), [1, 1, 0]);
        world.conversations.get_mut(&id).unwrap().state = State::Snoozed;
        assert_eq!(eva(&mut world, ""), [0, 0, 1]);
    }

    #[test]
    fn members_are_replaced_with_their_priorities() {
        let mut world = world();
        let team = BILLING.to_string();
        let body = json!({"admin_ids": [RUI, EVA], "admin_priority_level": {"secondary_admin_ids": [EVA]}});
        let told = call(&mut world, "update_team_members", &team, body).unwrap();
        assert_eq!(
            told["admin_priority_level"],
            json!({"primary_admin_ids": [RUI], "secondary_admin_ids": [EVA]})
        );
        call(
            &mut world,
            "update_team_members",
            &team,
            json!({"admin_ids": [RUI]}),
        )
        .unwrap();
        assert!(world.admins[&EVA].team_ids.is_empty());
        for body in [
            json!({"admin_ids": ["x"]}),
            json!({"admin_ids": [1]}),
            json!({"admin_ids": [RUI], "name": "New"}),
            json!({"admin_ids": [RUI], "admin_priority_level": {"primary_admin_ids": [EVA]}}),
            json!({"admin_ids": [RUI], "admin_priority_level": {"primary_admin_ids": [RUI], "secondary_admin_ids": [RUI]}}),
        ] {
            let told = fault(&mut world, "update_team_members", &team, body.clone());
            assert_eq!(told, (400, "parameter_invalid"), "{body}");
        }
    }
}
