//! `frontdesk admin api-keys`.

use super::{scope, when};
use crate::Error;
use crate::tenants::{Act, Tenants, new_api_key};
use clap::Subcommand;
use serde_json::json;

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Make a key; it is shown this once
    Create {
        /// The tenant; the whole deployment when left out
        #[arg(long)]
        tenant: Option<String>,
        /// What it may do: owner, developer or auditor
        #[arg(long, default_value = "developer")]
        role: String,
        /// Its name for people
        #[arg(long, default_value = "")]
        name: String,
    },
    /// A tenant's keys, or the deployment's
    List {
        /// The tenant; the whole deployment when left out
        #[arg(long)]
        tenant: Option<String>,
    },
    /// Revoke a key
    Revoke {
        /// The key's id
        id: String,
        /// Its tenant; the whole deployment when left out
        #[arg(long)]
        tenant: Option<String>,
    },
}

impl Action {
    pub(super) fn act(&self) -> Option<Act> {
        Some(match self {
            Self::Create { tenant, role, .. } => Act::new("create_api_key")
                .tenant(tenant.as_deref())
                .given(&json!({"role": role})),
            Self::Revoke { id, tenant } => Act::new("revoke_api_key")
                .tenant(tenant.as_deref())
                .object(Some(id)),
            Self::List { .. } => return None,
        })
    }

    pub(super) async fn run(self, desk: &Tenants) -> Result<Option<String>, Error> {
        match self {
            Self::Create { tenant, role, name } => {
                let scope = scope(desk, tenant.as_deref()).await?;
                let (key, token) = new_api_key(&scope, &name, &role, None).await?;
                say!("{}  {}", key.id, key.role.as_str());
                say!("token: {} (shown this once)", token.tell());
                return Ok(Some(key.id));
            }
            Self::List { tenant } => {
                for key in scope(desk, tenant.as_deref()).await?.api_keys().await? {
                    let state = match key.revoked_at {
                        Some(at) => format!("revoked {}", when(at)),
                        None => format!("since {}", when(key.created_at)),
                    };
                    say!("{}  {}  {}  {state}", key.id, key.role.as_str(), key.name);
                }
            }
            Self::Revoke { id, tenant } => {
                let scope = scope(desk, tenant.as_deref()).await?;
                scope.revoke_api_key(&id, store::now()).await?;
            }
        }
        Ok(None)
    }
}
