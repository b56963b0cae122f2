//! The thinking half as tools: how a text sounds, what it is about, a reply out of articles that were found. Nothing
//! here reads a workspace, and nothing acts.

use crate::settings::CATEGORIES;
use crate::{
    AgentError, Answered, Encoder, Find, Library, Mind, Mood, Passage, Person, Query, Reply, Rules,
    Spent, Tenure, Tone, Triage, View, compose, digest::reason_word, embedded::dot, escalation,
    sync,
};
use gateway::{Task, Wish};
use serde_json::{Map, Value, json};
use std::{fmt::Write as _, sync::Arc};

/// Passages that a reply may rest on.
const PASSAGES: usize = 3;
/// How far apart likenesses lie that are told as shares: the smaller, the surer.
const SHARPNESS: f32 = 0.06;

/// What does a tool's task.
#[derive(Clone)]
pub struct Assist {
    /// What reads and writes.
    pub mind: Arc<dyn Mind>,
    /// What finds passages, and compares categories of others' choice.
    pub encoder: Arc<Encoder>,
    /// When a human is needed.
    pub rules: Rules,
    /// How the workspace speaks, unless a call says otherwise.
    pub tone: Tone,
}

impl Assist {
    /// Does a task; the answer, and what it took. Takes processor time for tens of milliseconds: within a Tokio runtime it runs on a thread of its own.
    pub async fn run(&self, task: Task) -> Result<(Value, Spent), AgentError> {
        let assist = self.clone();
        let runtime = tokio::runtime::Handle::current();
        let work = tokio::task::spawn_blocking(move || runtime.block_on(assist.answer(task)));
        let broken = |_| AgentError::Model("it ended in disorder".into());
        work.await.map_err(broken)?
    }

    async fn answer(&self, task: Task) -> Result<(Value, Spent), AgentError> {
        match task {
            Task::Sentiment(text) => self.sentiment(text).await,
            Task::Inquiry(text, categories) => self.inquiry(text, &categories).await,
            Task::Reply(wish) => self.reply(wish).await,
        }
    }

    async fn sentiment(&self, text: String) -> Result<(Value, Spent), AgentError> {
        let Answered { value, spent } = self.mind.read(&View::of(text)).await?;
        let frustration = value.sentiment.frustration;
        // How sure the mood is, as against the other side of fed up.
        let score = match value.sentiment.mood {
            Mood::Negative => frustration,
            Mood::Neutral | Mood::Positive => 1.0 - frustration,
        };
        Ok(told(
            json!({
                "sentiment": value.sentiment.mood,
                "score": share(score),
                "frustration": share(frustration),
                "urgency": value.urgency,
                "language": value.language,
            }),
            spent,
        ))
    }

    async fn inquiry(&self, text: String, names: &[String]) -> Result<(Value, Spent), AgentError> {
        let view = View::of(text);
        let Answered { value, spent } = self.mind.read(&view).await?;
        let own = names.is_empty() || names.contains(&value.category);
        let known = names.iter().all(|name| CATEGORIES.contains(&name.as_str()));
        let (category, confidence, subcategory) = if own && known {
            let Triage {
                category,
                confidence,
                subcategory,
                ..
            } = value.clone();
            (category, confidence, subcategory)
        } else {
            let (name, sure) = self.nearest(&view.asked(), names)?;
            (name, sure, None)
        };
        Ok(told(
            json!({
                "category": category,
                "confidence": share(confidence),
                "subcategory": subcategory,
                "urgency": value.urgency,
                "language": value.language,
                "wants_human": share(value.wants_human),
                "out_of_scope": share(value.out_of_scope),
            }),
            spent,
        ))
    }

    /// The name whose meaning is nearest to the text's, and its share among all of them. Nobody calibrated that share.
    fn nearest(&self, text: &str, names: &[String]) -> Result<(String, f32), AgentError> {
        let asked = self.encoder.meaning(text)?;
        let mut near = Vec::with_capacity(names.len());
        for name in names {
            let words = name.replace(['_', '-'], " ");
            let meant = self.encoder.meaning(&format!("This is about {words}."))?;
            near.push((dot(&asked, &meant) / SHARPNESS).exp());
        }
        let total: f32 = near.iter().sum();
        let best = near.iter().zip(names).max_by(|a, b| a.0.total_cmp(b.0));
        let (weight, name) =
            best.ok_or_else(|| AgentError::Model("there are no categories".into()))?;
        Ok((name.clone(), weight / total))
    }

    async fn reply(&self, wish: Wish) -> Result<(Value, Spent), AgentError> {
        let view = View {
            person: person(&wish.context),
            ..View::of(wish.query)
        };
        let Answered {
            value: triage,
            mut spent,
        } = self.mind.read(&view).await?;
        let passages = self.passages(&view, &triage, &wish.articles)?;
        let decision = escalation::decide(&view, &triage, &self.rules);
        let decision = escalation::with_found(decision, &passages, &self.rules);
        let mut tone = self.tone.clone();
        if let Some(own) = wish.tone {
            tone.guide = own;
        }
        let plan = compose::Plan {
            asked: view.asked(),
            triage,
            decision,
            passages,
            person: view.person,
            tone,
        };
        let reply = self.mind.compose(&plan).await?;
        spent.add(&reply.spent);
        Ok(told(written(&plan, &reply.value), spent))
    }

    fn passages(
        &self,
        view: &View,
        triage: &Triage,
        raw: &[Value],
    ) -> Result<Vec<Passage>, AgentError> {
        let library = Library::new(Arc::clone(&self.encoder));
        for article in raw.iter().flat_map(sync::read) {
            library.upsert(article);
        }
        let query = Query {
            text: view.asked(),
            locale: triage.language.clone(),
            ..Query::default()
        };
        library.find(&query, PASSAGES)
    }
}

/// A reply as plain words, each fact with the number of its source.
fn written(plan: &compose::Plan, reply: &Reply) -> Value {
    let cited = reply.cited();
    let mut words = String::new();
    for sentence in &reply.sentences {
        let gap = if words.is_empty() { "" } else { " " };
        let _ = write!(words, "{gap}{}", sentence.text.trim());
        let place = sentence
            .passage
            .and_then(|one| cited.iter().position(|other| *other == one));
        if let Some(place) = place {
            let _ = write!(words, " [{}]", place + 1);
        }
    }
    let sources = cited.iter().filter_map(|index| plan.passages.get(*index));
    let sources: Vec<Value> = sources
        .map(|one| json!({"id": one.article_id, "title": one.title, "url": one.url, "heading": one.heading}))
        .collect();
    let (triage, decision) = (&plan.triage, &plan.decision);
    let intent = match &triage.subcategory {
        Some(part) => format!("{}/{part}", triage.category),
        None => triage.category.clone(),
    };
    // Without a source nothing is answered, however clear the question is.
    let near = if cited.is_empty() {
        0.0
    } else {
        decision.scores.similarity
    };
    json!({
        "response": words,
        "confidence": share(triage.confidence.min(near)),
        "inferred_intent": intent,
        "decision": decision.verdict,
        "reason": reason_word(&decision.reason),
        "sources": sources,
    })
}

fn person(context: &Map<String, Value>) -> Person {
    let text = |name: &str| context.get(name).and_then(Value::as_str);
    Person {
        plan: text("plan").map(str::to_owned),
        tenure: match text("tenure") {
            Some("new") => Some(Tenure::New),
            Some("established") => Some(Tenure::Established),
            Some("long_term") => Some(Tenure::LongTerm),
            _ => None,
        },
        vip: false,
    }
}

/// The answer, with who gave it and what that took.
fn told(mut answer: Value, spent: Spent) -> (Value, Spent) {
    if let Value::Object(fields) = &mut answer {
        fields.retain(|_, value| !value.is_null());
        fields.insert("model".into(), spent.model.clone().into());
        let tokens = spent.input_tokens + spent.output_tokens;
        if tokens > 0 {
            fields.insert("tokens".into(), tokens.into());
        }
    }
    (answer, spent)
}

/// Two digits say enough of a probability.
fn share(value: f32) -> f64 {
    (f64::from(value) * 100.0).round() / 100.0
}
