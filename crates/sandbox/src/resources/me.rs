//! Who the token belongs to.

use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    world::World,
};
use serde_json::json;

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    (operation == "get_me").then_some(get as Handler)
}

fn get(world: &mut World, call: &Call) -> Reply {
    let admin = world
        .admins
        .get(&call.caller)
        .ok_or_else(|| Fault::missing("admin_not_found", "Admin not found"))?;
    let workspace = &world.workspace;
    Answer::ok(json!({
        "type": "admin",
        "id": admin.id.to_string(),
        "email": admin.email,
        "name": admin.name,
        "job_title": admin.job_title.as_deref().unwrap_or(""),
        "email_verified": true,
        "away_mode_enabled": admin.away_mode_enabled,
        "away_mode_reassign": admin.away_mode_reassign,
        "has_inbox_seat": admin.has_inbox_seat,
        "team_ids": admin.team_ids,
        "avatar": {"type": "avatar", "image_url": admin.avatar_url},
        "app": {
            "type": "app",
            "id_code": workspace.id_code,
            "name": workspace.name,
            "region": workspace.region,
            "timezone": workspace.timezone.iana_name().unwrap_or("UTC"),
            "created_at": workspace.created_at,
            "identity_verification": false,
            "secure": false,
        },
    }))
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, world};
    use serde_json::json;

    #[test]
    fn it_tells_the_admin_and_the_workspace() {
        let got = call(&mut world(), "get_me", "", json!(null)).unwrap();
        assert_eq!(
            (&got["id"], &got["app"]["id_code"], &got["app"]["timezone"]),
            (&json!("7001"), &json!("w1abc2"), &json!("Europe/Lisbon"))
        );
    }
}
