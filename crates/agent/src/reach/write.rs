//! A message for each: their name, what they wrote about, and an article where one is near.

use super::{Batch, Candidate, Found, failed};
use crate::act::Target;
use crate::conversation::{Conversation, Silence};
use crate::desk::Desk;
use crate::safety::{Domains, Html};
use crate::turn::TurnError;
use crate::{Audience, Passage, Person, Query};
use gateway::CallError;
use serde::{Deserialize, Serialize};

/// Letters of a topic.
const TOPIC: usize = 60;

/// A message that a person may agree to.
#[derive(Clone, Serialize, Deserialize)]
pub struct Message {
    /// The contact.
    pub contact: String,
    /// The conversation that it goes into.
    pub conversation: String,
    /// The last line of it when this was written.
    pub since: String,
    /// The words.
    pub body: Html,
    /// Days since the last visit.
    pub unseen_days: i64,
    /// The higher, the sooner.
    pub score: i64,
}

impl std::fmt::Debug for Message {
    /// Without the words: they belong in no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a message to {} in {}", self.contact, self.conversation)
    }
}

/// Writes to those who were found; nothing is sent.
pub async fn write(desk: &Desk, found: Found) -> Result<Batch, TurnError> {
    let mut batch = Batch {
        messages: Vec::new(),
        skipped: found.skipped,
    };
    for candidate in &found.candidates {
        match one(desk, candidate).await? {
            Ok(message) => batch.messages.push(message),
            Err(why) => *batch.skipped.entry(why.to_owned()).or_default() += 1,
        }
    }
    Ok(batch)
}

async fn one(
    desk: &Desk,
    candidate: &Candidate,
) -> Result<Result<Message, &'static str>, TurnError> {
    let target = Target {
        contact: Some(candidate.contact.clone()),
        ..Target::conversation(&candidate.conversation)
    };
    let (tool, name) = target.reader();
    let hands = desk.hands(&target);
    let raw = match hands.read(tool, name, &target.conversation).await {
        Ok(raw) => raw,
        Err(CallError::NotFound { .. }) => return Ok(Err("gone")),
        Err(error) => return Err(failed(error)),
    };
    let conversation = Conversation::read(&raw, &desk.own);
    if conversation.silence(&desk.own) == Some(Silence::Escalated) {
        return Ok(Err("a_human_has_it"));
    }
    let Some(last) = conversation.lines.last() else {
        return Ok(Err("empty"));
    };
    Ok(Ok(Message {
        contact: candidate.contact.clone(),
        conversation: candidate.conversation.clone(),
        since: last.id.clone(),
        body: body(desk, candidate, &conversation),
        unseen_days: candidate.unseen_days,
        score: candidate.score,
    }))
}

fn body(desk: &Desk, candidate: &Candidate, conversation: &Conversation) -> Html {
    let settings = &desk.settings;
    let near = near(desk, conversation);
    let domains = Domains::new(&settings.domains, near.as_slice());
    let name = candidate
        .name
        .as_deref()
        .and_then(|name| name.split_whitespace().next());
    let first = conversation.lines.first().map(|line| line.text.as_str());
    let topic = candidate.title.as_deref().or(first).unwrap_or_default();
    let text = settings
        .reach
        .message
        .replace("{name}", name.unwrap_or("there"));
    let html = Html::new().paragraph(&text.replace("{topic}", &short(topic)), &domains);
    match near.as_slice() {
        [] => html,
        [article, ..] => html.paragraph("This article may help:", &domains).sources(
            std::iter::once((article.title.as_str(), article.url.as_deref())),
            &domains,
        ),
    }
}

/// The article nearest to what the customer asked last, where one is near.
fn near(desk: &Desk, conversation: &Conversation) -> Vec<Passage> {
    let view = conversation.view(Person::default());
    let asked = view
        .messages
        .iter()
        .rfind(|said| said.who == crate::Speaker::Customer);
    let Some(asked) = asked else {
        return Vec::new();
    };
    let query = Query {
        text: asked.text.clone(),
        ..Query::default()
    };
    let mut found = desk.library.find(&query, 1).unwrap_or_default();
    found.retain(|one| {
        one.audience == Audience::Public
            && one.url.is_some()
            && one.similarity >= desk.settings.rules.similarity
    });
    found
}

/// The first line, cut at a word.
fn short(text: &str) -> String {
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or("your question");
    if line.chars().count() <= TOPIC {
        return line.to_owned();
    }
    let cut: String = line.chars().take(TOPIC).collect();
    let whole = cut
        .rsplit_once(' ')
        .map_or(cut.as_str(), |(whole, _)| whole);
    format!("{whole}…")
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn a_topic_is_a_line() {
        for (text, expected) in [
            ("Refund", "Refund"),
            ("\n Hello \nworld", "Hello"),
            ("", "your question"),
            (
                "I ordered a helmet last week and it has not arrived at my house yet, why?",
                "I ordered a helmet last week and it has not arrived at my…",
            ),
        ] {
            assert_eq!(short(text), expected);
        }
    }
}
