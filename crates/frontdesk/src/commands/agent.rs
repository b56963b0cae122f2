//! `frontdesk agent`: the support agent, from the terminal.
mod deliveries;
mod evaluate;

use super::{Threads, block_on, flags};
use crate::Error;
use clap::{Args, Subcommand};
use store::{Options, Store};

/// The support agent: what it received and did, and how good it is.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  frontdesk agent deliveries list --state dead
  frontdesk agent deliveries replay 0199…
  frontdesk agent evaluate

`deliveries` works on the database that FRONTDESK_DATABASE names, or the one in FRONTDESK_HOME, also while a
server runs on it.")]
pub(super) struct Agent {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Received webhooks
    #[command(subcommand)]
    Deliveries(deliveries::Action),
    /// Measure the embedded models offline
    Evaluate(evaluate::Evaluate),
}

impl Agent {
    pub(super) fn run(self, general: &flags::General) -> Result<(), Error> {
        let action = match self.what {
            What::Deliveries(action) => action,
            What::Evaluate(command) => return command.run(),
        };
        let config = flags::Given::none().read(general, true)?;
        block_on(Threads::One, async {
            let store = Store::open(&config.place(), Options::default()).await?;
            action.run(&store).await
        })?
    }
}
