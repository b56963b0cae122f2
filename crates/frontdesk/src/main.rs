//! The frontdesk binary.

use clap::Parser;
use frontdesk::commands::Cli;
use std::process::ExitCode;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            frontdesk::commands::complain(&error);
            ExitCode::FAILURE
        }
    }
}
