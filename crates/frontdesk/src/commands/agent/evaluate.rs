//! `frontdesk agent evaluate`: how good the embedded models are, offline and always the same.

use crate::Error;
use crate::commands::{Threads, block_on};
use crate::scenarios::{self, Scenarios};
use ::agent::evaluate::{Options, Report, run};
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;

/// Measure the embedded models offline.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  frontdesk agent evaluate
  frontdesk agent evaluate --data ./sets --short
  frontdesk agent evaluate --json > figures.json

Also plays scripted customers in a sandbox of its own. Needs no workspace and no network. Exits with an error when a figure falls below its gate.")]
pub(super) struct Evaluate {
    /// Folder of the public sets: banking77/, clinc150/, retrieval/; what is absent is skipped
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Leave out the sets that take minutes of training
    #[arg(long)]
    short: bool,
    /// Play the scripted customers alone
    #[arg(long, conflicts_with_all = ["data", "short"])]
    scenarios: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Everything, as JSON shows it.
#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    report: Report,
    scenarios: Scenarios,
}

impl Evaluate {
    pub(super) fn run(self) -> Result<(), Error> {
        let options = Options {
            data: self.data,
            short: self.short,
        };
        let measured = if self.scenarios {
            Report::of_heads()
        } else {
            run(&options)
        };
        let mut report = measured.map_err(|error| Error::Build(error.to_string()))?;
        let scenarios = block_on(Threads::All, scenarios::play())??;
        report.rows.extend(scenarios.rows());
        let whole = Whole { report, scenarios };
        if self.json {
            let text = serde_json::to_string_pretty(&whole)
                .map_err(|error| Error::Build(error.to_string()))?;
            say!("{text}");
        } else {
            say!("{}{}", whole.report, whole.scenarios);
        }
        let worse = whole.report.regressions();
        if worse.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = worse.iter().map(|row| row.measure.as_str()).collect();
        Err(Error::Usage(format!(
            "worse than the gate allows: {}",
            names.join(", ")
        )))
    }
}
