//! Operations on teams.

use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    world::{World, people::Team},
};
use serde_json::{Value, json};

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_teams" => list,
        "get_team" => get,
        _ => return None,
    })
}

/// A team.
pub(crate) fn render(team: &Team) -> Value {
    let members = team.admin_ids.iter();
    let first: Vec<&u64> = members.filter(|id| !team.secondary.contains(id)).collect();
    let method = (!team.distribution_method.is_empty()).then_some(&team.distribution_method);
    json!({
        "type": "team",
        "id": team.id.to_string(),
        "name": team.name,
        "admin_ids": team.admin_ids,
        "admin_priority_level": {"primary_admin_ids": first, "secondary_admin_ids": team.secondary},
        "assignment_limit": team.assignment_limit,
        "distribution_method": method,
    })
}

fn list(world: &mut World, _: &Call) -> Reply {
    let teams: Vec<Value> = world.teams.values().map(render).collect();
    Answer::ok(json!({"type": "team.list", "teams": teams}))
}

fn get(world: &mut World, call: &Call) -> Reply {
    let team = call.number(0).and_then(|id| world.teams.get(&id));
    Answer::ok(render(team.ok_or_else(|| {
        Fault::missing("team_not_found", "Team not found")
    })?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{call, fault, world};

    #[test]
    fn teams_are_listed_and_found() {
        let mut world = world();
        let list = call(&mut world, "list_teams", "", Value::Null).unwrap();
        let billing = call(&mut world, "get_team", "5551", Value::Null).unwrap();
        assert_eq!(
            (&list["type"], &list["teams"][0]),
            (&json!("team.list"), &billing)
        );
        assert_eq!(
            (&billing["admin_ids"], &billing["distribution_method"]),
            (&json!([7001, 7002]), &Value::Null)
        );
        assert_eq!(
            fault(&mut world, "get_team", "5552", Value::Null),
            (404, "team_not_found")
        );
    }
}
