//! A conversation, as far as a mind may see it.

use serde::{Deserialize, Serialize};

/// What is known when a turn begins: the messages, oldest first, and who writes.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct View {
    /// The messages, oldest first; no internal notes.
    pub messages: Vec<Said>,
    /// Who writes.
    pub person: Person,
}

/// One message.
#[derive(Clone, Deserialize, Serialize)]
pub struct Said {
    /// Who said it.
    pub who: Speaker,
    /// Plain text or Markdown; no HTML.
    pub text: String,
}

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// The customer.
    Customer,
    /// This agent.
    Agent,
    /// A person of the team, or another bot.
    Human,
}

/// The contact of the conversation.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Person {
    /// The plan that they pay for, as the workspace calls it.
    pub plan: Option<String>,
    /// How long they have been a customer.
    pub tenure: Option<Tenure>,
    /// Whether a rule of the workspace calls them very important.
    pub vip: bool,
}

/// How long someone has been a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tenure {
    /// Less than 30 days.
    New,
    /// Less than 365 days.
    Established,
    /// 365 days or more.
    LongTerm,
}

impl Tenure {
    /// The tenure of someone who came so many days ago.
    pub const fn of_days(days: u32) -> Self {
        match days {
            0..30 => Self::New,
            30..365 => Self::Established,
            _ => Self::LongTerm,
        }
    }
}

impl std::fmt::Debug for Said {
    /// Tells the length alone: what customers write belongs in no log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} said {} bytes", self.who, self.text.len())
    }
}

impl View {
    /// A conversation of one customer's message.
    pub fn of(text: impl Into<String>) -> Self {
        Self {
            messages: vec![Said {
                who: Speaker::Customer,
                text: text.into(),
            }],
            person: Person::default(),
        }
    }

    /// What awaits an answer: the customer's messages since anyone else last spoke, a line each.
    pub fn asked(&self) -> String {
        let since = self
            .messages
            .iter()
            .rposition(|said| said.who != Speaker::Customer)
            .map_or(0, |last| last + 1);
        let texts: Vec<&str> = self.messages[since..]
            .iter()
            .map(|said| said.text.trim())
            .collect();
        texts.join("\n")
    }

    /// How many messages the customer has written.
    pub fn customer_messages(&self) -> usize {
        self.messages
            .iter()
            .filter(|said| said.who == Speaker::Customer)
            .count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_one_question() {
        let said = |who, text: &str| Said {
            who,
            text: text.into(),
        };
        let view = View {
            messages: vec![
                said(Speaker::Customer, "hi"),
                said(Speaker::Agent, "hello"),
                said(Speaker::Customer, "my card"),
                said(Speaker::Customer, " was charged twice "),
            ],
            person: Person::default(),
        };
        assert_eq!(view.asked(), "my card\nwas charged twice");
        assert_eq!(view.customer_messages(), 3);
        assert_eq!(Tenure::of_days(29), Tenure::New);
        assert_eq!(Tenure::of_days(364), Tenure::Established);
        assert_eq!(Tenure::of_days(365), Tenure::LongTerm);
        assert!(!format!("{view:?}").contains("card"));
    }
}
