//! Operations on companies.

mod contacts;
mod list;
mod render;
mod write;

pub(crate) use render::render;

use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    world::{ObjectId, World, people::NoteOn},
};
use serde_json::json;

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "find_companies" => list::find,
        "list_companies" => list::list,
        "scroll_companies" => list::scroll,
        "search_companies" => list::search,
        "get_company" => get,
        "create_or_update_company" => write::create_or_update,
        "update_company" => write::update,
        "delete_company" => delete,
        "list_company_contacts" => contacts::list,
        "list_contact_companies" => contacts::list_companies,
        "attach_company_to_contact" => contacts::attach,
        "detach_company_from_contact" => contacts::detach,
        _ => return None,
    })
}

/// The company that the `n`th placeholder of the path names.
pub(crate) fn find(world: &World, call: &Call, n: usize) -> Result<ObjectId, Fault> {
    call.object(n)
        .filter(|id| world.companies.contains_key(id))
        .ok_or_else(missing)
}

/// 404, as all endpoints for companies say it.
pub(crate) fn missing() -> Fault {
    Fault::missing("company_not_found", "Company Not Found")
}

fn get(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call, 0)?;
    Answer::ok(render::whole(world, id))
}

/// Removes a company from everything that points to it.
fn delete(world: &mut World, call: &Call) -> Reply {
    let id = find(world, call, 0)?;
    world.companies.remove(&id);
    world.notes.retain(|_, note| note.on != NoteOn::Company(id));
    for contact in world.contacts.values_mut() {
        contact.companies.retain(|company| *company != id);
    }
    for conversation in world
        .conversations
        .values_mut()
        .filter(|one| one.company == Some(id))
    {
        conversation.company = None;
    }
    for ticket in world
        .tickets
        .values_mut()
        .filter(|one| one.company == Some(id))
    {
        ticket.company = None;
    }
    if let Some(scroll) = &mut world.scroll {
        scroll.rest.retain(|company| *company != id);
    }
    world.emit(
        "company.deleted",
        |_| json!({"type": "company", "id": id.to_string(), "deleted": true}),
    );
    Answer::ok(json!({"id": id.to_string(), "object": "company", "deleted": true}))
}

#[cfg(test)]
mod tests {
    use crate::{
        testing::{call, contact, fault, world},
        world::World,
    };
    use serde_json::{Value, json};

    /// The small world with as many companies, each with Ana as a user.
    pub(super) fn with_companies(count: usize) -> World {
        let mut world = world();
        let ana = contact(&world, "Ana").to_string();
        for n in 0..count {
            let body = json!({"company_id": format!("c-{n}"), "name": format!("Company {n}")});
            let made = call(&mut world, "create_or_update_company", "", body).unwrap();
            call(
                &mut world,
                "attach_company_to_contact",
                &ana,
                json!({"id": made["id"]}),
            )
            .unwrap();
            world.clock.advance(1);
        }
        world
    }

    /// Intercom's id of the company with that id of ours.
    pub(super) fn id_of(world: &mut World, company_id: &str) -> String {
        let found = call(
            world,
            "find_companies",
            &format!("?company_id={company_id}"),
            Value::Null,
        )
        .unwrap();
        found["id"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_deleted_company_is_gone_everywhere() {
        let mut world = with_companies(2);
        let id = id_of(&mut world, "c-0");
        call(&mut world, "create_company_note", &id, json!({"body": "x"})).unwrap();
        let gone = call(&mut world, "delete_company", &id, Value::Null).unwrap();
        assert_eq!(
            gone,
            json!({"id": id, "object": "company", "deleted": true})
        );
        for operation in [
            "get_company",
            "delete_company",
            "list_company_contacts",
            "list_company_segments",
            "list_company_notes",
        ] {
            assert_eq!(
                fault(&mut world, operation, &id, Value::Null),
                (404, "company_not_found"),
                "{operation}"
            );
        }
        let ana = contact(&world, "Ana").to_string();
        assert_eq!(
            call(&mut world, "list_contact_companies", &ana, Value::Null).unwrap()["total_count"],
            1
        );
        assert!(world.notes.is_empty());
    }
}
