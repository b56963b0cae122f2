//! The shop that the workspace belongs to, made from a seed number: the same seed and the same moment give the same
//! world. Ages count back from the world's clock; identifiers and words follow from the seed alone.

mod automation;
mod cast;
mod content;
mod dice;
mod knowledge;
mod mail;
mod memory;
mod office;
mod people;
mod plan;
mod records;
mod script;
mod shop;
mod staff;
mod stage;
mod statistics;
#[cfg(test)]
mod tests;
mod text;
mod tickets;
mod voice;

use crate::world::{
    Time, World,
    clock::Clock,
    inbox::{Author, Conversation, State},
};
use cast::Cast;
use dice::Dice;
use knowledge::Library;
use people::{Person, Size};
use plan::Plan;
use serde::de::DeserializeOwned;
use shop::Words;
use staff::House;
use stage::Scene;

/// A fixed moment from which identifiers are counted, so that they do not depend on the clock.
const EPOCH: Time = 1_790_000_000;
/// Conversations of the shop when no scale is asked for, and the people and companies that belong to so many.
const CONVERSATIONS: usize = 150;
const SIZE: Size = Size {
    people: 40,
    companies: 12,
};

/// Fills an empty world; `scale` asks for that many conversations, for load tests.
pub(crate) fn plant(world: &mut World, seed: u64, scale: Option<usize>) {
    let words = Words::embedded();
    // One moment for everything, although planting takes time.
    let clock = world.clock;
    world.clock = Clock::stopped_at(clock.now());
    let count = scale.unwrap_or(CONVERSATIONS);
    world.workspace.name.clone_from(&words.shop.name);
    world.workspace.id_code.clone_from(&words.shop.app_id);
    let house = staff::plant(world, &words.shop);
    let library = knowledge::plant(world, seed, &words.shop.name, &words.shop.domain);
    let people = people::plant(
        world,
        &mut Dice::new(seed, 1),
        &words.shop,
        &house,
        size(count),
    );
    conversations(
        world,
        seed,
        count,
        &Shelf {
            words: &words,
            house: &house,
            library: &library,
            people: &people,
        },
    );
    people::settle(world, &house, &people);
    memory::plant(world, &mut Dice::new(seed, 5), &house, &people);
    tickets::plant(world, &words.desk, &house, &people);
    office::plant(world, &house, &words.shop.domain);
    content::plant(world, &house, &library);
    voice::plant(world, &mut Dice::new(seed, 21), &people);
    records::plant(world, &mut Dice::new(seed, 22), &words.shop, &people);
    automation::plant(world, &mut Dice::new(seed, 23), &words.shop.domain);
    world.clock = clock;
}

/// Reads an embedded file. It is part of the program, so a mistake in it is a mistake of the program.
fn read<T: DeserializeOwned>(name: &str, text: &str) -> T {
    serde_saphyr::from_str(text)
        .unwrap_or_else(|problem| panic!("the sandbox's own data: {name}: {problem}"))
}

/// What a conversation is made from.
struct Shelf<'a> {
    words: &'a Words,
    house: &'a House,
    library: &'a Library,
    people: &'a [Person],
}

fn size(conversations: usize) -> Size {
    let grown = |base: usize| (base * conversations / CONVERSATIONS).max(base);
    Size {
        people: grown(SIZE.people),
        companies: grown(SIZE.companies),
    }
}

/// Plays all conversations, then gives them their place in time and their ids in the order they began.
fn conversations(world: &mut World, seed: u64, count: usize, shelf: &Shelf<'_>) {
    let mut dice = Dice::new(seed, 2);
    let now = world.now();
    let files = format!("https://downloads.{}", shelf.words.shop.domain);
    let plans = plan::all(&mut dice, &shelf.words.scripts, shelf.people, count);
    let mut played: Vec<(Time, Conversation)> = plans
        .into_iter()
        .map(|plan| {
            (
                plan.age,
                stage::play(scene(plan, &mut dice, shelf, &files), &mut dice),
            )
        })
        .map(|(age, talk)| (now - age - talk.updated_at, talk))
        .collect();
    played.sort_by_key(|(start, _)| *start);
    for (start, mut talk) in played {
        number(world, &mut talk);
        shift(&mut talk, start);
        let plan = talk
            .contacts
            .first()
            .and_then(|id| world.contacts.get(id))
            .and_then(|contact| contact.custom_attributes["plan"].as_str())
            .unwrap_or("free");
        talk.sla = statistics::sla(&talk, plan, now).map(Box::new);
        if let (State::Snoozed, Some(until)) = (talk.state, talk.snoozed_until) {
            world.snoozes.insert((until, talk.id));
        }
        world.conversations.insert(talk.id, talk);
    }
}

fn scene<'a>(plan: Plan, dice: &mut Dice, shelf: &Shelf<'a>, files: &'a str) -> Scene<'a> {
    let script = &shelf.words.scripts[plan.script];
    let person = &shelf.people[plan.person];
    let (team, members) = &shelf.house.teams[&script.team];
    Scene {
        plan,
        script,
        person,
        cast: Cast::new(dice, &shelf.words.shop, shelf.library, person),
        team: (*team, members),
        names: &shelf.house.names,
        tags: script
            .tags
            .iter()
            .map(|name| shelf.house.tags[name])
            .collect(),
        files,
    }
}

fn number(world: &mut World, talk: &mut Conversation) {
    talk.id = world.ids.conversation();
    talk.source.id = world.ids.message();
    for part in &mut talk.parts {
        part.id = world.ids.part();
    }
    talk.parts.shrink_to_fit();
}

/// Moves everything that has a time.
fn shift(talk: &mut Conversation, start: Time) {
    let later = |time: &mut Time| *time += start;
    [&mut talk.created_at, &mut talk.updated_at]
        .into_iter()
        .for_each(later);
    let figures = &mut talk.statistics;
    let optional = [
        &mut talk.waiting_since,
        &mut talk.snoozed_until,
        &mut figures.first_contact_reply_at,
        &mut figures.first_assignment_at,
        &mut figures.first_admin_reply_at,
        &mut figures.first_close_at,
        &mut figures.last_assignment_at,
        &mut figures.last_assignment_admin_reply_at,
        &mut figures.last_contact_reply_at,
        &mut figures.last_admin_reply_at,
        &mut figures.last_close_at,
    ];
    optional.into_iter().flatten().for_each(later);
    talk.parts
        .iter_mut()
        .for_each(|part| part.created_at += start);
    talk.tags.iter_mut().for_each(|tag| tag.at += start);
    if let Some(rating) = &mut talk.rating {
        rating.requested_at += start;
        rating.replied_at.iter_mut().for_each(later);
    }
    if let Some(agent) = &mut talk.ai_agent {
        agent.created_at += start;
        agent.updated_at += start;
    }
    debug_assert!(
        matches!(talk.source.author, Author::Contact(_)),
        "customers begin"
    );
}
