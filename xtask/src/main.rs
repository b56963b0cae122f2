//! Chores of the workspace: `cargo xtask witness` and `cargo xtask tidy`.

mod compare;
mod coverage;
mod demand;
mod description;
mod error;
mod expected;
mod ledger;
mod parameter;
mod tidy;
mod witness;

use clap::{Parser, Subcommand};
use error::Error;
use std::{
    io::{Write, stderr, stdout},
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Chores of the Frontdesk workspace.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Holds the catalog against Intercom's official descriptions.
    ///
    /// They are looked for in the folder that `FRONTDESK_DESCRIPTIONS` names, one file a version:
    /// 2.11.yaml, 2.14.yaml, 2.15.yaml, 2.16.yaml and preview.yaml.
    Witness {
        /// Fail when the descriptions are not there, instead of skipping the check.
        #[arg(long)]
        require: bool,
    },
    /// Checks the house rules that no compiler knows.
    Tidy,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().chore {
        Chore::Witness { require } => witness::run(&workspace(), require),
        Chore::Tidy => tidy::run(&workspace()),
    };
    match outcome {
        Ok(line) => say(&mut stdout(), &line, ExitCode::SUCCESS),
        Err(Error::Faults(faults)) => say(&mut stderr(), &faults.join("\n"), ExitCode::FAILURE),
        Err(error) => say(&mut stderr(), &error.to_string(), ExitCode::FAILURE),
    }
}

fn workspace() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_owned()
}

/// A closed pipe is no reason to fail: the exit code tells the outcome too.
fn say(out: &mut dyn Write, text: &str, code: ExitCode) -> ExitCode {
    writeln!(out, "{text}").map_or(code, |()| code)
}
