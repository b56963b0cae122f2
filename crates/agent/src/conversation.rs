//! A conversation as the turn reads it: typed, from the raw object, whatever was said in it.

use crate::event::{Author, Message, author_of, id_at, moment, says_something, text_of};
use crate::settings::ESCALATED;
use crate::{Person, Said, Speaker, View};
use serde_json::Value;

/// A conversation with everything that was said.
#[derive(Clone, Debug, Default)]
pub struct Conversation {
    /// Its id.
    pub id: String,
    /// The contact who began it.
    pub contact: Option<String>,
    /// Its tags' names, in lower case.
    pub tags: Vec<String>,
    /// The teammate who has it.
    pub admin: Option<String>,
    /// Whether it is closed.
    pub closed: bool,
    /// What was said, oldest first.
    pub lines: Vec<Line>,
}

/// Something that was said, or the end of a conversation.
#[derive(Clone)]
pub struct Line {
    /// The part's id, or `source` for the first message.
    pub id: String,
    /// Who.
    pub who: Who,
    /// What kind of line.
    pub kind: Kind,
    /// The words as Markdown.
    pub text: String,
    /// When, in seconds since 1970.
    pub at: i64,
}

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The customer.
    Customer,
    /// This agent.
    Own,
    /// A person of the team.
    Human,
    /// Fin, where it answered.
    Answerer,
    /// A bot that says the same to everyone.
    Bot,
}

/// What kind of line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words for the customer, or of the customer.
    Comment,
    /// A note that only the team sees.
    Note,
    /// The conversation was closed.
    Close,
}

/// Why the agent says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// The customer's last words were answered already.
    Answered,
    /// A human has it.
    Human,
    /// It was handed to a human.
    Escalated,
    /// It was closed.
    Closed,
}

impl Silence {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Answered => "answered_already",
            Self::Human => "human_present",
            Self::Escalated => "escalated_before",
            Self::Closed => "closed",
        }
    }
}

impl std::fmt::Debug for Line {
    /// Without the words: they belong in no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { id, who, kind, .. } = self;
        write!(f, "{kind:?} {id} of {who:?}")
    }
}

impl Conversation {
    /// Reads the raw object, of a ticket too; `own` is the admin that the agent acts as.
    pub fn read(raw: &Value, own: &str) -> Self {
        let parts = raw.pointer("/conversation_parts/conversation_parts");
        let parts = parts.or_else(|| raw.pointer("/ticket_parts/ticket_parts"));
        let parts = parts.and_then(Value::as_array).into_iter().flatten();
        let mut lines: Vec<Line> = parts.filter_map(|part| line(part, own)).collect();
        lines.sort_by_key(|line| line.at);
        if let Some(source) = raw.get("source").filter(|source| says_something(source)) {
            let at = raw.get("created_at").and_then(moment).unwrap_or_default();
            lines.insert(0, first(source, own, at));
        }
        let tags = raw.pointer("/tags/tags").and_then(Value::as_array);
        let names = tags
            .into_iter()
            .flatten()
            .filter_map(|tag| tag["name"].as_str());
        Self {
            id: id_at(raw, "/id").unwrap_or_default(),
            contact: id_at(raw, "/contacts/contacts/0/id"),
            tags: names.map(str::to_lowercase).collect(),
            admin: id_at(raw, "/admin_assignee_id").filter(|id| id != "0"),
            closed: raw.get("state").and_then(Value::as_str) == Some("closed"),
            lines,
        }
    }

    /// Adds what webhooks told and the object does not show yet.
    pub fn add(&mut self, messages: &[Message]) {
        for message in messages {
            let Some(id) = &message.id else { continue };
            let known = |line: &Line| {
                line.id == *id || line.who == Who::Customer && line.text == message.text
            };
            if !self.lines.iter().any(known) {
                self.lines.push(Line {
                    id: id.clone(),
                    who: Who::Customer,
                    kind: Kind::Comment,
                    text: message.text.clone(),
                    at: message.at.unwrap_or_default(),
                });
            }
        }
        self.lines.sort_by_key(|line| line.at);
    }

    /// Why the agent notes nothing on a ticket, where humans are always at work.
    pub fn noted(&self) -> Option<Silence> {
        self.awaiting().is_none().then_some(Silence::Answered)
    }

    /// Why the agent is to say nothing; none when the customer waits for it.
    pub fn silence(&self, own: &str) -> Option<Silence> {
        let since_close = self.since_close();
        let spoke = |who: Who| {
            let comments = since_close.iter().filter(|line| line.kind == Kind::Comment);
            comments.filter(|line| line.who == who).count() > 0
        };
        if self.closed {
            return Some(Silence::Closed);
        }
        let handed_over = self.tags.iter().any(|tag| tag == ESCALATED);
        let answered_since = since_close.iter().any(|line| line.who == Who::Own);
        if handed_over && (answered_since || since_close.len() == self.lines.len()) {
            return Some(Silence::Escalated);
        }
        if spoke(Who::Human) || self.admin.as_ref().is_some_and(|admin| admin != own) {
            return Some(Silence::Human);
        }
        self.awaiting().is_none().then_some(Silence::Answered)
    }

    /// The customer's last words, when nobody has answered them.
    pub fn awaiting(&self) -> Option<&Line> {
        let mut comments = self.lines.iter().rev();
        comments
            .find(|line| match line.kind {
                Kind::Comment => line.who != Who::Bot,
                // A draft of the agent is an answer, too: it is not written twice.
                Kind::Note => line.who == Who::Own,
                Kind::Close => false,
            })
            .filter(|line| line.who == Who::Customer)
    }

    /// What came after a line; none when the line is not there.
    pub fn after(&self, id: &str) -> Option<&[Line]> {
        let place = self.lines.iter().position(|line| line.id == id)?;
        Some(&self.lines[place + 1..])
    }

    /// How often the agent has answered.
    pub fn own_replies(&self) -> usize {
        let own = |line: &&Line| line.who == Who::Own && line.kind == Kind::Comment;
        self.lines.iter().filter(own).count()
    }

    /// As a mind may see it.
    pub fn view(&self, person: Person) -> View {
        let comments = self.lines.iter().filter(|line| line.kind == Kind::Comment);
        let said = |line: &Line| Said {
            who: match line.who {
                Who::Customer => Speaker::Customer,
                Who::Own => Speaker::Agent,
                Who::Human | Who::Answerer | Who::Bot => Speaker::Human,
            },
            text: line.text.clone(),
        };
        // A bot that greets everyone has answered nobody.
        let heard = comments.filter(|line| line.who != Who::Bot);
        View {
            messages: heard.map(said).collect(),
            person,
        }
    }

    fn since_close(&self) -> &[Line] {
        let close = self.lines.iter().rposition(|line| line.kind == Kind::Close);
        &self.lines[close.map_or(0, |place| place + 1)..]
    }
}

fn first(source: &Value, own: &str, at: i64) -> Line {
    Line {
        id: "source".into(),
        who: who(source, own).unwrap_or(Who::Customer),
        kind: Kind::Comment,
        text: text_of(source),
        at,
    }
}

fn line(part: &Value, own: &str) -> Option<Line> {
    let kind = part
        .get("part_type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let kind = match kind {
        _ if kind.starts_with("note") => Kind::Note,
        "close" if !says_something(part) => Kind::Close,
        _ if says_something(part) => Kind::Comment,
        _ => return None,
    };
    Some(Line {
        id: id_at(part, "/id")?,
        who: who(part, own)?,
        kind,
        text: text_of(part),
        at: part.get("created_at").and_then(moment).unwrap_or_default(),
    })
}

/// The agent's own parts came through the API; the same teammate at the inbox is a human.
fn who(part: &Value, own: &str) -> Option<Who> {
    let typed = part.get("app_package_code").is_some_and(Value::is_null);
    Some(match author_of(part)? {
        Author::Customer => Who::Customer,
        Author::Teammate if !typed && id_at(part, "/author/id").as_deref() == Some(own) => Who::Own,
        Author::Teammate => Who::Human,
        Author::Bot if part.pointer("/author/is_ai_answer") == Some(&Value::Bool(true)) => {
            Who::Answerer
        }
        Author::Bot => Who::Bot,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A conversation from lines like `customer: Hi`, in order.
    fn conversation(lines: &[&str], tags: &[&str]) -> Conversation {
        let part = |(at, line): (usize, &&str)| {
            let (who, words) = line.split_once(": ").unwrap();
            let (kind, id, code) = match who {
                "customer" => ("user", "c", Value::Null),
                "own" => ("admin", "7", json!("app")),
                "typed" => ("admin", "7", Value::Null),
                "human" => ("admin", "8", Value::Null),
                _ => ("bot", "9", Value::Null),
            };
            let close = words == "close";
            json!({"id": at.to_string(), "created_at": 100 + at, "part_type": if close { "close" } else { "comment" },
                "body": if close { Value::Null } else { words.into() }, "app_package_code": code,
                "author": {"type": kind, "id": id, "is_ai_answer": who == "fin"}})
        };
        let parts: Vec<Value> = lines.iter().enumerate().map(part).collect();
        let tags: Vec<Value> = tags.iter().map(|name| json!({"name": name})).collect();
        let raw = json!({"id": 42, "created_at": 90, "state": "open", "admin_assignee_id": 0, "tags": {"tags": tags},
            "contacts": {"contacts": [{"id": "c"}]},
            "source": {"body": "<p>Hello</p>", "author": {"type": "lead", "id": "c"}},
            "conversation_parts": {"conversation_parts": parts}});
        Conversation::read(&raw, "7")
    }

    #[test]
    fn the_agent_speaks_only_when_the_customer_waits_for_it() {
        for (lines, tags, expected) in [
            (&[][..], &[][..], None),
            (&["own: Hi"], &[], Some(Silence::Answered)),
            (&["own: Hi", "customer: And?"], &[], None),
            (&["fin: Hi"], &[], Some(Silence::Answered)),
            (&["operator: We are away"], &[], None),
            (&["human: Hi", "customer: And?"], &[], Some(Silence::Human)),
            (&["typed: Hi", "customer: And?"], &[], Some(Silence::Human)),
            (
                &["human: Hi", "human: close", "customer: New question"],
                &[],
                None,
            ),
            (
                &["customer: Hello?"],
                &["Escalated"],
                Some(Silence::Escalated),
            ),
            (
                &["own: Wait", "customer: Hello?"],
                &["escalated"],
                Some(Silence::Escalated),
            ),
            (
                &["own: Wait", "human: close", "customer: New"],
                &["escalated"],
                None,
            ),
        ] {
            let conversation = conversation(lines, tags);
            assert_eq!(conversation.silence("7"), expected, "{lines:?} {tags:?}");
        }
    }

    #[test]
    fn news_of_webhooks_is_added_once() {
        let mut conversation = conversation(&["customer: And?"], &[]);
        let message = |id: &str, text: &str| Message {
            conversation: "42".into(),
            id: Some(id.into()),
            author: Some("c".into()),
            text: text.into(),
            at: Some(300),
        };
        conversation.add(&[
            message("0", "And?"),
            message("77", "Hello"),
            message("5", "Now!"),
        ]);
        let view = conversation.view(Person::default());
        let texts: Vec<&str> = view
            .messages
            .iter()
            .map(|said| said.text.as_str())
            .collect();
        assert_eq!(texts, ["Hello", "And?", "Now!"]);
        assert_eq!(conversation.awaiting().unwrap().id, "5");
    }
}
