//! Chores of the workspace: `cargo xtask witness`, `tidy`, `docs` and `surface-diff`.

mod compare;
mod coverage;
mod demand;
mod description;
mod docs;
mod error;
mod expected;
mod ledger;
mod parameter;
mod surface;
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
    /// Writes docs/tools.md and docs/dialects.md from the catalog, and the version into what is published with it.
    Docs {
        /// Write nothing; fail when something is not current.
        #[arg(long)]
        check: bool,
    },
    /// Tells what changed for clients between two revisions of the catalog.
    SurfaceDiff {
        /// The old git revision.
        old: String,
        /// The new one; the files as they are when left out.
        new: Option<String>,
        /// Fail when something breaks a client.
        #[arg(long)]
        deny_breaking: bool,
    },
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().chore {
        Chore::Witness { require } => witness::run(&workspace(), require),
        Chore::Tidy => tidy::run(&workspace()),
        Chore::Docs { check } => docs::run(&workspace(), check),
        Chore::SurfaceDiff {
            old,
            new,
            deny_breaking,
        } => surface::run(&workspace(), &old, new.as_deref(), deny_breaking),
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
