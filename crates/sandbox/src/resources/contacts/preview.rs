//! What a merge of two contacts would come to.

use super::merge::{duplicates, named};
use crate::{
    call::{Answer, Call, Reply},
    world::{
        ObjectId, World,
        people::{Contact, NoteOn, Role},
    },
};
use serde_json::{Value, json};

pub(super) fn preview(world: &mut World, call: &Call) -> Reply {
    let (from, into) = (named(world, call, "from")?, named(world, call, "into")?);
    let waved_through = call.flag("skip_duplicate_validation") == Some(true);
    let mut reasons = Vec::new();
    if from.role != Role::Lead || from.id == into.id {
        let message = "Only a lead can be merged, and not into itself.";
        reasons.push(json!({"code": "invalid_merge_role_pair", "message": message}));
    }
    if !waved_through && !duplicates(from, into) {
        let message = "The contacts share neither an email nor a phone number.";
        reasons.push(json!({"code": "no_shared_identifier", "message": message}));
    }
    if !reasons.is_empty() {
        return Answer::ok(json!({"allowed": false, "reasons": reasons}));
    }
    let changes = changes(from, into);
    Answer::ok(json!({
        "allowed": true,
        "summary": {
            "attribute_changes": {"attributes": changes, "total_count": changes.len()},
            "reassignments": reassignments(world, from, into),
        },
    }))
}

/// The fields in which the two differ, and what becomes of each.
fn changes(from: &Contact, into: &Contact) -> Vec<Value> {
    let mut changes = Vec::new();
    for (field, old, kept) in [
        ("email", &from.email, &into.email),
        ("phone", &from.phone, &into.phone),
        ("name", &from.name, &into.name),
    ] {
        changes.extend(change(field, &json!(old), &json!(kept)));
    }
    for (name, value) in &from.custom_attributes {
        let kept = into.custom_attributes.get(name).unwrap_or(&Value::Null);
        changes.extend(change(&format!("custom_attributes.{name}"), value, kept));
    }
    changes
}

/// What the survivor lacks comes from the lead; what it has stays.
fn change(field: &str, from: &Value, into: &Value) -> Option<Value> {
    if from.is_null() || from == into {
        return None;
    }
    let (outcome, new) = if into.is_null() {
        ("adopted", from)
    } else {
        ("discarded", into)
    };
    Some(
        json!({"field": field, "outcome": outcome, "from_value": from, "into_value": into, "new_into_value": new}),
    )
}

/// How many things of each kind the two have.
fn reassignments(world: &World, from: &Contact, into: &Contact) -> Value {
    let both =
        |count: &dyn Fn(ObjectId) -> usize| json!({"from": count(from.id), "into": count(into.id)});
    let tags = |id: ObjectId| {
        world
            .contacts
            .get(&id)
            .map_or(0, |contact| contact.tags.len())
    };
    let talks = world.conversations.values();
    let tickets = world.tickets.values();
    let calls = world.voice.calls.values();
    let notes = world.notes.values();
    json!({
        "conversations": both(&|id| talks.clone().filter(|talk| talk.contacts.contains(&id)).count()),
        "tickets": both(&|id| tickets.clone().filter(|ticket| ticket.contacts.contains(&id)).count()),
        "phone_calls": both(&|id| calls.clone().filter(|call| call.contact == Some(id)).count()),
        "tags": both(&tags),
        "notes": both(&|id| notes.clone().filter(|note| note.on == NoteOn::Contact(id)).count()),
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, contact, conversation, fault, world};
    use serde_json::json;

    #[test]
    fn a_preview_tells_what_would_change_and_changes_nothing() {
        let mut world = world();
        let talk = conversation(&mut world, "Hello");
        let [ana, bo] = ["Ana", "Bo"].map(|name| contact(&world, name));
        world.contacts.get_mut(&bo).unwrap().phone = Some("+351910000001".into());
        let mut body = json!({"from": bo.to_string(), "into": ana.to_string()});
        let told = call(&mut world, "preview_contact_merge", "", body.clone()).unwrap();
        assert_eq!(told["reasons"][0]["code"], "no_shared_identifier");
        body["skip_duplicate_validation"] = json!(true);
        let told = call(&mut world, "preview_contact_merge", "", body).unwrap();
        let outcomes: Vec<_> = told["summary"]["attribute_changes"]["attributes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| {
                (
                    one["field"].as_str().unwrap(),
                    one["outcome"].as_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            outcomes,
            [
                ("email", "discarded"),
                ("phone", "adopted"),
                ("name", "discarded")
            ]
        );
        assert_eq!(
            told["summary"]["reassignments"]["conversations"],
            json!({"from": 0, "into": 1})
        );
        assert!(world.contacts.contains_key(&bo) && !talk.is_empty());
        let same = json!({"from": ana.to_string(), "into": ana.to_string()});
        let told = call(&mut world, "preview_contact_merge", "", same).unwrap();
        assert_eq!(
            (&told["allowed"], &told["reasons"][0]["code"]),
            (&json!(false), &json!("invalid_merge_role_pair"))
        );
        assert_eq!(
            fault(
                &mut world,
                "preview_contact_merge",
                "",
                json!({"into": "x"})
            ),
            (400, "parameter_not_found")
        );
    }
}
