//! What the shop remembers of its customers: notes, tags on people and companies, events.

use super::{dice::Dice, people::Person, staff::House};
use crate::world::{
    Attributes, Time, World,
    data::DataEvent,
    people::{Applied, Note, NoteOn, Role},
};
use serde_json::{Value, json};

const HOUR: Time = 3600;
const DAY: Time = 24 * HOUR;
const ON_PEOPLE: [&str; 8] = [
    "Prefers mail to the phone. Answers in the evening.",
    "Rides to work every day, 14 km each way. Needs the bike back quickly.",
    "Was very patient during the recall. Be generous with the next wish.",
    "Speaks English well, writes better in the own language.",
    "Bought for the whole family. Birthday of the youngest in May.",
    "Knows bikes better than we do. Skip the basics.",
    "Asked not to be called during school hours.",
    "Wrote a friendly review in spring, quoted on the front page with permission.",
];
const ON_COMPANIES: [&str; 4] = [
    "Contract is renewed by the operations manager, invoices go to bookkeeping.",
    "Bikes stand in two places. Always ask which one before a visit.",
    "Wants one contact here. Do not move tickets without telling them.",
    "Thinks about more cargo bikes next year. Ask again after the summer.",
];

/// Writes it down.
pub(super) fn plant(world: &mut World, dice: &mut Dice, house: &House, people: &[Person]) {
    let now = world.now();
    for person in people {
        if dice.percent(45) {
            let words = *dice.pick(&ON_PEOPLE);
            note(world, dice, NoteOn::Contact(person.id), words, person.age);
        }
        labels(world, dice, house, person);
        events(world, dice, person, now);
    }
    let companies: Vec<_> = world.companies.keys().copied().collect();
    for id in companies {
        if dice.percent(60) {
            let words = *dice.pick(&ON_COMPANIES);
            note(world, dice, NoteOn::Company(id), words, 200 * DAY);
        }
        if let (Some(company), Some(&tag)) = (world.companies.get_mut(&id), house.tags.get("fleet"))
            && company.plan.as_deref() == Some("Fleet")
        {
            company.tags.push(Applied {
                tag,
                at: company.created_at,
                by: 7005,
            });
        }
    }
    world
        .events
        .sort_by_key(|event| (event.created_at, event.id));
}

fn note(world: &mut World, dice: &mut Dice, on: NoteOn, words: &str, age: Time) {
    let id = world.ids.small();
    let created_at = world.now() - dice.between(HOUR, age.min(120 * DAY));
    let author = 7001 + u64::from(dice.percent(50));
    world.notes.insert(
        id,
        Note {
            id,
            on,
            author,
            body: format!("<p>{words}</p>"),
            created_at,
        },
    );
}

/// Tags on people: VIPs, and those who were angry.
fn labels(world: &mut World, dice: &mut Dice, house: &House, person: &Person) {
    let Some(contact) = world.contacts.get_mut(&person.id) else {
        return;
    };
    let at = contact.created_at + 60;
    let names = [
        ("vip", person.plan != "free" && dice.percent(22)),
        ("fleet", person.plan == "fleet"),
        ("churn-risk", dice.percent(7)),
    ];
    for (name, belongs) in names {
        if let (true, Some(&tag)) = (belongs, house.tags.get(name)) {
            contact.tags.push(Applied { tag, at, by: 7001 });
        }
    }
}

/// Sign-ins, rides and orders of the last weeks. Leads have only looked at pages.
fn events(world: &mut World, dice: &mut Dice, person: &Person, now: Time) {
    let lead = world
        .contacts
        .get(&person.id)
        .is_some_and(|contact| contact.role == Role::Lead);
    let kinds: &[&str] = if lead {
        &["viewed-bike"]
    } else {
        &[
            "logged-in",
            "logged-in",
            "recorded-ride",
            "placed-order",
            "viewed-bike",
            "booked-service",
        ]
    };
    for _ in 0..dice.between(1, 7) {
        let name = *dice.pick(kinds);
        let created_at = now - dice.between(HOUR, person.age.min(85 * DAY));
        let metadata = metadata(name, dice, person);
        let id = world.ids.small();
        world.events.push(DataEvent {
            id,
            name: name.into(),
            created_at,
            contact: person.id,
            metadata,
        });
    }
}

fn metadata(name: &str, dice: &mut Dice, person: &Person) -> Attributes {
    let value = match name {
        "placed-order" => {
            let order = format!("SP{}", dice.between(104_000, 989_999));
            json!({"order_number": {"value": order, "url": format!("https://spokeandsaddle.example/orders/{order}")},
                "price": {"amount": dice.between(1900, 289_900), "currency": "eur"}})
        }
        "recorded-ride" => json!({"kilometers": dice.between(3, 94)}),
        "viewed-bike" => {
            json!({"page": *dice.pick(&["Heron 3", "Kestrel", "Osprey E2", "Wagtail"])})
        }
        "booked-service" => json!({"city": person.city, "kind": "yearly service"}),
        _ => json!({"device": *dice.pick(&["phone", "web"])}),
    };
    match value {
        Value::Object(fields) => fields,
        _ => Attributes::new(),
    }
}
