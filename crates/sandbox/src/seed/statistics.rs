//! The figures of a conversation, counted from its parts.

use crate::world::{
    Time,
    inbox::{Author, Conversation, Part, Priority, Sla, Statistics},
};

const HOUR: Time = 3600;

/// Counts the figures.
pub(super) fn of(talk: &Conversation) -> Statistics {
    let mut figures = Statistics::default();
    if let Author::Contact(_) = talk.source.author {
        figures.first_contact_reply_at = Some(talk.created_at);
        figures.last_contact_reply_at = Some(talk.created_at);
    }
    let mut asked = figures.last_contact_reply_at;
    let (mut waits, mut handled) = (Vec::new(), 0);
    for part in &talk.parts {
        let at = part.created_at;
        match kind(part) {
            Kind::ContactReply => {
                figures.first_contact_reply_at.get_or_insert(at);
                figures.last_contact_reply_at = Some(at);
                asked = asked.or(Some(at));
                figures.count_reopens += u32::from(part.kind == "open");
            }
            Kind::AdminReply => {
                figures.first_admin_reply_at.get_or_insert(at);
                figures.last_admin_reply_at = Some(at);
                if figures.last_assignment_at.is_some()
                    && figures.last_assignment_admin_reply_at.is_none()
                {
                    figures.last_assignment_admin_reply_at = Some(at);
                }
                handled += 180;
                waits.extend(asked.take().map(|since| at - since));
            }
            Kind::Note => handled += 60,
            Kind::Assignment => {
                figures.first_assignment_at.get_or_insert(at);
                figures.last_assignment_at = Some(at);
                figures.last_assignment_admin_reply_at = None;
                figures.count_assignments += 1;
            }
            Kind::Close(by) => {
                figures.first_close_at.get_or_insert(at);
                figures.last_close_at = Some(at);
                figures.last_closed_by = by;
            }
            Kind::Other => {}
        }
    }
    figures.median_time_to_reply = median(waits);
    figures.handling_time = (handled > 0).then_some(handled);
    figures
}

/// The service level of a conversation and whether it was kept: the first answer of a person counts.
pub(super) fn sla(talk: &Conversation, plan: &str, now: Time) -> Option<Sla> {
    let (name, limit) = match (plan, talk.priority) {
        ("fleet", _) => ("Fleet: first answer in 2 hours", 2 * HOUR),
        (_, Priority::Urgent) => ("Urgent: first answer in 1 hour", HOUR),
        ("pro", _) => ("Pro: first answer in 4 hours", 4 * HOUR),
        (_, Priority::High | Priority::Medium) => ("High: first answer in 1 day", 24 * HOUR),
        _ => return None,
    };
    let status = match talk.statistics.first_admin_reply_at {
        Some(at) if at - talk.created_at <= limit => "hit",
        None if talk.statistics.last_close_at.is_some() => "cancelled",
        None if now - talk.created_at <= limit => "active",
        _ => "missed",
    };
    Some(Sla {
        name: name.into(),
        status,
    })
}

enum Kind {
    ContactReply,
    AdminReply,
    Note,
    Assignment,
    Close(Option<u64>),
    Other,
}

fn kind(part: &Part) -> Kind {
    match (part.kind, part.author) {
        ("comment" | "open", Author::Contact(_)) => Kind::ContactReply,
        ("comment", Author::Admin(_)) => Kind::AdminReply,
        ("note", _) => Kind::Note,
        ("assignment", _) => Kind::Assignment,
        ("close", Author::Admin(id)) => Kind::Close(Some(id)),
        ("close", _) => Kind::Close(None),
        _ => Kind::Other,
    }
}

fn median(mut waits: Vec<Time>) -> Option<Time> {
    waits.sort_unstable();
    waits.get(waits.len() / 2).copied()
}
