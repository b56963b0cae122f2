//! Nothing in the seed contradicts anything else.

use super::*;
use crate::world::{
    inbox::{Assignee, Part},
    people::NoteOn,
};
use std::collections::BTreeMap;

/// Every id is a key of the map.
fn known<'a, K: Ord + std::fmt::Debug + 'a, V>(
    map: &BTreeMap<K, V>,
    ids: impl IntoIterator<Item = &'a K>,
) {
    for id in ids {
        assert!(map.contains_key(id), "nothing has the id {id:?}");
    }
}

#[test]
fn what_conversations_refer_to_exists() {
    for world in seeded() {
        for talk in world.conversations.values() {
            known(&world.contacts, &talk.contacts);
            known(&world.companies, &talk.company);
            known(
                &world.admins,
                talk.admin_assignee.iter().chain(&talk.teammates),
            );
            known(&world.teams, &talk.team_assignee);
            known(&world.tags, talk.tags.iter().map(|applied| &applied.tag));
            known(&world.tickets, &talk.linked_tickets);
            known(
                &world.articles,
                talk.ai_agent.iter().flat_map(|agent| &agent.articles),
            );
            for part in &talk.parts {
                match part.author {
                    Author::Contact(id) => assert!(talk.contacts.contains(&id)),
                    Author::Admin(id) => known(&world.admins, [&id]),
                    Author::Bot(_) => {}
                }
            }
            for id in &talk.linked_tickets {
                assert!(world.tickets[id].linked_conversations.contains(&talk.id));
            }
        }
        let asleep = world
            .conversations
            .values()
            .filter_map(|talk| Some((talk.snoozed_until?, talk.id)));
        assert_eq!(asleep.collect::<BTreeSet<_>>(), world.snoozes);
    }
}

#[test]
fn what_everything_else_refers_to_exists() {
    for world in seeded() {
        for company in world.companies.values() {
            known(&world.segments, &company.segments);
            known(&world.tags, company.tags.iter().map(|applied| &applied.tag));
        }
        for contact in world.contacts.values() {
            known(&world.companies, &contact.companies);
            known(&world.segments, &contact.segments);
            known(
                &world.subscription_types,
                contact.subscriptions.iter().map(|(id, _)| id),
            );
            known(&world.admins, &contact.owner_id);
            known(&world.tags, contact.tags.iter().map(|applied| &applied.tag));
        }
        for ticket in world.tickets.values() {
            assert!(
                world.ticket_types[&ticket.ticket_type]
                    .states
                    .contains(&ticket.state)
            );
            known(&world.contacts, &ticket.contacts);
            for id in &ticket.linked_conversations {
                assert!(world.conversations[id].linked_tickets.contains(&ticket.id));
            }
        }
        for note in world.notes.values() {
            known(&world.admins, [&note.author]);
            match note.on {
                NoteOn::Contact(id) => known(&world.contacts, [&id]),
                NoteOn::Company(id) => known(&world.companies, [&id]),
            }
        }
        for team in world.teams.values() {
            known(&world.admins, &team.admin_ids);
            assert!(
                team.admin_ids
                    .iter()
                    .all(|id| world.admins[id].team_ids.contains(&team.id))
            );
        }
        known(
            &world.contacts,
            world.events.iter().map(|event| &event.contact),
        );
        known(
            &world.collections,
            world
                .articles
                .values()
                .flat_map(|article| &article.parent_ids),
        );
    }
}

#[test]
fn people_were_there_before_they_wrote() {
    for world in seeded() {
        for talk in world.conversations.values() {
            let contact = &world.contacts[&talk.contacts[0]];
            assert!(contact.created_at < talk.created_at, "{}", talk.id);
            assert!(contact.last_replied_at >= talk.statistics.last_contact_reply_at);
            assert!(contact.last_seen_at >= contact.last_replied_at);
        }
    }
}

fn times(talk: &Conversation, fits: impl Fn(&Part) -> bool) -> (usize, Option<Time>, Option<Time>) {
    let times: Vec<Time> = talk
        .parts
        .iter()
        .filter(|part| fits(part))
        .map(|part| part.created_at)
        .collect();
    (times.len(), times.first().copied(), times.last().copied())
}

#[test]
fn figures_agree_with_the_parts() {
    for talk in seeded().flat_map(|world| world.conversations.into_values()) {
        let figures = &talk.statistics;
        assert_eq!(figures.first_contact_reply_at, Some(talk.created_at));
        let assigned = times(&talk, |part| part.kind == "assignment");
        let told = (
            figures.count_assignments as usize,
            figures.first_assignment_at,
            figures.last_assignment_at,
        );
        assert_eq!(told, assigned);
        let (closes, first, last) = times(&talk, |part| part.kind == "close");
        assert_eq!(
            (figures.first_close_at, figures.last_close_at),
            (first, last)
        );
        assert!(closes > 0 || talk.state != State::Closed);
        assert_eq!(
            figures.count_reopens as usize,
            times(&talk, |part| part.kind == "open").0
        );
        let (replies, first, last) = times(&talk, |part| {
            part.kind == "comment" && matches!(part.author, Author::Admin(_))
        });
        assert_eq!(
            (figures.first_admin_reply_at, figures.last_admin_reply_at),
            (first, last)
        );
        assert_eq!(figures.median_time_to_reply.is_some(), replies > 0);
    }
}

#[test]
fn states_agree_with_the_parts() {
    for talk in seeded().flat_map(|world| world.conversations.into_values()) {
        let id = talk.id;
        let last = talk.parts.last();
        assert_eq!(
            talk.updated_at,
            last.map_or(talk.created_at, |part| part.created_at),
            "{id}"
        );
        assert_eq!(
            talk.state,
            last.map_or(State::Open, |part| part.state),
            "{id}"
        );
        assert!(
            talk.parts.is_sorted_by_key(|part| part.created_at) && talk.updated_at <= NOW,
            "{id}"
        );
        assert_eq!(
            talk.snoozed_until.is_some(),
            talk.state == State::Snoozed,
            "{id}"
        );
        assert!(talk.snoozed_until.is_none_or(|until| until > NOW), "{id}");
        let assigned = talk
            .parts
            .iter()
            .rev()
            .find_map(|part| match part.assigned_to {
                Some(Assignee::Admin(id)) => Some(id),
                _ => None,
            });
        assert_eq!(assigned, talk.admin_assignee, "{id}");
    }
}
