//! Retrieval and the replies that come of it, on a public set of questions with the articles that answer them.

use super::{Bound::AtLeast, Report, Row, stats};
use crate::{
    AgentError, Article, Audience, Find, Library, Passage, Person, Plan, Query, Reply, Rules, Tone,
    Triage, View,
    compose::{self, grounded},
    embedded::{Encoder, head::real},
    escalation,
};
use serde::Deserialize;
use std::{fs, path::Path, sync::Arc, time::Instant};

const SET: &str = "WixQA sample";
const FOUND: usize = 10;

#[derive(Deserialize)]
struct Asked {
    question: String,
    article_ids: Vec<String>,
    contexts: Vec<Context>,
}

#[derive(Deserialize)]
struct Context {
    id: String,
    title: String,
    text: String,
    url: Option<String>,
}

struct Outcome {
    /// The place of the first right article, from 0.
    place: Option<usize>,
    /// For each sentence that states a fact, whether its passage supports it; unsupported where it names none.
    grounded: Vec<bool>,
    millis: f32,
}

pub(super) fn measure(
    encoder: &Arc<Encoder>,
    data: &Path,
    report: &mut Report,
) -> Result<(), AgentError> {
    let Ok(text) = fs::read_to_string(data.join("retrieval/wixqa_public_rag_sample.jsonl")) else {
        report
            .skipped
            .push("retrieval: its file is not there".into());
        return Ok(());
    };
    let asked: Result<Vec<Asked>, _> = text.lines().map(serde_json::from_str).collect();
    let asked = asked.map_err(|error| AgentError::Model(error.to_string()))?;
    let library = Library::new(Arc::clone(encoder));
    for context in asked.iter().flat_map(|one| &one.contexts) {
        library.upsert(article(context));
    }
    library.read()?;
    let outcomes: Result<Vec<Outcome>, AgentError> = asked
        .iter()
        .map(|one| answer(encoder, &library, one))
        .collect();
    rows(&outcomes?, library.len(), report);
    Ok(())
}

fn article(context: &Context) -> Article {
    Article {
        id: context.id.clone(),
        help_center: None,
        locale: "en".into(),
        title: context.title.clone(),
        body: context.text.clone(),
        url: context.url.clone(),
        audience: Audience::Public,
    }
}

fn answer(encoder: &Encoder, library: &Library, asked: &Asked) -> Result<Outcome, AgentError> {
    let start = Instant::now();
    let query = Query {
        text: asked.question.clone(),
        ..Query::default()
    };
    let passages = library.find(&query, FOUND)?;
    let millis = start.elapsed().as_secs_f32() * 1000.0;
    let place = passages
        .iter()
        .position(|passage| asked.article_ids.contains(&passage.article_id));
    let plan = plan(asked, passages);
    let reply = compose::extract(&plan, encoder)?;
    Ok(Outcome {
        place,
        grounded: support(&reply, &plan.passages),
        millis,
    })
}

fn plan(asked: &Asked, passages: Vec<Passage>) -> Plan {
    let triage = Triage {
        confidence: 1.0,
        ..Triage::default()
    };
    let rules = Rules::default();
    let decision = escalation::decide(&View::of(asked.question.as_str()), &triage, &rules);
    Plan {
        asked: asked.question.clone(),
        decision: escalation::with_found(decision, &passages, &rules),
        triage,
        passages,
        person: Person::default(),
        tone: Tone::default(),
    }
}

/// Sentences between the opening and the closing state facts, each of which needs its passage.
fn support(reply: &Reply, passages: &[Passage]) -> Vec<bool> {
    let facts = reply
        .sentences
        .iter()
        .filter_map(|sentence| Some((sentence, passages.get(sentence.passage?)?)));
    facts
        .map(|(sentence, passage)| grounded(&sentence.text, &passage.text))
        .collect()
}

fn rows(outcomes: &[Outcome], articles: usize, report: &mut Report) {
    let count = outcomes.len();
    let within = |k: usize| {
        move |sample: &[usize]| {
            stats::share(
                sample
                    .iter()
                    .map(|at| outcomes[*at].place.is_some_and(|place| place < k)),
            )
        }
    };
    let mrr = |sample: &[usize]| {
        let ranks = sample.iter().map(|at| {
            outcomes[*at]
                .place
                .map_or(0.0, |place| 1.0 / real(place + 1))
        });
        ranks.sum::<f32>() / real(sample.len().max(1))
    };
    let facts: Vec<bool> = outcomes
        .iter()
        .flat_map(|one| one.grounded.iter().copied())
        .collect();
    let mut millis: Vec<f32> = outcomes.iter().map(|one| one.millis).collect();
    millis.sort_by(f32::total_cmp);
    let set = format!("{SET}, {articles} a.");
    report.rows.extend([
        Row::sampled(&set, "recall@1", count, within(1)),
        Row::sampled(&set, "recall@5", count, within(5))
            .goal(AtLeast(0.95))
            .gate(AtLeast(0.90)),
        Row::sampled(&set, "recall@10", count, within(10)),
        Row::sampled(&set, "MRR", count, mrr).gate(AtLeast(0.75)),
        Row::new(
            &set,
            "quoted sentences that are grounded",
            facts.len(),
            stats::share(facts.iter().copied()),
        )
        .goal(AtLeast(1.0))
        .gate(AtLeast(1.0)),
        Row::new(
            &set,
            "find, p95 in ms",
            count,
            stats::percentile(&millis, 0.95),
        ),
    ]);
}
