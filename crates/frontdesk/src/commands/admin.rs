//! `frontdesk admin`: tenants, people, connections, endpoints, keys and the audit log of a database, from the terminal.
#![expect(
    clippy::doc_markdown,
    reason = "these comments are help texts, where backticks would show"
)]

mod allowed;
mod api_keys;
mod apps;
mod audit;
mod backup;
mod connections;
mod controls;
mod endpoints;
mod keys;
mod notices;
mod tenants;
mod usage;

use super::{Threads, block_on, flags};
use crate::tenants::{Act, Manager, Tenants};
use crate::{Error, app};
use clap::{Args, Subcommand};
use secrecy::SecretString;
use store::TenantScope;

/// Manage the tenants of a server.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  frontdesk admin tenants create acme --name 'Acme Inc.'
  frontdesk admin connections create acme < token.txt
  frontdesk admin apps add CLIENT_ID < secret.txt
  frontdesk admin connections link acme --user ana
  frontdesk admin endpoints create acme --connection ID --toolsets inbox --ceiling read
  frontdesk admin api-keys create --role owner --name ops
  frontdesk admin keys rotate
  frontdesk admin audit verify acme
  frontdesk admin audit export acme --format ocsf --from 2026-11-01 --to 2026-12-01
  frontdesk admin usage acme --by day
  frontdesk admin tenants hold acme
  frontdesk admin backup desk-2026-11-21.db

Works on the database that FRONTDESK_DATABASE names, also while servers run on it: they see a
change within a second. An Intercom access token is read from standard input, or from
INTERCOM_ACCESS_TOKEN; it is never a flag.")]
pub(super) struct Admin {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Tenants and their people
    #[command(subcommand)]
    Tenants(tenants::Action),
    /// Intercom apps that people connect with
    #[command(subcommand)]
    Apps(apps::Action),
    /// Where owners are told of refused connections, and what could not be done
    #[command(subcommand)]
    Notices(notices::Action),
    /// Links to Intercom workspaces
    #[command(subcommand)]
    Connections(connections::Action),
    /// Scoped MCP servers
    #[command(subcommand)]
    Endpoints(endpoints::Action),
    /// Keys of the REST API
    #[command(subcommand)]
    ApiKeys(api_keys::Action),
    /// The keys that seal stored credentials
    #[command(subcommand)]
    Keys(keys::Action),
    /// The record of all calls
    #[command(subcommand)]
    Audit(audit::Action),
    Usage(usage::Usage),
    Backup(backup::Backup),
    Restore(backup::Restore),
}

impl Admin {
    pub(super) fn run(self, general: &flags::General) -> Result<(), Error> {
        let config = flags::Given::none().read(general, true)?;
        block_on(Threads::One, async {
            // These come before there is a desk: a restored one has no database yet.
            let what = match self.what {
                What::Backup(backup) => return backup.run(&config).await,
                What::Restore(restore) => return restore.run(&config).await,
                what => what,
            };
            let desk = app::tenants_for_command(&config).await?;
            let secrets = (config.access_token, config.connect.client_secret);
            let done = match what.act() {
                Some(act) => {
                    let act = (Manager::Cli, act);
                    let work = what.run(&desk, secrets);
                    Box::pin(desk.on_record(act, work, Option::as_deref)).await
                }
                None => what.run(&desk, secrets).await,
            };
            desk.gateway().flush().await;
            done.map(drop)
        })?
    }
}

impl What {
    /// What goes on record of it, where it changes something.
    fn act(&self) -> Option<Act> {
        match self {
            Self::Tenants(action) => action.act(),
            Self::Apps(action) => action.act(),
            Self::Notices(action) => action.act(),
            Self::Connections(action) => action.act(),
            Self::Endpoints(action) => action.act(),
            Self::ApiKeys(action) => action.act(),
            Self::Keys(action) => action.act(),
            Self::Audit(_) | Self::Usage(_) | Self::Backup(_) | Self::Restore(_) => None,
        }
    }

    /// Does it; the id of what it made.
    async fn run(
        self,
        desk: &Tenants,
        (token, client_secret): (Option<SecretString>, Option<SecretString>),
    ) -> Result<Option<String>, Error> {
        match self {
            Self::Tenants(action) => action.run(desk).await.map(|()| None),
            Self::Apps(action) => action.run(desk, client_secret).await,
            Self::Notices(action) => action.run(desk).await.map(|()| None),
            Self::Connections(action) => action.run(desk, token).await,
            Self::Endpoints(action) => action.run(desk).await,
            Self::ApiKeys(action) => action.run(desk).await,
            Self::Keys(action) => action.run(desk).await,
            Self::Audit(action) => action.run(desk).await.map(|()| None),
            Self::Usage(asked) => asked.run(desk).await.map(|()| None),
            // Done before.
            Self::Backup(_) | Self::Restore(_) => Ok(None),
        }
    }
}

/// The scope of a tenant that is there, or of the deployment.
async fn scope(desk: &Tenants, tenant: Option<&str>) -> Result<TenantScope, Error> {
    let Some(tenant) = tenant else {
        return Ok(desk.store().deployment());
    };
    let scope = desk.store().scope(tenant)?;
    scope.describe().await?;
    Ok(scope)
}

/// Rows of one listing: all pages of it.
const PAGE: i64 = 500;

/// A time for people.
fn when(at: i64) -> String {
    jiff::Timestamp::from_millisecond(at).map_or_else(|_| at.to_string(), |at| at.to_string())
}
