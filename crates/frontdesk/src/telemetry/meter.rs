//! Counts calls as they end. The series are fixed when the program is built: no caller can add one.

use super::families::{Family, Kind, Point, Reading, measure};
use super::otlp::Spans;
use catalog::Risk;
use gateway::{CallObserver, FinishedCall, Outcome, TraceContext, UpstreamCall};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// How calls end.
const OUTCOMES: [&str; 14] = [
    "ok",
    "unknown_tool",
    "bad_arguments",
    "denied",
    "over_budget",
    "confirmation_needed",
    "endpoint_gone",
    "disconnected",
    "not_recorded",
    "upstream",
    "refused",
    "cancelled",
    "abandoned",
    "other",
];
const RISKS: [&str; 3] = ["read", "write", "destructive"];
/// What Intercom answers.
const STATUSES: [&str; 8] = ["2xx", "3xx", "4xx", "401", "404", "429", "5xx", "none"];
/// Bounds of durations in seconds, as the conventions for MCP have them.
const BOUNDS: [f64; 14] = [
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0,
];

/// The counters of a process.
pub(crate) struct Meter {
    calls: [[AtomicU64; OUTCOMES.len()]; 3],
    /// Calls that answered, and those that failed.
    durations: [[Durations; 2]; 3],
    upstream: [AtomicU64; STATUSES.len()],
    tokens: AtomicU64,
    spans: Option<Spans>,
}

#[derive(Default)]
struct Durations {
    counts: [AtomicU64; BOUNDS.len() + 1],
    sum_us: AtomicU64,
}

impl Meter {
    pub(crate) fn new(spans: Option<Spans>) -> Self {
        Self {
            calls: Default::default(),
            durations: Default::default(),
            upstream: Default::default(),
            tokens: AtomicU64::new(0),
            spans,
        }
    }

    /// Everything that was counted.
    pub(crate) fn families(&self) -> Vec<Family> {
        let mut families = vec![
            self.calls(),
            self.durations(),
            self.upstream(),
            Family {
                name: "frontdesk.answer.tokens",
                help: "Tokens of answers, estimated from their bytes.",
                unit: "{token}",
                kind: Kind::Counter,
                points: vec![Point::count(&[], read(&self.tokens))],
            },
        ];
        families.extend(self.spans.as_ref().map(Spans::dropped));
        families
    }

    /// Sends the spans that wait.
    pub(crate) async fn flush(&self) {
        if let Some(spans) = &self.spans {
            spans.flush().await;
        }
    }

    fn calls(&self) -> Family {
        let mut points = Vec::new();
        for (risk, counts) in RISKS.iter().zip(&self.calls) {
            for (outcome, count) in OUTCOMES.iter().zip(counts) {
                let labels = [("risk", *risk), ("outcome", *outcome)];
                points.push(Point::count(&labels, read(count)));
            }
        }
        Family {
            name: "frontdesk.calls",
            help: "Calls of tools that ended, by what they could do and how they ended.",
            unit: "{call}",
            kind: Kind::Counter,
            points,
        }
    }

    fn durations(&self) -> Family {
        let mut points = Vec::new();
        for (risk, pair) in RISKS.iter().zip(&self.durations) {
            for (durations, error) in pair.iter().zip([None, Some("tool_error")]) {
                let mut labels = vec![("mcp.method.name", "tools/call"), ("frontdesk.risk", *risk)];
                labels.extend(error.map(|error| ("error.type", error)));
                points.push(Point::new(&labels, durations.read()));
            }
        }
        Family {
            name: "mcp.server.operation.duration",
            help: "How long calls of tools took, from their record to their answer.",
            unit: "s",
            kind: Kind::Histogram,
            points,
        }
    }

    fn upstream(&self) -> Family {
        let point =
            |(status, count): (&&str, &AtomicU64)| Point::count(&[("status", status)], read(count));
        Family {
            name: "frontdesk.upstream.requests",
            help: "Requests to Intercom, by the status of the answer; none where no answer came.",
            unit: "{request}",
            kind: Kind::Counter,
            points: STATUSES.iter().zip(&self.upstream).map(point).collect(),
        }
    }
}

impl CallObserver for Meter {
    fn finished(&self, call: &FinishedCall<'_>) {
        let risk = match call.risk {
            Risk::Read => 0,
            Risk::Write => 1,
            Risk::Destructive => 2,
        };
        let word = call.outcome.as_str();
        let known = OUTCOMES.iter().position(|outcome| *outcome == word);
        let outcome = known.unwrap_or(OUTCOMES.len() - 1);
        self.calls[risk][outcome].fetch_add(1, Ordering::Relaxed);
        let failed = usize::from(call.outcome != Outcome::Ok);
        self.durations[risk][failed].count(call.duration);
        for answer in call.upstream {
            self.upstream[status(answer)].fetch_add(1, Ordering::Relaxed);
        }
        let tokens = u64::try_from(call.tokens_out).unwrap_or(u64::MAX);
        self.tokens.fetch_add(tokens, Ordering::Relaxed);
        if let Some(spans) = &self.spans {
            spans.take(call);
        }
    }

    fn begin_trace(&self) -> Option<TraceContext> {
        self.spans.as_ref().map(Spans::begin)
    }
}

impl Durations {
    fn count(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        let place = BOUNDS.partition_point(|bound| *bound < seconds);
        self.counts[place].fetch_add(1, Ordering::Relaxed);
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.sum_us.fetch_add(us, Ordering::Relaxed);
    }

    fn read(&self) -> Reading {
        Reading::Sizes {
            bounds: BOUNDS.to_vec(),
            counts: self.counts.iter().map(read).collect(),
            sum: measure(read(&self.sum_us)) / 1e6,
        }
    }
}

fn status(answer: &UpstreamCall) -> usize {
    match answer.status {
        Some(200..300) => 0,
        Some(300..400) => 1,
        Some(401) => 3,
        Some(404) => 4,
        Some(429) => 5,
        Some(400..500) => 2,
        Some(500..600) => 6,
        _ => 7,
    }
}

fn read(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}
