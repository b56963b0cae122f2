//! Replies: what one is made of, and how it is told.

mod extract;
mod ground;

pub(crate) use extract::{extract, framed, weighed};
pub use ground::{grounded, sentences};

use crate::{Decision, Passage, Person, Triage};
use serde::{Deserialize, Serialize};

/// What a reply is written from. Fixed before a model writes a word.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What awaits an answer.
    pub asked: String,
    /// What was read out of it.
    pub triage: Triage,
    /// What was decided.
    pub decision: Decision,
    /// The passages that may be quoted, best first.
    pub passages: Vec<Passage>,
    /// Who asks.
    pub person: Person,
    /// How the workspace speaks.
    pub tone: Tone,
}

/// How a workspace speaks.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tone {
    /// What the tone guide says, for models that write freely.
    pub guide: String,
    /// The assistant's name, when a reply begins by saying that it is one.
    pub introduce: Option<String>,
    /// How many sentences to quote at most.
    pub sentences: usize,
}

/// A reply: sentences, each with the passage that it rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Reply {
    /// The sentences, in order.
    pub sentences: Vec<Sentence>,
}

/// One sentence of a reply.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Sentence {
    /// The words, as plain text.
    pub text: String,
    /// The index, in the plan's passages, of what it rests on; none where it states no fact.
    pub passage: Option<usize>,
}

impl Default for Tone {
    fn default() -> Self {
        Self {
            guide: String::new(),
            introduce: None,
            sentences: 3,
        }
    }
}

impl Reply {
    /// The indexes of the passages that the reply rests on, each once, in order.
    pub fn cited(&self) -> Vec<usize> {
        let mut cited = Vec::new();
        for index in self.sentences.iter().filter_map(|one| one.passage) {
            if !cited.contains(&index) {
                cited.push(index);
            }
        }
        cited
    }
}
