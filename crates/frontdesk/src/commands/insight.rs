//! `frontdesk insight`: what the archive tells, as a table, as JSON or as a chart.

pub(super) mod chart;
pub(super) mod table;

use super::{Threads, block_on, flags};
use crate::app::App;
use crate::{Error, config::Config};
use chart::{Bar, Chart};
use clap::{Args, Subcommand, ValueEnum};
use gateway::ToolRequest;
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// Figures, likeness, words and waiting customers, out of what was exported.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  frontdesk insight stats --by team
  frontdesk insight stats --by day --since 2026-11-01 --chart days.svg
  frontdesk insight stats --by admin --metric first-answer --chart admins.svg
  frontdesk insight search '\"gear cable\" refund*'
  frontdesk insight similar 215469
  frontdesk insight unanswered --older-than-hours 24

All of it reads the archive that `frontdesk export conversations --to FOLDER` fills.")]
pub(super) struct Insight {
    #[command(subcommand)]
    question: Question,
    /// Print the whole answer as JSON
    #[arg(long, global = true)]
    json: bool,
    /// The archive that is read [env: FRONTDESK_ARCHIVE]
    #[arg(long, global = true, value_name = "FILE")]
    archive: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Question {
    /// Conversations counted, with medians and CSAT
    Stats(Stats),
    /// Conversations that hold words
    Search {
        /// All must occur; a phrase in double quotes, refund* for any ending
        words: Vec<String>,
        /// How many
        #[arg(long, default_value_t = 10)]
        limit: u32,
    },
    /// Conversations like another, or like a text
    Similar {
        /// A conversation's id, or words
        what: Vec<String>,
        /// How many
        #[arg(long, default_value_t = 10)]
        limit: u32,
    },
    /// Conversations whose customer waits for an answer
    Unanswered {
        /// Only those that have waited so long
        #[arg(long, default_value_t = 0.0)]
        older_than_hours: f64,
        /// How many
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
}

#[derive(Debug, Args)]
struct Stats {
    /// team, admin, tag, state, channel or day
    #[arg(long, default_value = "team", value_name = "GROUP")]
    by: String,
    /// Conversations that began on this day or later
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
    /// And before this day
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// Draw a chart into an SVG file instead
    #[arg(long, value_name = "FILE.svg")]
    chart: Option<PathBuf>,
    /// What the chart shows
    #[arg(long, value_enum, default_value_t = Metric::Conversations)]
    metric: Metric,
}

/// What a chart shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Metric {
    Conversations,
    Open,
    FirstAnswer,
    Closing,
    Csat,
}

impl Insight {
    pub(super) fn run(self, general: &flags::General) -> Result<(), Error> {
        let mut config = flags::Given::none()
            .and("--archive", "state.archive", self.archive.as_ref())
            .read(general, true)?;
        // The archive is all that is read. A call needs a token, this one needs no good one.
        config.token_file = None;
        config.access_token = Some("unused".to_owned().into());
        block_on(Threads::One, self.answer(&config))?
    }

    async fn answer(self, config: &Config) -> Result<(), Error> {
        let app = App::new(config)?;
        let (tool, arguments) = self.question.call();
        let request = ToolRequest {
            client: Some(concat!("frontdesk-cli/", env!("CARGO_PKG_VERSION")).into()),
            ..ToolRequest::new(tool, arguments)
        };
        let answer = app.gateway.call(&app.principal, request).await;
        app.gateway.flush().await;
        let answer = answer?.structured.unwrap_or_default();
        let items = answer["items"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        if let Question::Stats(stats) = &self.question
            && let Some(file) = &stats.chart
        {
            return stats.draw(items, file);
        }
        if self.json {
            say!("{answer:#}");
        } else {
            say!("{}", table::of(items));
            say!("As of {}.", answer["as_of"].as_str().unwrap_or_default());
        }
        Ok(())
    }
}

impl Question {
    /// The tool that answers it, and its arguments.
    fn call(&self) -> (&'static str, Map<String, Value>) {
        let (tool, arguments) = match self {
            Self::Stats(stats) => (
                "conversation_stats",
                json!({"group_by": stats.by, "since": stats.since, "until": stats.until}),
            ),
            Self::Search { words, limit } => (
                "search_archive",
                json!({"words": words.join(" "), "limit": limit}),
            ),
            Self::Similar { what, limit } => {
                let what = what.join(" ");
                let is_id = !what.is_empty() && what.bytes().all(|byte| byte.is_ascii_digit());
                let key = if is_id { "conversation_id" } else { "text" };
                (
                    "find_similar_conversations",
                    json!({ key: what, "limit": limit }),
                )
            }
            Self::Unanswered {
                older_than_hours,
                limit,
            } => (
                "list_unanswered",
                json!({"older_than_hours": older_than_hours, "limit": limit}),
            ),
        };
        match arguments {
            Value::Object(map) => (tool, map),
            _ => (tool, Map::new()),
        }
    }
}

impl Stats {
    fn draw(&self, items: &[Value], file: &PathBuf) -> Result<(), Error> {
        let bars: Vec<Bar> = items.iter().filter_map(|item| self.bar(item)).collect();
        let chart = Chart {
            title: format!("{} by {}", self.metric.title(), self.by),
            bars,
        };
        std::fs::write(file, chart.svg())?;
        say!("{}", file.display());
        Ok(())
    }

    fn bar(&self, item: &Value) -> Option<Bar> {
        let value = item.get(self.metric.field())?.as_f64()?;
        let shown = match self.metric {
            Metric::FirstAnswer | Metric::Closing => table::duration(value),
            Metric::Csat => format!("{value:.0} %"),
            Metric::Conversations | Metric::Open => format!("{value:.0}"),
        };
        let name = item.get(&self.by)?.as_str()?.to_owned();
        Some(Bar { name, value, shown })
    }
}

impl Metric {
    fn field(self) -> &'static str {
        match self {
            Self::Conversations => "conversations",
            Self::Open => "open",
            Self::FirstAnswer => "median_first_answer_seconds",
            Self::Closing => "median_closing_seconds",
            Self::Csat => "csat_percent",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Conversations => "Conversations",
            Self::Open => "Open conversations",
            Self::FirstAnswer => "Median time to first answer",
            Self::Closing => "Median time to closing",
            Self::Csat => "Customer satisfaction",
        }
    }
}
