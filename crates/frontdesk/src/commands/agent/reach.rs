//! `frontdesk agent reach`: customers to write to first. Without `--propose` nothing changes anywhere.

use super::Whose;
use crate::Error;
use crate::commands::flags::ConnectionFlags;
use crate::error::turn;
use crate::support::Seat;
use ::agent::reach;
use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "\
Without --propose this is a dry run: it reads, and tells what would be sent. --propose has exactly
these messages wait for a person (`frontdesk agent approve ID`); a running server then sends them, within
agent.reach_hours, agent.reach_pause and agent.reach_daily.")]
pub(super) struct Reach {
    /// Have the batch wait for a person
    #[arg(long)]
    propose: bool,
    /// Messages at most
    #[arg(long, default_value_t = 20)]
    limit: usize,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) whose: Whose,
    #[command(flatten)]
    pub(super) connection: ConnectionFlags,
}

impl Reach {
    pub(super) async fn run(self, seat: Seat) -> Result<(), Error> {
        let result = self.reach(&seat).await;
        seat.leave().await;
        result
    }

    async fn reach(&self, seat: &Seat) -> Result<(), Error> {
        let batch = reach::draft(&seat.desk, self.limit).await.map_err(turn)?;
        if self.json {
            let text = serde_json::to_string_pretty(&batch);
            say!("{}", text.map_err(|error| Error::Build(error.to_string()))?);
        } else {
            tell(&batch);
        }
        if !self.propose || batch.messages.is_empty() {
            return Ok(());
        }
        let id = reach::propose(&seat.desk, &batch).await?;
        if seat.desk.settings.reach.approval {
            say!("The batch waits for a person: frontdesk agent approve {id}");
        } else {
            say!("The batch {id} is in the queue: a running server sends it");
        }
        Ok(())
    }
}

fn tell(batch: &reach::Batch) {
    for one in &batch.messages {
        say!(
            "contact {}  conversation {}  unseen for {} days  score {}",
            one.contact,
            one.conversation,
            one.unseen_days,
            one.score
        );
        for line in gateway::message_text(one.body.as_str()).lines() {
            say!("  {line}");
        }
    }
    let skipped: Vec<String> = batch
        .skipped
        .iter()
        .map(|(why, count)| format!("{count} {}", why.replace('_', " ")))
        .collect();
    say!(
        "{} to write to; left out: {}",
        batch.messages.len(),
        if skipped.is_empty() {
            "nobody".to_owned()
        } else {
            skipped.join(", ")
        }
    );
}
