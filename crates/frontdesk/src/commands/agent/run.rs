//! `frontdesk agent run`: turns on given conversations, now.

use super::Whose;
use crate::Error;
use crate::commands::flags::ConnectionFlags;
use crate::error::turn;
use crate::support::Seat;
use ::agent::{event::ask_turn, replay, settings::Mode};
use clap::Args;
use store::DeliveryState;

#[derive(Debug, Args)]
#[command(after_help = "\
Without --send this is a dry run: it reads the conversations and tells what the agent would do. With --send each
gets a turn as if its customer had just written: in the mode of agent.mode, once, and silent where a human is.")]
pub(super) struct Run {
    /// Conversations, by id
    #[arg(required = true, value_name = "CONVERSATION")]
    ids: Vec<String>,
    /// Act, and do not only tell
    #[arg(long)]
    send: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pub(super) whose: Whose,
    #[command(flatten)]
    pub(super) connection: ConnectionFlags,
}

impl Run {
    pub(super) async fn run(self, seat: Seat) -> Result<(), Error> {
        let result = if self.send {
            self.send(&seat).await
        } else {
            self.tell(&seat).await
        };
        seat.leave().await;
        result
    }

    async fn tell(&self, seat: &Seat) -> Result<(), Error> {
        let mut all = Vec::new();
        for id in &self.ids {
            let preview = replay::preview(&seat.desk, id).await.map_err(turn)?;
            if !self.json {
                say!("{id}  {}  ({})", preview.outcome, preview.reason);
                for (kind, text) in &preview.acts {
                    say!("  {kind}: {}", text.replace('\n', "\n    "));
                }
            }
            all.push(preview);
        }
        if self.json {
            let text = serde_json::to_string_pretty(&all);
            say!("{}", text.map_err(|error| Error::Build(error.to_string()))?);
        }
        Ok(())
    }

    async fn send(&self, seat: &Seat) -> Result<(), Error> {
        if seat.desk.settings.mode == Mode::Off {
            return Err(Error::Usage(
                "the agent is off: set FRONTDESK_AGENT to draft, suggest or auto".into(),
            ));
        }
        let desk = &seat.desk;
        let mut names = Vec::new();
        for id in &self.ids {
            names.push(ask_turn(&desk.scope, &desk.workspace, id).await?);
        }
        let ends = seat.work_off(&names).await?;
        for (id, end) in self.ids.iter().zip(&ends) {
            let turns = desk.scope.turns_of(id).await?;
            let outcome = turns.last().and_then(|turn| turn.outcome.clone());
            say!(
                "{id}  {}",
                outcome.unwrap_or_else(|| end.as_str().to_owned())
            );
        }
        if ends.contains(&DeliveryState::Dead) {
            return Err(Error::Usage(
                "some failed: `frontdesk agent deliveries list --state dead` tells why".into(),
            ));
        }
        Ok(())
    }
}
