//! What a human is told who takes a conversation over: an internal note.

use crate::conversation::{Conversation, Who};
use crate::safety::{Domains, Html};
use crate::settings::Settings;
use crate::{Decision, Passage, Person, Reason, Tenure, Threat, Triage, View};

/// How much of the customer's words the note repeats, in characters.
const QUOTED: usize = 600;

/// What is known when a conversation is handed over.
pub(crate) struct Facts<'a> {
    pub(crate) conversation: &'a Conversation,
    pub(crate) view: &'a View,
    pub(crate) name: Option<&'a str>,
    pub(crate) triage: Option<&'a Triage>,
    /// Why a human takes over; none where one is at work.
    pub(crate) why: Option<&'a Why>,
    /// The tool that waits for a person's word.
    pub(crate) asked: Option<&'a str>,
    pub(crate) passages: &'a [Passage],
}

/// Why a human takes over.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Why {
    /// The rules say so.
    Decided(Decision),
    /// The customer took up the offer of a human.
    Accepted,
    /// It wants something done that only a person may allow.
    NeedsApproval,
    /// A budget is used up.
    Budget,
    /// No model answered.
    NoModel,
    /// What the agent was about to say would rest on nothing.
    NothingToSay,
}

impl Why {
    /// In a word, for reports.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Decided(decision) => reason_word(&decision.reason),
            Self::Accepted => "accepted_offer",
            Self::NeedsApproval => "needs_approval",
            Self::Budget => "budget",
            Self::NoModel => "no_model",
            Self::NothingToSay => "nothing_to_say",
        }
    }

    fn told(&self) -> String {
        let decision = match self {
            Self::Decided(decision) => decision,
            Self::Accepted => return "the customer took up the offer of a human".into(),
            Self::NeedsApproval => return "only a person may allow what the customer wants".into(),
            Self::Budget => return "the agent's budget is used up".into(),
            Self::NoModel => return "no model could read the message".into(),
            Self::NothingToSay => return "the agent found nothing to say".into(),
        };
        match &decision.reason {
            Reason::AskedForHuman => "the customer asks for a human".into(),
            Reason::Threat(Threat::Legal) => "legal steps are mentioned".into(),
            Reason::Threat(Threat::Safety) => "someone's safety is at stake".into(),
            Reason::Threat(Threat::Chargeback) => "a chargeback is mentioned".into(),
            Reason::Keyword(word) => format!("the word “{word}” always goes to a human"),
            Reason::Vip => "a very important customer".into(),
            Reason::Category(category) => format!("{category} always goes to a human"),
            Reason::Frustration => "the customer is frustrated".into(),
            Reason::TooManyMessages => "the conversation has gone on for long".into(),
            Reason::LowConfidence => "it is not clear what it is about".into(),
            Reason::OutOfScope => "it is nothing that the agent knows of".into(),
            Reason::Language(language) => format!("the language ({language}) is not the agent's"),
            Reason::NothingFound => "no article is near the question".into(),
            Reason::Clear => "nothing in particular".into(),
        }
    }
}

/// A reason in a word.
pub(crate) fn reason_word(reason: &Reason) -> &'static str {
    match reason {
        Reason::AskedForHuman => "asked_for_human",
        Reason::Threat(Threat::Legal) => "legal_threat",
        Reason::Threat(Threat::Safety) => "safety",
        Reason::Threat(Threat::Chargeback) => "chargeback",
        Reason::Keyword(_) => "keyword",
        Reason::Vip => "vip",
        Reason::Category(_) => "category",
        Reason::Frustration => "frustration",
        Reason::TooManyMessages => "too_many_messages",
        Reason::LowConfidence => "low_confidence",
        Reason::OutOfScope => "out_of_scope",
        Reason::Language(_) => "language",
        Reason::NothingFound => "nothing_found",
        Reason::Clear => "clear",
    }
}

/// The note: what they want, what was tried, how they feel, who they are, where to look.
pub(crate) fn note(facts: &Facts<'_>, settings: &Settings) -> Html {
    let domains = Domains::new(&settings.domains, facts.passages);
    let (what, why) = match facts.why {
        Some(why) => ("Handed over by the agent", why.told()),
        None => ("The agent read this", "it answers no tickets".to_owned()),
    };
    let mut html = Html::new().fact(what, &why, &domains);
    html = html.fact("Wants", &wants(facts), &domains);
    if let Some(triage) = facts.triage {
        html = html.fact("Sentiment", &feels(triage), &domains);
    }
    html = html.fact(
        "Customer",
        &customer(facts.name, &facts.view.person),
        &domains,
    );
    html = html.fact("Tried", &tried(facts.conversation), &domains);
    if let Some(tool) = facts.asked {
        html = html.fact("Waits for an approval", tool, &domains);
    }
    if facts.passages.is_empty() {
        return html;
    }
    let links = facts
        .passages
        .iter()
        .map(|one| (one.title.as_str(), one.url.as_deref()));
    html.fact("May help", "", &domains).sources(links, &domains)
}

/// The note of a draft: the words that a human may send.
pub(crate) fn draft(reply: &Html) -> Html {
    let said = "the customer has not seen it; send it if it is right";
    Html::new()
        .fact("Draft of the agent", said, &Domains::default())
        .and(reply)
}

/// The note when nobody can tell whether a message reached the customer.
pub(crate) fn unclear() -> Html {
    let said = "a message of the agent may or may not have been sent, and reading the conversation again did not tell. \
                Please look, and answer the customer.";
    Html::new().fact("The agent stopped here", said, &Domains::default())
}

fn wants(facts: &Facts<'_>) -> String {
    let mut words: String = facts.view.asked().chars().take(QUOTED).collect();
    if facts.view.asked().chars().count() > QUOTED {
        words.push('…');
    }
    match facts.triage {
        Some(triage) => {
            let finer = triage
                .subcategory
                .as_ref()
                .map_or(String::new(), |one| format!(", {one}"));
            let (category, sure) = (&triage.category, percent(triage.confidence));
            format!("{category}{finer} ({sure}): “{words}”")
        }
        None => format!("“{words}”"),
    }
}

fn feels(triage: &Triage) -> String {
    let mood = format!("{:?}", triage.sentiment.mood).to_lowercase();
    let urgency = format!("{:?}", triage.urgency).to_lowercase();
    format!(
        "{mood}, frustration {}, urgency {urgency}",
        percent(triage.sentiment.frustration)
    )
}

fn customer(name: Option<&str>, person: &Person) -> String {
    let tenure = match person.tenure {
        Some(Tenure::New) => "for less than a month",
        Some(Tenure::Established) => "for less than a year",
        Some(Tenure::LongTerm) => "for a year or longer",
        None => "since when is not known",
    };
    let plan = person.plan.as_deref().unwrap_or("not known");
    let vip = if person.vip { ", very important" } else { "" };
    format!(
        "{}, plan {plan}, a customer {tenure}{vip}",
        name.unwrap_or("no name")
    )
}

fn tried(conversation: &Conversation) -> String {
    let bots = conversation
        .lines
        .iter()
        .filter(|line| line.who == Who::Answerer)
        .count();
    match (conversation.own_replies(), bots) {
        (0, 0) => "nothing yet".into(),
        (own, 0) => format!("{own} replies of the agent, above"),
        (own, bots) => format!("{own} replies of the agent and {bots} of another bot, above"),
    }
}

fn percent(share: f32) -> String {
    format!("{:.0} %", share * 100.0)
}
