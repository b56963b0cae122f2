//! `frontdesk admin tenants`.

use super::{PAGE, when};
use crate::Error;
use crate::tenants::{Act, Tenants, check_id, with_audit_arguments};
use clap::Subcommand;
use gateway::Arguments;
use serde_json::json;
use std::io::Read;
use store::{Tenant, TenantState, User, UserState};

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Make a tenant
    Create {
        /// Its id: letters, digits, - and _
        id: String,
        /// Its name for people
        #[arg(long)]
        name: Option<String>,
    },
    /// All tenants
    List,
    /// Refuse all calls of a tenant, and keep its data
    Suspend {
        /// The tenant
        id: String,
    },
    /// Serve a suspended tenant again
    Resume {
        /// The tenant
        id: String,
    },
    /// Put a tenant's audit log on legal hold: nothing of it goes
    Hold {
        /// The tenant
        id: String,
    },
    /// End a legal hold: what is too old goes with the next sweep
    Release {
        /// The tenant
        id: String,
    },
    /// Say how a tenant's audit log is kept
    Audit {
        /// The tenant
        id: String,
        /// For how many days, 1 to 3650
        #[arg(long, value_parser = clap::value_parser!(i64).range(1..=3650))]
        days: Option<i64>,
        /// What is kept of arguments beside their hash: hashed (nothing) or redacted (no texts)
        #[arg(long, value_parser = arguments)]
        arguments: Option<Arguments>,
    },
    /// Make a person of a tenant, or change their name
    AddUser {
        /// The tenant
        tenant: String,
        /// The tenant's own identifier of the person
        user: String,
        /// Their name
        #[arg(long)]
        name: Option<String>,
        /// Their e-mail address
        #[arg(long)]
        email: Option<String>,
    },
    /// Give a person a password to sign in to endpoints with, read from standard input
    SetPassword {
        /// The tenant
        tenant: String,
        /// The person
        user: String,
    },
}

impl Action {
    pub(super) fn act(&self) -> Option<Act> {
        let change = |tenant: &str, given| {
            Act::new("change_tenant")
                .tenant(Some(tenant))
                .object(Some(tenant))
                .given(&given)
        };
        Some(match self {
            // It is not there yet: the deployment's log tells of its beginning.
            Self::Create { id, .. } => Act::new("create_tenant").object(Some(id)),
            Self::List => return None,
            Self::Suspend { id } => change(id, json!({"suspended": true})),
            Self::Resume { id } => change(id, json!({"suspended": false})),
            Self::Hold { id } => change(id, json!({"legal_hold": true})),
            Self::Release { id } => change(id, json!({"legal_hold": false})),
            Self::Audit {
                id,
                days,
                arguments,
            } => change(
                id,
                json!({"audit_days": days, "audit_arguments": arguments}),
            ),
            Self::AddUser { tenant, user, .. } => of_user("put_user", tenant, user),
            Self::SetPassword { tenant, user } => of_user("set_password", tenant, user),
        })
    }

    pub(super) async fn run(self, desk: &Tenants) -> Result<(), Error> {
        match self {
            Self::Create { id, name } => create(desk, &id, name).await,
            Self::List => list(desk).await,
            Self::Suspend { id } => {
                change(desk, &id, |tenant| tenant.state = TenantState::Suspended).await
            }
            Self::Resume { id } => {
                change(desk, &id, |tenant| tenant.state = TenantState::Active).await
            }
            Self::Hold { id } => change(desk, &id, |tenant| tenant.legal_hold = true).await,
            Self::Release { id } => change(desk, &id, |tenant| tenant.legal_hold = false).await,
            Self::Audit {
                id,
                days,
                arguments,
            } => {
                let keep = |tenant: &mut Tenant| {
                    tenant.audit_days = days.unwrap_or(tenant.audit_days);
                    if let Some(arguments) = arguments {
                        tenant.settings = with_audit_arguments(&tenant.settings, arguments);
                    }
                };
                change(desk, &id, keep).await
            }
            Self::AddUser {
                tenant,
                user,
                name,
                email,
            } => {
                let now = store::now();
                let user = User {
                    id: user,
                    name,
                    email,
                    state: UserState::Active,
                    created_at: now,
                    updated_at: now,
                };
                let scope = desk.store().scope(&tenant)?;
                scope.describe().await?;
                Ok(scope.keep_user(user).await?)
            }
            Self::SetPassword { tenant, user } => {
                let mut text = String::new();
                std::io::stdin().read_to_string(&mut text)?;
                let password = text.trim_end_matches(['\r', '\n']).to_owned();
                desk.set_password(&tenant, &user, password.into()).await
            }
        }
    }
}

fn of_user(action: &str, tenant: &str, user: &str) -> Act {
    Act::new(action)
        .tenant(Some(tenant))
        .object(Some(user))
        .given(&json!({"user": user}))
}

async fn create(desk: &Tenants, id: &str, name: Option<String>) -> Result<(), Error> {
    check_id(id)?;
    let tenant = Tenant::new(id, &name.unwrap_or_else(|| id.to_owned()));
    Ok(desk.store().system().create_tenant(tenant).await?)
}

async fn list(desk: &Tenants) -> Result<(), Error> {
    let mut after = String::new();
    loop {
        let page = desk.store().system().tenants(&after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after.clone_from(&last.tenant_id);
        for tenant in page {
            say!(
                "{}  {}  {}  {}{}",
                tenant.tenant_id,
                tenant.state.as_str(),
                when(tenant.created_at),
                tenant.name,
                if tenant.legal_hold {
                    "  on legal hold"
                } else {
                    ""
                }
            );
        }
    }
}

async fn change(desk: &Tenants, id: &str, change: impl FnOnce(&mut Tenant)) -> Result<(), Error> {
    let scope = desk.store().scope(id)?;
    let mut tenant = scope.describe().await?;
    change(&mut tenant);
    Ok(scope.update_tenant(tenant).await?)
}

fn arguments(word: &str) -> Result<Arguments, String> {
    match word {
        "hashed" => Ok(Arguments::Hashed),
        "redacted" => Ok(Arguments::Redacted),
        _ => Err("use hashed or redacted".into()),
    }
}
