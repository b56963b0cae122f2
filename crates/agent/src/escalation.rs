//! Whether a human is needed: a structured decision with its reason, never read out of a reply's text.

use crate::{Passage, Threat, Triage, View};
use serde::{Deserialize, Serialize};

/// What to do with the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Hand it to a human now.
    Escalate,
    /// Answer, and offer a human.
    Offer,
    /// Answer.
    Answer,
}

/// The first rule that decided.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The customer asks for a human.
    AskedForHuman,
    /// A threat that only a human may answer.
    Threat(Threat),
    /// A word of the workspace's list.
    Keyword(String),
    /// A rule calls the customer very important.
    Vip,
    /// The category is set to human.
    Category(String),
    /// Frustration over the threshold.
    Frustration,
    /// More messages of the customer than the rules allow.
    TooManyMessages,
    /// The category is too unsure.
    LowConfidence,
    /// Nothing for a support desk.
    OutOfScope,
    /// A language that the model cannot read.
    Language(String),
    /// No article is near the question.
    NothingFound,
    /// Nothing speaks against an answer.
    Clear,
}

/// The figures that the decision rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct Scores {
    /// The probability that a human is asked for.
    pub wants_human: f32,
    /// The probability of frustration.
    pub frustration: f32,
    /// The probability of the category.
    pub confidence: f32,
    /// The probability that this is nothing for a support desk.
    pub out_of_scope: f32,
    /// The cosine of the question and the best passage; 0 before any search.
    pub similarity: f32,
}

/// A decision with its reason.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Decision {
    /// What to do.
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason,
    /// The figures that it rests on.
    pub scores: Scores,
}

/// When a human is needed; the workspace's own.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Frustration from which a human takes over.
    pub frustration: f32,
    /// The probability of an explicit wish from which a human takes over.
    pub wants_human: f32,
    /// How many messages a customer may write before a human takes over.
    pub messages: usize,
    /// Confidence below which a human is offered.
    pub confidence: f32,
    /// The probability of an out-of-scope message from which a human is offered.
    pub out_of_scope: f32,
    /// The similarity of the best passage below which nothing counts as found.
    pub similarity: f32,
    /// Categories that always go to a human.
    pub human_categories: Vec<String>,
    /// Words and phrases that always go to a human; case does not matter.
    pub keywords: Vec<String>,
    /// Whether very important customers always get a human.
    pub vip: bool,
    /// Languages that the model reads; in others a human is offered.
    pub languages: Vec<String>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            frustration: 0.7,
            // By cross-validation on what was learned from: 95 % of wishes, and 1.5 % of plain questions.
            wants_human: 0.2,
            messages: 10,
            confidence: 0.4,
            out_of_scope: 0.5,
            similarity: 0.25,
            human_categories: Vec::new(),
            keywords: Vec::new(),
            vip: true,
            languages: vec!["en".into()],
        }
    }
}

/// Decides from the conversation and what was read out of it, before anything is searched for.
pub fn decide(view: &View, triage: &Triage, rules: &Rules) -> Decision {
    let scores = Scores {
        wants_human: triage.wants_human,
        frustration: triage.sentiment.frustration,
        confidence: triage.confidence,
        out_of_scope: triage.out_of_scope,
        similarity: 0.0,
    };
    let (verdict, reason) = escalates(view, triage, rules)
        .map(|reason| (Verdict::Escalate, reason))
        .or_else(|| offers(triage, rules).map(|reason| (Verdict::Offer, reason)))
        .unwrap_or((Verdict::Answer, Reason::Clear));
    Decision {
        verdict,
        reason,
        scores,
    }
}

/// The same decision once the library was searched: with nothing near, an answer becomes the offer of a human.
#[must_use]
pub fn with_found(mut decision: Decision, passages: &[Passage], rules: &Rules) -> Decision {
    decision.scores.similarity = passages
        .iter()
        .map(|passage| passage.similarity)
        .fold(0.0, f32::max);
    if decision.verdict == Verdict::Answer && decision.scores.similarity < rules.similarity {
        decision.verdict = Verdict::Offer;
        decision.reason = Reason::NothingFound;
    }
    decision
}

fn escalates(view: &View, triage: &Triage, rules: &Rules) -> Option<Reason> {
    if triage.wants_human >= rules.wants_human {
        return Some(Reason::AskedForHuman);
    }
    if let Some(threat) = triage.threat {
        return Some(Reason::Threat(threat));
    }
    if let Some(word) = keyword(&view.asked(), &rules.keywords) {
        return Some(Reason::Keyword(word));
    }
    if rules.vip && view.person.vip {
        return Some(Reason::Vip);
    }
    if rules.human_categories.contains(&triage.category) {
        return Some(Reason::Category(triage.category.clone()));
    }
    if triage.sentiment.frustration >= rules.frustration {
        return Some(Reason::Frustration);
    }
    (view.customer_messages() > rules.messages).then_some(Reason::TooManyMessages)
}

fn offers(triage: &Triage, rules: &Rules) -> Option<Reason> {
    if let Some(language) = &triage.language
        && !rules.languages.contains(language)
    {
        return Some(Reason::Language(language.clone()));
    }
    if triage.out_of_scope >= rules.out_of_scope {
        return Some(Reason::OutOfScope);
    }
    (triage.confidence < rules.confidence).then_some(Reason::LowConfidence)
}

/// The first of the workspace's words that stands in the text as whole words.
fn keyword(text: &str, keywords: &[String]) -> Option<String> {
    let text = spaced(text);
    keywords
        .iter()
        .find(|word| {
            let word = spaced(word);
            word.trim() != "" && text.contains(&word)
        })
        .cloned()
}

/// The words in lower case, with one space before and after each.
fn spaced(text: &str) -> String {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    format!(" {} ", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sentiment;

    fn clear() -> Triage {
        Triage {
            category: "billing".into(),
            confidence: 0.9,
            language: Some("en".into()),
            ..Triage::default()
        }
    }

    fn check(view: &View, triage: &Triage, rules: &Rules, expect: &(Verdict, Reason)) {
        let decision = decide(view, triage, rules);
        assert_eq!(&(decision.verdict, decision.reason), expect);
    }

    #[test]
    fn rules_decide_in_order() {
        let view = View::of("Where is my GDPR export?");
        let rules = Rules::default();
        check(&view, &clear(), &rules, &(Verdict::Answer, Reason::Clear));
        let mut triage = clear();
        triage.confidence = 0.39;
        let expect = (Verdict::Offer, Reason::LowConfidence);
        check(&view, &triage, &rules, &expect);
        triage.out_of_scope = 0.5;
        check(
            &view,
            &triage,
            &rules,
            &(Verdict::Offer, Reason::OutOfScope),
        );
        triage.language = Some("de".into());
        let expect = (Verdict::Offer, Reason::Language("de".into()));
        check(&view, &triage, &rules, &expect);
        triage.sentiment = Sentiment {
            frustration: 0.7,
            ..Sentiment::default()
        };
        let expect = (Verdict::Escalate, Reason::Frustration);
        check(&view, &triage, &rules, &expect);
        let human = Rules {
            human_categories: vec!["billing".into()],
            keywords: vec!["gdpr".into()],
            ..Rules::default()
        };
        let expect = (Verdict::Escalate, Reason::Keyword("gdpr".into()));
        check(&view, &triage, &human, &expect);
        triage.threat = Some(Threat::Legal);
        let expect = (Verdict::Escalate, Reason::Threat(Threat::Legal));
        check(&view, &triage, &human, &expect);
        triage.wants_human = 0.5;
        let expect = (Verdict::Escalate, Reason::AskedForHuman);
        check(&view, &triage, &human, &expect);
    }

    #[test]
    fn keywords_are_whole_words() {
        let words = ["sue".to_owned(), "press release".to_owned()];
        assert_eq!(keyword("an issue with tissues", &words), None);
        assert_eq!(keyword("I will SUE!", &words), Some("sue".into()));
        let found = keyword("about the press-release", &words);
        assert_eq!(found, Some("press release".into()));
        assert_eq!(keyword("anything", &["!".to_owned()]), None);
    }

    #[test]
    fn an_answer_without_articles_is_an_offer() {
        let rules = Rules::default();
        let decision = decide(&View::of("hello"), &clear(), &rules);
        let decision = with_found(decision, &[], &rules);
        assert_eq!(decision.verdict, Verdict::Offer);
        assert_eq!(decision.reason, Reason::NothingFound);
    }
}
