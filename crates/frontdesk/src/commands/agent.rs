//! `frontdesk agent`: the support agent, from the terminal.

mod approvals;
mod deliveries;
mod evaluate;
mod reach;
mod replay;
mod report;
mod run;

use super::{Threads, block_on, flags};
use crate::Error;
use crate::support::{LOCAL, Seat};
use clap::{Args, Subcommand};
use store::{Options, Store};

/// The support agent: what it received, did and waits for, and how good it is.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  frontdesk agent run 215469000000001
  frontdesk agent replay --from 2026-11-20 --to 2026-11-21
  frontdesk agent reach
  frontdesk agent reach --propose
  frontdesk agent approvals
  frontdesk agent approve 0199… --by ana
  frontdesk agent report --chart escalations.svg
  frontdesk agent deliveries list --state dead
  frontdesk agent evaluate

All but `evaluate` work on the database that FRONTDESK_DATABASE names, or the one in FRONTDESK_HOME, also while a
server runs on it.")]
pub(super) struct Agent {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Have it look at conversations now; without --send it only tells what it would do
    Run(run::Run),
    /// What it would have done in conversations that humans answered; nothing is sent
    Replay(replay::Replay),
    /// Whom it would write to first, and what; --propose has the batch wait for a person
    Reach(reach::Reach),
    /// What waits for a person's word
    Approvals(approvals::List),
    /// Allow what it asked for: once, within 15 minutes
    Approve(approvals::Decide),
    /// Refuse what it asked for
    Reject(approvals::Decide),
    /// What it achieved
    Report(report::Report),
    /// Received webhooks
    #[command(subcommand)]
    Deliveries(deliveries::Action),
    /// Measure the embedded models offline
    Evaluate(evaluate::Evaluate),
}

/// Whose agent.
#[derive(Debug, Args)]
struct Whose {
    /// The tenant; left out for a server of one workspace
    #[arg(long, default_value = LOCAL)]
    tenant: String,
}

impl Agent {
    pub(super) fn run(self, general: &flags::General) -> Result<(), Error> {
        let what = match self.what {
            What::Evaluate(command) => return command.run(),
            what => what,
        };
        let given = match &what {
            What::Run(command) => flags::Given::none().connection(&command.connection),
            What::Replay(command) => flags::Given::none().connection(&command.connection),
            What::Reach(command) => flags::Given::none().connection(&command.connection),
            _ => flags::Given::none(),
        };
        let config = given.read(general, true)?;
        block_on(Threads::All, what.work(&config))?
    }
}

impl What {
    async fn work(self, config: &crate::config::Config) -> Result<(), Error> {
        let store = async || Store::open(&config.place(), Options::default()).await;
        match self {
            Self::Run(command) => {
                let seat = Seat::take(config, &command.whose.tenant).await?;
                command.run(seat).await
            }
            Self::Replay(command) => {
                let seat = Seat::take(config, &command.whose.tenant).await?;
                command.run(seat).await
            }
            Self::Reach(command) => {
                let seat = Seat::take(config, &command.whose.tenant).await?;
                command.run(seat).await
            }
            Self::Approvals(command) => command.run(&store().await?).await,
            Self::Approve(command) => command.approve(&store().await?).await,
            Self::Reject(command) => command.reject(&store().await?).await,
            Self::Report(command) => command.run(&store().await?).await,
            Self::Deliveries(action) => action.run(&store().await?).await,
            Self::Evaluate(command) => command.run(),
        }
    }
}
