//! What the agent achieved, told from its own record: no words of anybody but those that questions have in common.

mod topics;

use crate::event::{Event, Notification};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use store::{Counter, DAY, Planned, StoreError, TenantScope};

pub use topics::Topic;

/// A conversation counts as resolved when nobody wrote again for so long.
pub const SETTLED_MS: i64 = 72 * 3_600_000;
/// Turns that are read at a time.
const PAGE: i64 = 500;
/// Why no article answered.
const UNANSWERED: [&str; 3] = ["nothing_found", "out_of_scope", "nothing_to_say"];

/// What became of the conversations that began in a time.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// From when, in milliseconds since 1970.
    pub from: i64,
    /// Until when.
    pub to: i64,
    /// Conversations that the agent took up.
    pub conversations: usize,
    /// Of these, those that it answered itself.
    pub answered: usize,
    /// Those that it handed to a human.
    pub handed_over: usize,
    /// Those for which it wrote drafts alone.
    pub drafted: usize,
    /// The share that it answered and did not hand over.
    pub deflection: Option<f64>,
    /// Of the answered ones whose 72 hours are over: those in which nobody wrote again and no human took over.
    pub resolved: usize,
    /// Answered conversations whose 72 hours are over.
    pub settled: usize,
    /// The first of the two by the second.
    pub resolution_rate: Option<f64>,
    /// Handovers by reason.
    pub escalations: BTreeMap<String, usize>,
    /// Ratings of conversations that the agent spoke in.
    pub ratings: i64,
    /// Their mean, 1 to 5.
    pub rating: Option<f64>,
    /// The share of ratings of 4 and 5, in percent.
    pub csat_percent: Option<f64>,
    /// Half of the first answers were given within so many milliseconds.
    pub first_answer_median_ms: Option<i64>,
    /// Nine of ten.
    pub first_answer_p90_ms: Option<i64>,
    /// Turns by the model that thought last.
    pub models: BTreeMap<String, usize>,
    /// What the models took, in millionths of a US dollar.
    pub cost_micros: u64,
    /// The same for each resolved conversation.
    pub cost_per_resolution_micros: Option<u64>,
    /// Questions that no article answered, the most frequent first: articles to write.
    pub unanswered: Vec<Topic>,
}

/// Tells of the conversations that began from `from` until before `to`, as they stand at `now`.
pub async fn report(
    scope: &TenantScope,
    (from, to): (i64, i64),
    now: i64,
) -> Result<Report, StoreError> {
    let turns = turns(scope, (from, now.max(to))).await?;
    let mut by_conversation: BTreeMap<&str, Vec<&Planned>> = BTreeMap::new();
    for turn in &turns {
        by_conversation
            .entry(&turn.conversation_id)
            .or_default()
            .push(turn);
    }
    by_conversation.retain(|_, turns| turns[0].created_at < to);
    let mut tally = Tally {
        report: Report {
            from,
            to,
            ..Report::default()
        },
        ..Tally::default()
    };
    for turns in by_conversation.values() {
        tally.add(turns, now);
    }
    let Tally {
        mut report,
        mut waits,
        unanswered,
    } = tally;
    waits.sort_unstable();
    report.first_answer_median_ms = at(&waits, 50);
    report.first_answer_p90_ms = at(&waits, 90);
    report.deflection = share(report.answered, report.conversations);
    report.resolution_rate = share(report.resolved, report.settled);
    let resolved = u64::try_from(report.resolved).unwrap_or(u64::MAX);
    report.cost_per_resolution_micros = report.cost_micros.checked_div(resolved);
    rated(scope, &mut report).await?;
    report.unanswered = topics::group(&questions(scope, &unanswered).await?);
    Ok(report)
}

async fn turns(scope: &TenantScope, span: (i64, i64)) -> Result<Vec<Planned>, StoreError> {
    let mut all: Vec<Planned> = Vec::new();
    loop {
        let after = all.last().map_or_else(String::new, |last| last.id.clone());
        let page = scope.planned_turns(span, &after, PAGE).await?;
        let more = page.len() == usize::try_from(PAGE).unwrap_or_default();
        all.extend(page);
        if !more {
            all.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
            return Ok(all);
        }
    }
}

/// Sums under way.
#[derive(Default)]
struct Tally<'a> {
    report: Report,
    waits: Vec<i64>,
    unanswered: Vec<&'a Planned>,
}

impl<'a> Tally<'a> {
    /// Adds a conversation: its turns, oldest first.
    fn add(&mut self, turns: &[&'a Planned], now: i64) {
        let was = |words: &[&str]| turns.iter().any(|turn| is(turn, words));
        let (spoke, handed) = (
            was(&["answered", "offered"]),
            was(&["escalated", "uncertain", "not_sent"]),
        );
        if !spoke && !handed && !was(&["drafted"]) {
            return;
        }
        self.report.conversations += 1;
        self.report.answered += usize::from(spoke && !handed);
        self.report.handed_over += usize::from(handed);
        self.report.drafted += usize::from(!spoke && !handed);
        if spoke && let Some(end) = settled(turns, now) {
            self.report.settled += 1;
            self.report.resolved += usize::from(end && !handed);
        }
        for turn in turns {
            self.turn(turn);
        }
    }

    fn turn(&mut self, turn: &'a Planned) {
        let Some(record) = record(turn) else { return };
        let reason = record["reason"].as_str().unwrap_or("unknown").to_owned();
        if UNANSWERED.contains(&reason.as_str()) {
            self.unanswered.push(turn);
        }
        if is(turn, &["escalated"]) {
            *self.report.escalations.entry(reason).or_default() += 1;
        }
        let spent = &record["spent"];
        self.report.cost_micros += spent["cost_micros"].as_u64().unwrap_or_default();
        if let Some(model) = spent["model"].as_str() {
            *self.report.models.entry(model.to_owned()).or_default() += 1;
        }
        // How long the customer had waited when the plan was made, and how long it then took to be sent.
        let waited = record["waited_ms"]
            .as_i64()
            .filter(|_| record["first"] == true);
        if let (Some(waited), Some(sent)) = (waited, turn.replied_at) {
            let thought = record["thought_ms"].as_i64().unwrap_or_default();
            self.waits
                .push(waited + (sent - turn.created_at - thought).max(0));
        }
    }
}

/// Whether nobody wrote again within 72 hours of the last answer; none while these are not over.
fn settled(turns: &[&Planned], now: i64) -> Option<bool> {
    let last = turns
        .iter()
        .rposition(|turn| is(turn, &["answered", "offered"]))?;
    let answered = turns[last].replied_at.unwrap_or(turns[last].created_at);
    let until = answered + SETTLED_MS;
    let again =
        |turn: &&&Planned| turn.created_at <= until && !is(turn, &["answered_already", "reached"]);
    if turns[last + 1..].iter().any(|turn| again(&turn)) {
        return Some(false);
    }
    (now >= until).then_some(true)
}

fn is(turn: &Planned, outcomes: &[&str]) -> bool {
    turn.outcome
        .as_deref()
        .is_some_and(|outcome| outcomes.contains(&outcome))
}

/// What was kept of the turn for reports.
fn record(turn: &Planned) -> Option<Value> {
    let mut plan: Value = serde_json::from_str(turn.plan.as_deref()?).ok()?;
    Some(plan["record"].take())
}

async fn rated(scope: &TenantScope, report: &mut Report) -> Result<(), StoreError> {
    let mut sums = [0_i64; 3];
    let mut day = report.from - report.from.rem_euclid(DAY);
    while day < report.to {
        for (sum, metric) in sums.iter_mut().zip(["ratings", "rating_sum", "satisfied"]) {
            let counter = Counter {
                subject: "agent",
                metric,
                span_ms: DAY,
            };
            *sum += scope.spent(counter, day).await?;
        }
        day += DAY;
    }
    let [ratings, sum, satisfied] = sums;
    report.ratings = ratings;
    if ratings > 0 {
        report.rating = Some(tenths(sum, ratings));
        report.csat_percent = Some(tenths(satisfied * 100, ratings));
    }
    Ok(())
}

/// What customers asked in these turns, with the conversations.
async fn questions(
    scope: &TenantScope,
    turns: &[&Planned],
) -> Result<Vec<(String, String)>, StoreError> {
    let mut asked = Vec::new();
    for turn in turns {
        let Some(id) = &turn.delivery_id else {
            continue;
        };
        let delivery = match scope.delivery(id).await {
            Ok(delivery) => delivery,
            Err(StoreError::NotFound { .. }) => continue,
            Err(error) => return Err(error),
        };
        let event = Notification::parse(delivery.body.as_bytes()).map(|read| read.event());
        if let Ok(Event::CustomerWrote(message)) = event {
            asked.push((turn.conversation_id.clone(), message.text));
        }
    }
    Ok(asked)
}

fn at(sorted: &[i64], percent: usize) -> Option<i64> {
    let place = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    sorted.get(place).copied()
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| (part as f64 / whole as f64 * 1_000.0).round() / 1_000.0)
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn tenths(sum: i64, count: i64) -> f64 {
    (sum as f64 / count as f64 * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use store::TurnState;

    const HOUR: i64 = 3_600_000;

    fn turn(at: i64, outcome: &str, reason: &str) -> Planned {
        let record = json!({"reason": reason, "first": true, "waited_ms": 1_000, "thought_ms": 50,
            "spent": {"model": "embedded", "cost_micros": 10}});
        Planned {
            id: at.to_string(),
            delivery_id: None,
            conversation_id: "42".into(),
            state: TurnState::Done,
            outcome: Some(outcome.into()),
            created_at: at,
            plan: Some(json!({"record": record}).to_string()),
            replied_at: ["answered", "offered"]
                .contains(&outcome)
                .then_some(at + 100),
        }
    }

    #[test]
    fn a_conversation_is_resolved_when_nobody_writes_again() {
        for (turns, now, expected) in [
            (vec![(0, "answered")], 71, (1, 0, 0, 0)),
            (vec![(0, "answered")], 73, (1, 0, 1, 1)),
            (vec![(0, "answered"), (10, "answered")], 73, (1, 0, 0, 0)),
            (vec![(0, "answered"), (10, "answered")], 90, (1, 0, 1, 1)),
            (vec![(0, "answered"), (10, "escalated")], 73, (0, 1, 1, 0)),
            (
                vec![(0, "offered"), (10, "human_present")],
                73,
                (1, 0, 1, 0),
            ),
            (
                vec![(0, "answered"), (10, "answered_already")],
                73,
                (1, 0, 1, 1),
            ),
            (
                vec![(0, "answered"), (80, "human_present")],
                99,
                (1, 0, 1, 1),
            ),
            (vec![(0, "escalated")], 99, (0, 1, 0, 0)),
            (vec![(0, "human_present")], 99, (0, 0, 0, 0)),
        ] {
            let turns: Vec<Planned> = turns
                .iter()
                .map(|(at, outcome)| turn(at * HOUR, outcome, "clear"))
                .collect();
            let turns: Vec<&Planned> = turns.iter().collect();
            let mut tally = Tally::default();
            tally.add(&turns, now * HOUR);
            let report = tally.report;
            let told = (
                report.answered,
                report.handed_over,
                report.settled,
                report.resolved,
            );
            assert_eq!(told, expected, "{turns:?} {now}");
        }
    }

    #[test]
    fn waits_reasons_and_costs_are_counted() {
        let turns = [
            turn(0, "answered", "clear"),
            turn(HOUR, "escalated", "frustration"),
        ];
        let turns: Vec<&Planned> = turns.iter().collect();
        let mut tally = Tally::default();
        tally.add(&turns, 0);
        assert_eq!(tally.waits, [1_050]);
        assert_eq!(
            tally.report.escalations,
            BTreeMap::from([("frustration".into(), 1)])
        );
        assert_eq!(
            (tally.report.cost_micros, tally.report.models["embedded"]),
            (20, 2)
        );
        assert_eq!(
            (at(&[1, 2, 3, 4], 50), at(&[1, 2, 3, 4], 90), at(&[], 50)),
            (Some(2), Some(4), None)
        );
    }
}
