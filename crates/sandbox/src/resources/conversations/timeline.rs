//! What happens to a conversation when something is added to it: state, waiting, figures, snoozes.

use super::render::notice;
use crate::world::{
    Attributes, Time, World,
    inbox::{Assignee, Attachment, Author, Conversation, Part, State},
};

/// A part that is to be added.
#[derive(Debug)]
pub(crate) struct Entry {
    pub kind: &'static str,
    pub author: Author,
    pub body: Option<String>,
    pub attachments: Vec<Attachment>,
    pub reply_options: Vec<(String, String)>,
    pub at: Time,
    pub moment: Moment,
}

/// What the part means for its conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// A contact wrote: waits for an answer, and opens again what was closed.
    ContactReply,
    /// An admin or the bot wrote to the contact: nobody waits any more.
    Reply,
    /// An internal note.
    Note,
    Close,
    Snooze(Time),
    Open,
    Assign(Assignee),
    /// Told in the history, nothing more.
    Mention,
}

impl Entry {
    /// A part without words.
    pub(crate) fn silent(kind: &'static str, author: Author, at: Time, moment: Moment) -> Self {
        Self {
            kind,
            author,
            body: None,
            attachments: Vec::new(),
            reply_options: Vec::new(),
            at,
            moment,
        }
    }
}

/// Adds a part to a conversation, with all that follows from it, and tells the part's id.
pub(crate) fn append(world: &mut World, id: u64, entry: Entry) -> Option<u64> {
    let part_id = world.ids.part();
    let snoozes = &mut world.snoozes;
    let conversation = world.conversations.get_mut(&id)?;
    if let Some(until) = conversation.snoozed_until {
        snoozes.remove(&(until, id));
    }
    let kind = conversation.take_in(&entry);
    if let Some(until) = conversation.snoozed_until {
        snoozes.insert((until, id));
    }
    conversation.parts.push(Part {
        id: part_id,
        kind,
        body: entry.body.map(String::into_boxed_str),
        created_at: entry.at,
        author: entry.author,
        assigned_to: if let Moment::Assign(assignee) = entry.moment {
            Some(assignee)
        } else {
            None
        },
        attachments: entry.attachments,
        redacted: false,
        state: conversation.state,
        tags: Vec::new(),
        by_app: !matches!(entry.author, Author::Bot(_)),
        reply_options: entry.reply_options,
        event_details: None::<Box<Attributes>>,
    });
    touch_people(world, id, entry.author, entry.moment, entry.at);
    Some(part_id)
}

impl Conversation {
    /// Changes the conversation as the moment asks, and tells the kind of the part.
    fn take_in(&mut self, entry: &Entry) -> &'static str {
        let at = entry.at;
        self.updated_at = self.updated_at.max(at);
        if let Author::Admin(admin) = entry.author
            && !self.teammates.contains(&admin)
        {
            self.teammates.push(admin);
        }
        match entry.moment {
            Moment::ContactReply => return self.contact_wrote(entry.kind, at),
            Moment::Reply => self.admin_wrote(at),
            Moment::Note => return self.noted(entry),
            Moment::Close => self.close(entry.author, at),
            Moment::Snooze(until) => {
                self.state = State::Snoozed;
                self.snoozed_until = Some(until);
            }
            Moment::Open => self.open(),
            Moment::Assign(assignee) => self.assign(assignee, at),
            Moment::Mention => {}
        }
        entry.kind
    }

    fn contact_wrote(&mut self, kind: &'static str, at: Time) -> &'static str {
        let asleep = self.state != State::Open;
        self.open();
        self.read = false;
        self.waiting_since = Some(at);
        self.statistics.first_contact_reply_at.get_or_insert(at);
        self.statistics.last_contact_reply_at = Some(at);
        if asleep { "open" } else { kind }
    }

    fn admin_wrote(&mut self, at: Time) {
        if let Some(since) = self.waiting_since.take() {
            let waited = at - since;
            let before = self.statistics.median_time_to_reply;
            self.statistics.median_time_to_reply =
                Some(before.map_or(waited, |median| i64::midpoint(median, waited)));
        }
        self.read = true;
        let statistics = &mut self.statistics;
        statistics.first_admin_reply_at.get_or_insert(at);
        statistics.last_admin_reply_at = Some(at);
        if statistics.last_assignment_at.is_some() {
            statistics.last_assignment_admin_reply_at = Some(at);
        }
    }

    /// A note on a snoozed conversation of another admin wakes it.
    fn noted(&mut self, entry: &Entry) -> &'static str {
        let others = self
            .admin_assignee
            .is_some_and(|assignee| entry.author != Author::Admin(assignee));
        if self.state == State::Snoozed && others {
            self.open();
            return "note_and_unsnooze";
        }
        entry.kind
    }

    fn open(&mut self) {
        if self.state == State::Closed {
            self.statistics.count_reopens += 1;
        }
        self.state = State::Open;
        self.snoozed_until = None;
    }

    fn close(&mut self, by: Author, at: Time) {
        self.state = State::Closed;
        self.snoozed_until = None;
        self.waiting_since = None;
        self.statistics.first_close_at.get_or_insert(at);
        self.statistics.last_close_at = Some(at);
        self.statistics.last_closed_by = if let Author::Admin(id) = by {
            Some(id)
        } else {
            None
        };
        self.statistics
            .handling_time
            .get_or_insert(at - self.created_at);
    }

    fn assign(&mut self, assignee: Assignee, at: Time) {
        match assignee {
            Assignee::Admin(id) => self.admin_assignee = Some(id),
            Assignee::Team(id) => self.team_assignee = Some(id),
            Assignee::Nobody => return,
        }
        self.statistics.first_assignment_at.get_or_insert(at);
        self.statistics.last_assignment_at = Some(at);
        self.statistics.count_assignments += 1;
    }
}

fn touch_people(world: &mut World, id: u64, author: Author, moment: Moment, at: Time) {
    match (moment, author) {
        (Moment::ContactReply, Author::Contact(contact)) => {
            if let Some(contact) = world.contacts.get_mut(&contact) {
                contact.last_replied_at = contact.last_replied_at.max(Some(at));
                contact.last_seen_at = contact.last_seen_at.max(Some(at));
            }
        }
        (Moment::Reply, _) => {
            let contacts = world
                .conversations
                .get(&id)
                .map(|conversation| conversation.contacts.clone())
                .unwrap_or_default();
            for contact in contacts {
                if let Some(contact) = world.contacts.get_mut(&contact) {
                    contact.last_contacted_at = contact.last_contacted_at.max(Some(at));
                }
            }
        }
        _ => {}
    }
}

impl World {
    /// Lets happen what the clock has made due: snoozed conversations wake.
    pub(crate) fn tick(&mut self) {
        crate::resources::content::settle(self);
        let now = self.now();
        while let Some(&(until, id)) = self.snoozes.first().filter(|(until, _)| *until <= now) {
            self.snoozes.pop_first();
            let entry = Entry::silent("timer_unsnooze", Author::Bot(false), until, Moment::Open);
            if let Some(part) = append(self, id, entry) {
                self.tell_conversation("conversation.admin.unsnoozed", id, part);
            }
        }
    }

    /// Queues a webhook about a conversation and the part that set it off.
    pub(crate) fn tell_conversation(&mut self, topic: &'static str, id: u64, part: u64) {
        if self.conversations.contains_key(&id) {
            self.emit(topic, |world| {
                notice(world, &world.conversations[&id], &[part])
            });
        }
    }
}
