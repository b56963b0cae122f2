//! New tickets: at once, in the background, and from a conversation.

use super::{assignee, attributes, part, render};
use crate::{
    call::{Answer, Call, Fault, Reply, identifier_of},
    resources::contacts,
    world::{
        ObjectId, Time, World,
        data::Job,
        inbox::{Assignee, Author},
        people::{Contact, Role},
        tickets::Ticket,
    },
};
use serde_json::{Map, Value, json};

/// What a new ticket is made of, checked.
struct Draft {
    ticket_type: u64,
    state: u64,
    attributes: Map<String, Value>,
    company: Option<ObjectId>,
    created_at: Time,
    assignees: [Option<u64>; 2],
    link: Option<u64>,
}

pub(super) fn create(world: &mut World, call: &Call) -> Reply {
    let draft = Draft::read(world, call, "ticket_attributes")?;
    let people = people(world, call)?;
    let id = open(world, draft, people, call.caller);
    Answer::ok(render::ticket(world, &world.tickets[&id]))
}

/// Takes a ticket in and answers with a job. The ticket exists at once; the job says so a second later.
pub(super) fn enqueue(world: &mut World, call: &Call) -> Reply {
    let draft = Draft::read(world, call, "ticket_attributes")?;
    let people = people(world, call)?;
    let ticket = open(world, draft, people, call.caller);
    let id = world.ids.small().to_string();
    let created_at = world.now();
    let job = Job {
        id: id.clone(),
        status: "pending".into(),
        resource_type: "ticket".into(),
        resource_id: Some(ticket),
        created_at,
    };
    let url = format!("{}/jobs/status/{id}", world.workspace.base_url);
    world.jobs.insert(id.clone(), job);
    Answer::ok(json!({
        "type": "job", "id": id, "status": "pending", "url": url,
        "resource_type": "ticket", "resource_id": null, "resource_url": null,
    }))
}

/// Turns a conversation into a ticket with the same contacts, and answers with the ticket.
pub(crate) fn from_conversation(world: &mut World, call: &Call, conversation: u64) -> Reply {
    let Some(source) = world.conversations.get(&conversation) else {
        return Err(Fault::missing(
            "conversation_not_found",
            "Conversation not found",
        ));
    };
    if source.ticket.is_some() {
        return Err(Fault::invalid("Conversation is already a ticket"));
    }
    let (people, company) = (source.contacts.clone(), source.company);
    let (admin, team) = (source.admin_assignee, source.team_assignee);
    let mut draft = Draft::read(world, call, "attributes")?;
    draft.company = draft.company.or(company);
    draft.assignees = [admin, team];
    let id = open(world, draft, people, call.caller);
    if let Some(source) = world.conversations.get_mut(&conversation) {
        source.ticket = Some(id);
    }
    Answer::ok(render::ticket(world, &world.tickets[&id]))
}

impl Draft {
    fn read(world: &World, call: &Call, attributes_key: &str) -> Result<Self, Fault> {
        let type_id = call
            .identifier("ticket_type_id")
            .ok_or_else(|| Fault::absent("ticket_type_id"))?;
        let kind = type_id
            .parse()
            .ok()
            .and_then(|id: u64| world.ticket_types.get(&id))
            .filter(|kind| !kind.archived);
        let kind =
            kind.ok_or_else(|| Fault::missing("ticket_type_not_found", "Ticket type not found"))?;
        let empty = Map::new();
        let attributes =
            attributes::check(kind, call.object_field(attributes_key).unwrap_or(&empty))?;
        attributes::require(kind, &attributes)?;
        let state = match call.identifier("ticket_state_id") {
            None => *kind.states.first().ok_or_else(super::update::wrong_state)?,
            Some(text) => text
                .parse()
                .ok()
                .filter(|id| kind.states.contains(id))
                .ok_or_else(super::update::wrong_state)?,
        };
        let link = call
            .identifier("conversation_to_link_id")
            .map(|text| linkable(world, &text))
            .transpose()?;
        Ok(Self {
            ticket_type: kind.id,
            state,
            attributes,
            company: call
                .identifier("company_id")
                .map(|text| company(world, &text))
                .transpose()?,
            created_at: call.integer("created_at").unwrap_or_else(|| world.now()),
            assignees: assignees(world, call)?,
            link,
        })
    }
}

/// The company of an id.
pub(super) fn company(world: &World, text: &str) -> Result<ObjectId, Fault> {
    let id = text
        .parse::<ObjectId>()
        .ok()
        .filter(|id| world.companies.contains_key(id));
    id.ok_or_else(|| Fault::missing("company_not_found", "Company Not Found"))
}

fn open(world: &mut World, draft: Draft, contacts: Vec<ObjectId>, caller: u64) -> u64 {
    let id = world.ids.conversation();
    let number = world
        .tickets
        .values()
        .map(|ticket| ticket.number)
        .max()
        .unwrap_or_default()
        + 1;
    let category = world
        .ticket_states
        .get(&draft.state)
        .map_or("submitted", |state| state.category);
    let mut first = part(
        world,
        "ticket_state_updated_by_admin",
        Author::Admin(caller),
    );
    first.created_at = draft.created_at;
    first.states = Some(("submitted", category));
    let [admin_assignee, team_assignee] = draft.assignees;
    let ticket = Ticket {
        id,
        number,
        ticket_type: draft.ticket_type,
        state: draft.state,
        previous_state: None,
        attributes: draft.attributes,
        contacts,
        company: draft.company,
        admin_assignee,
        team_assignee,
        created_at: draft.created_at,
        updated_at: draft.created_at,
        open: true,
        snoozed_until: None,
        is_shared: world
            .ticket_types
            .get(&draft.ticket_type)
            .is_some_and(|kind| kind.category == "Customer"),
        tags: Vec::new(),
        linked_conversations: draft.link.into_iter().collect(),
        parts: vec![first],
    };
    world.tickets.insert(id, ticket);
    if let Some(conversation) = draft
        .link
        .and_then(|link| world.conversations.get_mut(&link))
    {
        conversation.linked_tickets.push(id);
    } else if let Some(other) = draft.link.and_then(|link| world.tickets.get_mut(&link)) {
        other.linked_conversations.push(id);
    }
    world.emit("ticket.created", |world| {
        render::ticket(world, &world.tickets[&id])
    });
    id
}

/// The one contact of a new ticket; an unknown address makes a new one.
fn people(world: &mut World, call: &Call) -> Result<Vec<ObjectId>, Fault> {
    let given = call
        .list("contacts")
        .filter(|list| !list.is_empty())
        .ok_or_else(|| Fault::absent("contacts"))?;
    let [one] = given.as_slice() else {
        return Err(Fault::invalid("A ticket can only have one contact"));
    };
    let id = one
        .get("id")
        .and_then(identifier_of)
        .and_then(|text| text.parse::<ObjectId>().ok());
    let external_id = one.get("external_id").and_then(identifier_of);
    let email = one.get("email").and_then(Value::as_str);
    let found = world.contacts.values().find(|contact| {
        !contact.archived
            && (id == Some(contact.id)
                || external_id.is_some() && contact.external_id == external_id
                || email.is_some_and(|email| {
                    contact
                        .email
                        .as_deref()
                        .is_some_and(|known| known.eq_ignore_ascii_case(email))
                }))
    });
    match (found, email) {
        (Some(contact), _) => Ok(vec![contact.id]),
        (None, Some(email)) if one.get("id").is_none() && external_id.is_none() => {
            Ok(vec![new_contact(world, email)])
        }
        _ => Err(Fault::missing("not_found", "Contact not found")),
    }
}

fn new_contact(world: &mut World, email: &str) -> ObjectId {
    let now = world.now();
    let id = world.ids.object(now);
    let contact = Contact {
        id,
        role: Role::User,
        email: Some(email.to_owned()),
        created_at: now,
        updated_at: now,
        ..Contact::default()
    };
    world.contacts.insert(id, contact);
    world.emit("contact.user.created", |world| {
        contacts::notice(world, &world.contacts[&id])
    });
    id
}

fn assignees(world: &World, call: &Call) -> Result<[Option<u64>; 2], Fault> {
    let Some(assignment) = call.object_field("assignment") else {
        return Ok([None, None]);
    };
    let read = |key: &str| -> Result<Assignee, Fault> {
        match assignment.get(key).and_then(identifier_of) {
            None => Ok(Assignee::Nobody),
            Some(text) => assignee(world, text.parse().unwrap_or(u64::MAX)),
        }
    };
    let unknown = || Fault::missing("assignee_not_found", "Assignee not found");
    let admin = match read("admin_assignee_id")? {
        Assignee::Admin(id) => Some(id),
        Assignee::Nobody => None,
        Assignee::Team(_) => return Err(unknown()),
    };
    let team = match read("team_assignee_id")? {
        Assignee::Team(id) => Some(id),
        Assignee::Nobody => None,
        Assignee::Admin(_) => return Err(unknown()),
    };
    Ok([admin, team])
}

fn linkable(world: &World, text: &str) -> Result<u64, Fault> {
    let known = |id: &u64| world.conversations.contains_key(id) || world.tickets.contains_key(id);
    text.parse()
        .ok()
        .filter(known)
        .ok_or_else(|| Fault::missing("conversation_not_found", "Conversation not found"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{kinds, with_ticket};
    use crate::testing::{BILLING, EVA, NOW, call, fault};
    use serde_json::{Value, json};

    #[test]
    fn a_ticket_takes_contact_assignees_and_company() {
        let (mut world, first, kind) = with_ticket("Customer");
        let body = json!({"ticket_type_id": kind["id"], "contacts": [{"email": "new@example.com"}], "created_at": 5,
            "assignment": {"admin_assignee_id": EVA.to_string(), "team_assignee_id": BILLING}, "conversation_to_link_id": first});
        let ticket = call(&mut world, "create_ticket", "", body).unwrap();
        assert_eq!(
            (
                &ticket["admin_assignee_id"],
                &ticket["team_assignee_id"],
                &ticket["created_at"]
            ),
            (&json!(EVA), &json!(BILLING), &json!(5))
        );
        assert_eq!(
            (&ticket["ticket_id"], &ticket["is_shared"]),
            (&json!("2"), &json!(true))
        );
        assert_eq!(
            ticket["linked_objects"]["data"][0],
            json!({"type": "ticket", "id": first, "category": "Customer"})
        );
        assert_eq!(kinds(&ticket), ["ticket_state_updated_by_admin"]);
        assert!(
            world
                .contacts
                .values()
                .any(|contact| contact.email.as_deref() == Some("new@example.com"))
        );
        let back = call(&mut world, "get_ticket", &first, Value::Null).unwrap();
        assert_eq!(back["linked_objects"]["data"][0]["id"], ticket["id"]);
    }

    #[test]
    fn a_job_reports_the_ticket_that_it_made() {
        let (mut world, _, kind) = with_ticket("Customer");
        let job = call(
            &mut world,
            "enqueue_create_ticket",
            "",
            json!({"ticket_type_id": kind["id"], "contacts": [{"external_id": "u-77"}]}),
        )
        .unwrap();
        assert_eq!(
            (&job["status"], &job["resource_id"]),
            (&json!("pending"), &Value::Null)
        );
        let id = job["id"].as_str().unwrap().to_owned();
        assert_eq!(
            call(&mut world, "get_job_status", &id, Value::Null).unwrap()["status"],
            "pending"
        );
        world.clock.advance(2);
        let done = call(&mut world, "get_job_status", &id, Value::Null).unwrap();
        assert_eq!(done["status"], "success");
        let ticket = call(
            &mut world,
            "get_ticket",
            done["resource_id"].as_str().unwrap(),
            Value::Null,
        )
        .unwrap();
        assert_eq!(ticket["created_at"], NOW);
    }

    #[test]
    fn bad_tickets_are_refused_and_leave_nothing() {
        let (mut world, _, kind) = with_ticket("Customer");
        let known = &kind["id"];
        let ana = json!([{"external_id": "u-77"}]);
        for (body, expected) in [
            (json!({"contacts": ana}), (400, "parameter_not_found")),
            (
                json!({"ticket_type_id": "1", "contacts": ana}),
                (404, "ticket_type_not_found"),
            ),
            (
                json!({"ticket_type_id": known}),
                (400, "parameter_not_found"),
            ),
            (
                json!({"ticket_type_id": known, "contacts": [{"id": "66f0aa00bb11cc22dd33ee55"}]}),
                (404, "not_found"),
            ),
            (
                json!({"ticket_type_id": known, "contacts": [{"email": "a@b.c"}, {"email": "d@e.f"}]}),
                (400, "parameter_invalid"),
            ),
            (
                json!({"ticket_type_id": known, "contacts": ana, "ticket_attributes": {"Color": "red"}}),
                (400, "parameter_invalid"),
            ),
            (
                json!({"ticket_type_id": known, "contacts": ana, "ticket_state_id": "1"}),
                (400, "ticket_state_id_invalid"),
            ),
            (
                json!({"ticket_type_id": known, "contacts": ana, "company_id": "x"}),
                (404, "company_not_found"),
            ),
            (
                json!({"ticket_type_id": known, "contacts": ana, "assignment": {"admin_assignee_id": BILLING}}),
                (404, "assignee_not_found"),
            ),
            (
                json!({"ticket_type_id": known, "contacts": ana, "conversation_to_link_id": "3"}),
                (404, "conversation_not_found"),
            ),
        ] {
            assert_eq!(
                fault(&mut world, "create_ticket", "", body.clone()),
                expected,
                "{body}"
            );
        }
        assert_eq!((world.tickets.len(), world.contacts.len()), (1, 2));
    }
}
