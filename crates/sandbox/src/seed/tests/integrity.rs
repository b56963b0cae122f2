//! Nothing in the seed contradicts anything else.

use super::*;
use crate::world::{inbox::Assignee, people::NoteOn};

#[test]
fn every_reference_leads_somewhere() {
    let world = seeded();
    let admin = |id: u64| assert!(world.admins.contains_key(&id), "admin {id}");
    for talk in world.conversations.values() {
        talk.contacts
            .iter()
            .for_each(|id| assert!(world.contacts.contains_key(id)));
        talk.company
            .iter()
            .for_each(|id| assert!(world.companies.contains_key(id)));
        talk.admin_assignee
            .iter()
            .chain(&talk.teammates)
            .for_each(|&id| admin(id));
        talk.team_assignee
            .iter()
            .for_each(|id| assert!(world.teams.contains_key(id)));
        talk.tags
            .iter()
            .for_each(|tag| assert!(world.tags.contains_key(&tag.tag)));
        talk.linked_tickets
            .iter()
            .for_each(|id| assert!(world.tickets[id].linked_conversations.contains(&talk.id)));
        for part in &talk.parts {
            match part.author {
                Author::Contact(id) => assert!(talk.contacts.contains(&id)),
                Author::Admin(id) => admin(id),
                Author::Bot(_) => {}
            }
        }
        let articles = talk.ai_agent.iter().flat_map(|agent| &agent.articles);
        articles.for_each(|id| assert!(world.articles.contains_key(id)));
    }
    for contact in world.contacts.values() {
        contact
            .companies
            .iter()
            .for_each(|id| assert!(world.companies.contains_key(id)));
        contact
            .segments
            .iter()
            .for_each(|id| assert!(world.segments.contains_key(id)));
        contact
            .subscriptions
            .iter()
            .for_each(|(id, _)| assert!(world.subscription_types.contains_key(id)));
        contact.owner_id.iter().for_each(|&id| admin(id));
    }
    for ticket in world.tickets.values() {
        assert!(
            world.ticket_types[&ticket.ticket_type]
                .states
                .contains(&ticket.state)
        );
        ticket
            .contacts
            .iter()
            .for_each(|id| assert!(world.contacts.contains_key(id)));
        ticket
            .linked_conversations
            .iter()
            .for_each(|id| assert!(world.conversations[id].linked_tickets.contains(&ticket.id)));
    }
    for note in world.notes.values() {
        match note.on {
            NoteOn::Contact(id) => assert!(world.contacts.contains_key(&id)),
            NoteOn::Company(id) => assert!(world.companies.contains_key(&id)),
        }
    }
    world
        .events
        .iter()
        .for_each(|event| assert!(world.contacts.contains_key(&event.contact)));
    world
        .articles
        .values()
        .flat_map(|article| &article.parent_ids)
        .for_each(|id| assert!(world.collections.contains_key(id)));
}

#[test]
fn figures_agree_with_the_parts() {
    for talk in seeded().conversations.values() {
        let of = |kind: &str| {
            talk.parts
                .iter()
                .filter(|part| part.kind == kind)
                .map(|part| part.created_at)
                .collect::<Vec<_>>()
        };
        let figures = &talk.statistics;
        assert_eq!(figures.first_contact_reply_at, Some(talk.created_at));
        assert_eq!(
            (
                figures.count_assignments as usize,
                figures.first_assignment_at
            ),
            (of("assignment").len(), of("assignment").first().copied())
        );
        assert_eq!(
            (figures.first_close_at, figures.last_close_at),
            (of("close").first().copied(), of("close").last().copied())
        );
        assert_eq!(figures.count_reopens as usize, of("open").len());
        let replies: Vec<Time> = talk
            .parts
            .iter()
            .filter(|part| part.kind == "comment" && matches!(part.author, Author::Admin(_)))
            .map(|part| part.created_at)
            .collect();
        assert_eq!(
            (figures.first_admin_reply_at, figures.last_admin_reply_at),
            (replies.first().copied(), replies.last().copied())
        );
        assert_eq!(figures.median_time_to_reply.is_some(), !replies.is_empty());
        assert_eq!(
            talk.updated_at,
            talk.parts
                .last()
                .map_or(talk.created_at, |part| part.created_at)
        );
        assert!(
            talk.updated_at <= NOW && talk.parts.is_sorted_by_key(|part| part.created_at),
            "{}",
            talk.id
        );
        assert_eq!(
            talk.parts.last().map_or(State::Open, |part| part.state),
            talk.state,
            "{}",
            talk.id
        );
        assert_eq!(talk.snoozed_until.is_some(), talk.state == State::Snoozed);
        assert!(talk.snoozed_until.is_none_or(|until| until > NOW));
        let assigned = talk
            .parts
            .iter()
            .rev()
            .filter_map(|part| part.assigned_to)
            .find_map(|to| {
                if let Assignee::Admin(id) = to {
                    Some(id)
                } else {
                    None
                }
            });
        assert_eq!(assigned, talk.admin_assignee);
    }
}
