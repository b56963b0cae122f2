//! The searchable fields of conversations.

use super::{Access, Record, cell::Cell};
use crate::{
    resources::conversations::{author_of, durations},
    world::{
        World,
        inbox::{AiAgent, Author, Conversation, Rating, State},
    },
};
use catalog::search::Searchable;

impl Record for Conversation {
    type Id = u64;
    const WHAT: Searchable = Searchable::Conversations;
    const PER_PAGE: usize = 20;
    const SORT: &'static str = "updated_at";

    fn id(&self) -> u64 {
        self.id
    }

    fn access(field: &str) -> Option<Access<Self>> {
        if let Some(name) = field.strip_prefix("custom_attributes.") {
            return Some(Access::Named(
                |_, conversation, name| Cell::json(conversation.custom_attributes.get(name)),
                name.to_owned(),
            ));
        }
        let read = match field.split_once('.') {
            None => own(field),
            Some(("source", rest)) => source(rest),
            Some(("statistics", rest)) => moment(rest).or_else(|| figure(rest)),
            Some(("conversation_rating", rest)) => rating(rest),
            Some(("ai_agent", rest)) => ai_agent(rest),
            Some(_) => None,
        };
        read.map(Access::Fixed)
    }
}

type Read = for<'a> fn(&'a World, &'a Conversation) -> Cell<'a>;

fn own(field: &str) -> Option<Read> {
    let read: Read = match field {
        "id" => |_, c| Cell::id(Some(c.id)),
        "title" => |_, c| Cell::text(c.title.as_deref()),
        "created_at" => |_, c| Cell::Number(c.created_at),
        "updated_at" => |_, c| Cell::Number(c.updated_at),
        "waiting_since" => |_, c| Cell::number(c.waiting_since),
        "snoozed_until" => |_, c| Cell::number(c.snoozed_until),
        "open" => |_, c| Cell::Flag(c.state != State::Closed),
        "read" => |_, c| Cell::Flag(c.read),
        "state" => |_, c| Cell::text(Some(c.state.word())),
        "priority" => |_, c| Cell::text(Some(c.priority.word())),
        "contact_ids" => |_, c| Cell::Objects(&c.contacts),
        "teammate_ids" => |_, c| Cell::Numbers(&c.teammates),
        "tag_ids" => |_, c| Cell::Tags(&c.tags),
        "admin_assignee_id" => |_, c| Cell::id(c.admin_assignee),
        "team_assignee_id" => |_, c| Cell::id(c.team_assignee),
        "channel_initiated" => |_, c| Cell::text(Some(c.source.kind)),
        "ai_agent_participated" => |_, c| Cell::Flag(c.ai_agent.is_some()),
        _ => return None,
    };
    Some(read)
}

fn source(field: &str) -> Option<Read> {
    let read: Read = match field {
        "type" => |_, c| Cell::text(Some(c.source.kind)),
        "id" => |_, c| Cell::id(Some(c.source.id)),
        "delivered_as" => |_, c| Cell::text(Some(c.source.delivered_as)),
        "subject" => |_, c| Cell::text(Some(&c.source.subject)),
        "body" => |_, c| Cell::Html(&c.source.body),
        "url" => |_, c| Cell::text(c.source.url.as_deref()),
        "author.id" => |world, c| match c.source.author {
            Author::Contact(id) => Cell::made(&id),
            Author::Admin(id) => Cell::id(Some(id)),
            Author::Bot(_) => Cell::id(Some(world.workspace.bot_id)),
        },
        "author.type" => |world, c| Cell::text(Some(author_of(world, c.source.author).kind)),
        "author.name" => |world, c| {
            Cell::made(
                author_of(world, c.source.author)
                    .name
                    .as_deref()
                    .unwrap_or_default(),
            )
        },
        "author.email" => |world, c| {
            Cell::made(
                author_of(world, c.source.author)
                    .email
                    .as_deref()
                    .unwrap_or_default(),
            )
        },
        _ => return None,
    };
    Some(read)
}

fn moment(field: &str) -> Option<Read> {
    let read: Read = match field {
        "first_contact_reply_at" => |_, c| Cell::number(c.statistics.first_contact_reply_at),
        "first_assignment_at" => |_, c| Cell::number(c.statistics.first_assignment_at),
        "first_admin_reply_at" => |_, c| Cell::number(c.statistics.first_admin_reply_at),
        "first_close_at" => |_, c| Cell::number(c.statistics.first_close_at),
        "last_assignment_at" => |_, c| Cell::number(c.statistics.last_assignment_at),
        "last_assignment_admin_reply_at" => {
            |_, c| Cell::number(c.statistics.last_assignment_admin_reply_at)
        }
        "last_contact_reply_at" => |_, c| Cell::number(c.statistics.last_contact_reply_at),
        "last_admin_reply_at" => |_, c| Cell::number(c.statistics.last_admin_reply_at),
        "last_close_at" => |_, c| Cell::number(c.statistics.last_close_at),
        _ => return None,
    };
    Some(read)
}

fn figure(field: &str) -> Option<Read> {
    let read: Read = match field {
        "last_closed_by_id" => |_, c| Cell::id(c.statistics.last_closed_by),
        "time_to_assignment" => |_, c| Cell::number(durations(c).assignment),
        "time_to_admin_reply" => |_, c| Cell::number(durations(c).admin_reply),
        "time_to_first_close" => |_, c| Cell::number(durations(c).first_close),
        "time_to_last_close" => |_, c| Cell::number(durations(c).last_close),
        "median_time_to_reply" => |_, c| Cell::number(c.statistics.median_time_to_reply),
        "count_reopens" => |_, c| Cell::Number(c.statistics.count_reopens.into()),
        "count_assignments" => |_, c| Cell::Number(c.statistics.count_assignments.into()),
        "count_conversation_parts" => {
            |_, c| Cell::Number(i64::try_from(c.parts.len()).unwrap_or(i64::MAX))
        }
        _ => return None,
    };
    Some(read)
}

fn rating(field: &str) -> Option<Read> {
    fn of<'a>(conversation: &'a Conversation, read: fn(&'a Rating) -> Cell<'a>) -> Cell<'a> {
        conversation.rating.as_deref().map_or(Cell::Unset, read)
    }
    let read: Read = match field {
        "score" => |_, c| of(c, |rating| Cell::number(rating.score)),
        "remark" => |_, c| of(c, |rating| Cell::text(rating.remark.as_deref())),
        "contact_id" => |_, c| of(c, |rating| Cell::made(&rating.contact)),
        "admin_id" | "admin_d" => |_, c| of(c, |rating| Cell::id(rating.admin)),
        "requested_at" => |_, c| of(c, |rating| Cell::Number(rating.requested_at)),
        "replied_at" => |_, c| of(c, |rating| Cell::number(rating.replied_at)),
        _ => return None,
    };
    Some(read)
}

fn ai_agent(field: &str) -> Option<Read> {
    fn of<'a>(conversation: &'a Conversation, read: fn(&'a AiAgent) -> Cell<'a>) -> Cell<'a> {
        conversation.ai_agent.as_deref().map_or(Cell::Unset, read)
    }
    let read: Read = match field {
        "resolution_state" => |_, c| of(c, |agent| Cell::text(Some(agent.resolution_state))),
        "last_answer_type" => |_, c| of(c, |agent| Cell::text(Some(agent.last_answer_type))),
        "rating" => |_, c| of(c, |agent| Cell::number(agent.rating)),
        "rating_remark" => |_, c| of(c, |agent| Cell::text(agent.rating_remark.as_deref())),
        "source_type" => |_, c| of(c, |_| Cell::text(Some("workflow"))),
        "source_title" => |_, c| of(c, |agent| Cell::text(Some(&agent.source_title))),
        _ => return None,
    };
    Some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_the_catalog_can_be_read() {
        for field in Searchable::Conversations.field_names() {
            assert!(Conversation::access(field).is_some(), "{field}");
        }
    }
}
