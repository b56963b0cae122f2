//! `frontdesk admin apps`.

use super::{scope, when};
use crate::Error;
use crate::connect::NewApp;
use crate::tenants::{Act, Tenants};
use clap::Subcommand;
use intercom::Region;
use secrecy::SecretString;
use serde_json::json;
use std::io::Read;

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Keep an Intercom app, or change the one with the same client id; its secret comes by standard input
    Add {
        /// Its client id (Developer Hub, Basic information)
        client_id: String,
        /// Whose it is; the deployment's when left out
        #[arg(long)]
        tenant: Option<String>,
        /// Its name for people
        #[arg(long)]
        name: Option<String>,
        /// Whose page of consent its people see: us, eu or au
        #[arg(long, default_value = "us")]
        region: Region,
        /// A site or page where its people may be sent back to; may be given several times
        #[arg(long, value_name = "URL")]
        return_to: Vec<String>,
    },
    /// The deployment's apps, or a tenant's
    List {
        /// Whose; the deployment's when left out
        #[arg(long)]
        tenant: Option<String>,
    },
    /// Delete an app with its secret; connections made with it stay
    Remove {
        /// The app
        id: String,
        /// Whose it is; the deployment's when left out
        #[arg(long)]
        tenant: Option<String>,
    },
}

impl Action {
    pub(super) fn act(&self) -> Option<Act> {
        Some(match self {
            Self::Add {
                client_id, tenant, ..
            } => Act::new("create_app")
                .tenant(tenant.as_deref())
                .given(&json!({"client_id": client_id})),
            Self::Remove { id, tenant } => Act::new("delete_app")
                .tenant(tenant.as_deref())
                .object(Some(id)),
            Self::List { .. } => return None,
        })
    }

    /// `secret` is the one of the environment, where there is one.
    pub(super) async fn run(
        self,
        desk: &Tenants,
        secret: Option<SecretString>,
    ) -> Result<Option<String>, Error> {
        match self {
            Self::Add {
                client_id,
                tenant,
                name,
                region,
                return_to,
            } => {
                let scope = scope(desk, tenant.as_deref()).await?;
                let new = NewApp {
                    name,
                    client_id,
                    client_secret: given(secret)?,
                    region,
                    return_to,
                };
                let kept = desk.keep_app(&scope, new).await?;
                tell(&kept);
                return Ok(Some(kept.id));
            }
            Self::List { tenant } => {
                let scope = scope(desk, tenant.as_deref()).await?;
                scope.apps().await?.iter().for_each(tell);
            }
            Self::Remove { id, tenant } => {
                let scope = scope(desk, tenant.as_deref()).await?;
                scope.delete_app(&id).await?;
            }
        }
        Ok(None)
    }
}

fn given(secret: Option<SecretString>) -> Result<SecretString, Error> {
    if let Some(secret) = secret {
        return Ok(secret);
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    match text.trim() {
        "" => Err(Error::Usage(
            "the client secret comes by standard input or INTERCOM_CLIENT_SECRET: \
             `frontdesk admin apps add CLIENT_ID < secret.txt`"
                .into(),
        )),
        secret => Ok(secret.into()),
    }
}

fn tell(app: &store::App) {
    say!(
        "{}  {}  {}  {}  since {}",
        app.id,
        app.client_id,
        app.region,
        app.name,
        when(app.created_at)
    );
}
