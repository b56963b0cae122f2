//! What reads and writes words for tools: models beside the road. They know no workspace, and cannot act.

use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

/// Models, as tools use them.
pub trait Assistant: Send + Sync {
    /// Does a task; the error says what to mend, and holds no words of a customer.
    fn assist(&self, task: Task) -> BoxFuture<'_, Result<Value, String>>;
}

/// What a model is asked for.
pub enum Task {
    /// How a text sounds.
    Sentiment(String),
    /// What a text is about: one of these categories, or of the usual ones where there are none.
    Inquiry(String, Vec<String>),
    /// A reply.
    Reply(Wish),
}

/// A reply that is wished for.
pub struct Wish {
    /// The customer's question.
    pub query: String,
    /// Who asks.
    pub context: Map<String, Value>,
    /// How to speak.
    pub tone: Option<String>,
    /// The articles that it may rest on, as Intercom has them.
    pub articles: Vec<Value>,
}
