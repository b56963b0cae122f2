//! Companies as JSON, in the shape of 2.16.

use crate::{
    resources::{admins, segments},
    world::{
        ObjectId, World,
        people::{Company, Note, NoteOn},
    },
};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// How many users each company has.
pub(super) type Heads = HashMap<ObjectId, usize>;

/// Counts the users of all companies at once.
pub(super) fn heads(world: &World) -> Heads {
    let mut heads = Heads::new();
    for contact in world.contacts.values().filter(|contact| !contact.archived) {
        for company in &contact.companies {
            *heads.entry(*company).or_default() += 1;
        }
    }
    heads
}

/// A company with its notes; null when there is none of that id.
pub(super) fn whole(world: &World, id: ObjectId) -> Value {
    let Some(company) = world.companies.get(&id) else {
        return Value::Null;
    };
    let mut body = render(world, company);
    let notes = world
        .notes
        .values()
        .filter(|note| note.on == NoteOn::Company(id));
    let notes: Vec<Value> = notes.map(|one| note(world, one, id)).collect();
    body["notes"] = json!({"type": "note.list", "notes": notes});
    body
}

/// A company without its notes.
pub(crate) fn render(world: &World, company: &Company) -> Value {
    let belongs = |contact: &&crate::world::people::Contact| {
        !contact.archived && contact.companies.contains(&company.id)
    };
    counted(
        world,
        company,
        world.contacts.values().filter(belongs).count(),
    )
}

/// A company whose users are counted already. What is not known is left out, as Intercom does it.
pub(super) fn counted(world: &World, company: &Company, users: usize) -> Value {
    let tag = |id: u64| {
        world
            .tags
            .get(&id)
            .map(|tag| json!({"type": "tag", "id": id.to_string(), "name": tag.name}))
    };
    let tags: Vec<Value> = company
        .tags
        .iter()
        .filter_map(|applied| tag(applied.tag))
        .collect();
    let segments: Vec<Value> = company
        .segments
        .iter()
        .filter_map(|id| world.segments.get(id))
        .map(segments::render)
        .collect();
    let plan = match &company.plan {
        Some(name) => json!({"type": "plan", "id": plan_id(name), "name": name}),
        None => json!({}),
    };
    let known = [
        (
            "remote_created_at",
            company.remote_created_at.map(Value::from),
        ),
        ("last_request_at", company.last_request_at.map(Value::from)),
        ("size", company.size.map(Value::from)),
        ("website", company.website.clone().map(Value::from)),
        ("industry", company.industry.clone().map(Value::from)),
    ];
    let mut body = json!({
        "type": "company",
        "id": company.id.to_string(),
        "company_id": company.company_id,
        "app_id": world.workspace.id_code,
        "name": company.name,
        "plan": plan,
        "monthly_spend": company.monthly_spend,
        "session_count": company.session_count,
        "user_count": users,
        "created_at": company.created_at,
        "updated_at": company.updated_at,
        "custom_attributes": company.custom_attributes,
        "tags": {"type": "tag.list", "tags": tags},
        "segments": {"type": "segment.list", "segments": segments},
    });
    if let Some(object) = body.as_object_mut() {
        let known = known
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        object.extend(known.collect::<Map<_, _>>());
    }
    body
}

fn note(world: &World, note: &Note, company: ObjectId) -> Value {
    json!({
        "type": "note",
        "id": note.id.to_string(),
        "created_at": note.created_at,
        "company": {"type": "company", "id": company.to_string()},
        "author": world.admins.get(&note.author).map(admins::render),
        "body": note.body,
    })
}

/// Plans are known by name only, so that the id follows from the name.
fn plan_id(name: &str) -> String {
    let sum = name.bytes().fold(7_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    (sum % 90_000 + 10_000).to_string()
}
