//! `frontdesk agent replay`: what the agent would have done where humans answered. Nothing is sent.

use super::Whose;
use crate::Error;
use crate::audit_export::moment;
use crate::commands::flags::ConnectionFlags;
use crate::commands::insight::table;
use crate::error::turn;
use crate::support::Seat;
use ::agent::replay::{Compared, begun, compare};
use clap::Args;
use serde_json::{Value, json};
use store::DAY;

#[derive(Debug, Args)]
#[command(after_help = "\
Each conversation is read as it stood before a human first answered, closed or did nothing, and thought about. The
models of a provider cost what they cost; nothing is sent or changed. likeness: the share of the human's longer
words that the agent's reply holds.")]
pub(super) struct Replay {
    /// Conversations that began on this day (UTC) or moment or later; yesterday when left out
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    from: Option<i64>,
    /// And before this day or moment
    #[arg(long, value_name = "WHEN", value_parser = moment)]
    to: Option<i64>,
    /// Conversations at most
    #[arg(long, default_value_t = 100)]
    limit: usize,
    /// Only those where it would have gone another way
    #[arg(long)]
    differing: bool,
    /// As JSON, with what it would have done
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) whose: Whose,
    #[command(flatten)]
    pub(super) connection: ConnectionFlags,
}

impl Replay {
    pub(super) async fn run(self, seat: Seat) -> Result<(), Error> {
        let result = self.replay(&seat).await;
        seat.leave().await;
        result
    }

    async fn replay(&self, seat: &Seat) -> Result<(), Error> {
        let now = store::now();
        let today = now - now.rem_euclid(DAY);
        let from = self.from.unwrap_or(today - DAY);
        let to = self.to.unwrap_or(from + DAY);
        let span = (from / 1000, to / 1000);
        let ids = begun(&seat.desk, span, self.limit).await.map_err(turn)?;
        let mut all = Vec::new();
        for id in &ids {
            all.extend(compare(&seat.desk, id).await.map_err(turn)?);
        }
        let differing = all.iter().filter(|one| one.differs).count();
        let count = all.len();
        if self.differing {
            all.retain(|one| one.differs);
        }
        if self.json {
            let text = serde_json::to_string_pretty(&all);
            say!("{}", text.map_err(|error| Error::Build(error.to_string()))?);
            return Ok(());
        }
        let rows: Vec<Value> = all.iter().map(row).collect();
        say!("{}", table::of(&rows));
        say!("{count} conversations; in {differing} the agent would have gone another way.");
        Ok(())
    }
}

fn row(one: &Compared) -> Value {
    let mut row = json!({
        "conversation": one.would.conversation,
        "category": one.would.category.clone().unwrap_or_default(),
        "agent": one.would.outcome,
        "reason": one.would.reason,
        "human": one.human,
    });
    if let Some(likeness) = one.likeness {
        row["likeness"] = likeness.into();
    }
    row["differs"] = if one.differs { "yes" } else { "" }.into();
    row
}
