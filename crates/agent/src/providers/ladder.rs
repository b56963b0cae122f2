//! Asks until the answer has its form: down the rungs that a provider takes, with patience that ends.

use super::{Given, Provider, Question, Trouble};
use crate::Spent;
use serde::de::DeserializeOwned;
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use tokio::time::sleep;

/// How long a provider is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Attempts in all, over all rungs.
    pub attempts: u32,
    /// The first pause before asking an overloaded provider again; each further one is twice as long.
    pub pause: Duration,
    /// A provider that asks to be left alone for longer is given up.
    pub longest_pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            attempts: 5,
            pause: Duration::from_millis(400),
            longest_pause: Duration::from_secs(5),
        }
    }
}

/// A provider that is held to forms. Remembers which way of holding it works at its address.
pub struct Ladder {
    provider: Box<dyn Provider>,
    patience: Patience,
    rung: AtomicUsize,
}

/// Where one question stands.
struct Climb {
    rung: usize,
    pause: Duration,
    failed_here: bool,
    longest: u32,
    spent: Spent,
}

impl Ladder {
    /// A ladder down a provider's rungs.
    pub fn new(provider: Box<dyn Provider>, patience: Patience) -> Self {
        Self {
            provider,
            patience,
            rung: AtomicUsize::new(0),
        }
    }

    /// The model's name in records.
    pub fn name(&self) -> &str {
        self.provider.name()
    }

    /// Asks, and reads the answer. What was spent is told in both cases.
    pub async fn ask<T: DeserializeOwned>(
        &self,
        question: &Question,
    ) -> (Result<T, Trouble>, Spent) {
        let mut climb = Climb {
            rung: self.rung.load(Ordering::Relaxed),
            pause: self.patience.pause,
            failed_here: false,
            longest: question.longest,
            spent: Spent {
                model: self.name().to_owned(),
                ..Spent::default()
            },
        };
        let mut last = Trouble::Unreachable;
        for _ in 0..self.patience.attempts {
            match self.attempt(question, &mut climb).await {
                Ok(value) => {
                    self.rung.store(climb.rung, Ordering::Relaxed);
                    return (Ok(value), climb.spent);
                }
                Err(trouble) => last = trouble,
            }
            if !self.goes_on(&last, &mut climb).await {
                break;
            }
        }
        (Err(last), climb.spent)
    }

    async fn attempt<T: DeserializeOwned>(
        &self,
        question: &Question,
        climb: &mut Climb,
    ) -> Result<T, Trouble> {
        let rungs = self.provider.rungs();
        let rung = rungs[climb.rung.min(rungs.len() - 1)];
        let longer = Question {
            longest: climb.longest,
            ..question.clone()
        };
        let given = self.provider.ask(&longer, rung).await?;
        self.charge(&given, &mut climb.spent);
        parse(&given.text).ok_or(Trouble::Unreadable)
    }

    fn charge(&self, given: &Given, spent: &mut Spent) {
        spent.input_tokens += given.input_tokens;
        spent.output_tokens += given.output_tokens;
        spent.cost_micros = self
            .provider
            .price()
            .micros(spent.input_tokens, spent.output_tokens);
    }

    /// Prepares the next attempt; false where none would help.
    async fn goes_on(&self, trouble: &Trouble, climb: &mut Climb) -> bool {
        match trouble {
            Trouble::Busy { wait, .. } => {
                let pause = wait.unwrap_or(climb.pause).max(climb.pause);
                if pause > self.patience.longest_pause {
                    return false;
                }
                sleep(pause).await;
                climb.pause *= 2;
                true
            }
            Trouble::Truncated => {
                climb.longest = climb.longest.saturating_mul(2);
                true
            }
            Trouble::Broken(_) | Trouble::Unreadable if !climb.failed_here => {
                climb.failed_here = true;
                true
            }
            Trouble::Broken(_) | Trouble::Unreadable | Trouble::Unsupported(_) => {
                climb.rung += 1;
                climb.failed_here = false;
                climb.rung < self.provider.rungs().len()
            }
            Trouble::Denied(_)
            | Trouble::Refused
            | Trouble::TimedOut
            | Trouble::Unreachable
            | Trouble::NotRecorded(_) => false,
        }
    }
}

/// The JSON object of an answer, with or without words or a fence around it.
fn parse<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text.trim()).ok().or_else(|| {
        let (start, end) = (text.find('{')?, text.rfind('}')?);
        serde_json::from_str(text.get(start..=end)?).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::parse;
    use serde_json::{Value, json};

    #[test]
    fn answers_are_found_among_words() {
        for text in [
            "{\"a\":1}",
            " \n```json\n{\"a\":1}\n```",
            "Here you are: {\"a\":1} Anything else?",
        ] {
            assert_eq!(parse::<Value>(text), Some(json!({ "a": 1 })), "{text}");
        }
        for text in ["", "{\"a\":", "} {", "no"] {
            assert_eq!(parse::<Value>(text), None, "{text}");
        }
    }
}
