//! How a customer feels.

use serde::{Deserialize, Serialize};

/// How a customer feels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct Sentiment {
    /// In a word.
    pub mood: Mood,
    /// The probability, 0 to 1, that they are fed up: anger, repeated contact, a threat to leave. Calibrated, so that
    /// 0.7 is right seven times of ten; an ordinary report of a problem is not frustration.
    pub frustration: f32,
}

/// A mood in a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mood {
    /// Fed up.
    Negative,
    /// Neither.
    #[default]
    Neutral,
    /// Thankful or content.
    Positive,
}
