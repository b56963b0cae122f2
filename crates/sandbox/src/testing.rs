//! A small world and a way to call operations by name, for unit tests.

use crate::{
    call::{Call, Content, Fault},
    resources,
    world::{
        ObjectId, Workspace, World,
        clock::Clock,
        people::{Admin, Contact, Role, Tag, Team},
    },
};
use jiff::tz::TimeZone;
use serde_json::Value;

/// The time at which the small world stands still.
pub(crate) const NOW: i64 = 1_790_000_000;
/// Admins of the small world, both of team [`BILLING`].
pub(crate) const RUI: u64 = 7001;
/// The second admin.
pub(crate) const EVA: u64 = 7002;
/// The only team.
pub(crate) const BILLING: u64 = 5551;
/// The only tag.
pub(crate) const TAG: u64 = 9001;

/// A world with two admins, a team, a tag and two contacts: user Ana (`u-77`) and lead Bo.
pub(crate) fn world() -> World {
    let workspace = Workspace {
        id_code: "w1abc2".into(),
        name: "Test shop".into(),
        region: "US".into(),
        timezone: TimeZone::get("Europe/Lisbon").unwrap(),
        created_at: NOW - 1_000_000,
        bot_id: 7000,
        base_url: "http://127.0.0.1:8788".into(),
    };
    let mut world = World::empty(workspace, Clock::stopped_at(NOW), 1);
    for (id, name) in [(RUI, "Rui"), (EVA, "Eva")] {
        let email = format!("{}@shop.example", name.to_lowercase());
        let admin = Admin {
            id,
            name: name.into(),
            email,
            has_inbox_seat: true,
            team_ids: vec![BILLING],
            ..Admin::default()
        };
        world.admins.insert(id, admin);
    }
    let billing = Team {
        id: BILLING,
        name: "Billing".into(),
        admin_ids: vec![RUI, EVA],
        ..Team::default()
    };
    world.teams.insert(BILLING, billing);
    world.tags.insert(
        TAG,
        Tag {
            id: TAG,
            name: "billing".into(),
        },
    );
    add_contact(&mut world, "Ana Silva", Role::User);
    add_contact(&mut world, "Bo", Role::Lead);
    world
}

/// Adds a contact; users get the external id `u-77`, everybody an address made of the name.
pub(crate) fn add_contact(world: &mut World, name: &str, role: Role) -> ObjectId {
    let id = world.ids.object(NOW - 500_000);
    let mailbox = name.split(' ').next().unwrap().to_lowercase();
    let contact = Contact {
        id,
        role,
        name: Some(name.into()),
        email: Some(format!("{mailbox}@example.com")),
        external_id: (role == Role::User).then(|| "u-77".into()),
        created_at: NOW - 500_000,
        updated_at: NOW - 500_000,
        ..Contact::default()
    };
    world.contacts.insert(id, contact);
    id
}

/// The id of the contact of that first name.
pub(crate) fn contact(world: &World, name: &str) -> ObjectId {
    world
        .contacts
        .values()
        .find(|contact| {
            contact
                .name
                .as_deref()
                .is_some_and(|full| full.starts_with(name))
        })
        .unwrap()
        .id
}

/// Runs an operation as admin Rui in version 2.16. `target` is `path/parts?query=string`: one part a placeholder.
pub(crate) fn call(
    world: &mut World,
    operation: &str,
    target: &str,
    body: Value,
) -> Result<Value, Fault> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let call = Call {
        path: path
            .split('/')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect(),
        query: url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        body,
        caller: RUI,
        ..Call::default()
    };
    let handler =
        resources::handler(operation).unwrap_or_else(|| panic!("no handler of `{operation}`"));
    match handler(world, &call)?.content {
        Content::Json(body) => Ok(body),
        Content::Empty => Ok(Value::Null),
        Content::Elsewhere(address) => Ok(Value::String(address)),
        Content::File { bytes, .. } => {
            Ok(Value::String(String::from_utf8_lossy(&bytes).into_owned()))
        }
    }
}

/// The status and the code of the fault that an operation must give.
pub(crate) fn fault(
    world: &mut World,
    operation: &str,
    target: &str,
    body: Value,
) -> (u16, &'static str) {
    match call(world, operation, target, body) {
        Err(fault) => (fault.status, fault.code),
        Ok(body) => panic!("`{operation}` went through: {body}"),
    }
}

/// A conversation that Ana began five minutes ago; tells its id.
pub(crate) fn conversation(world: &mut World, body: &str) -> String {
    let ana = contact(world, "Ana").to_string();
    let body = serde_json::json!({"from": {"type": "user", "id": ana}, "body": body, "created_at": NOW - 300});
    let message = call(world, "create_conversation", "", body).unwrap();
    message["conversation_id"].as_str().unwrap().to_owned()
}
