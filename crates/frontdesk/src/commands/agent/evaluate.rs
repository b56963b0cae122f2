//! `frontdesk agent evaluate`: how good the embedded models are, offline and always the same.

use crate::Error;
use ::agent::evaluate::{Options, run};
use clap::Args;
use std::path::PathBuf;

/// Measure the embedded models offline.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  frontdesk agent evaluate
  frontdesk agent evaluate --data ./sets --short
  frontdesk agent evaluate --json > figures.json

Needs no workspace and no network. Exits with an error when a figure falls below its gate.")]
pub(super) struct Evaluate {
    /// Folder of the public sets: banking77/, clinc150/, retrieval/; what is absent is skipped
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Leave out the sets that take minutes of training
    #[arg(long)]
    short: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Evaluate {
    pub(super) fn run(self) -> Result<(), Error> {
        let options = Options {
            data: self.data,
            short: self.short,
        };
        let report = run(&options).map_err(|error| Error::Build(error.to_string()))?;
        if self.json {
            let text = serde_json::to_string_pretty(&report)
                .map_err(|error| Error::Build(error.to_string()))?;
            say!("{text}");
        } else {
            say!("{report}");
        }
        let worse = report.regressions();
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
