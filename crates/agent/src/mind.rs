//! What thinks for the agent: the embedded models, or a provider's.

use crate::{AgentError, Plan, Reply, Triage, View};
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

/// Reads conversations and writes replies. Has no side effects on a workspace, and cannot act.
pub trait Mind: Send + Sync {
    /// Reads the conversation once: category, mood, language, urgency, and the signs that a human is needed.
    fn read<'a>(&'a self, view: &'a View) -> BoxFuture<'a, Result<Answered<Triage>, AgentError>>;

    /// Writes a reply from the plan's passages; every sentence that states a fact names its passage.
    fn compose<'a>(&'a self, plan: &'a Plan) -> BoxFuture<'a, Result<Answered<Reply>, AgentError>>;
}

/// An answer and what it took.
#[derive(Clone, Debug)]
pub struct Answered<T> {
    /// The answer.
    pub value: T,
    /// Who gave it, and what it took.
    pub spent: Spent,
}

/// Which model answered and what that took.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Spent {
    /// The model that answered, such as `embedded` or `anthropic::claude-sonnet-4-5`.
    pub model: String,
    /// Tokens read, all attempts together.
    pub input_tokens: u64,
    /// Tokens written, all attempts together.
    pub output_tokens: u64,
    /// Millionths of a US dollar; 0 where no price is known.
    pub cost_micros: u64,
    /// Whether the first choice failed and another answered.
    pub fallback: bool,
}

impl Spent {
    /// What the embedded models take: nothing that is paid for.
    pub fn embedded() -> Self {
        Self {
            model: "embedded".into(),
            ..Self::default()
        }
    }

    /// Adds what another step took; the later model's name stays.
    pub fn add(&mut self, other: &Self) {
        self.model.clone_from(&other.model);
        self.input_tokens += other.input_tokens;
        self.output_tokens += other.output_tokens;
        self.cost_micros += other.cost_micros;
        self.fallback |= other.fallback;
    }
}
