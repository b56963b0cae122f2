//! What came in about a conversation while it waited, or while the agent thought.

use crate::desk::Desk;
use crate::event::{Event, Message, Notification};
use std::collections::HashSet;
use store::StoreError;

/// Deliveries of one conversation that wait behind the one at work.
pub(crate) struct News<'a> {
    desk: &'a Desk,
    lane: String,
    seen: HashSet<String>,
    covered: Vec<String>,
    messages: Vec<Message>,
}

impl<'a> News<'a> {
    /// No news yet.
    pub(crate) fn new(desk: &'a Desk, lane: &str) -> Self {
        Self {
            desk,
            lane: lane.to_owned(),
            seen: HashSet::new(),
            covered: Vec::new(),
            messages: Vec::new(),
        }
    }

    /// Takes in what waits; whether anything is among it that changes what is to be done.
    pub(crate) async fn gather(&mut self) -> Result<bool, StoreError> {
        let mut changed = false;
        for delivery in self.desk.scope.waiting_in(&self.lane).await? {
            if !self.seen.insert(delivery.id.clone()) {
                continue;
            }
            let Ok(notification) = Notification::parse(delivery.body.as_bytes()) else {
                continue;
            };
            match notification.event() {
                Event::CustomerWrote(message) => {
                    self.messages.push(message);
                    changed = true;
                }
                Event::TeammateWrote(message) => {
                    changed |= message.author.as_deref() != Some(&self.desk.own);
                }
                Event::ConversationChanged(_) => changed |= delivery.topic.contains(".admin."),
                Event::Noted(_) | Event::BotWrote(_) => {}
                // These have work of their own.
                _ => continue,
            }
            self.covered.push(delivery.id);
        }
        Ok(changed)
    }

    /// What the customer wrote, as webhooks told it.
    pub(crate) fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// The deliveries that need no work of their own any more.
    pub(crate) fn covered(self) -> Vec<String> {
        self.covered
    }
}
