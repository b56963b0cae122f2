//! What the agent would do, or would have done: thinking without acting.

use crate::act::{Act, Target};
use crate::conversation::{Conversation, Kind, Silence, Who};
use crate::desk::Desk;
use crate::event::{id_at, moment};
use crate::journal::Plan;
use crate::turn::{TurnError, missing};
use crate::{safety, think};
use gateway::ToolRequest;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// What the agent would do in a conversation.
#[derive(Clone, Debug, Serialize)]
pub struct Preview {
    /// The conversation.
    pub conversation: String,
    /// How the turn would end.
    pub outcome: String,
    /// Why.
    pub reason: String,
    /// The category.
    pub category: Option<String>,
    /// What it would do, in order: the kind, and the words or the name.
    pub acts: Vec<(String, String)>,
}

/// What the agent would have done where a human did something.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// What it would have done.
    #[serde(flatten)]
    pub would: Preview,
    /// What the human did first: `answered`, `closed`, or `nothing`.
    pub human: String,
    /// The share of the human's telling words that the agent's reply holds, where both answered.
    pub likeness: Option<f64>,
    /// Whether it would have gone another way than the human.
    pub differs: bool,
}

/// Thinks about a conversation as it stands, and changes nothing.
pub async fn preview(desk: &Desk, id: &str) -> Result<Preview, TurnError> {
    let target = Target::conversation(id);
    let hands = desk.hands(&target);
    let read = think::read(desk, &hands, &target, &[]).await?;
    match read.conversation.silence(&desk.own) {
        Some(silence) => Ok(silent(id, silence)),
        None => Ok(told(id, &think::decide(desk, &read, 0).await?)),
    }
}

/// Conversations that began in that time, in seconds since 1970; the latest first.
pub async fn begun(
    desk: &Desk,
    (from, to): (i64, i64),
    most: usize,
) -> Result<Vec<String>, TurnError> {
    let query = json!({"operator": "AND", "value": [
        {"field": "created_at", "operator": ">", "value": from},
        {"field": "created_at", "operator": "<", "value": to},
    ]});
    let (mut ids, mut cursor) = (Vec::new(), Value::Null);
    while ids.len() < most {
        let mut asked = Map::from_iter([
            ("query".to_owned(), query.clone()),
            ("limit".to_owned(), json!(150)),
        ]);
        if !cursor.is_null() {
            asked.insert("cursor".into(), cursor);
        }
        let answer = desk
            .ask(ToolRequest::bulk("search_conversations", asked))
            .await;
        let mut page = answer.map_err(TurnError::Call)?.value();
        let items = page["items"].as_array().cloned().unwrap_or_default();
        let fits = |one: &&Value| {
            let at = one.get("created_at").and_then(moment).unwrap_or_default();
            (from..to).contains(&at)
        };
        ids.extend(
            items
                .iter()
                .filter(fits)
                .filter_map(|one| id_at(one, "/id")),
        );
        cursor = page["next_cursor"].take();
        if cursor.is_null() {
            break;
        }
    }
    ids.truncate(most);
    Ok(ids)
}

/// Thinks about a conversation as it was before a human first did something; none where no customer asked anything.
pub async fn compare(desk: &Desk, id: &str) -> Result<Option<Compared>, TurnError> {
    let target = Target::conversation(id);
    let hands = desk.hands(&target);
    let (tool, name) = target.reader();
    let raw = hands.read(tool, name, id).await.map_err(missing)?;
    let whole = Conversation::read(&raw, &desk.own);
    let place = first_by_human(&whole);
    let Some(before) = before(&whole, place) else {
        return Ok(None);
    };
    let read = think::read_as(desk, &hands, target, before).await;
    let plan = think::decide(desk, &read, 0).await?;
    let human = place.map(|place| &whole.lines[place]);
    let would = told(id, &plan);
    let reply = plan.acts.iter().find_map(|act| match act {
        Act::Reply(html) | Act::Note(html) => Some(gateway::message_text(html.as_str())),
        _ => None,
    });
    let answers = ["answered", "offered", "drafted"].contains(&would.outcome.as_str());
    let (human, words) = match human {
        Some(line) if line.kind == Kind::Close => ("closed", None),
        Some(line) => ("answered", Some(line.text.as_str())),
        None => ("nothing", None),
    };
    let likeness = match (answers, words, reply) {
        (true, Some(words), Some(reply)) => Some(alike(words, &reply)),
        _ => None,
    };
    Ok(Some(Compared {
        differs: answers != (human == "answered"),
        human: human.into(),
        likeness,
        would,
    }))
}

/// The first line of a human: an answer, or the end.
fn first_by_human(conversation: &Conversation) -> Option<usize> {
    let acts = |kind: Kind| matches!(kind, Kind::Comment | Kind::Close);
    let mut lines = conversation.lines.iter();
    lines.position(|line| matches!(line.who, Who::Human | Who::Own) && acts(line.kind))
}

/// The conversation as it was then, if a customer waited for an answer.
fn before(whole: &Conversation, place: Option<usize>) -> Option<Conversation> {
    let mut then = whole.clone();
    then.lines.truncate(place.unwrap_or(whole.lines.len()));
    then.tags.clear();
    then.admin = None;
    then.closed = false;
    then.awaiting().is_some().then_some(then)
}

fn silent(id: &str, silence: Silence) -> Preview {
    Preview {
        conversation: id.to_owned(),
        outcome: silence.word().to_owned(),
        reason: "nobody waits for the agent".into(),
        category: None,
        acts: Vec::new(),
    }
}

fn told(id: &str, plan: &Plan) -> Preview {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Preview {
        conversation: id.to_owned(),
        outcome: plan.outcome.clone(),
        reason: text(&plan.record["reason"]).unwrap_or_default(),
        category: text(&plan.record["triage"]["category"]),
        acts: plan
            .acts
            .iter()
            .map(|act| (act.kind().to_owned(), act.told()))
            .collect(),
    }
}

/// The share of the human's longer words that the agent's reply holds.
#[expect(clippy::cast_precision_loss, reason = "a message has few words")]
fn alike(human: &str, agent: &str) -> f64 {
    let words = |text: &str| -> HashSet<String> {
        let lower = text.to_lowercase();
        let long = lower
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.chars().count() > 3);
        long.map(safety::fingerprint).collect()
    };
    let (theirs, ours) = (words(human), words(agent));
    if theirs.is_empty() {
        return 0.0;
    }
    let share = theirs.intersection(&ours).count() as f64 / theirs.len() as f64;
    (share * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Line;

    fn conversation(lines: &[(Who, Kind)]) -> Conversation {
        let line = |(at, (who, kind)): (usize, &(Who, Kind))| Line {
            id: at.to_string(),
            who: *who,
            kind: *kind,
            text: "words".into(),
            at: 0,
        };
        Conversation {
            lines: lines.iter().enumerate().map(line).collect(),
            closed: true,
            ..Conversation::default()
        }
    }

    #[test]
    fn a_conversation_is_seen_as_it_was_before_a_human_came() {
        use {
            Kind::{Close, Comment, Note},
            Who::{Customer, Human, Own},
        };
        for (lines, first, left) in [
            (
                &[(Customer, Comment), (Human, Note), (Human, Comment)][..],
                Some(2),
                Some(2),
            ),
            (&[(Customer, Comment), (Customer, Comment)], None, Some(2)),
            (
                &[(Customer, Comment), (Own, Comment), (Customer, Comment)],
                Some(1),
                Some(1),
            ),
            (&[(Customer, Comment), (Human, Close)], Some(1), Some(1)),
            (&[(Human, Comment), (Customer, Comment)], Some(0), None),
        ] {
            let whole = conversation(lines);
            let place = first_by_human(&whole);
            let then = before(&whole, place);
            assert_eq!(
                (place, then.as_ref().map(|one| one.lines.len())),
                (first, left),
                "{lines:?}"
            );
            assert!(then.is_none_or(|one| !one.closed));
        }
    }

    #[test]
    fn likeness_is_a_share_of_the_humans_words() {
        for (human, agent, expected) in [
            ("Refunds take five days", "Refunds take five days. [1]", 1.0),
            ("Refunds take five days", "Parcels take three days", 0.67),
            ("ok", "Parcels", 0.0),
        ] {
            let found = alike(human, agent);
            assert!((found - expected).abs() < 0.2, "{human} {agent} {found}");
        }
    }
}
