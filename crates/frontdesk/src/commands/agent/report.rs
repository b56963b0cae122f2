//! `frontdesk agent report`: what the agent achieved, as a table, as JSON, or as a chart.

use super::Whose;
use crate::Error;
use crate::audit_export::moment;
use crate::commands::insight::{
    chart::{Bar, Chart},
    table,
};
use ::agent::report::{Report as Told, report};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::PathBuf};
use store::{DAY, Store};

#[derive(Debug, Args)]
#[command(after_help = "\
A conversation counts as resolved when the agent answered, no human took over, and nobody wrote again for 72 hours;
those younger than that are not counted. Read from the agent's own record: Intercom is not called.")]
pub(super) struct Report {
    /// Conversations that began on this day (UTC) or moment or later; 30 days ago when left out
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    from: Option<i64>,
    /// And before this day or moment
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    to: Option<i64>,
    /// As JSON
    #[arg(long)]
    json: bool,
    /// Draw a chart into an SVG file instead
    #[arg(long, value_name = "FILE.svg")]
    chart: Option<PathBuf>,
    /// What the chart shows
    #[arg(long, value_enum, default_value_t = Of::Escalations)]
    of: Of,
    #[command(flatten)]
    whose: Whose,
}

/// What a chart shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Of {
    Escalations,
    Outcomes,
    Unanswered,
}

impl Report {
    pub(super) async fn run(self, store: &Store) -> Result<(), Error> {
        let now = store::now();
        let to = self.to.unwrap_or(now);
        let from = self.from.unwrap_or(to - 30 * DAY);
        if from >= to {
            return Err(Error::Usage("--from must be before --to".into()));
        }
        let scope = store.scope(&self.whose.tenant)?;
        let told = report(&scope, (from, to), now).await?;
        if let Some(file) = &self.chart {
            std::fs::write(file, chart(&told, self.of).svg())?;
            say!("{}", file.display());
        } else if self.json {
            let text = serde_json::to_string_pretty(&told);
            say!("{}", text.map_err(|error| Error::Build(error.to_string()))?);
        } else {
            print(&told);
        }
        Ok(())
    }
}

fn print(told: &Told) {
    let rows: Vec<Value> = figures(told)
        .into_iter()
        .map(|(figure, value)| json!({"figure": figure, "value": value}))
        .collect();
    say!("{}", table::of(&rows));
    for (title, counts) in [
        ("Handed over because of", &told.escalations),
        ("Thought by", &told.models),
    ] {
        if !counts.is_empty() {
            say!("{title}\n{}", table::of(&counted(counts)));
        }
    }
    if !told.unanswered.is_empty() {
        let row = |topic: &::agent::report::Topic| {
            json!({"words": topic.words.join(", "), "questions": topic.count,
                "conversations": topic.conversations.join(" ")})
        };
        let rows: Vec<Value> = told.unanswered.iter().map(row).collect();
        say!("Articles to write\n{}", table::of(&rows));
    }
}

/// The figures with their names; what nobody can tell yet is a dash.
fn figures(told: &Told) -> Vec<(&'static str, String)> {
    let percent = |share: Option<f64>| share.map(|share| format!("{:.1} %", share * 100.0));
    let time = |ms: Option<i64>| {
        #[expect(clippy::cast_precision_loss, reason = "shown in seconds")]
        ms.map(|ms| table::duration(ms as f64 / 1_000.0))
    };
    #[expect(clippy::cast_precision_loss, reason = "shown in dollars")]
    let dollars = |micros: u64| format!("${:.4}", micros as f64 / 1e6);
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".into());
    vec![
        ("conversations", told.conversations.to_string()),
        ("answered by the agent alone", told.answered.to_string()),
        ("handed to a human", told.handed_over.to_string()),
        ("drafted only", told.drafted.to_string()),
        ("deflection", or_dash(percent(told.deflection))),
        (
            "resolved, of those whose 72 hours are over",
            format!("{} of {}", told.resolved, told.settled),
        ),
        ("resolution rate", or_dash(percent(told.resolution_rate))),
        ("ratings", told.ratings.to_string()),
        (
            "rating",
            or_dash(told.rating.map(|rating| rating.to_string())),
        ),
        (
            "CSAT",
            or_dash(told.csat_percent.map(|share| format!("{share} %"))),
        ),
        (
            "first answer, median",
            or_dash(time(told.first_answer_median_ms)),
        ),
        ("first answer, p90", or_dash(time(told.first_answer_p90_ms))),
        ("cost of models", dollars(told.cost_micros)),
        (
            "cost per resolution",
            or_dash(told.cost_per_resolution_micros.map(dollars)),
        ),
    ]
}

fn counted(counts: &BTreeMap<String, usize>) -> Vec<Value> {
    let mut rows: Vec<(&String, &usize)> = counts.iter().collect();
    rows.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
    rows.into_iter()
        .map(|(name, count)| json!({"name": name.replace('_', " "), "count": count}))
        .collect()
}

fn chart(told: &Told, of: Of) -> Chart {
    let (title, counts): (&str, Vec<(String, usize)>) = match of {
        Of::Escalations => (
            "Handed over because of",
            told.escalations
                .iter()
                .map(|(name, count)| (name.replace('_', " "), *count))
                .collect(),
        ),
        Of::Outcomes => (
            "Conversations",
            vec![
                ("answered by the agent".into(), told.answered),
                ("resolved (72 h)".into(), told.resolved),
                ("handed over".into(), told.handed_over),
                ("drafted".into(), told.drafted),
            ],
        ),
        Of::Unanswered => (
            "Articles to write",
            told.unanswered
                .iter()
                .map(|topic| (topic.words.join(", "), topic.count))
                .collect(),
        ),
    };
    #[expect(clippy::cast_precision_loss, reason = "counts are small")]
    let bar = |(name, count): (String, usize)| Bar {
        name,
        value: count as f64,
        shown: count.to_string(),
    };
    Chart {
        title: title.into(),
        bars: counts.into_iter().map(bar).collect(),
    }
}
