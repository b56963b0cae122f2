//! Models of providers: Anthropic, OpenAI, Gemini, and any address that speaks as OpenAI does.
//!
//! [`Wire`] asks once. [`Ladder`] asks until the answer has the form that was asked for, or says why not. [`Thinker`] is
//! the mind that asks: a first choice, one fallback, and behind both the embedded mind.

mod form;
mod ladder;
mod record;
mod thinker;
mod wire;

pub use ladder::{Ladder, Patience};
pub use record::{Recorder, Replay};
pub use thinker::Thinker;
pub use wire::{Kind, Settings, Wire};

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// A model that is asked once.
pub trait Provider: Send + Sync {
    /// Its name in records, such as `openai::gpt-5-mini`.
    fn name(&self) -> &str;

    /// What it takes for its tokens.
    fn price(&self) -> Price;

    /// The ways in which it can be held to a form, best first.
    fn rungs(&self) -> &'static [Rung];

    /// Asks once, without patience.
    fn ask<'a>(
        &'a self,
        question: &'a Question,
        rung: Rung,
    ) -> BoxFuture<'a, Result<Given, Trouble>>;
}

/// A question and the form of its answer.
#[derive(Clone, Serialize)]
pub struct Question {
    /// What the model is told of its task; ours alone.
    pub system: String,
    /// What it is told of the conversation; data of others.
    pub data: String,
    /// The name of the form, for models that are held to it as to a tool.
    pub name: &'static str,
    /// The JSON Schema of the answer.
    pub schema: Value,
    /// Tokens of the answer at most.
    pub longest: u32,
}

/// A way to hold a model to a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// The provider holds the answer to the schema.
    Schema,
    /// The provider holds the answer to JSON, and is given the schema beside.
    Object,
    /// The form is the arguments of a tool that must be called.
    Tool,
    /// The form is asked for in words.
    Prompt,
}

/// An answer as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Given {
    /// The answer: JSON, if the model kept to the form.
    pub text: String,
    /// Tokens read.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
}

/// Why there is no answer; named for what comes next. Never holds what a customer wrote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Ask again, after a while.
    #[error("the provider is overloaded (HTTP {status})")]
    Busy {
        /// The HTTP status.
        status: u16,
        /// How long it asks to be left alone.
        wait: Option<Duration>,
    },
    /// Ask again once, then in another way.
    #[error("the provider failed (HTTP {0})")]
    Broken(u16),
    /// Ask in another way.
    #[error("the provider does not take the question in this form (HTTP {0})")]
    Unsupported(u16),
    /// Mend the key or the settings.
    #[error("the provider denied access (HTTP {0}): check the key and the model's name")]
    Denied(u16),
    /// Ask another model.
    #[error("the model refused")]
    Refused,
    /// Ask again with room for a longer answer.
    #[error("the answer was cut off")]
    Truncated,
    /// Ask again: the answer lacks the form.
    #[error("the answer cannot be read")]
    Unreadable,
    /// Ask another model: this one is slow.
    #[error("the provider did not answer in time")]
    TimedOut,
    /// Ask another model: this one's address cannot be reached.
    #[error("the provider cannot be reached")]
    Unreachable,
    /// Record the answer first: replays never ask a provider.
    #[error("no recording of this question under {0}")]
    NotRecorded(String),
}

/// US dollars for a million tokens; nothing where none is known.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Price {
    /// For tokens read.
    pub input: f64,
    /// For tokens written.
    pub output: f64,
}

impl Price {
    /// Millionths of a dollar for so many tokens, rounded up.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "token counts are small, and prices are not negative"
    )]
    pub fn micros(self, input: u64, output: u64) -> u64 {
        (self.input.max(0.0) * input as f64 + self.output.max(0.0) * output as f64).ceil() as u64
    }
}

impl std::fmt::Debug for Question {
    /// Tells no more than its name: what customers write belongs in no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a question for {}", self.name)
    }
}
