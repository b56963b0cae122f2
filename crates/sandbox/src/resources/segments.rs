//! Operations on segments.

use super::{companies, contacts};
use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    world::{ObjectId, World, people::Segment},
};
use serde_json::{Value, json};

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_segments" => list,
        "get_segment" => get,
        "list_contact_segments" => of_contact,
        "list_company_segments" => of_company,
        _ => return None,
    })
}

/// A segment without its count.
pub(crate) fn render(segment: &Segment) -> Value {
    json!({
        "type": "segment",
        "id": segment.id.to_string(),
        "name": segment.name,
        "created_at": segment.created_at,
        "updated_at": segment.updated_at,
        "person_type": segment.person_type,
    })
}

fn list(world: &mut World, call: &Call) -> Reply {
    let counted = call.query_flag("include_count");
    let one = |segment: &Segment| {
        let mut body = render(segment);
        if counted {
            body["count"] = json!(members(world, segment.id));
        }
        body
    };
    let segments: Vec<Value> = world.segments.values().map(one).collect();
    Answer::ok(json!({"type": "segment.list", "segments": segments, "pages": {}}))
}

fn get(world: &mut World, call: &Call) -> Reply {
    let segment = call.object(0).and_then(|id| world.segments.get(&id));
    Answer::ok(render(segment.ok_or_else(|| {
        Fault::missing("not_found", "Resource Not Found")
    })?))
}

fn of_contact(world: &mut World, call: &Call) -> Reply {
    let ids = &contacts::find(world, call)?.segments;
    Answer::ok(some(world, ids))
}

fn of_company(world: &mut World, call: &Call) -> Reply {
    let id = companies::find(world, call, 0)?;
    Answer::ok(some(world, &world.companies[&id].segments))
}

fn some(world: &World, ids: &[ObjectId]) -> Value {
    let data: Vec<Value> = ids
        .iter()
        .filter_map(|id| world.segments.get(id))
        .map(render)
        .collect();
    json!({"type": "list", "data": data})
}

/// How many contacts and companies belong to a segment.
fn members(world: &World, id: ObjectId) -> usize {
    let contacts = world
        .contacts
        .values()
        .filter(|contact| !contact.archived && contact.segments.contains(&id))
        .count();
    contacts
        + world
            .companies
            .values()
            .filter(|company| company.segments.contains(&id))
            .count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{call, contact, fault, world};

    #[test]
    fn segments_are_listed_counted_and_found_on_contacts() {
        let mut world = world();
        let (id, ana) = (world.ids.object(5), contact(&world, "Ana"));
        let segment = Segment {
            id,
            name: "VIP".into(),
            person_type: "user".into(),
            ..Segment::default()
        };
        world.segments.insert(id, segment);
        world.contacts.get_mut(&ana).unwrap().segments.push(id);
        let all = call(&mut world, "list_segments", "", Value::Null).unwrap();
        assert_eq!(
            (&all["pages"], all["segments"][0].get("count")),
            (&json!({}), None)
        );
        let counted = call(
            &mut world,
            "list_segments",
            "?include_count=true",
            Value::Null,
        )
        .unwrap();
        assert_eq!(counted["segments"][0]["count"], 1);
        assert_eq!(
            call(&mut world, "get_segment", &id.to_string(), Value::Null).unwrap()["name"],
            "VIP"
        );
        let on_ana = call(
            &mut world,
            "list_contact_segments",
            &ana.to_string(),
            Value::Null,
        )
        .unwrap();
        assert_eq!(on_ana["data"][0]["id"], id.to_string());
        for wrong in ["1", "66f0aa00bb11cc22dd33ee55"] {
            assert_eq!(
                fault(&mut world, "get_segment", wrong, Value::Null),
                (404, "not_found")
            );
            assert_eq!(
                fault(&mut world, "list_contact_segments", wrong, Value::Null),
                (404, "not_found")
            );
        }
    }
}
