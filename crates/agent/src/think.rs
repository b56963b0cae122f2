//! The thinking half of a turn: reads, and makes a plan. It changes nothing.

use crate::act::{Act, Asked, Target};
use crate::conversation::{Conversation, Line};
use crate::desk::{Desk, Hands};
use crate::digest::{self, Facts, Why, reason_word};
use crate::event::{Message, id_at, moment};
use crate::journal::Plan;
use crate::safety::{self, Domains, Html};
use crate::settings::{ESCALATED, Mode, Settings};
use crate::turn::{TurnError, missing};
use crate::{
    AgentError, Answered, Audience, Decision, Mind, Passage, Person, Query, Reply, Spent, Tenure,
    Triage, Verdict, View, compose, escalation,
};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use std::{sync::Arc, time::Instant};

/// The category of customers who want to leave.
const CANCELLATION: &str = "cancellation";
/// What says yes to an offer, as letters alone.
const YES: [&str; 16] = [
    "yes",
    "yesplease",
    "yespls",
    "yep",
    "yeah",
    "yesthanks",
    "yesthankyou",
    "ok",
    "okay",
    "okplease",
    "sure",
    "please",
    "pleasedo",
    "yesiwould",
    "thatwouldbegreat",
    "yesahumanplease",
];
const DAY: i64 = 86_400;

/// What a turn knows before it thinks.
pub(crate) struct Read {
    pub(crate) conversation: Conversation,
    target: Target,
    view: View,
    name: Option<String>,
    began: Instant,
}

/// Reads the conversation and its contact, with what webhooks told of it.
pub(crate) async fn read(
    desk: &Desk,
    hands: &Hands<'_>,
    target: &Target,
    messages: &[Message],
) -> Result<Read, TurnError> {
    let began = Instant::now();
    let (tool, name) = target.reader();
    let raw = hands.read(tool, name, &target.conversation);
    let raw = raw.await.map_err(missing)?;
    let mut conversation = Conversation::read(&raw, &desk.own);
    conversation.add(messages);
    let read = read_as(desk, hands, target.clone(), conversation).await;
    Ok(Read { began, ..read })
}

/// The same of a conversation that was read before, as it stood at some time.
pub(crate) async fn read_as(
    desk: &Desk,
    hands: &Hands<'_>,
    target: Target,
    conversation: Conversation,
) -> Read {
    let began = Instant::now();
    let target = Target {
        contact: conversation.contact.clone(),
        ..target
    };
    let contact = match &target.contact {
        Some(contact) => {
            let hands = hands.on(&target);
            hands.read("get_contact", "contact_id", contact).await.ok()
        }
        None => None,
    };
    let contact = contact.unwrap_or_default();
    let name = contact.get("name").and_then(Value::as_str);
    Read {
        view: conversation.view(person(&contact, &desk.settings, store::now() / 1000)),
        conversation,
        target,
        name: name.map(str::to_owned),
        began,
    }
}

/// Decides what to do.
pub(crate) async fn decide(desk: &Desk, read: &Read, restarts: usize) -> Result<Plan, TurnError> {
    let mut thought = Thought {
        desk,
        read,
        restarts,
        spent: Spent::embedded(),
        triage: None,
        decision: None,
        passages: Vec::new(),
    };
    let reply = match thought.answer().await? {
        _ if read.target.ticket => return Ok(thought.note()),
        Ok(reply) => reply,
        Err(why) => return Ok(thought.hand_over(&why)),
    };
    Ok(thought.plan_of(&reply))
}

/// A thought as far as it has come.
struct Thought<'a> {
    desk: &'a Desk,
    read: &'a Read,
    restarts: usize,
    spent: Spent,
    triage: Option<Triage>,
    decision: Option<Decision>,
    passages: Vec<Passage>,
}

impl Thought<'_> {
    /// A reply, or why there is none. The order is the specification's: escalation, triage, retrieval, decision, words.
    async fn answer(&mut self) -> Result<Result<Reply, Why>, TurnError> {
        let (desk, view) = (self.desk, &self.read.view);
        let (mind, rules) = (&desk.mind, &desk.settings.rules);
        if !desk.may_think(&self.read.target.conversation).await? {
            return Ok(Err(Why::Budget));
        }
        let triage = match apart(mind, view, |mind, view| mind.read(view)).await {
            Ok(answered) => {
                self.pay(answered.spent).await?;
                answered.value
            }
            Err(error) => return Ok(Err(no_model(&error))),
        };
        self.triage = Some(triage.clone());
        let decision = escalation::decide(view, &triage, rules);
        self.decision = Some(decision.clone());
        let inside = self.read.target.ticket || decision.verdict == Verdict::Escalate;
        self.passages = self.find(&triage, inside);
        if self.read.target.ticket {
            return Ok(Err(Why::Decided(decision)));
        }
        if decision.verdict == Verdict::Escalate {
            return Ok(Err(Why::Decided(decision)));
        }
        if self.action().is_some() {
            return Ok(Err(Why::NeedsApproval));
        }
        if self.takes_offer().await? {
            return Ok(Err(Why::Accepted));
        }
        let decision = escalation::with_found(decision, &self.passages, rules);
        self.decision = Some(decision.clone());
        let plan = compose::Plan {
            asked: view.asked(),
            triage,
            decision,
            passages: self.passages.clone(),
            person: view.person.clone(),
            tone: desk.settings.tone.clone(),
        };
        Ok(
            match apart(mind, &plan, |mind, plan| mind.compose(plan)).await {
                Ok(answered) => {
                    self.pay(answered.spent).await?;
                    if answered.value.sentences.is_empty() {
                        Err(Why::NothingToSay)
                    } else {
                        Ok(answered.value)
                    }
                }
                Err(error) => Err(no_model(&error)),
            },
        )
    }

    async fn pay(&mut self, spent: Spent) -> Result<(), TurnError> {
        self.desk
            .pay(&self.read.target.conversation, &spent)
            .await?;
        self.spent.add(&spent);
        Ok(())
    }

    /// The passages near the question; what only the team may read is for notes alone.
    fn find(&self, triage: &Triage, internal: bool) -> Vec<Passage> {
        let query = Query {
            text: self.read.view.asked(),
            help_center: None,
            locale: triage.language.clone(),
            internal,
        };
        let found = self.desk.library.find(&query, self.desk.settings.passages);
        let mut passages = found.unwrap_or_else(|error| {
            tracing::warn!(%error, "nothing can be found");
            Vec::new()
        });
        passages.retain(|passage| internal || passage.audience == Audience::Public);
        passages
    }

    /// Whether the customer says yes to the human that the turn before offered.
    async fn takes_offer(&self) -> Result<bool, TurnError> {
        let asked = safety::fingerprint(&self.read.view.asked());
        if !YES.contains(&asked.as_str()) {
            return Ok(false);
        }
        let before = self
            .desk
            .scope
            .turns_of(&self.read.target.conversation)
            .await?;
        let ended = before
            .iter()
            .rev()
            .filter_map(|turn| turn.outcome.as_deref());
        Ok(ended
            .into_iter()
            .find(|outcome| *outcome != "answered_already")
            == Some("offered"))
    }

    /// The plan of a conversation that goes to a human: told so, assigned, tagged, with a note.
    fn hand_over(&self, why: &Why) -> Plan {
        let settings = &self.desk.settings;
        let category = self.triage.as_ref().map_or("", |triage| &triage.category);
        let mut acts = Vec::new();
        let domains = Domains::new(&settings.domains, &[]);
        let holding = Html::new().paragraph(settings.holding_at(store::now()), &domains);
        acts.push(match settings.mode {
            Mode::Draft => Act::Note(digest::draft(&holding)),
            _ => Act::Reply(holding),
        });
        acts.extend(
            settings
                .team(category)
                .map(|team| Act::Assign(team.to_owned())),
        );
        acts.push(Act::Tag(ESCALATED.into()));
        acts.extend(self.labels());
        let asked = self.action();
        let mut facts = self.facts(Some(why));
        facts.asked = asked.as_ref().map(|asked| asked.tool.as_str());
        acts.push(Act::Note(digest::note(&facts, settings)));
        acts.extend(asked.map(Act::Ask));
        self.plan("escalated", why.word(), acts)
    }

    /// The plan for a ticket, which humans answer: a note that helps them.
    fn note(&self) -> Plan {
        let note = digest::note(&self.facts(None), &self.desk.settings);
        self.plan("noted", "ticket", vec![Act::Note(note)])
    }

    fn facts<'a>(&'a self, why: Option<&'a Why>) -> Facts<'a> {
        Facts {
            conversation: &self.read.conversation,
            view: &self.read.view,
            name: self.read.name.as_deref(),
            triage: self.triage.as_ref(),
            why,
            asked: None,
            passages: &self.passages,
        }
    }

    /// The call that a person may allow for this; with no other arguments than the ids of what the turn is bound to.
    fn action(&self) -> Option<Asked> {
        let name = self.desk.settings.action(self.triage.as_ref()?)?;
        let tool = self.desk.gateway.registry().get(name)?;
        let target = &self.read.target;
        let ids = [
            ("conversation_id", Some(&target.conversation)),
            ("contact_id", target.contact.as_ref()),
        ];
        let takes = |name: &str| {
            tool.input_schema
                .pointer("/properties")?
                .get(name)
                .map(drop)
        };
        let given = ids.into_iter().filter_map(|(name, id)| {
            takes(name)?;
            Some((name.to_owned(), Value::from(id?.as_str())))
        });
        Some(Asked {
            id: store::new_id(),
            tool: name.to_owned(),
            arguments: given.collect(),
        })
    }

    /// The plan of an answer: sent, or drafted for a human.
    fn plan_of(&self, reply: &Reply) -> Plan {
        let settings = &self.desk.settings;
        let domains = Domains::new(&settings.domains, &self.passages);
        let html = safety::reply(reply, &self.passages, &domains);
        let sure = self
            .triage
            .as_ref()
            .is_some_and(|triage| triage.confidence >= settings.confidence);
        let sends = match settings.mode {
            Mode::Auto => true,
            Mode::Suggest => sure,
            Mode::Draft | Mode::Off => false,
        };
        let offers = self
            .decision
            .as_ref()
            .is_some_and(|one| one.verdict == Verdict::Offer);
        let (outcome, act) = match (sends, offers) {
            (false, _) => ("drafted", Act::Note(digest::draft(&html))),
            (true, true) => ("offered", Act::Reply(html)),
            (true, false) => ("answered", Act::Reply(html)),
        };
        let mut acts = vec![act];
        acts.extend(self.labels());
        let reason = self
            .decision
            .as_ref()
            .map_or("clear", |one| reason_word(&one.reason));
        self.plan(outcome, reason, acts)
    }

    /// The category as a tag, and what it says about the contact.
    fn labels(&self) -> Vec<Act> {
        let Some(triage) = &self.triage else {
            return Vec::new();
        };
        let mut acts = Vec::new();
        let settings = &self.desk.settings;
        if settings.tag_category && settings.categories.contains(&triage.category) {
            acts.push(Act::Tag(triage.category.clone()));
        }
        if triage.category == CANCELLATION {
            let attributes = json!({"churn_risk": "high"});
            acts.extend(attributes.as_object().cloned().map(Act::Attributes));
        }
        acts
    }

    fn plan(&self, outcome: &str, reason: &str, acts: Vec<Act>) -> Plan {
        let last = |line: &Line| line.id.clone();
        Plan {
            target: self.read.target.clone(),
            since: self
                .read
                .conversation
                .lines
                .last()
                .map(last)
                .unwrap_or_default(),
            acts,
            outcome: outcome.to_owned(),
            record: self.record(reason),
        }
    }

    /// Figures for reports; no words of anybody.
    fn record(&self, reason: &str) -> Value {
        let waiting = self
            .read
            .conversation
            .awaiting()
            .map(|line| store::now() - line.at * 1000);
        let articles: Vec<&str> = self
            .passages
            .iter()
            .map(|one| one.article_id.as_str())
            .collect();
        json!({
            "reason": reason,
            "triage": self.triage,
            "decision": self.decision,
            "spent": self.spent,
            "articles": articles,
            "mode": self.desk.settings.mode.word(),
            "waited_ms": waiting,
            "thought_ms": u64::try_from(self.read.began.elapsed().as_millis()).unwrap_or(u64::MAX),
            "restarts": self.restarts,
            "first": self.read.conversation.own_replies() == 0,
        })
    }
}

/// A thought under way.
type Thinking<'a, T> = BoxFuture<'a, Result<Answered<T>, AgentError>>;

/// Thinks on a thread of its own: a model at work in this process would keep leases from being renewed.
async fn apart<I, T>(
    mind: &Arc<dyn Mind>,
    given: &I,
    think: for<'a> fn(&'a dyn Mind, &'a I) -> Thinking<'a, T>,
) -> Result<Answered<T>, AgentError>
where
    I: Clone + Send + 'static,
    T: Send + 'static,
{
    let (mind, given) = (Arc::clone(mind), given.clone());
    let runtime = tokio::runtime::Handle::current();
    let thought = tokio::task::spawn_blocking(move || runtime.block_on(think(&*mind, &given)));
    let broken = |_| AgentError::Model("it ended in disorder".into());
    thought.await.map_err(broken)?
}

fn no_model(error: &AgentError) -> Why {
    tracing::warn!(%error, "no model answered");
    Why::NoModel
}

/// Who writes, as far as the contact tells.
pub(crate) fn person(contact: &Value, settings: &Settings, now: i64) -> Person {
    let attribute = |name: &str| match contact.get("custom_attributes")?.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(on) => Some(on.to_string()),
        _ => None,
    };
    let since = contact.get("signed_up_at").and_then(moment);
    let since = since.or_else(|| contact.get("created_at").and_then(moment));
    let days = since.map(|since| u32::try_from((now - since).max(0) / DAY).unwrap_or(u32::MAX));
    let tagged = |name: &str| {
        let tags = contact.pointer("/tags/data").and_then(Value::as_array);
        let mut tags = tags.into_iter().flatten();
        tags.any(|tag| {
            tag["name"].as_str() == Some(name) || id_at(tag, "/id").as_deref() == Some(name)
        })
    };
    let vip = settings.vip.iter().any(|rule| match rule.split_once('=') {
        Some((name, value)) => attribute(name.trim()).as_deref() == Some(value.trim()),
        None => tagged(rule),
    });
    Person {
        plan: attribute(&settings.plan_attribute),
        tenure: days.map(Tenure::of_days),
        vip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_known_by_the_contact() {
        let contact = json!({"signed_up_at": "2026-01-10T04:22:28.240+00:00", "custom_attributes": {"plan": "pro", "seats": 5},
            "tags": {"data": [{"name": "vip"}]}});
        let now = 1_768_018_948 + 31 * DAY;
        for (vip, expected) in [
            ("plan=pro", true),
            ("seats = 5", true),
            ("plan=free", false),
            ("vip", true),
            ("x", false),
        ] {
            let settings = Settings {
                vip: vec![vip.into()],
                ..Settings::default()
            };
            let person = person(&contact, &settings, now);
            assert_eq!(person.vip, expected, "{vip}");
            assert_eq!(
                (person.plan.as_deref(), person.tenure),
                (Some("pro"), Some(Tenure::Established))
            );
        }
    }
}
