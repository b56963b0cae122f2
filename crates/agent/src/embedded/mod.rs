//! The embedded default: reads and answers in this process, without a key and without a network.
//!
//! A frozen encoder gives each text a meaning; heads that were learned from authored messages read it: each weighs how like
//! the text is to the known messages, and its words.

pub mod corpus;
mod encoder;
mod features;
mod file;
pub(crate) mod head;
mod known;
mod language;
mod learn;
mod lexicon;
mod near;
mod read;
pub(crate) mod train;
mod wish;
mod wordpiece;

pub use encoder::{DIMENSIONS, Encoder, LAYERS, Layers, Meaning, dot};
pub use features::fingerprint;
pub use file::About;
pub use learn::learn;
pub use train::Recipe;

use crate::{AgentError, Answered, Mind, Plan, Reply, Spent, Triage, View, compose};
use file::Heads;
use futures_util::{FutureExt, future::BoxFuture};
use head::{Head, Space};
use std::sync::Arc;

static HEADS: &[u8] = include_bytes!("../../models/heads.bin");

/// The embedded mind. Cheap to share, and safe to call from many threads.
pub struct Embedded {
    encoder: Arc<Encoder>,
    about: About,
    space: Space,
    category: Head,
    part: Head,
    frustration: Head,
    human: Head,
    threat: Head,
    scope: Head,
}

impl Embedded {
    /// Puts the compiled-in heads on an encoder.
    pub fn new(encoder: Arc<Encoder>) -> Result<Self, AgentError> {
        Self::from_bytes(encoder, HEADS)
    }

    /// Puts heads that were learned just now on an encoder.
    pub fn from_bytes(encoder: Arc<Encoder>, bytes: &[u8]) -> Result<Self, AgentError> {
        let heads = Heads::read(bytes)?;
        Ok(Self {
            category: heads.take(learn::CATEGORY)?,
            part: heads.take(learn::PART)?,
            frustration: heads.take(learn::FRUSTRATION)?,
            human: heads.take(learn::HUMAN)?,
            threat: heads.take(learn::THREAT)?,
            scope: heads.take(learn::SCOPE)?,
            about: heads.about,
            space: heads.space,
            encoder,
        })
    }

    /// Takes a workspace's own categories instead of the seven: pairs of a message and its category, best twenty or
    /// more of each. Learns in this process, about 10 ms a message.
    pub fn with_categories(mut self, examples: &[(String, String)]) -> Result<Self, AgentError> {
        self.category = learn::own(&self.encoder, &mut self.space, examples)?;
        self.part.classes.clear();
        Ok(self)
    }

    /// What the heads were learned from.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// The names of the categories, in alphabetical order.
    pub fn categories(&self) -> &[String] {
        &self.category.classes
    }

    /// Reads a conversation; some milliseconds of processor time for each sentence that awaits an answer.
    pub fn triage(&self, view: &View) -> Result<Triage, AgentError> {
        read::triage(self, view)
    }

    /// Writes a reply out of the passages' own sentences.
    pub fn extract(&self, plan: &Plan) -> Result<Reply, AgentError> {
        compose::extract(plan, &self.encoder)
    }
}

impl Mind for Embedded {
    fn read<'a>(&'a self, view: &'a View) -> BoxFuture<'a, Result<Answered<Triage>, AgentError>> {
        async move {
            let value = self.triage(view)?;
            Ok(Answered {
                value,
                spent: Spent::embedded(),
            })
        }
        .boxed()
    }

    fn compose<'a>(&'a self, plan: &'a Plan) -> BoxFuture<'a, Result<Answered<Reply>, AgentError>> {
        async move {
            let value = self.extract(plan)?;
            Ok(Answered {
                value,
                spent: Spent::embedded(),
            })
        }
        .boxed()
    }
}
