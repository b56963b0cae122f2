//! Telephone calls of the shop, with what was said.

use super::{dice::Dice, people::Person};
use crate::world::{
    ObjectId, Time, World,
    voice::{FinCall, PhoneCall, Utterance},
};

const HOUR: Time = 3600;
const DAY: Time = 24 * HOUR;

/// Who speaks, and what they say: `A` the teammate, `C` the customer.
type Lines = &'static [(char, &'static str)];

const TALKS: [Lines; 4] = [
    &[
        ('A', "Spoke & Saddle, good morning. How can I help?"),
        (
            'C',
            "Hello. My order should have come on Tuesday, and it has not.",
        ),
        ('A', "I am sorry about that. May I have the order number?"),
        ('C', "It begins with S P, I sent it in the chat as well."),
        (
            'A',
            "I see it. The parcel is at the depot, they could not read the street. I am correcting it now.",
        ),
        ('C', "So when will it be here?"),
        (
            'A',
            "Tomorrow before noon. I will write to you as soon as it is on the van.",
        ),
        ('C', "Perfect, thank you."),
    ],
    &[
        ('A', "Spoke & Saddle workshop, hello."),
        ('C', "Hi, the motor of my bike cuts out when I go uphill."),
        ('A', "Does the display show a number when it happens?"),
        ('C', "Yes, E 10."),
        (
            'A',
            "That is the speed sensor. Please check that the magnet on the rear wheel sits close to it.",
        ),
        ('C', "It is a bit loose, in fact."),
        (
            'A',
            "Push it back to half a centimeter. If it comes again, we book you a free service.",
        ),
    ],
    &[
        ('A', "Spoke & Saddle, billing. What can I do for you?"),
        (
            'C',
            "We are charged for six bikes, but we gave one back in spring.",
        ),
        (
            'A',
            "You are right, I see the return. I am making a credit note for the months since.",
        ),
        ('C', "Will it be on the next invoice?"),
        ('A', "Yes, and I send you the corrected ones today."),
    ],
    &[
        (
            'A',
            "Hello, this is Spoke & Saddle. You asked us to call about the recall.",
        ),
        ('C', "Yes. Can I still ride it?"),
        (
            'A',
            "Please do not, until the fork is changed. We pick it up and bring it back, at no cost.",
        ),
        ('C', "Fine. Friday would be good."),
        (
            'A',
            "Friday between nine and twelve. You get a message from the driver.",
        ),
    ],
];

/// Plants the calls on conversations that are there.
pub(super) fn plant(world: &mut World, dice: &mut Dice, people: &[Person]) {
    let now = world.now();
    let talks: Vec<(u64, ObjectId)> = world
        .conversations
        .values()
        .rev()
        .filter_map(|talk| Some((talk.id, *talk.contacts.first()?)))
        .take(24)
        .collect();
    for (n, (conversation, contact)) in talks.iter().step_by(3).enumerate() {
        let lines = TALKS[n % TALKS.len()];
        let taken = n % 4 != 3;
        let id = world.ids.small();
        let initiated_at = now - dice.between(2 * HOUR, 20 * DAY);
        let answered_at = taken.then(|| initiated_at + dice.between(6, 90));
        let (transcript, length) = match answered_at {
            Some(_) => transcript(lines, &speakers(world, *contact)),
            None => (Vec::new(), 45),
        };
        let call = PhoneCall {
            id,
            conversation: Some(*conversation),
            admin: taken.then_some(7001 + (n as u64 % 3)),
            contact: Some(*contact),
            direction: if n % 4 == 2 { "outbound" } else { "inbound" },
            phone: phone(world, *contact, people),
            initiated_at,
            answered_at,
            ended_at: answered_at.unwrap_or(initiated_at) + length,
            hold: if taken {
                dice.between(0, 30).min(length / 4)
            } else {
                0
            },
            transcript,
        };
        world.voice.calls.insert(id, call);
    }
    fin_calls(world, &talks, people);
}

fn fin_calls(world: &mut World, talks: &[(u64, ObjectId)], people: &[Person]) {
    let now = world.now();
    for (n, (conversation, contact)) in talks.iter().skip(1).step_by(7).take(2).enumerate() {
        let id = world.ids.small();
        let call = FinCall {
            id,
            phone: phone(world, *contact, people),
            external_id: format!("aws-connect-{}", 81_204 + n),
            registered_at: now - DAY * if n == 0 { 1 } else { 2 },
            conversation: Some(*conversation),
            topic: ["an order", "a repair"][n % 2].to_owned(),
        };
        world.voice.fin_calls.insert(id, call);
    }
}

/// The number of a contact; where none is known, one of a telephone at home.
fn phone(world: &World, contact: ObjectId, people: &[Person]) -> String {
    let known = world.contacts.get(&contact);
    let place = people.iter().position(|person| person.id == contact);
    known
        .and_then(|contact| contact.phone.clone())
        .unwrap_or_else(|| format!("+35121000{:04}", 1000 + place.unwrap_or_default() % 9000))
}

fn speakers(world: &World, contact: ObjectId) -> [String; 2] {
    let name = world
        .contacts
        .get(&contact)
        .and_then(|contact| contact.name.clone());
    [
        "Teammate 1".to_owned(),
        name.unwrap_or_else(|| "User".into()),
    ]
}

/// The lines with the time at which each is said, and the length of all.
fn transcript(lines: Lines, [teammate, customer]: &[String; 2]) -> (Vec<Utterance>, Time) {
    let mut at = 1;
    let mut said = Vec::new();
    for (who, text) in lines {
        let speaker = if *who == 'A' { teammate } else { customer };
        said.push(Utterance {
            at,
            speaker: speaker.clone(),
            text: (*text).to_owned(),
        });
        // Seventeen letters a second is how fast people talk.
        at += 2 + Time::try_from(text.len() / 17).unwrap_or_default();
    }
    (said, at + 3)
}
