//! `frontdesk admin connections`.

use super::{PAGE, when};
use crate::Error;
use crate::connect::NewLink;
use crate::tenants::{Act, NewConnection, Tenants};
use clap::Subcommand;
use intercom::Region;
use secrecy::SecretString;
use serde_json::json;
use std::io::Read;

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Try an access token at Intercom and keep it sealed
    Create {
        /// The tenant
        tenant: String,
        /// Whose it is; the whole tenant's when left out
        #[arg(long)]
        user: Option<String>,
        /// Where the workspace lives: us, eu or au; all are tried when left out
        #[arg(long)]
        region: Option<Region>,
    },
    /// Give a connection another access token; its endpoints stay
    Reconnect {
        /// The tenant
        tenant: String,
        /// The connection
        id: String,
    },
    /// Make a link by which a person connects their Intercom; it is good once, for an hour
    Link {
        /// The tenant
        tenant: String,
        /// Who shall connect; nobody for a connection that the whole tenant uses
        #[arg(long)]
        user: Option<String>,
        /// The Intercom app, by its id here
        #[arg(long)]
        app: Option<String>,
        /// The connection that shall be made again, and no other
        #[arg(long)]
        connection: Option<String>,
        /// Where the person's workspace lives: us, eu or au
        #[arg(long)]
        region: Option<Region>,
        /// Where to send the person afterwards
        #[arg(long, value_name = "URL")]
        return_to: Option<String>,
    },
    /// A tenant's connections
    List {
        /// The tenant
        tenant: String,
    },
    /// End a connection, destroy its sealed token, and give it back at Intercom where it came by OAuth
    Revoke {
        /// The tenant
        tenant: String,
        /// The connection
        id: String,
    },
}

impl Action {
    pub(super) fn act(&self) -> Option<Act> {
        Some(match self {
            Self::Create { tenant, user, .. } => Act::new("create_connection")
                .tenant(Some(tenant))
                .given(&json!({"user": user})),
            Self::Reconnect { tenant, id } => Act::new("reconnect_connection")
                .tenant(Some(tenant))
                .object(Some(id)),
            Self::Link {
                tenant,
                user,
                connection,
                ..
            } => Act::new("create_authorize_link")
                .tenant(Some(tenant))
                .given(&json!({"user": user, "connection": connection})),
            Self::Revoke { tenant, id } => Act::new("revoke_connection")
                .tenant(Some(tenant))
                .object(Some(id)),
            Self::List { .. } => return None,
        })
    }

    pub(super) async fn run(
        self,
        desk: &Tenants,
        token: Option<SecretString>,
    ) -> Result<Option<String>, Error> {
        match self {
            Self::Create {
                tenant,
                user,
                region,
            } => {
                let new = NewConnection {
                    user,
                    token: given(token)?,
                    region,
                    app: None,
                };
                let made = desk.connect(&tenant, new).await?;
                tell(&made);
                return Ok(Some(made.id));
            }
            Self::Reconnect { tenant, id } => {
                let new = NewConnection {
                    user: None,
                    token: given(token)?,
                    region: None,
                    app: None,
                };
                tell(&desk.reconnect(&tenant, &id, new).await?);
            }
            Self::Link {
                tenant,
                user,
                app,
                connection,
                region,
                return_to,
            } => {
                let new = NewLink {
                    user,
                    app,
                    connection,
                    region,
                    return_to,
                    life: None,
                };
                say!("{}", desk.authorize_link(&tenant, new).await?.url);
            }
            Self::List { tenant } => list(desk, &tenant).await?,
            Self::Revoke { tenant, id } => {
                desk.disconnect(&tenant, &id).await?;
                // A server that runs on the database does it too; without one, nobody else would.
                desk.do_errands(store::now()).await?;
            }
        }
        Ok(None)
    }
}

async fn list(desk: &Tenants, tenant: &str) -> Result<(), Error> {
    let scope = desk.store().scope(tenant)?;
    let mut after = String::new();
    loop {
        let page = scope.connections(&after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after.clone_from(&last.id);
        page.iter().for_each(tell);
    }
}

/// The token of the environment, or else of standard input.
fn given(token: Option<SecretString>) -> Result<SecretString, Error> {
    if let Some(token) = token {
        return Ok(token);
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let token = text.trim();
    if token.is_empty() {
        return Err(Error::NoToken);
    }
    Ok(token.to_owned().into())
}

fn tell(connection: &store::Connection) {
    let words = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
    say!(
        "{}  {}  {}  {}  {}  user {}  since {}",
        connection.id,
        connection.state.as_str(),
        connection.region,
        words(&connection.workspace_name),
        words(&connection.admin_name),
        words(&connection.user_id),
        when(connection.created_at)
    );
}
