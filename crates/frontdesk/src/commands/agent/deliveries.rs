//! `frontdesk agent deliveries`: received webhooks, and dealing with one again.

use crate::Error;
use crate::support::LOCAL;
use clap::Subcommand;
use store::{DeliveryState, Store};

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// What was received, newest first
    List {
        /// The tenant; left out for a server of one workspace
        #[arg(long, default_value = LOCAL)]
        tenant: String,
        /// pending, running, done or dead
        #[arg(long, default_value = "dead")]
        state: String,
        /// How many
        #[arg(long, default_value_t = 50)]
        limit: i64,
    },
    /// Deal with one again; what was answered already is not answered twice
    Replay {
        /// The delivery's id
        id: String,
        /// The tenant; left out for a server of one workspace
        #[arg(long, default_value = LOCAL)]
        tenant: String,
    },
}

impl Action {
    pub(super) async fn run(self, store: &Store) -> Result<(), Error> {
        match self {
            Self::List {
                tenant,
                state,
                limit,
            } => list(store, &tenant, &state, limit).await,
            Self::Replay { id, tenant } => {
                let scope = store.scope(&tenant)?;
                scope.revive_delivery(&id, store::now()).await?;
                say!("{id} waits in the queue again");
                Ok(())
            }
        }
    }
}

async fn list(store: &Store, tenant: &str, state: &str, limit: i64) -> Result<(), Error> {
    let state = DeliveryState::parse(state).ok_or_else(|| {
        Error::Usage(format!(
            "`{state}` is not one of pending, running, done, dead"
        ))
    })?;
    for row in store.scope(tenant)?.deliveries(state, None, limit).await? {
        let at = jiff::Timestamp::from_millisecond(row.received_at).unwrap_or_default();
        let why = row.error.as_deref().unwrap_or_default();
        say!("{}  {at:.0}  {}  {}  {why}", row.id, row.topic, row.lane);
    }
    Ok(())
}
