//! Measures the embedded default offline: the same data and seed give the same table.
//!
//! Authored messages that nothing was learned from are always measured. Public sets are measured where their folder is
//! named; their heads are trained on their own training split, by the recipe that the shipped heads were trained with.
//! What no figure here can show is whether customers were helped: resolution and satisfaction are counted in production.

mod authored;
mod baselines;
mod public;
mod retrieval;
pub mod stats;
mod table;

use crate::{
    AgentError, Embedded,
    embedded::{Encoder, Recipe},
};
use serde::Serialize;
use std::{path::PathBuf, sync::Arc};

/// What is measured.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The folder of the public sets, with `banking77/`, `clinc150/` and `retrieval/`; what is absent is skipped.
    pub data: Option<PathBuf>,
    /// Whether the sets that take minutes of training are left out.
    pub short: bool,
}

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The SHA-256 of the messages that the shipped heads were learned from, in hex.
    pub trained_on: String,
    /// How many they were.
    pub messages: usize,
    /// The seed of training, folds and resampling.
    pub seed: u64,
    /// The figures, in order.
    pub rows: Vec<Row>,
    /// What was not measured, and why.
    pub skipped: Vec<String>,
}

/// One figure.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What it was measured on.
    pub set: String,
    /// What was measured.
    pub measure: String,
    /// The figure; shares are between 0 and 1.
    pub value: f32,
    /// The 95 % interval by resampling, where there is one.
    pub interval: Option<[f32; 2]>,
    /// How many examples it rests on.
    pub count: usize,
    /// What is aimed at.
    pub goal: Option<Bound>,
    /// What the gate demands: a good deal below what was measured when it was set.
    pub gate: Option<Bound>,
}

/// A bound of a figure.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// Not less.
    AtLeast(f32),
    /// Not more.
    AtMost(f32),
}

impl Bound {
    /// Whether a figure keeps it.
    pub fn holds(self, value: f32) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        }
    }
}

impl Row {
    /// A figure without an interval.
    pub fn new(set: &str, measure: &str, count: usize, value: f32) -> Self {
        Self {
            set: set.into(),
            measure: measure.into(),
            value,
            interval: None,
            count,
            goal: None,
            gate: None,
        }
    }

    /// A figure over examples, with its interval.
    fn sampled(set: &str, measure: &str, count: usize, figure: impl Fn(&[usize]) -> f32) -> Self {
        let (value, interval) = stats::bootstrap(count, figure);
        Self {
            interval: Some(interval),
            ..Self::new(set, measure, count, value)
        }
    }

    /// The same, of this set.
    fn of(mut self, set: &str) -> Self {
        set.clone_into(&mut self.set);
        self
    }

    /// With what is aimed at.
    #[must_use]
    pub fn goal(mut self, goal: Bound) -> Self {
        self.goal = Some(goal);
        self
    }

    /// With what the gate demands.
    #[must_use]
    pub fn gate(mut self, gate: Bound) -> Self {
        self.gate = Some(gate);
        self
    }
}

impl Report {
    /// A report on the shipped heads, without any figure yet.
    pub fn of_heads() -> Result<Self, AgentError> {
        Ok(Self::on(&Embedded::new(Arc::new(Encoder::load()?))?))
    }

    fn on(mind: &Embedded) -> Self {
        Self {
            trained_on: mind.about().trained_on.clone(),
            messages: mind.about().messages,
            seed: mind.about().seed,
            rows: Vec::new(),
            skipped: Vec::new(),
        }
    }

    /// The rows that fall short of the gate; empty when nothing got worse.
    pub fn regressions(&self) -> Vec<&Row> {
        let falls = |row: &&Row| row.gate.is_some_and(|gate| !gate.holds(row.value));
        self.rows.iter().filter(falls).collect()
    }
}

/// Measures; seconds in short, minutes with the public sets.
pub fn run(options: &Options) -> Result<Report, AgentError> {
    let encoder = Arc::new(Encoder::load()?);
    let mind = Embedded::new(Arc::clone(&encoder))?;
    let mut report = Report::on(&mind);
    report.rows.extend(authored::measure(&mind)?);
    report.rows.extend(baselines::rows());
    let Some(data) = &options.data else {
        report
            .skipped
            .push("public sets: no folder was named with --data".into());
        return Ok(report);
    };
    retrieval::measure(&encoder, data, &mut report)?;
    if options.short {
        report.skipped.push(
            "banking77 and clinc150: training takes minutes, and this is the short run".into(),
        );
        return Ok(report);
    }
    public::banking(&encoder, data, &mut report)?;
    public::clinc(&encoder, data, Recipe::default(), &mut report)?;
    Ok(report)
}
