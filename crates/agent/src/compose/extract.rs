//! A reply out of the articles' own sentences: chosen, never invented, and never called the answer.

use super::{Plan, Reply, Sentence, ground::plain};
use crate::{
    AgentError, Audience, Passage, Verdict,
    embedded::{Encoder, dot},
};

/// Sentences of a passage that are weighed against the question; the rest is left to the article itself.
const WEIGHED: usize = 8;
/// Passages that are quoted from.
const QUOTED: usize = 3;
/// A shorter sentence says too little on its own.
const SHORTEST: usize = 20;

/// Writes a reply from the plan's passages.
pub(crate) fn extract(plan: &Plan, encoder: &Encoder) -> Result<Reply, AgentError> {
    Ok(framed(plan, quotes(plan, encoder)?))
}

/// Puts an opening and a closing around sentences that state facts; without any it says that nothing was found.
pub(crate) fn framed(plan: &Plan, facts: Vec<Sentence>) -> Reply {
    let mut sentences: Vec<Sentence> = Vec::new();
    if let Some(name) = &plan.tone.introduce {
        sentences.push(frame(&format!("Hi, I am {name}, an automated assistant.")));
    }
    let offer = "Would you like a person of our team to look at it?";
    if facts.is_empty() {
        sentences.push(frame(
            "Thank you for your message. I found no article about this in our help center.",
        ));
        sentences.push(frame(offer));
        return Reply { sentences };
    }
    let reply = Reply { sentences: facts };
    sentences.push(frame(match reply.cited().len() {
        1 => "Thank you for your message. This article may help:",
        _ => "Thank you for your message. These articles may help:",
    }));
    sentences.extend(reply.sentences);
    sentences.push(frame(match plan.decision.verdict {
        Verdict::Answer => {
            "If this does not help, tell me, and a person of our team will take over."
        }
        Verdict::Offer | Verdict::Escalate => offer,
    }));
    Reply { sentences }
}

fn frame(text: &str) -> Sentence {
    Sentence {
        text: text.to_owned(),
        passage: None,
    }
}

/// The sentences nearest to the question, in the order of their passages and of the text.
fn quotes(plan: &Plan, encoder: &Encoder) -> Result<Vec<Sentence>, AgentError> {
    let asked = encoder.meaning(&plan.asked)?;
    let mut found: Vec<(f32, usize, usize, String)> = Vec::new();
    for (index, passage) in quotable(&plan.passages) {
        for (place, sentence) in weighed(&passage.text).into_iter().enumerate() {
            let near = dot(&asked, &encoder.meaning(&sentence)?);
            found.push((near, index, place, sentence));
        }
    }
    found.sort_by(|left, right| right.0.total_cmp(&left.0));
    found.truncate(plan.tone.sentences);
    found.sort_by_key(|(_, index, place, _)| (*index, *place));
    Ok(found
        .into_iter()
        .map(|(_, index, _, text)| Sentence {
            text,
            passage: Some(index),
        })
        .collect())
}

/// The sentences of a passage that are weighed against a question.
pub(crate) fn weighed(passage: &str) -> Vec<String> {
    let text = plain(passage);
    let whole = super::sentences(&text)
        .into_iter()
        .filter(|one| one.chars().count() >= SHORTEST);
    whole.take(WEIGHED).map(str::to_owned).collect()
}

/// Passages for the team alone are never quoted.
fn quotable(passages: &[Passage]) -> impl Iterator<Item = (usize, &Passage)> {
    let public = passages
        .iter()
        .enumerate()
        .filter(|(_, passage)| passage.audience == Audience::Public);
    public.take(QUOTED)
}
