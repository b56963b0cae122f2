//! `frontdesk agent approvals`, `approve`, `reject`: what waits for a person's word.

use super::Whose;
use crate::Error;
use ::agent::approval;
use clap::Args;
use store::{ApprovalState, Store, StoreError};

#[derive(Debug, Args)]
pub(super) struct List {
    /// pending, approved, rejected or used
    #[arg(long, default_value = "pending")]
    state: String,
    /// How many
    #[arg(long, default_value_t = 50)]
    limit: i64,
    #[command(flatten)]
    whose: Whose,
}

#[derive(Debug, Args)]
pub(super) struct Decide {
    /// The approval's id
    id: String,
    /// Who decides [default: the user of this machine]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    #[command(flatten)]
    whose: Whose,
}

impl List {
    pub(super) async fn run(self, store: &Store) -> Result<(), Error> {
        let state = ApprovalState::parse(&self.state).ok_or_else(|| {
            let known = "pending, approved, rejected, used";
            Error::Usage(format!("`{}` is not one of {known}", self.state))
        })?;
        let scope = store.scope(&self.whose.tenant)?;
        let found = scope.approvals(state, None, self.limit).await?;
        if found.is_empty() {
            say!("Nothing is {state}.", state = state.as_str());
        }
        for one in found {
            let until = jiff::Timestamp::from_millisecond(one.expires_at).unwrap_or_default();
            let outcome = one.outcome.as_deref().unwrap_or_default();
            say!(
                "{}  until {until:.0}  {}: {}  {outcome}",
                one.id,
                one.tool,
                one.about
            );
            say!("  {}", one.arguments);
        }
        Ok(())
    }
}

impl Decide {
    pub(super) async fn approve(self, store: &Store) -> Result<(), Error> {
        let scope = store.scope(&self.whose.tenant)?;
        let done = approval::approve(&scope, &self.id, &self.who()).await;
        done.map_err(|error| self.mend(error))?;
        say!(
            "{} is approved; a running server carries it out now, within 15 minutes",
            self.id
        );
        Ok(())
    }

    pub(super) async fn reject(self, store: &Store) -> Result<(), Error> {
        let scope = store.scope(&self.whose.tenant)?;
        let done = approval::reject(&scope, &self.id, &self.who()).await;
        done.map_err(|error| self.mend(error))?;
        say!("{} is rejected", self.id);
        Ok(())
    }

    fn who(&self) -> String {
        let user = || {
            ["USER", "USERNAME"]
                .into_iter()
                .find_map(|name| std::env::var(name).ok())
        };
        self.by
            .clone()
            .or_else(user)
            .unwrap_or_else(|| "the terminal".into())
    }

    fn mend(&self, error: StoreError) -> Error {
        match error {
            StoreError::Conflict { .. } => Error::Usage(format!(
                "{} was decided already, or nobody answered for a day; `frontdesk agent approvals --state used` shows what became of it",
                self.id
            )),
            error => error.into(),
        }
    }
}
