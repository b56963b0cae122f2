//! Merging a lead into another contact.

use super::{activities, find, missing, notice, render};
use crate::{
    call::{Answer, Call, Fault, Reply},
    paging::{Cursor, per_page},
    world::{
        ObjectId, World,
        inbox::Author,
        people::{Contact, Merge, NoteOn, Role},
    },
};
use catalog::ApiVersion;
use serde_json::{Value, json};

pub(super) fn merge(world: &mut World, call: &Call) -> Reply {
    let [from, into] = ["from", "into"].map(|name| named(world, call, name));
    let (from, into) = (from?.clone(), into?.clone());
    if from.id == into.id || from.role != Role::Lead {
        return Err(
            Fault::invalid("from must be a lead, and not the contact it is merged into").of("from"),
        );
    }
    let waved_through =
        call.flag("skip_duplicate_validation") == Some(true) || call.version < ApiVersion::V2_16;
    if !waved_through && !duplicates(&from, &into) {
        let message = "Contacts can only be merged when they are duplicates (matching email or phone). Pass skip_duplicate_validation=true to override this check.";
        activities::merge_failed(world, &from, &into, "no_shared_identifier");
        return Err(Fault::new(400, "invalid_merge", message));
    }
    let id = into.id;
    world.contacts.remove(&from.id);
    world.contacts.insert(id, united(&from, into, world.now()));
    hand_over(world, from.id, id);
    let merge = Merge {
        from: from.id,
        from_external_id: from.external_id.clone(),
        into: id,
        at: world.now(),
    };
    world.merges.push(merge);
    world.emit("contact.merged", |world| {
        let mut body = notice(world, &world.contacts[&id]);
        body["merged_from"] = json!({"type": "contact", "id": from.id.to_string()});
        body
    });
    Answer::ok(render(world, &world.contacts[&id]))
}

pub(super) fn history(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call)?.id;
    let size = per_page(call.query("per_page").map(Value::from).as_ref(), 50, 150)?;
    let start = match call.query("cursor").filter(|text| !text.is_empty()) {
        None => 0,
        Some(text) => Cursor::decode(text)?
            .id
            .parse::<usize>()
            .map_err(|_| Fault::new(400, "client_error", "Invalid cursor"))?,
    };
    let mut merges: Vec<&Merge> = world
        .merges
        .iter()
        .filter(|merge| merge.into == id)
        .collect();
    if call.query("order") != Some("asc") {
        merges.reverse();
    }
    let rows: Vec<Value> = merges
        .iter()
        .skip(start)
        .take(size)
        .map(|merge| item(merge))
        .collect();
    let has_more = start + rows.len() < merges.len();
    let next = has_more.then(|| {
        Cursor {
            sort: json!(0),
            id: (start + rows.len()).to_string(),
            page: 0,
        }
        .encode()
    });
    Answer::ok(json!({"type": "list", "data": rows, "next_cursor": next, "has_more": has_more}))
}

/// One contact that was merged away.
pub(super) fn item(merge: &Merge) -> Value {
    json!({"type": "merge_history", "source_contact_id": merge.from.to_string(), "source_contact_role": "lead", "merged_at": merge.at})
}

pub(super) fn named<'a>(world: &'a World, call: &Call, name: &str) -> Result<&'a Contact, Fault> {
    let text = call.identifier(name).ok_or_else(|| Fault::absent(name))?;
    text.parse::<ObjectId>()
        .ok()
        .and_then(|id| world.contacts.get(&id))
        .ok_or_else(missing)
}

pub(super) fn duplicates(from: &Contact, into: &Contact) -> bool {
    let same = |left: Option<&str>, right: Option<&str>| {
        left.zip(right)
            .is_some_and(|(left, right)| left.eq_ignore_ascii_case(right))
    };
    same(from.email.as_deref(), into.email.as_deref())
        || same(from.phone.as_deref(), into.phone.as_deref())
}

/// What the survivor lacks comes from the lead.
fn united(from: &Contact, into: Contact, now: i64) -> Contact {
    let mut one = into;
    one.updated_at = now;
    one.created_at = one.created_at.min(from.created_at);
    for (place, value) in [
        (&mut one.email, &from.email),
        (&mut one.phone, &from.phone),
        (&mut one.name, &from.name),
    ] {
        if place.is_none() {
            place.clone_from(value);
        }
    }
    for (name, value) in &from.custom_attributes {
        one.custom_attributes
            .entry(name.clone())
            .or_insert_with(|| value.clone());
    }
    let (tags, companies) = (one.tags.clone(), one.companies.clone());
    one.tags.extend(
        from.tags
            .iter()
            .filter(|tag| !tags.iter().any(|there| there.tag == tag.tag)),
    );
    one.companies.extend(
        from.companies
            .iter()
            .filter(|company| !companies.contains(company)),
    );
    one.last_replied_at = one.last_replied_at.max(from.last_replied_at);
    one.last_contacted_at = one.last_contacted_at.max(from.last_contacted_at);
    one
}

/// Everything that pointed at the lead points at the survivor.
fn hand_over(world: &mut World, from: ObjectId, into: ObjectId) {
    let swap = |contacts: &mut Vec<ObjectId>| {
        if contacts.contains(&from) {
            contacts.retain(|id| *id != from && *id != into);
            contacts.push(into);
        }
    };
    let author = |author: &mut Author| {
        if *author == Author::Contact(from) {
            *author = Author::Contact(into);
        }
    };
    for conversation in world
        .conversations
        .values_mut()
        .filter(|one| one.contacts.contains(&from))
    {
        swap(&mut conversation.contacts);
        author(&mut conversation.source.author);
        conversation
            .parts
            .iter_mut()
            .for_each(|part| author(&mut part.author));
    }
    for ticket in world
        .tickets
        .values_mut()
        .filter(|one| one.contacts.contains(&from))
    {
        swap(&mut ticket.contacts);
        ticket
            .parts
            .iter_mut()
            .for_each(|part| author(&mut part.author));
    }
    for note in world
        .notes
        .values_mut()
        .filter(|note| note.on == NoteOn::Contact(from))
    {
        note.on = NoteOn::Contact(into);
    }
    world
        .events
        .iter_mut()
        .filter(|event| event.contact == from)
        .for_each(|event| event.contact = into);
}

#[cfg(test)]
mod tests {
    use crate::testing::{NOW, call, contact, fault, world};
    use catalog::ApiVersion;
    use serde_json::json;

    #[test]
    fn a_lead_becomes_part_of_a_user() {
        let mut world = world();
        let (ana, bo) = (
            contact(&world, "Ana").to_string(),
            contact(&world, "Bo").to_string(),
        );
        let hello = json!({"from": {"type": "lead", "id": bo}, "body": "Hello"});
        let id = call(&mut world, "create_conversation", "", hello).unwrap()["conversation_id"]
            .as_str()
            .unwrap()
            .to_owned();
        let body = json!({"from": bo, "into": ana});
        assert_eq!(
            fault(&mut world, "merge_contact", "", body),
            (400, "invalid_merge")
        );
        let body = json!({"from": bo, "into": ana, "skip_duplicate_validation": true});
        assert_eq!(
            call(&mut world, "merge_contact", "", body).unwrap()["id"],
            json!(ana)
        );
        let got = call(&mut world, "get_conversation", &id, json!(null)).unwrap();
        assert_eq!(
            (
                &got["contacts"]["contacts"][0]["id"],
                &got["source"]["author"]["id"]
            ),
            (&json!(ana), &json!(ana))
        );
        let history = call(&mut world, "list_contact_merge_history", &ana, json!(null)).unwrap();
        assert_eq!(
            (
                &history["data"][0]["source_contact_id"],
                &history["data"][0]["merged_at"]
            ),
            (&json!(bo), &json!(NOW))
        );
    }

    #[test]
    fn a_merged_contact_is_gone_and_says_where() {
        let mut world = world();
        let (ana, bo) = (
            contact(&world, "Ana").to_string(),
            contact(&world, "Bo").to_string(),
        );
        call(
            &mut world,
            "merge_contact",
            "",
            json!({"from": bo, "into": ana, "skip_duplicate_validation": true}),
        )
        .unwrap();
        let gone = call(&mut world, "get_contact", &bo, json!(null)).unwrap_err();
        assert_eq!(
            (gone.status, gone.code, gone.link),
            (
                410,
                "contact_merged",
                Some(format!("</contacts/{ana}>; rel=\"canonical\""))
            )
        );
        let old = crate::call::Call {
            path: vec![bo],
            version: ApiVersion::V2_14,
            ..Default::default()
        };
        assert_eq!(super::find(&world, &old).unwrap_err().status, 404);
    }

    #[test]
    fn only_leads_are_merged_away() {
        let mut world = world();
        let (ana, bo) = (
            contact(&world, "Ana").to_string(),
            contact(&world, "Bo").to_string(),
        );
        for (body, expected) in [
            (json!({"from": ana, "into": bo}), (400, "parameter_invalid")),
            (json!({"from": bo, "into": bo}), (400, "parameter_invalid")),
            (json!({"from": bo}), (400, "parameter_not_found")),
            (json!({"from": "x", "into": ana}), (404, "not_found")),
        ] {
            assert_eq!(fault(&mut world, "merge_contact", "", body), expected);
        }
    }
}
