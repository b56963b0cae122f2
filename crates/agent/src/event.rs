//! What a webhook says. Both serializations are read: HTML or plain text, times as Unix seconds or as ISO 8601.
//!
//! Whether somebody spoke is decided by author and body, not by the kind of the part: a reply that also assigns comes as
//! `assignment`, and one that reopens as `open`.

mod topics;

use crate::{approval, reach};
use serde_json::{Value, json};
use store::{NewDelivery, StoreError, TenantScope};

/// How the topics of our own begin.
const OWN: &str = "frontdesk.";
/// The topic of turns that a person wants.
const ASKED: &str = "frontdesk.run";

/// A webhook whose envelope was read.
#[derive(Clone, Debug)]
pub struct Notification {
    /// Intercom's id of it; none for a ping.
    pub id: Option<String>,
    /// What it is about, such as `conversation.user.replied`.
    pub topic: String,
    /// The workspace, as it stands in the signed text.
    pub workspace: String,
    /// When it happened, in seconds since 1970.
    pub created_at: Option<i64>,
    item: Value,
}

/// Why a body is no webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a webhook of Intercom: {0}")]
pub struct NotAWebhook(&'static str);

/// What happened.
#[derive(Clone, PartialEq, Eq)]
pub enum Event {
    /// A customer wrote: the only thing that begins a turn.
    CustomerWrote(Message),
    /// Someone of the team wrote to the customer, or the agent itself.
    TeammateWrote(Message),
    /// A note that only the team sees.
    Noted(Message),
    /// Fin or another bot wrote.
    BotWrote(Message),
    /// Someone wrote on a ticket.
    TicketWrote(Message, Author),
    /// A conversation was rated.
    Rated {
        /// The conversation.
        conversation: String,
        /// 1 to 5.
        score: i64,
    },
    /// Something else about a conversation.
    ConversationChanged(String),
    /// An article was written, changed, published or taken away, or a snippet: then its id begins with `snippet:`.
    ArticleChanged(String),
    /// A person said yes to what the agent asked: work of our own, as the next two.
    Approved(String),
    /// A message that the agent writes first.
    Reach {
        /// The approval of its batch.
        approval: String,
        /// The contact.
        contact: String,
    },
    /// A person wants a turn on this conversation now.
    Asked(String),
    /// Something else that is known.
    Other,
    /// Intercom tries the address.
    Ping,
    /// A topic that this version does not know.
    Unknown,
}

/// Who wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// A contact: user, lead or visitor.
    Customer,
    /// A person of the team, or an app that acts as one.
    Teammate,
    /// Fin, or the operator.
    Bot,
}

/// Words of somebody.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The conversation, or the ticket.
    pub conversation: String,
    /// The part's id, or the first message's.
    pub id: Option<String>,
    /// Whose.
    pub author: Option<String>,
    /// The words as Markdown.
    pub text: String,
    /// When, in seconds since 1970.
    pub at: Option<i64>,
}

impl Notification {
    /// Reads a body whose signature was checked.
    pub fn parse(body: &[u8]) -> Result<Self, NotAWebhook> {
        let mut body: Value = serde_json::from_slice(body).map_err(|_| NotAWebhook("no JSON"))?;
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(Self {
            id: text("id").filter(|id| !id.is_empty()),
            topic: text("topic").ok_or(NotAWebhook("`topic` is missing"))?,
            workspace: text("app_id").ok_or(NotAWebhook("`app_id` is missing"))?,
            created_at: body.get("created_at").and_then(moment),
            item: body
                .pointer_mut("/data/item")
                .map_or(Value::Null, Value::take),
        })
    }

    /// The conversation or ticket that it is about, whose notifications are worked on one after the other.
    pub fn conversation(&self) -> Option<String> {
        let item = &self.item;
        let of = |kind: &str| self.topic.starts_with(kind);
        if of("ticket.") {
            return id_at(item, "/ticket/id").or_else(|| id_at(item, "/id"));
        }
        if !of("conversation.") && !of("conversation_part.") {
            return None;
        }
        // The whole conversation; its tag or contact beside it; nothing but its id.
        id_at(item, "/conversation/model/id")
            .or_else(|| id_at(item, "/conversation/id"))
            .or_else(|| id_at(item, "/conversation_id"))
            .or_else(|| id_at(item, "/id"))
    }

    /// What happened.
    pub fn event(&self) -> Event {
        let topic = self.topic.as_str();
        if topic == "ping" {
            return Event::Ping;
        }
        if is_own(topic) {
            return self.own();
        }
        if !topics::is_known(topic) {
            return Event::Unknown;
        }
        let Some(conversation) = self.conversation() else {
            return match topic.split_once('.') {
                Some(("article", _)) => {
                    id_at(&self.item, "/id").map_or(Event::Other, Event::ArticleChanged)
                }
                Some(("content_snippet", _)) => id_at(&self.item, "/id")
                    .map_or(Event::Other, |id| {
                        Event::ArticleChanged(format!("snippet:{id}"))
                    }),
                _ => Event::Other,
            };
        };
        if topics::may_carry_words(topic)
            && let Some(event) = self.words(&conversation)
        {
            return event;
        }
        if topic == "conversation.rating.added" {
            let rating = &self.item["conversation_rating"];
            let score = rating.get("rating").or_else(|| rating.get("score"));
            if let Some(score) = score.and_then(Value::as_i64) {
                return Event::Rated {
                    conversation,
                    score,
                };
            }
        }
        Event::ConversationChanged(conversation)
    }

    /// Reads a body that came from outside, where nobody gives us our own work.
    pub fn received(body: &[u8]) -> Result<Self, NotAWebhook> {
        let read = Self::parse(body)?;
        if is_own(&read.topic) {
            return Err(NotAWebhook("`topic` is none of Intercom's"));
        }
        Ok(read)
    }

    fn own(&self) -> Event {
        let text = |name: &str| id_at(&self.item, name);
        let event = match self.topic.as_str() {
            approval::TOPIC => text("/id").map(Event::Approved),
            ASKED => text("/id").map(Event::Asked),
            reach::TOPIC => text("/approval")
                .zip(text("/contact"))
                .map(|(approval, contact)| Event::Reach { approval, contact }),
            _ => None,
        };
        event.unwrap_or(Event::Other)
    }

    /// The newest words that it tells of.
    fn words(&self, conversation: &str) -> Option<Event> {
        let item = &self.item;
        if self.topic.starts_with("ticket.") {
            let part = item.get("ticket_part")?;
            let (message, author) = said(conversation, part)?;
            return Some(Event::TicketWrote(message, author));
        }
        let parts = item.pointer("/conversation_parts/conversation_parts");
        let parts = parts
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        let source = (parts.is_empty() && topics::begins(&self.topic))
            .then(|| item.get("source"))
            .flatten();
        let newest = parts
            .iter()
            .chain(source)
            .rfind(|part| says_something(part))?;
        let (message, author) = said(conversation, newest)?;
        let is_note = newest
            .get("part_type")
            .and_then(Value::as_str)
            .is_some_and(|kind| kind.starts_with("note"));
        Some(match author {
            Author::Customer => Event::CustomerWrote(message),
            Author::Teammate if is_note => Event::Noted(message),
            Author::Teammate => Event::TeammateWrote(message),
            Author::Bot => Event::BotWrote(message),
        })
    }
}

impl std::fmt::Debug for Message {
    /// Without the words: they belong in no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes in {}", self.text.len(), self.conversation)
    }
}

impl Event {
    /// Its kind in a word, for logs and counters.
    pub fn word(&self) -> &'static str {
        match self {
            Self::CustomerWrote(_) => "customer_wrote",
            Self::TeammateWrote(_) => "teammate_wrote",
            Self::Noted(_) => "noted",
            Self::BotWrote(_) => "bot_wrote",
            Self::TicketWrote(..) => "ticket_wrote",
            Self::Rated { .. } => "rated",
            Self::ConversationChanged(_) => "conversation_changed",
            Self::ArticleChanged(_) => "article_changed",
            Self::Approved(_) => "approved",
            Self::Reach { .. } => "reach",
            Self::Asked(_) => "asked",
            Self::Other => "other",
            Self::Ping => "ping",
            Self::Unknown => "unknown_topic",
        }
    }
}

/// Whether a topic is one of our own.
pub(crate) fn is_own(topic: &str) -> bool {
    topic.starts_with(OWN)
}

/// Work of our own for the queue, once for each name.
pub(crate) fn own_delivery(
    workspace: &str,
    (topic, name): (&str, &str),
    lane: &str,
    item: &Value,
) -> NewDelivery {
    let now = store::now();
    let body = json!({"type": "notification_event", "app_id": workspace, "id": name, "topic": topic,
        "data": {"item": item}});
    NewDelivery {
        app_id: workspace.to_owned(),
        notification_id: name.to_owned(),
        topic: topic.to_owned(),
        lane: lane.to_owned(),
        body: body.to_string(),
        received_at: now,
        due_at: now,
    }
}

/// Has a turn run on a conversation as soon as a worker is free, even though nobody wrote; the delivery's name.
pub async fn ask_turn(
    scope: &TenantScope,
    workspace: &str,
    conversation: &str,
) -> Result<String, StoreError> {
    let name = format!("run:{}", store::new_id());
    let item = json!({"id": conversation});
    let delivery = own_delivery(workspace, (ASKED, &name), conversation, &item);
    scope.receive(delivery).await?;
    Ok(name)
}

/// Whether a part has words or a file, and was not deleted.
pub(crate) fn says_something(part: &Value) -> bool {
    let filled = |name: &str| match part.get(name) {
        Some(Value::String(text)) => !text.trim().is_empty(),
        Some(Value::Array(list)) => !list.is_empty(),
        _ => false,
    };
    let redacted = part.get("redacted").and_then(Value::as_bool) == Some(true);
    !redacted && (filled("body") || filled("attachments"))
}

/// Who wrote a part; leads and visitors are customers too.
pub(crate) fn author_of(part: &Value) -> Option<Author> {
    match part.pointer("/author/type")?.as_str()? {
        "user" | "lead" | "contact" | "visitor" => Some(Author::Customer),
        "admin" | "team" => Some(Author::Teammate),
        "bot" => Some(Author::Bot),
        _ => None,
    }
}

/// The words of a part, or what stands for them.
pub(crate) fn text_of(part: &Value) -> String {
    let body = part.get("body").and_then(Value::as_str).unwrap_or_default();
    let text = gateway::message_text(body);
    if text.is_empty() {
        "[attachment]".into()
    } else {
        text
    }
}

/// A moment in seconds since 1970, as a number, digits, or ISO 8601.
pub(crate) fn moment(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok().or_else(|| {
            let moment: jiff::Timestamp = text.parse().ok()?;
            Some(moment.as_second())
        }),
        _ => None,
    }
}

/// An id, as text or as number.
pub(crate) fn id_at(value: &Value, pointer: &str) -> Option<String> {
    match value.pointer(pointer)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn said(conversation: &str, part: &Value) -> Option<(Message, Author)> {
    let message = Message {
        conversation: conversation.to_owned(),
        id: id_at(part, "/id"),
        author: id_at(part, "/author/id"),
        text: text_of(part),
        at: part.get("created_at").and_then(moment),
    };
    Some((message, author_of(part)?))
}

#[cfg(test)]
mod tests;
