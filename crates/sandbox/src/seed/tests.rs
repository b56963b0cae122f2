//! The promises that the seed makes to demonstrations and tests.

mod integrity;

use super::*;
use crate::world::{
    Workspace,
    clock::Clock,
    inbox::{Part, Priority},
    people::Role,
};
use jiff::tz::TimeZone;
use std::collections::BTreeSet;

const NOW: Time = 1_795_200_000;
const HOUR: Time = 3600;

fn world_at(now: Time, seed: u64, scale: Option<usize>) -> World {
    let workspace = Workspace {
        id_code: "w1".into(),
        name: "x".into(),
        region: "US".into(),
        timezone: TimeZone::UTC,
        created_at: now - 1_000_000,
        base_url: "http://127.0.0.1:1".into(),
        bot_id: 7000,
    };
    let mut world = World::empty(workspace, Clock::stopped_at(now), seed);
    plant(&mut world, seed, scale);
    world
}

/// Worlds of the default seed and of a few others: what is promised holds in all of them.
fn seeded() -> impl Iterator<Item = World> {
    [42, 1, 2, 7, 1234, u64::MAX]
        .into_iter()
        .map(|seed| world_at(NOW, seed, None))
}

/// Everything in the world that a client can see.
fn print(world: &World) -> String {
    format!(
        "{:?}{:?}{:?}{:?}{:?}{:?}{:?}{:?}{:?}{:?}",
        world.admins,
        world.teams,
        world.contacts,
        world.companies,
        world.conversations,
        world.tickets,
        world.articles,
        world.notes,
        world.events,
        world.snoozes
    )
}

fn topic(talk: &Conversation) -> &str {
    talk.custom_attributes["Topic"].as_str().unwrap()
}

fn unassigned(talk: &Conversation) -> bool {
    talk.state == State::Open && talk.admin_assignee.is_none() && talk.team_assignee.is_none()
}

#[test]
fn the_shop_has_its_size() {
    for world in seeded() {
        assert_eq!(
            (
                world.contacts.len(),
                world.companies.len(),
                world.conversations.len()
            ),
            (40, 12, 150)
        );
        assert_eq!((world.teams.len(), world.admins.len()), (4, 6));
        assert_eq!(
            (
                world.articles.len(),
                world.collections.len(),
                world.internal_articles.len(),
                world.help_centers.len()
            ),
            (30, 5, 6, 1)
        );
        assert_eq!(
            (
                world.tickets.len(),
                world.ticket_types.len(),
                world.ticket_states.len()
            ),
            (20, 3, 5)
        );
        assert!(
            world.tags.len() >= 12
                && world.segments.len() >= 5
                && world.subscription_types.len() >= 3
        );
        assert!(
            world
                .contacts
                .values()
                .filter(|contact| contact.role == Role::Lead)
                .count()
                >= 6
        );
        for company in world.companies.values() {
            assert!(
                world
                    .contacts
                    .values()
                    .any(|contact| contact.companies.contains(&company.id)),
                "{} has nobody",
                company.name
            );
        }
    }
}

#[test]
fn nothing_of_the_default_shop_is_empty() {
    let world = world_at(NOW, 42, None);
    for segment in world.segments.values() {
        let people = world
            .contacts
            .values()
            .any(|one| one.segments.contains(&segment.id));
        let companies = world
            .companies
            .values()
            .any(|one| one.segments.contains(&segment.id));
        assert!(people || companies, "nobody is in {}", segment.name);
    }
}

#[test]
fn the_office_and_the_shelves_are_filled() {
    let world = world_at(NOW, 42, None);
    let (office, content) = (&world.office, &world.content);
    assert_eq!(
        (
            office.brands.len(),
            office.emails.len(),
            office.schedules.len(),
            office.exceptions.len(),
            office.macros.len(),
        ),
        (2, 3, 2, 3, 7)
    );
    assert!(office.brands[&world.workspace.id_code].is_default);
    let live = office.news.values().filter(|item| item.live);
    assert_eq!((office.newsfeeds.len(), live.count()), (2, 3));
    for saved in office.macros.values() {
        assert!(!saved.available_on.is_empty(), "{}", saved.name);
        assert!(saved.team_ids.iter().all(|id| world.teams.contains_key(id)));
    }
    assert_eq!(
        (
            content.audiences.len(),
            content.snippets.len(),
            content.sources.len(),
            content.pages.len(),
            content.files.len(),
            content.folders.len(),
            content.redirects.len(),
        ),
        (3, 4, 3, 3, 2, 3, 2)
    );
    assert!(content.snippets.values().all(|it| !it.tags.is_empty()));
    assert!(
        content
            .snippets
            .values()
            .any(|it| !it.audience_ids.is_empty())
    );
    let staged = world.articles.values().filter(|it| !it.draft.is_empty());
    assert_eq!(staged.count(), 1);
    assert!(world.articles.values().all(|it| it.versions.len() >= 2));
    let fixed = world.articles.keys().next().unwrap();
    assert!(content.redirects.keys().all(|id| id < fixed));
}

#[test]
fn the_same_seed_gives_the_same_world() {
    for seed in [1, 42] {
        assert_eq!(
            print(&world_at(NOW, seed, None)),
            print(&world_at(NOW, seed, None)),
            "seed {seed}"
        );
    }
    assert_ne!(
        print(&world_at(NOW, 1, None)),
        print(&world_at(NOW, 2, None))
    );
}

#[test]
fn ids_and_words_do_not_depend_on_the_clock() {
    let told = |world: &World| -> Vec<String> {
        let words = |part: &Part| format!("{} {:?} {:?}", part.id, part.kind, part.body);
        let talks = world.conversations.values().map(|talk| {
            format!(
                "{} {} {:?}",
                talk.id,
                talk.source.body,
                talk.parts.iter().map(words).collect::<Vec<_>>()
            )
        });
        talks
            .chain(world.contacts.keys().map(ToString::to_string))
            .chain(world.companies.keys().map(ToString::to_string))
            .collect()
    };
    assert_eq!(
        told(&world_at(NOW, 3, None)),
        told(&world_at(NOW + 12_345_678, 3, None))
    );
}

#[test]
fn the_named_conversations_are_there() {
    for world in seeded() {
        let talks = || world.conversations.values();
        let old = |talk: &&Conversation, hours: Time| {
            NOW - talk.waiting_since.unwrap_or(NOW) > hours * HOUR
        };
        let said = |talk: &Conversation| talk.source.body.to_lowercase().contains("password reset");
        assert!(
            talks()
                .filter(|talk| unassigned(talk) && said(talk))
                .filter(|talk| old(talk, 4))
                .count()
                >= 3
        );
        assert!(
            talks()
                .filter(|talk| unassigned(talk))
                .filter(|talk| old(talk, 4))
                .count()
                >= 8
        );
        assert!(
            talks()
                .filter(|talk| unassigned(talk) && talk.priority >= Priority::High)
                .filter(|talk| old(talk, 4))
                .count()
                >= 2
        );
        let scores: Vec<u8> = talks()
            .filter_map(|talk| talk.rating.as_ref()?.score)
            .collect();
        assert!(
            scores.iter().filter(|score| **score < 3).count() >= 6,
            "{scores:?}"
        );
        assert_eq!(scores.iter().collect::<BTreeSet<_>>().len(), 5);
        assert!(
            talks()
                .filter(|talk| talk
                    .rating
                    .as_ref()
                    .is_some_and(|rating| rating.remark.is_some()))
                .count()
                >= 15
        );
    }
}

#[test]
fn one_thread_of_mail_is_long() {
    for world in seeded() {
        let mut long = world
            .conversations
            .values()
            .filter(|talk| talk.parts.len() >= 50);
        let (talk, none) = (long.next().unwrap(), long.next());
        assert!(none.is_none() && talk.parts.len() == 50 && talk.source.kind == "email");
        let bodies = talk.parts.iter().filter_map(|part| part.body.as_deref());
        assert!(bodies.filter(|body| body.contains("<blockquote")).count() > 12);
    }
}

#[test]
fn the_inbox_is_varied() {
    for world in seeded() {
        let all = |value: fn(&Conversation) -> String| {
            world
                .conversations
                .values()
                .map(value)
                .collect::<BTreeSet<_>>()
        };
        assert_eq!(all(|talk| talk.state.word().into()).len(), 3);
        assert_eq!(all(|talk| talk.priority.word().into()).len(), 5);
        assert_eq!(all(|talk| talk.source.kind.into()).len(), 4);
        assert_eq!(
            all(|talk| talk.custom_attributes["Sentiment"].to_string()).len(),
            5
        );
        assert!(all(|talk| topic(talk).into()).len() >= 20);
        let levels = all(|talk| talk.sla.as_ref().map_or("none", |sla| sla.status).into());
        for status in ["none", "hit", "missed", "active"] {
            assert!(levels.contains(status), "{status} is not among {levels:?}");
        }
        assert!(
            world
                .conversations
                .values()
                .filter(|talk| talk.ai_agent.is_some())
                .count()
                >= 30
        );
        assert!(
            world
                .conversations
                .values()
                .filter(|talk| talk.parts.iter().any(|part| !part.attachments.is_empty()))
                .count()
                >= 8
        );
    }
}

#[test]
fn tickets_stand_in_every_state_and_a_busy_contact_has_one() {
    for world in seeded() {
        let customer = |ticket: &&crate::world::tickets::Ticket| {
            world.ticket_types[&ticket.ticket_type].category == "Customer"
        };
        let states: BTreeSet<&str> = world
            .tickets
            .values()
            .filter(customer)
            .map(|ticket| world.ticket_states[&ticket.state].category)
            .collect();
        assert_eq!(states.len(), 4, "{states:?}");
        let busy = world
            .tickets
            .values()
            .filter(|ticket| ticket.open)
            .flat_map(|ticket| &ticket.contacts)
            .find(|id| {
                let talks = world
                    .conversations
                    .values()
                    .filter(|talk| talk.contacts.contains(id))
                    .count();
                talks >= 3 && !world.contacts[id].companies.is_empty()
            });
        assert!(busy.is_some());
        assert!(
            world
                .tickets
                .values()
                .any(|ticket| !ticket.linked_conversations.is_empty())
        );
    }
}

#[test]
fn nothing_unfilled_is_said() {
    for world in seeded() {
        for talk in world.conversations.values() {
            let bodies = talk
                .parts
                .iter()
                .filter_map(|part| part.body.as_deref())
                .chain([
                    &*talk.source.body,
                    &*talk.source.subject,
                    talk.title.as_deref().unwrap(),
                ]);
            for body in bodies {
                assert!(!body.contains(['{', '}', '[', ']', '|']), "{body}");
            }
            assert!(!talk.source.body.is_empty() && !talk.title.as_deref().unwrap().is_empty());
        }
        for article in world.articles.values() {
            let words = article.text.body.split_whitespace().count();
            assert!(
                (120..400).contains(&words),
                "{} has {words} words",
                article.text.title
            );
            assert!(
                article.text.body.contains("<h2>") && !article.text.body.contains("**"),
                "{}",
                article.text.title
            );
        }
    }
}

#[test]
fn every_slot_of_every_script_has_a_value() {
    let words = Words::embedded();
    for world in seeded() {
        let titles: BTreeSet<&str> = world
            .articles
            .values()
            .map(|article| article.text.title.as_str())
            .collect();
        for script in &words.scripts {
            let text = format!("{script:?}");
            for title in text
                .split("{article:")
                .skip(1)
                .filter_map(|rest| rest.split_once('}'))
                .map(|(title, _)| title)
            {
                assert!(titles.contains(title), "no article {title}");
            }
            assert!(
                words.shop.teams.iter().any(|team| team.name == script.team),
                "{}",
                script.team
            );
            assert!(
                script.tags.iter().all(|tag| words.shop.tags.contains(tag)),
                "{:?}",
                script.tags
            );
        }
        // Large enough that every script is played, and an unknown slot would have stopped it.
        let large = world_at(NOW, 1, Some(2_000));
        let told: BTreeSet<(String, String)> = large
            .conversations
            .values()
            .map(|talk| {
                (
                    topic(talk).to_owned(),
                    talk.custom_attributes["Sentiment"].to_string(),
                )
            })
            .collect();
        assert_eq!(
            told.len(),
            words
                .scripts
                .iter()
                .map(|script| (&script.topic, &script.mood))
                .collect::<BTreeSet<_>>()
                .len()
        );
        assert_eq!(
            (
                large.conversations.len(),
                large.contacts.len(),
                large.companies.len()
            ),
            (2_000, 533, 160)
        );
    }
}
