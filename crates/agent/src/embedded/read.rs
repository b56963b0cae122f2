//! Reads what awaits an answer, as a whole and sentence by sentence: a wish for a human, a threat or anger in one
//! sentence counts, however much else is said.

use super::{Embedded, head::Point, language, learn::NO_THREAT, lexicon, wish};
use crate::{AgentError, Mood, Sentiment, Threat, Triage, Urgency, View, compose::sentences};
use std::thread;

/// Sentences that are read on their own: the last ones, where wishes stand.
const ALONE: usize = 4;
/// A finer kind is told when it is at least this likely.
const PART_SURE: f32 = 0.5;
/// How sure a wish for a human is that is nothing else.
const PLAIN_WISH: f32 = 0.95;
/// A threat counts when one of any kind is at least this likely: one that is missed costs more than one too many.
const THREAT_SURE: f32 = 0.4;

const NOW: &[&str] = &[
    "asap",
    "at once",
    "can't wait",
    "emergency",
    "immediately",
    "in an hour",
    "right away",
    "right now",
    "tonight",
    "urgent",
    "urgently",
];
const BROKEN: &[&str] = &[
    "account was taken over",
    "black screen",
    "breach",
    "crashes",
    "data loss",
    "deadline",
    "down",
    "fraud",
    "hacked",
    "locked out",
    "lost all",
    "nobody can",
    "outage",
    "phishing",
    "production",
    "stolen",
    "stole",
    "today",
];

pub(super) fn triage(mind: &Embedded, view: &View) -> Result<Triage, AgentError> {
    let asked = view.asked();
    let points = points(mind, &asked)?;
    let Some(whole) = points.first() else {
        return Ok(Triage {
            category: mind.categories().last().cloned().unwrap_or_default(),
            ..Triage::default()
        });
    };
    let (at, confidence) = mind.category.best(whole);
    let category = mind.category.classes.get(at).cloned().unwrap_or_default();
    let most = |score: &dyn Fn(&Point) -> f32| points.iter().map(score).fold(0.0, f32::max);
    let frustration = most(&|point| mind.frustration.probability(point));
    let threat = points.iter().find_map(|point| threat(mind, point));
    Ok(Triage {
        subcategory: part(mind, whole, &category),
        urgency: urgency(&asked, &category, frustration, threat),
        confidence,
        category,
        sentiment: Sentiment {
            mood: mood(&asked, frustration),
            frustration,
        },
        language: language::of(&asked).map(str::to_owned),
        out_of_scope: mind.scope.probability(whole),
        wants_human: most(&|point| mind.human.probability(point)).max(plain_wish(&asked)),
        threat,
    })
}

/// The whole text first, then the sentences that are read alone.
fn points(mind: &Embedded, asked: &str) -> Result<Vec<Point>, AgentError> {
    if asked.trim().is_empty() {
        return Ok(Vec::new());
    }
    let place = |text: &str| -> Result<Point, AgentError> {
        Ok(mind.space.place(text, &mind.encoder.layers(text)?))
    };
    let alone = sentences(asked);
    if alone.len() < 2 {
        return Ok(vec![place(asked)?]);
    }
    let last = alone.iter().rev().take(ALONE);
    // Together the sentences take as long as the whole, so each half has a processor.
    let (whole, alone) = thread::scope(|scope| {
        let alone = scope.spawn(|| last.map(|text| place(text)).collect::<Result<Vec<_>, _>>());
        (place(asked), alone.join())
    });
    let broken = |_| AgentError::Model("it ended in disorder".into());
    let mut points = vec![whole?];
    points.extend(alone.map_err(broken)??);
    Ok(points)
}

fn plain_wish(asked: &str) -> f32 {
    if sentences(asked).into_iter().any(wish::is_plain) {
        PLAIN_WISH
    } else {
        0.0
    }
}

/// The likeliest kind, where a threat of any kind is likely enough.
fn threat(mind: &Embedded, point: &Point) -> Option<Threat> {
    let all = mind.threat.probabilities(point);
    let kinds = mind.threat.classes.iter().zip(&all);
    let kinds = kinds.filter(|(class, _)| *class != NO_THREAT);
    let any: f32 = kinds.clone().map(|(_, sure)| sure).sum();
    let (kind, _) = kinds.max_by(|left, right| left.1.total_cmp(right.1))?;
    match kind.as_str() {
        _ if any < THREAT_SURE => None,
        "legal" => Some(Threat::Legal),
        "safety" => Some(Threat::Safety),
        "chargeback" => Some(Threat::Chargeback),
        _ => None,
    }
}

/// The likeliest kind within the category, where it is plain.
fn part(mind: &Embedded, point: &Point, category: &str) -> Option<String> {
    if mind.part.classes.is_empty() {
        return None;
    }
    let (at, sure) = mind.part.best(point);
    let (label, part) = mind.part.classes.get(at)?.split_once('/')?;
    (sure >= PART_SURE && label == category && part != "other").then(|| part.to_owned())
}

fn mood(asked: &str, frustration: f32) -> Mood {
    if frustration >= 0.5 {
        Mood::Negative
    } else if lexicon::is_thankful(asked) {
        Mood::Positive
    } else {
        Mood::Neutral
    }
}

fn urgency(asked: &str, category: &str, frustration: f32, threat: Option<Threat>) -> Urgency {
    let words = lexicon::plain(asked);
    let has = |phrases: &[&str]| {
        phrases
            .iter()
            .any(|phrase| words.contains(&format!(" {phrase} ")))
    };
    if threat == Some(Threat::Safety) || (has(NOW) && has(BROKEN)) {
        Urgency::Urgent
    } else if threat.is_some() || has(NOW) || has(BROKEN) || frustration >= 0.7 {
        Urgency::High
    } else if category == "feature_request" || lexicon::is_thankful(asked) {
        Urgency::Low
    } else {
        Urgency::Normal
    }
}
