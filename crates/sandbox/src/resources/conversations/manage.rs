//! Closing, snoozing, opening and assigning.

use super::{
    Entry, Moment, answer, append,
    message::{admin, body},
};
use crate::{
    call::{Call, Fault, Reply},
    world::{
        World,
        inbox::{Assignee, Author, State},
    },
};

pub(super) fn manage(world: &mut World, call: &Call) -> Reply {
    let conversation = super::find(world, call)?;
    let (id, state) = (conversation.id, conversation.state);
    let kind = call
        .text("message_type")
        .ok_or_else(|| Fault::absent("message_type"))?;
    let author = Author::Admin(admin(world, call)?);
    let (kind, moment, topic) = match kind {
        "close" => ("close", Moment::Close, "conversation.admin.closed"),
        "snoozed" => (
            "snoozed",
            Moment::Snooze(wake_time(world, call)?),
            "conversation.admin.snoozed",
        ),
        "open" if state == State::Snoozed => {
            ("unsnoozed", Moment::Open, "conversation.admin.unsnoozed")
        }
        "open" => ("open", Moment::Open, "conversation.admin.opened"),
        "assignment" => (
            "assignment",
            Moment::Assign(assignee(world, call)?),
            "conversation.admin.assigned",
        ),
        _ => {
            return Err(
                Fault::invalid("message_type must be close, snoozed, open or assignment")
                    .of("message_type"),
            );
        }
    };
    let body = if matches!(moment, Moment::Close | Moment::Assign(_)) {
        body(call)?
    } else {
        None
    };
    let entry = Entry {
        body,
        ..Entry::silent(kind, author, world.now(), moment)
    };
    if moment == Moment::Assign(Assignee::Nobody) {
        unassign(world, id, call);
    }
    if let Some(part) = append(world, id, entry) {
        world.tell_conversation(topic, id, part);
        if kind == "assignment" && state == State::Open {
            world.tell_conversation("conversation.admin.open.assigned", id, part);
        }
    }
    answer(world, id, call)
}

fn wake_time(world: &World, call: &Call) -> Result<i64, Fault> {
    let until = call
        .integer("snoozed_until")
        .ok_or_else(|| Fault::absent("snoozed_until"))?;
    if until <= world.now() {
        return Err(Fault::invalid("snoozed_until must be in the future").of("snoozed_until"));
    }
    Ok(until)
}

/// Whom `type` and `assignee_id` name; 0 is nobody.
fn assignee(world: &World, call: &Call) -> Result<Assignee, Fault> {
    let text = call
        .identifier("assignee_id")
        .ok_or_else(|| Fault::absent("assignee_id"))?;
    let unknown = || Fault::missing("assignee_not_found", "Assignee not found");
    let id: u64 = text.parse().map_err(|_| unknown())?;
    match call.text("type") {
        Some("admin" | "team") if id == 0 => Ok(Assignee::Nobody),
        Some("admin") if world.admins.contains_key(&id) => Ok(Assignee::Admin(id)),
        Some("team") if world.teams.contains_key(&id) => Ok(Assignee::Team(id)),
        Some("admin" | "team") => Err(unknown()),
        Some(_) => Err(Fault::invalid("type must be admin or team").of("type")),
        None => Err(Fault::absent("type")),
    }
}

fn unassign(world: &mut World, id: u64, call: &Call) {
    if let Some(conversation) = world.conversations.get_mut(&id) {
        match call.text("type") {
            Some("team") => conversation.team_assignee = None,
            _ => conversation.admin_assignee = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{BILLING, EVA, NOW, RUI, call, conversation, fault, world};
    use serde_json::{Value, json};

    fn manage(world: &mut crate::world::World, id: &str, body: Value) -> Value {
        call(world, "manage_conversation", id, body).unwrap()
    }

    #[test]
    fn states_follow_the_buttons() {
        let mut world = world();
        let id = conversation(&mut world, "Hello");
        let until = NOW + 3600;
        for (message, extra, expected) in [
            (
                "close",
                json!({"type": "admin", "body": "Bye"}),
                json!(["closed", false, null]),
            ),
            ("open", json!({}), json!(["open", true, null])),
            (
                "snoozed",
                json!({"snoozed_until": until}),
                json!(["snoozed", true, until]),
            ),
            ("open", json!({}), json!(["open", true, null])),
        ] {
            let mut body = json!({"message_type": message, "admin_id": RUI});
            body.as_object_mut()
                .unwrap()
                .extend(extra.as_object().unwrap().clone());
            let got = manage(&mut world, &id, body);
            assert_eq!(
                json!([got["state"], got["open"], got["snoozed_until"]]),
                expected,
                "{message}"
            );
        }
        let got = call(&mut world, "get_conversation", &id, json!(null)).unwrap();
        assert_eq!(
            (
                &got["statistics"]["last_closed_by_id"],
                &got["statistics"]["count_reopens"]
            ),
            (&json!("7001"), &json!(1))
        );
    }

    #[test]
    fn a_snoozed_conversation_wakes_by_the_clock() {
        let mut world = world();
        let id = conversation(&mut world, "Hello");
        manage(
            &mut world,
            &id,
            json!({"message_type": "snoozed", "admin_id": RUI, "snoozed_until": NOW + 60}),
        );
        world.clock.advance(59);
        world.tick();
        assert_eq!(
            call(&mut world, "get_conversation", &id, json!(null)).unwrap()["state"],
            "snoozed"
        );
        world.clock.advance(1);
        world.tick();
        let got = call(&mut world, "get_conversation", &id, json!(null)).unwrap();
        assert_eq!(
            (
                &got["state"],
                &got["conversation_parts"]["conversation_parts"][1]["part_type"]
            ),
            (&json!("open"), &json!("timer_unsnooze"))
        );
    }

    #[test]
    fn assignment_counts_and_zero_unassigns() {
        let mut world = world();
        let id = conversation(&mut world, "Hello");
        for (kind, assignee, expected) in [
            ("admin", json!(EVA.to_string()), json!([EVA, 0, 1])),
            ("team", json!(BILLING), json!([EVA, BILLING, 2])),
            ("admin", json!("0"), json!([0, BILLING, 2])),
        ] {
            let got = manage(
                &mut world,
                &id,
                json!({"message_type": "assignment", "type": kind, "admin_id": RUI, "assignee_id": assignee}),
            );
            assert_eq!(
                json!([
                    got["admin_assignee_id"],
                    got["team_assignee_id"],
                    got["statistics"]["count_assignments"]
                ]),
                expected
            );
        }
    }

    #[test]
    fn bad_orders_are_refused() {
        let mut world = world();
        let id = conversation(&mut world, "Hello");
        for (body, expected) in [
            (
                json!({"message_type": "assignment", "type": "admin", "admin_id": RUI, "assignee_id": "5"}),
                (404, "assignee_not_found"),
            ),
            (
                json!({"message_type": "assignment", "type": "team", "admin_id": RUI, "assignee_id": RUI}),
                (404, "assignee_not_found"),
            ),
            (
                json!({"message_type": "assignment", "admin_id": RUI, "assignee_id": RUI}),
                (400, "parameter_not_found"),
            ),
            (
                json!({"message_type": "snoozed", "admin_id": RUI, "snoozed_until": NOW}),
                (400, "parameter_invalid"),
            ),
            (
                json!({"message_type": "snoozed", "admin_id": RUI}),
                (400, "parameter_not_found"),
            ),
            (
                json!({"message_type": "close"}),
                (400, "parameter_not_found"),
            ),
            (
                json!({"message_type": "burn", "admin_id": RUI}),
                (400, "parameter_invalid"),
            ),
        ] {
            assert_eq!(
                fault(&mut world, "manage_conversation", &id, body.clone()),
                expected,
                "{body}"
            );
        }
    }
}
