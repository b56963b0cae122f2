//! `frontdesk admin notices`.

use super::{PAGE, when};
use crate::Error;
use crate::tenants::{Act, Tenants};
use clap::Subcommand;
use secrecy::ExposeSecret;
use serde_json::json;
use store::{ErrandKind, ErrandState};

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Send a tenant's notices to a webhook of its own; prints the secret that signs them, this once
    Set {
        /// The tenant
        tenant: String,
        /// An https address on the public internet
        url: String,
    },
    /// Send a tenant's notices where the deployment's go
    Unset {
        /// The tenant
        tenant: String,
    },
    /// What waits, and what was given up: notices, probes of refused connections, revocations at Intercom
    List {
        /// The tenant
        tenant: String,
    },
    /// Try again what was given up
    Retry {
        /// The tenant
        tenant: String,
        /// notice, probe or revocation
        kind: String,
        /// Its id
        id: String,
    },
}

impl Action {
    pub(super) fn act(&self) -> Option<Act> {
        Some(match self {
            Self::Set { tenant, .. } => Act::new("put_notices").tenant(Some(tenant)),
            Self::Unset { tenant } => Act::new("delete_notices").tenant(Some(tenant)),
            Self::Retry { tenant, kind, id } => Act::new("retry_errand")
                .tenant(Some(tenant))
                .object(Some(id))
                .given(&json!({"kind": kind})),
            Self::List { .. } => return None,
        })
    }

    pub(super) async fn run(self, desk: &Tenants) -> Result<(), Error> {
        match self {
            Self::Set { tenant, url } => {
                let secret = desk.set_notice(&tenant, &url).await?;
                say!("{}", secret.expose_secret());
            }
            Self::Unset { tenant } => desk.unset_notice(&tenant).await?,
            Self::List { tenant } => {
                let scope = desk.store().scope(&tenant)?;
                for state in [ErrandState::Pending, ErrandState::Dead] {
                    scope.errands(state, PAGE).await?.iter().for_each(tell);
                }
            }
            Self::Retry { tenant, kind, id } => {
                let kind = ErrandKind::parse(&kind).ok_or_else(|| {
                    Error::Usage(format!("`{kind}` is not one of notice, probe, revocation"))
                })?;
                let scope = desk.store().scope(&tenant)?;
                scope.revive_errand(kind, &id, store::now()).await?;
            }
        }
        Ok(())
    }
}

fn tell(errand: &store::Errand) {
    say!(
        "{}  {}  {}  tried {} times  next {}  {}",
        errand.kind.as_str(),
        errand.id,
        errand.state.as_str(),
        errand.attempts,
        when(errand.due_at),
        errand.error.as_deref().unwrap_or("-")
    );
}
