//! What a message is about, as typed fields: the only thing that crosses from reading to acting.

use crate::Sentiment;
use serde::{Deserialize, Serialize};

/// What was read out of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Triage {
    /// One of the configured categories, such as `billing`.
    pub category: String,
    /// The calibrated probability of the category, 0 to 1.
    pub confidence: f32,
    /// A finer kind within the category, such as `refund`, where one is plain.
    pub subcategory: Option<String>,
    /// How the customer feels.
    pub sentiment: Sentiment,
    /// The ISO 639-1 code of the language, where it can be told.
    pub language: Option<String>,
    /// How soon someone should look.
    pub urgency: Urgency,
    /// The probability, 0 to 1, that this is nothing for a support desk.
    pub out_of_scope: f32,
    /// The probability, 0 to 1, that the customer asks for a human, by meaning and not by a word.
    pub wants_human: f32,
    /// A threat, where there is one.
    pub threat: Option<Threat>,
}

/// How soon someone should look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// Whenever: praise, ideas.
    Low,
    /// In turn.
    #[default]
    Normal,
    /// Before others: something is broken or money is missing.
    High,
    /// Now: an outage, a deadline today, a stolen account, danger.
    Urgent,
}

/// A threat that only a human may answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Threat {
    /// Lawyers, courts, regulators.
    Legal,
    /// Harm to someone.
    Safety,
    /// A payment disputed with the bank.
    Chargeback,
}
