//! What became of contacts: made, changed in role, merged, deleted.

use crate::{
    call::{Answer, Call, Fault, Reply},
    paging::{Cursor, per_page},
    world::{Time, World, people::Contact, records::ContactActivity},
};
use serde_json::{Value, json};

/// Entries on a page unless asked otherwise, and at most.
const PAGE: (usize, usize) = (50, 150);

/// Notes that something became of a contact.
pub(super) fn log(world: &mut World, kind: &'static str, contact: &Contact) {
    let at = world.now();
    if kind == "contact.deleted" {
        world
            .records
            .contact_activity
            .push(entry("contact.created", contact, contact.created_at));
    }
    world
        .records
        .contact_activity
        .push(entry(kind, contact, at));
}

/// Notes that a merge was refused.
pub(super) fn merge_failed(world: &mut World, from: &Contact, into: &Contact, reason: &str) {
    let failure = Some((from.id, into.id, reason.to_owned()));
    let entry = ContactActivity {
        failure,
        ..entry("contact.merge_failed", from, world.now())
    };
    world.records.contact_activity.push(entry);
}

fn entry(kind: &'static str, contact: &Contact, at: Time) -> ContactActivity {
    ContactActivity {
        kind,
        contact: contact.id,
        external_id: contact.external_id.clone(),
        role: contact.role.word(),
        failure: None,
        at,
    }
}

pub(super) fn list(world: &mut World, call: &Call) -> Reply {
    let size = per_page(
        call.query("per_page").map(Value::from).as_ref(),
        PAGE.0,
        PAGE.1,
    )?;
    let start = match call.query("starting_after").filter(|text| !text.is_empty()) {
        None => 0,
        Some(text) => Cursor::decode(text)?
            .id
            .parse::<usize>()
            .map_err(|_| Fault::new(400, "client_error", "Invalid starting_after param"))?,
    };
    let all = all(world);
    let data: Vec<&Value> = all
        .iter()
        .skip(start)
        .take(size)
        .map(|(_, body)| body)
        .collect();
    let end = start.saturating_add(data.len());
    let mut pages = json!({"type": "pages", "per_page": size, "next": null});
    if end < all.len() {
        let next = Cursor {
            sort: json!(0),
            id: end.to_string(),
            page: 0,
        };
        pages["next"] = json!({"starting_after": next.encode()});
    }
    Answer::ok(json!({"type": "list", "data": data, "pages": pages}))
}

/// Everything that became of contacts, oldest first.
fn all(world: &World) -> Vec<(Time, Value)> {
    let made = world.contacts.values();
    let made = made.map(|contact| {
        (
            contact.created_at,
            render(&entry("contact.created", contact, contact.created_at)),
        )
    });
    let noted = world.records.contact_activity.iter();
    let noted = noted.map(|one| (one.at, render(one)));
    let merged = world.merges.iter().map(|merge| {
        let into = world.contacts.get(&merge.into);
        let body = json!({
            "type": "contact_activity",
            "id": id(merge.at, "contact.merged", &merge.from.to_string()),
            "event_type": "contact.merged",
            "contact_id": merge.into.to_string(),
            "external_id": into.and_then(|into| into.external_id.clone()),
            "role": into.map(|into| into.role.word()),
            "merge_source_id": merge.from.to_string(),
            "merge_target_id": merge.into.to_string(),
            "created_at": merge.at,
        });
        (merge.at, body)
    });
    let mut all: Vec<(Time, Value)> = made.chain(noted).chain(merged).collect();
    all.sort_by_key(|(at, _)| *at);
    all
}

fn id(at: Time, kind: &str, contact: &str) -> String {
    let tail = contact.get(16..).unwrap_or_default();
    format!("{at}000.{tail}{}", kind.len())
}

fn render(one: &ContactActivity) -> Value {
    let mut body = json!({
        "type": "contact_activity",
        "id": id(one.at, one.kind, &one.contact.to_string()),
        "event_type": one.kind,
        "contact_id": one.contact.to_string(),
        "external_id": one.external_id,
        "role": one.role,
        "created_at": one.at,
    });
    if let Some((from, into, reason)) = &one.failure {
        body["merge_source_id"] = json!(from.to_string());
        body["merge_target_id"] = json!(into.to_string());
        body["failure_reason"] = json!(reason);
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{call, contact, world};

    #[test]
    fn what_becomes_of_contacts_is_told_oldest_first() {
        let mut world = world();
        let [ana, bo] = ["Ana", "Bo"].map(|name| contact(&world, name).to_string());
        let merge = json!({"from": bo, "into": ana});
        call(&mut world, "merge_contact", "", merge).unwrap_err();
        call(&mut world, "update_contact", &bo, json!({"role": "user"})).unwrap();
        world.clock.advance(5);
        call(&mut world, "delete_contact", &bo, Value::Null).unwrap();
        let mut target = "?per_page=2".to_owned();
        let mut kinds = Vec::new();
        loop {
            let told = call(&mut world, "list_contact_activities", &target, Value::Null).unwrap();
            let rows = told["data"].as_array().unwrap();
            kinds.extend(
                rows.iter()
                    .map(|one| one["event_type"].as_str().unwrap().to_owned()),
            );
            let Some(next) = told["pages"]["next"]["starting_after"].as_str() else {
                break;
            };
            let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
            target = format!("?per_page=2&starting_after={next}");
        }
        assert_eq!(
            kinds,
            [
                "contact.created",
                "contact.created",
                "contact.merge_failed",
                "contact.role_updated",
                "contact.deleted"
            ]
        );
    }
}
