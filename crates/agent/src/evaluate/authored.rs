//! The authored messages that nothing was learned from.

use super::{
    Bound::{AtLeast, AtMost},
    Row, stats,
};
use crate::{
    AgentError, Embedded, Rules, Triage, Verdict, View,
    embedded::corpus::{Corpus, Message},
    escalation,
};
use std::time::Instant;

struct Read<'a> {
    message: &'a Message,
    triage: Triage,
    verdict: Verdict,
    millis: f32,
}

/// The held-out sets by name; nothing is chosen by either.
pub(super) fn sets() -> [(&'static str, Corpus); 2] {
    [
        ("held-out 1", Corpus::held_out()),
        ("held-out 2", Corpus::held_out_second()),
    ]
}

pub(super) fn measure(mind: &Embedded) -> Result<Vec<Row>, AgentError> {
    let mut rows = Vec::new();
    for (set, held) in &sets() {
        let one = measure_one(mind, held)?;
        rows.extend(one.into_iter().map(|row| row.of(set)));
    }
    rows.extend(memory());
    Ok(rows)
}

fn measure_one(mind: &Embedded, held: &Corpus) -> Result<Vec<Row>, AgentError> {
    let categories = read(mind, &held.categories)?;
    let moods = read(mind, &held.frustration)?;
    let human = read(mind, &held.human)?;
    let threats = read(mind, &held.threat)?;
    let beyond = read(mind, &held.out_of_scope)?;
    let mut rows = category(mind, &categories);
    rows.extend(escalated(&human, &moods, &threats, &categories));
    rows.extend(frustrated(&moods, &categories));
    rows.extend(scope(&beyond, &categories));
    rows.extend(speed(&[&categories, &moods, &human, &threats, &beyond]));
    Ok(rows)
}

fn read<'a>(mind: &Embedded, messages: &'a [Message]) -> Result<Vec<Read<'a>>, AgentError> {
    let rules = Rules::default();
    let one = |message: &'a Message| {
        let view = View::of(message.text.as_str());
        let start = Instant::now();
        let triage = mind.triage(&view)?;
        let verdict = escalation::decide(&view, &triage, &rules).verdict;
        let millis = start.elapsed().as_secs_f32() * 1000.0;
        Ok(Read {
            message,
            triage,
            verdict,
            millis,
        })
    };
    messages.iter().map(one).collect()
}

fn category(mind: &Embedded, read: &[Read<'_>]) -> Vec<Row> {
    let names = mind.categories();
    let place = |name: &str| {
        names
            .iter()
            .position(|one| one == name)
            .unwrap_or(names.len())
    };
    let pairs: Vec<(usize, usize)> = read
        .iter()
        .map(|one| (place(&one.message.label), place(&one.triage.category)))
        .collect();
    let sure: Vec<(f32, bool)> = read
        .iter()
        .zip(&pairs)
        .map(|(one, (truth, answer))| (one.triage.confidence, truth == answer))
        .collect();
    let f1 = |sample: &[usize]| stats::macro_f1(names.len(), sample.iter().map(|at| pairs[*at]));
    let error = |sample: &[usize]| {
        stats::calibration(&sample.iter().map(|at| sure[*at]).collect::<Vec<_>>())
    };
    vec![
        Row::sampled("", "category macro-F1", pairs.len(), f1)
            .goal(AtLeast(0.92))
            .gate(AtLeast(0.88)),
        Row::sampled("", "category calibration error", pairs.len(), error)
            .goal(AtMost(0.03))
            .gate(AtMost(0.08)),
    ]
}

/// Whether a human takes over: asked for, threatened or fed up against everything else.
fn escalated(
    human: &[Read<'_>],
    moods: &[Read<'_>],
    threats: &[Read<'_>],
    calm: &[Read<'_>],
) -> Vec<Row> {
    let should = |message: &Message| {
        matches!(
            message.label.as_str(),
            "wants" | "fed_up" | "legal" | "safety" | "chargeback"
        )
    };
    let all: Vec<(bool, bool)> = human
        .iter()
        .chain(moods)
        .chain(threats)
        .chain(calm)
        .map(|one| (should(one.message), one.verdict == Verdict::Escalate))
        .collect();
    let wish: Vec<bool> = human
        .iter()
        .filter(|one| one.message.label == "wants")
        .map(|one| one.verdict == Verdict::Escalate)
        .collect();
    let stays: Vec<bool> = human
        .iter()
        .filter(|one| one.message.label == "stays")
        .map(|one| one.verdict == Verdict::Escalate)
        .collect();
    let figure = |which: usize| {
        let all = &all;
        move |sample: &[usize]| stats::precision_recall(sample.iter().map(|at| all[*at]))[which]
    };
    let right = |sample: &[usize]| stats::share(sample.iter().map(|at| all[*at].0 == all[*at].1));
    let share = |of: &[bool], sample: &[usize]| stats::share(sample.iter().map(|at| of[*at]));
    vec![
        Row::sampled("", "escalation accuracy", all.len(), right)
            .goal(AtLeast(0.97))
            .gate(AtLeast(0.93)),
        Row::sampled("", "escalation precision", all.len(), figure(0)).gate(AtLeast(0.88)),
        Row::sampled("", "escalation recall", all.len(), figure(1)).gate(AtLeast(0.85)),
        Row::sampled("", "recall of a wish for a human", wish.len(), |sample| {
            share(&wish, sample)
        })
        .goal(AtLeast(0.995))
        .gate(AtLeast(0.94)),
        Row::sampled(
            "",
            "false alarms beside such words",
            stays.len(),
            |sample| share(&stays, sample),
        )
        .gate(AtMost(0.15)),
    ]
}

fn frustrated(moods: &[Read<'_>], neutral: &[Read<'_>]) -> Vec<Row> {
    let pairs: Vec<(bool, f32)> = moods
        .iter()
        .map(|one| (one.message.fed_up, one.triage.sentiment.frustration))
        .collect();
    let alarms: Vec<bool> = neutral
        .iter()
        .map(|one| one.triage.sentiment.frustration >= 0.7)
        .collect();
    let area =
        |sample: &[usize]| stats::area(&sample.iter().map(|at| pairs[*at]).collect::<Vec<_>>());
    let error = |sample: &[usize]| {
        let sure: Vec<(f32, bool)> = sample
            .iter()
            .map(|at| (pairs[*at].1, pairs[*at].0))
            .collect();
        stats::calibration(&sure)
    };
    vec![
        Row::sampled("", "frustration area under the curve", pairs.len(), area)
            .goal(AtLeast(0.93))
            .gate(AtLeast(0.93)),
        Row::sampled("", "frustration calibration error", pairs.len(), error).gate(AtMost(0.12)),
        Row::sampled(
            "",
            "frustration alarms, plain questions",
            alarms.len(),
            |sample| stats::share(sample.iter().map(|at| alarms[*at])),
        )
        .goal(AtMost(0.02))
        .gate(AtMost(0.02)),
    ]
}

fn scope(beyond: &[Read<'_>], within: &[Read<'_>]) -> Vec<Row> {
    let pairs: Vec<(bool, f32)> = beyond
        .iter()
        .map(|one| (true, one.triage.out_of_scope))
        .chain(within.iter().map(|one| (false, one.triage.out_of_scope)))
        .collect();
    let f1 = |sample: &[usize]| {
        stats::precision_recall(sample.iter().map(|at| (pairs[*at].0, pairs[*at].1 >= 0.5)))[2]
    };
    vec![
        Row::sampled("", "out-of-scope F1", pairs.len(), f1)
            .goal(AtLeast(0.85))
            .gate(AtLeast(0.85)),
    ]
}

fn speed(groups: &[&[Read<'_>]]) -> Vec<Row> {
    let mut millis: Vec<f32> = groups
        .iter()
        .flat_map(|group| group.iter())
        .map(|one| one.millis)
        .collect();
    millis.sort_by(f32::total_cmp);
    let count = millis.len();
    vec![
        Row::new(
            "",
            "read and decide, p50 in ms",
            count,
            stats::percentile(&millis, 0.5),
        ),
        Row::new(
            "",
            "read and decide, p95 in ms",
            count,
            stats::percentile(&millis, 0.95),
        )
        .goal(AtMost(50.0)),
        Row::new("", "tokens of a provider", count, 0.0),
        Row::new("", "cost in US dollars", count, 0.0),
    ]
}

fn memory() -> Option<Row> {
    let megabytes = resident()?;
    let row = Row::new("this process", "memory at its most, in MB", 1, megabytes);
    Some(row.goal(AtMost(200.0)))
}

/// The most memory that this process has had in use, where the system tells it.
fn resident() -> Option<f32> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f32 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes / 1024.0)
}
