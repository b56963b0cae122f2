//! How the agent of a workspace works: fixed before any message is read.

use crate::{Rules, Tone, Triage, hours::Hours, reach::Reach};
use std::collections::BTreeMap;

/// The tag of conversations that were handed to a human.
pub const ESCALATED: &str = "escalated";

/// What messages are about, unless the workspace says otherwise.
pub const CATEGORIES: [&str; 7] = [
    "billing",
    "technical",
    "account",
    "feature_request",
    "bug_report",
    "general_inquiry",
    "cancellation",
];

/// How far the agent may go by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Not at all.
    #[default]
    Off,
    /// It writes internal notes that a human may send; customers never hear from it.
    Draft,
    /// It answers where it is sure of the category, and drafts where it is not.
    Suggest,
    /// It answers, or hands over.
    Auto,
}

impl Mode {
    /// The mode of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Off, Self::Draft, Self::Suggest, Self::Auto]
            .into_iter()
            .find(|mode| mode.word() == word)
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Draft => "draft",
            Self::Suggest => "suggest",
            Self::Auto => "auto",
        }
    }
}

/// The agent's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How far it may go.
    pub mode: Mode,
    /// In `suggest`: the confidence from which on it answers by itself.
    pub confidence: f32,
    /// When a human is needed.
    pub rules: Rules,
    /// How it speaks.
    pub tone: Tone,
    /// The team of each category, by id or name; `default` is for all others.
    pub teams: BTreeMap<String, String>,
    /// When humans are there; always, where it is not said.
    pub hours: Option<Hours>,
    /// What a customer is told who is handed to a human.
    pub holding: String,
    /// The same while no human is there.
    pub holding_away: String,
    /// Sites that replies may link to, beside those of the articles they cite.
    pub domains: Vec<String>,
    /// The contact's attribute that names the plan they pay for.
    pub plan_attribute: String,
    /// Contacts who are very important: `attribute=value`, or the name of a tag.
    pub vip: Vec<String>,
    /// What messages may be about.
    pub categories: Vec<String>,
    /// Whether conversations are tagged with their category.
    pub tag_category: bool,
    /// How many passages a reply may rest on.
    pub passages: usize,
    /// How long to wait for more messages of a customer who has just written, in milliseconds.
    pub quiet_ms: i64,
    /// How long a turn waits in all for a customer who keeps writing, in milliseconds.
    pub patience_ms: i64,
    /// Tool calls of one turn.
    pub calls: u32,
    /// Tokens of one conversation in a day.
    pub conversation_tokens: i64,
    /// Tokens of the workspace in a day.
    pub tokens: i64,
    /// Millionths of a US dollar of the workspace in a day.
    pub cost_micros: i64,
    /// Tools that a person may allow, by `category/subcategory` or category; they are called with the ids alone.
    pub actions: BTreeMap<String, String>,
    /// How it writes first.
    pub reach: Reach,
    /// How long after a write of unknown fate the conversation is read again, in milliseconds.
    pub settle_ms: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mode: Mode::Off,
            confidence: 0.6,
            rules: Rules::default(),
            tone: Tone::default(),
            teams: BTreeMap::new(),
            hours: None,
            holding: "Thank you for your message. I am handing this over to a colleague, who will get back to you here."
                .into(),
            holding_away: "Thank you for your message. I am handing this over to a colleague. Our team is away right \
                           now and will get back to you here as soon as it is back."
                .into(),
            domains: Vec::new(),
            plan_attribute: "plan".into(),
            vip: Vec::new(),
            categories: CATEGORIES.map(str::to_owned).to_vec(),
            tag_category: true,
            passages: 3,
            quiet_ms: 3_000,
            patience_ms: 15_000,
            calls: 30,
            conversation_tokens: 200_000,
            tokens: 10_000_000,
            cost_micros: 50_000_000,
            actions: BTreeMap::new(),
            reach: Reach::default(),
            settle_ms: 5_000,
        }
    }
}

/// The tags that a turn may put on: each category, where it tags at all, and that of a handover.
pub(crate) fn tags(settings: &Settings) -> Vec<String> {
    let mut tags = vec![ESCALATED.to_owned()];
    if settings.tag_category {
        tags.extend_from_slice(&settings.categories);
    }
    tags
}

impl Settings {
    /// The team of a category; none where none is configured.
    pub fn team(&self, category: &str) -> Option<&str> {
        let team = self.teams.get(category);
        team.or_else(|| self.teams.get("default"))
            .map(String::as_str)
    }

    /// The tool that a person may allow for such a message, where one is configured.
    pub fn action(&self, triage: &Triage) -> Option<&str> {
        let part = triage.subcategory.as_deref().unwrap_or_default();
        let finer = self.actions.get(&format!("{}/{part}", triage.category));
        let action = finer.or_else(|| self.actions.get(&triage.category));
        action.map(String::as_str)
    }

    /// What a customer is told who is handed over at that time, in milliseconds since 1970.
    pub fn holding_at(&self, now: i64) -> &str {
        match &self.hours {
            Some(hours) if !hours.are_on(now) => &self.holding_away,
            _ => &self.holding,
        }
    }
}
