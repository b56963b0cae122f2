//! Operations on notes.

use super::{admins, companies, contacts};
use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    paging::PageNumber,
    world::{
        World,
        people::{Note, NoteOn},
    },
};
use serde_json::{Value, json};

/// Notes on a page when nothing is asked, and at most.
const PAGE: (usize, usize) = (50, 150);

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "list_contact_notes" => list_on_contact,
        "create_contact_note" => create_on_contact,
        "list_company_notes" => list_on_company,
        "create_company_note" => create_on_company,
        "get_note" => get,
        _ => return None,
    })
}

/// Plain words become paragraphs, as Intercom makes them.
pub(super) fn html(text: &str) -> String {
    let text = text.trim();
    if text.starts_with('<') {
        text.to_owned()
    } else {
        format!("<p>{}</p>", text.replace('\n', "</p><p>"))
    }
}

fn list_on_contact(world: &mut World, call: &Call) -> Reply {
    let id = contacts::find(world, call)?.id;
    list(world, call, NoteOn::Contact(id), &format!("contacts/{id}"))
}

fn list_on_company(world: &mut World, call: &Call) -> Reply {
    let id = companies::find(world, call, 0)?;
    list(world, call, NoteOn::Company(id), &format!("companies/{id}"))
}

fn create_on_contact(world: &mut World, call: &Call) -> Reply {
    let id = contacts::find(world, call)?.id;
    create(world, call, NoteOn::Contact(id))
}

fn create_on_company(world: &mut World, call: &Call) -> Reply {
    let id = companies::find(world, call, 0)?;
    create(world, call, NoteOn::Company(id))
}

fn get(world: &mut World, call: &Call) -> Reply {
    let note = call.number(0).and_then(|id| world.notes.get(&id));
    Answer::ok(render(world, note.ok_or_else(missing)?))
}

/// The newest first.
fn list(world: &World, call: &Call, on: NoteOn, owner: &str) -> Reply {
    let asked = PageNumber::of(call, PAGE.0, PAGE.1)?;
    let mut notes: Vec<&Note> = world.notes.values().filter(|note| note.on == on).collect();
    notes.sort_by_key(|note| std::cmp::Reverse((note.created_at, note.id)));
    let data: Vec<Value> = asked
        .slice(&notes)
        .iter()
        .map(|note| render(world, note))
        .collect();
    let address = format!("{}/{owner}/notes", world.workspace.base_url);
    Answer::ok(
        json!({"type": "list", "data": data, "total_count": notes.len(), "pages": asked.pages(notes.len(), &address)}),
    )
}

fn create(world: &mut World, call: &Call, on: NoteOn) -> Reply {
    let author = match call.identifier("admin_id") {
        None => call.caller,
        Some(text) => text
            .parse()
            .ok()
            .filter(|id| world.admins.contains_key(id))
            .ok_or_else(missing)?,
    };
    let body = call.text("body").filter(|body| !body.trim().is_empty());
    let body = html(body.ok_or_else(|| Fault::invalid("Body is required").of("body"))?);
    let id = world.ids.small();
    let note = Note {
        id,
        on,
        author,
        body,
        created_at: world.now(),
    };
    let answer = render(world, &note);
    world.notes.insert(id, note);
    Answer::ok(answer)
}

fn render(world: &World, note: &Note) -> Value {
    let (contact, company) = match note.on {
        NoteOn::Contact(id) => (
            json!({"type": "contact", "id": id.to_string()}),
            Value::Null,
        ),
        NoteOn::Company(id) => (
            Value::Null,
            json!({"type": "company", "id": id.to_string()}),
        ),
    };
    json!({
        "type": "note",
        "id": note.id.to_string(),
        "created_at": note.created_at,
        "contact": contact,
        "company": company,
        "author": world.admins.get(&note.author).map(admins::render),
        "body": note.body,
    })
}

fn missing() -> Fault {
    Fault::missing("not_found", "Resource Not Found")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{EVA, NOW, call, contact, fault, world};

    #[test]
    fn notes_are_written_and_read_newest_first() {
        let mut world = world();
        let ana = contact(&world, "Ana").to_string();
        let first = call(
            &mut world,
            "create_contact_note",
            &ana,
            json!({"body": "one\ntwo"}),
        )
        .unwrap();
        assert_eq!(
            (&first["body"], &first["author"]["id"], &first["created_at"]),
            (&json!("<p>one</p><p>two</p>"), &json!("7001"), &json!(NOW))
        );
        world.clock.advance(5);
        let body = json!({"body": "<b>x</b>", "admin_id": EVA.to_string()});
        let second = call(&mut world, "create_contact_note", &ana, body).unwrap();
        assert_eq!(
            (
                &second["body"],
                &second["author"]["name"],
                &second["contact"]["id"]
            ),
            (&json!("<b>x</b>"), &json!("Eva"), &json!(ana))
        );
        let list = call(
            &mut world,
            "list_contact_notes",
            &format!("{ana}?per_page=1"),
            Value::Null,
        )
        .unwrap();
        assert_eq!(
            (&list["data"][0], &list["total_count"]),
            (&second, &json!(2))
        );
        assert_eq!(
            call(
                &mut world,
                "get_note",
                first["id"].as_str().unwrap(),
                Value::Null
            )
            .unwrap(),
            first
        );
    }

    #[test]
    fn companies_have_notes_too() {
        let mut world = world();
        let company = call(
            &mut world,
            "create_or_update_company",
            "",
            json!({"company_id": "a"}),
        )
        .unwrap();
        let id = company["id"].as_str().unwrap();
        let note = call(&mut world, "create_company_note", id, json!({"body": "x"})).unwrap();
        assert_eq!(
            (&note["company"]["id"], &note["contact"]),
            (&company["id"], &Value::Null)
        );
        assert_eq!(
            call(&mut world, "list_company_notes", id, Value::Null).unwrap()["data"][0],
            note
        );
        assert_eq!(
            call(&mut world, "get_company", id, Value::Null).unwrap()["notes"]["notes"][0]["body"],
            "<p>x</p>"
        );
    }

    #[test]
    fn what_is_missing_is_said() {
        let mut world = world();
        let ana = contact(&world, "Ana").to_string();
        let nobody = "66f0aa00bb11cc22dd33ee55";
        for (operation, target, body, expected) in [
            (
                "create_contact_note",
                ana.as_str(),
                json!({"body": " "}),
                (400, "parameter_invalid"),
            ),
            (
                "create_contact_note",
                &ana,
                json!({"body": "x", "admin_id": "1"}),
                (404, "not_found"),
            ),
            (
                "create_contact_note",
                nobody,
                json!({"body": "x"}),
                (404, "not_found"),
            ),
            (
                "create_company_note",
                nobody,
                json!({"body": "x"}),
                (404, "company_not_found"),
            ),
            (
                "list_contact_notes",
                nobody,
                Value::Null,
                (404, "not_found"),
            ),
            ("get_note", "99", Value::Null, (404, "not_found")),
        ] {
            assert_eq!(
                fault(&mut world, operation, target, body),
                expected,
                "{operation}"
            );
        }
    }
}
