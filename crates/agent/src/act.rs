//! What a turn does: a fixed list, kept before the first of it is done.

use crate::conversation::{Conversation, Kind, Who};
use crate::safety::{Html, fingerprint};
use gateway::ToolRequest;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// One thing to do, on this conversation or its contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// A message that the customer gets.
    Reply(Html),
    /// A note that only the team sees.
    Note(Html),
    /// The team that has it from now on, by id or name.
    Assign(String),
    /// A tag.
    Tag(String),
    /// Attributes of the contact.
    Attributes(Map<String, Value>),
    /// A call that only a person may allow: it is asked for, and done by nobody yet.
    Ask(Asked),
}

/// A call that waits for a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// The approval's id.
    pub id: String,
    /// The tool.
    pub tool: String,
    /// With which arguments.
    pub arguments: Map<String, Value>,
}

/// Whom a turn may touch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The conversation.
    pub conversation: String,
    /// Its contact.
    pub contact: Option<String>,
    /// Whether it is a ticket: humans work on those, and the agent only notes what may help them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ticket: bool,
}

impl Target {
    /// This conversation, with nobody known yet.
    pub fn conversation(id: &str) -> Self {
        Self {
            conversation: id.to_owned(),
            ..Self::default()
        }
    }

    /// The tool that reads it, and its argument.
    pub(crate) fn reader(&self) -> (&'static str, &'static str) {
        if self.ticket {
            ("get_ticket", "ticket_id")
        } else {
            ("get_conversation", "conversation_id")
        }
    }
}

/// What is known of an act after the conversation was read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It was done.
    Happened,
    /// It was not done, or does no harm when it is done twice.
    Absent,
    /// Nobody can tell: a human must look.
    Unclear,
}

impl Act {
    /// Its kind, as the record of steps has it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Reply(_) => "reply",
            Self::Note(_) => "note",
            Self::Assign(_) => "assign",
            Self::Tag(_) => "tag",
            Self::Attributes(_) => "attributes",
            Self::Ask(_) => "ask",
        }
    }

    /// What it says or names, in plain words.
    pub fn told(&self) -> String {
        match self {
            Self::Reply(html) | Self::Note(html) => gateway::message_text(html.as_str()),
            Self::Assign(name) | Self::Tag(name) => name.clone(),
            Self::Attributes(attributes) => Value::Object(attributes.clone()).to_string(),
            Self::Ask(asked) => asked.tool.clone(),
        }
    }

    /// The tool call that does it; none where there is nobody to do it to.
    pub fn request(&self, target: &Target) -> Option<ToolRequest> {
        let id = &target.conversation;
        let (tool, arguments) = match self {
            Self::Reply(html) => (
                "reply_to_conversation",
                json!({"conversation_id": id, "body": html.as_str()}),
            ),
            Self::Note(html) if target.ticket => (
                "reply_ticket",
                json!({"ticket_id": id, "message_type": "note", "type": "admin", "body": html.as_str()}),
            ),
            Self::Note(html) => (
                "add_internal_note",
                json!({"conversation_id": id, "body": html.as_str()}),
            ),
            Self::Assign(team) => (
                "assign_conversation",
                json!({"conversation_id": id, "team": team}),
            ),
            Self::Tag(tag) => (
                "tag_conversation",
                json!({"conversation_id": id, "tag": tag}),
            ),
            Self::Attributes(attributes) => (
                "update_contact",
                json!({"contact_id": target.contact.as_ref()?, "custom_attributes": attributes}),
            ),
            Self::Ask(_) => return None,
        };
        if target.ticket && !matches!(self, Self::Note(_)) {
            return None;
        }
        let Value::Object(arguments) = arguments else {
            return None;
        };
        Some(ToolRequest::new(tool, arguments))
    }

    /// Whether it was done, as the conversation shows it; `since` is the last line that was there before.
    pub fn effect(&self, conversation: &Conversation, since: &str) -> Effect {
        let (html, kind) = match self {
            Self::Reply(html) => (html, Kind::Comment),
            Self::Note(html) => (html, Kind::Note),
            // Assigned, tagged, set or asked once more, they are as they were.
            Self::Assign(_) | Self::Tag(_) | Self::Attributes(_) | Self::Ask(_) => {
                return Effect::Absent;
            }
        };
        let Some(after) = conversation.after(since) else {
            return Effect::Unclear;
        };
        let words = html.fingerprint();
        let mut own = after
            .iter()
            .filter(|line| line.who == Who::Own && line.kind == kind)
            .peekable();
        let spoke = own.peek().is_some();
        if own.any(|line| fingerprint(&line.text) == words) {
            Effect::Happened
        } else if spoke && kind == Kind::Comment {
            // Words of ours that are not these: changed on the way, or of a turn that nobody knows of.
            Effect::Unclear
        } else {
            Effect::Absent
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Line;
    use crate::safety::Domains;

    fn said(who: Who, kind: Kind, id: &str, text: &str) -> Line {
        Line {
            id: id.into(),
            who,
            kind,
            text: text.into(),
            at: 0,
        }
    }

    const OWN: Option<(Who, Kind)> = Some((Who::Own, Kind::Comment));
    const NOTED: Option<(Who, Kind)> = Some((Who::Own, Kind::Note));
    const HUMAN: Option<(Who, Kind)> = Some((Who::Human, Kind::Comment));

    #[test]
    fn the_conversation_tells_what_happened() {
        let html = |text: &str| Html::new().paragraph(text, &Domains::default());
        let reply = || Act::Reply(html("Hi"));
        let note = || Act::Note(html("Hi"));
        for (after, words, act, since, expected) in [
            (None, "", reply(), "source", Effect::Absent),
            (OWN, "Hi", reply(), "source", Effect::Happened),
            (OWN, "Bye", reply(), "source", Effect::Unclear),
            (HUMAN, "Hi", reply(), "source", Effect::Absent),
            (NOTED, "Hi", reply(), "source", Effect::Absent),
            (NOTED, "Hi", note(), "source", Effect::Happened),
            (NOTED, "Ho", note(), "source", Effect::Absent),
            (OWN, "Hi", reply(), "1", Effect::Absent),
            (None, "", reply(), "gone", Effect::Unclear),
            (None, "", Act::Tag("billing".into()), "gone", Effect::Absent),
        ] {
            let mut lines = vec![said(Who::Customer, Kind::Comment, "source", "Hello")];
            lines.extend(after.map(|(who, kind)| said(who, kind, "1", words)));
            let conversation = Conversation {
                lines,
                ..Conversation::default()
            };
            assert_eq!(
                act.effect(&conversation, since),
                expected,
                "{act:?} {words}"
            );
        }
    }
}
