//! Operations on contacts.

mod activities;
mod lifecycle;
mod merge;
mod preview;
mod render;
mod write;

pub(crate) use render::{notice, render, tell_tag};

use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    search::{self, Found},
    world::{
        ObjectId, World,
        people::{Contact, Role},
    },
};
use catalog::ApiVersion;
use serde_json::{Value, json};

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_contacts" => list,
        "search_contacts" => search,
        "get_contact" => get,
        "get_contact_by_external_id" => get_by_external_id,
        "create_contact" => write::create,
        "update_contact" => write::update,
        "merge_contact" => merge::merge,
        "list_contact_merge_history" => merge::history,
        "preview_contact_merge" => preview::preview,
        "list_contact_activities" => activities::list,
        "archive_contact" => lifecycle::archive,
        "unarchive_contact" => lifecycle::unarchive,
        "block_contact" => lifecycle::block,
        "delete_contact" => lifecycle::delete,
        _ => return None,
    })
}

/// The contact that the first placeholder names. A merged one is gone: 410 since 2.16, 404 before.
pub(crate) fn find<'a>(world: &'a World, call: &Call) -> Result<&'a Contact, Fault> {
    let id = call.object(0).ok_or_else(missing)?;
    world.contacts.get(&id).ok_or_else(|| {
        gone(
            world,
            call,
            world
                .merges
                .iter()
                .rfind(|merge| merge.from == id)
                .map(|merge| merge.into),
        )
    })
}

/// 404, as Intercom says it of contacts.
pub(crate) fn missing() -> Fault {
    Fault::missing("not_found", "User Not Found")
}

/// Why a contact is not there: never was, or was merged into another.
fn gone(world: &World, call: &Call, into: Option<ObjectId>) -> Fault {
    let Some(into) = into.filter(|_| call.version >= ApiVersion::V2_16) else {
        return missing();
    };
    let message = "This contact has been merged. See the 'Link' header for the canonical contact.";
    let mut fault = Fault::new(410, "contact_merged", message);
    fault.link = Some(format!(
        "</contacts/{}>; rel=\"canonical\"",
        canonical(world, into)
    ));
    fault
}

/// Whom a chain of merges ends at; Intercom follows three of them.
fn canonical(world: &World, first: ObjectId) -> ObjectId {
    (0..3).fold(first, |id, _| {
        world
            .merges
            .iter()
            .rfind(|merge| merge.from == id)
            .map_or(id, |merge| merge.into)
    })
}

fn list(world: &mut World, call: &Call) -> Reply {
    let found = search::list(world, alive(world), call)?;
    Answer::ok(page(world, &found))
}

fn search(world: &mut World, call: &Call) -> Reply {
    let found = search::run(world, alive(world), call)?;
    Answer::ok(page(world, &found))
}

fn alive(world: &World) -> impl Iterator<Item = &Contact> {
    world.contacts.values().filter(|contact| !contact.archived)
}

fn page(world: &World, found: &Found<ObjectId>) -> Value {
    let data: Vec<Value> = found
        .ids
        .iter()
        .filter_map(|id| world.contacts.get(id))
        .map(|contact| render(world, contact))
        .collect();
    json!({"type": "list", "data": data, "total_count": found.total, "pages": found.pages()})
}

fn get(world: &mut World, call: &Call) -> Reply {
    Answer::ok(with_history(world, find(world, call)?, call))
}

/// A contact, with those that were merged into it where the query asks for them.
fn with_history(world: &World, contact: &Contact, call: &Call) -> Value {
    let mut body = render(world, contact);
    if call.query_flag("include_merge_history") && contact.role == Role::User {
        body["merge_history"] = world
            .merges
            .iter()
            .filter(|merge| merge.into == contact.id)
            .map(merge::item)
            .collect();
    }
    body
}

fn get_by_external_id(world: &mut World, call: &Call) -> Reply {
    let wanted = Some(call.id(0));
    let contact = world
        .contacts
        .values()
        .find(|contact| contact.external_id.as_deref() == wanted);
    let merged = || {
        world
            .merges
            .iter()
            .rfind(|merge| merge.from_external_id.as_deref() == wanted)
            .map(|merge| merge.into)
    };
    Answer::ok(with_history(
        world,
        contact.ok_or_else(|| gone(world, call, merged()))?,
        call,
    ))
}
