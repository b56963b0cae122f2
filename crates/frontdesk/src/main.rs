//! The frontdesk binary.

use clap::Parser;
use frontdesk::commands::Cli;
use std::process::ExitCode;

/// A call makes some hundred small allocations; this spends a third of what the system's allocator does on them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            frontdesk::commands::complain(&error);
            ExitCode::FAILURE
        }
    }
}
