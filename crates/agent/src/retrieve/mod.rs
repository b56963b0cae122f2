//! The help center in memory: articles cut into passages, found by words and by meaning.

mod bm25;
mod chunk;
mod library;

pub use library::Library;

use crate::AgentError;
use serde::{Deserialize, Serialize};

/// A text that replies may quote. A macro or a snippet is one too, with an id of its own kind (`macro:17`).
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Article {
    /// The id that it is replaced and removed by; of the workspace, unless it is prefixed.
    pub id: String,
    /// The help center that it belongs to.
    pub help_center: Option<String>,
    /// The ISO 639-1 code of its language.
    pub locale: String,
    /// Its title.
    pub title: String,
    /// Its text as Markdown; headings begin passages.
    pub body: String,
    /// Where customers read it.
    pub url: Option<String>,
    /// Who may read it.
    pub audience: Audience,
}

/// Who may read a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Customers.
    #[default]
    Public,
    /// The team alone: for notes, never for replies.
    Internal,
}

/// A part of an article that was found, with its source.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Passage {
    /// The article's id.
    pub article_id: String,
    /// The article's title.
    pub title: String,
    /// The heading that it stands under, where there is one.
    pub heading: Option<String>,
    /// Its text.
    pub text: String,
    /// Where customers read it.
    pub url: Option<String>,
    /// Who may read it.
    pub audience: Audience,
    /// Words and meaning together, for the order alone.
    pub score: f32,
    /// The cosine of the question and the passage, −1 to 1.
    pub similarity: f32,
}

/// What is searched for, and where.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// The question.
    pub text: String,
    /// The help center, all of them when none.
    pub help_center: Option<String>,
    /// The locale, all of them when none; where it has no article, all are searched.
    pub locale: Option<String>,
    /// Whether texts for the team alone are searched too.
    pub internal: bool,
}

/// Where passages are found: one tenant's library, or a stand-in of a test.
pub trait Find: Send + Sync {
    /// The best passages, best first, at most `k` and one an article. Takes milliseconds of processor time.
    fn find(&self, query: &Query, k: usize) -> Result<Vec<Passage>, AgentError>;
}
