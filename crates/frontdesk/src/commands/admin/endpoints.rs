//! `frontdesk admin endpoints`.

use super::{PAGE, allowed::Allowed, when};
use crate::Error;
use crate::tenants::{Act, EndpointChange, EndpointSettings, NewEndpoint, Secret, Tenants};
use clap::{Args, Subcommand};
use serde_json::json;
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Make an endpoint; its token is shown this once
    Create(Box<Create>),
    /// A tenant's endpoints
    List {
        /// The tenant
        tenant: String,
    },
    /// Change what an endpoint allows; what is not given stays
    Change(Box<Change>),
    /// What an endpoint allows, as JSON
    Show {
        /// The tenant
        tenant: String,
        /// The endpoint
        id: String,
    },
    /// Give an endpoint a new token; the one before ends after the grace
    Rotate {
        /// The tenant
        tenant: String,
        /// The endpoint
        id: String,
        /// Minutes that the token before stays good
        #[arg(long, default_value_t = 60)]
        grace: u32,
    },
    /// A token for one person at an endpoint; it is shown this once
    Session {
        /// The tenant
        tenant: String,
        /// The endpoint
        id: String,
        /// The person
        user: String,
        /// Minutes that it is good
        #[arg(long, default_value_t = 60)]
        minutes: u32,
    },
    /// Delete an endpoint with its tokens
    Delete {
        /// The tenant
        tenant: String,
        /// The endpoint
        id: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// The tenant
    tenant: String,
    /// Its name for people
    #[arg(long, default_value = "")]
    name: String,
    /// The connection it uses; each caller's own when left out
    #[arg(long)]
    connection: Option<String>,
    /// Want a session token or an API key beside the address
    #[arg(long)]
    require_api_token: bool,
    /// Minutes until it is gone
    #[arg(long)]
    minutes: Option<u32>,
    #[command(flatten)]
    allowed: Allowed,
}

#[derive(Debug, Args)]
pub(super) struct Change {
    /// The tenant
    tenant: String,
    /// The endpoint
    id: String,
    /// Its name for people
    #[arg(long)]
    name: Option<String>,
    /// Want a session token or an API key beside the address
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    require_api_token: Option<bool>,
    /// Refuse all its calls, and keep its tokens
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    disabled: Option<bool>,
    /// Minutes until it is gone; 0 takes its end away
    #[arg(long)]
    minutes: Option<u32>,
    #[command(flatten)]
    allowed: Allowed,
}

impl Action {
    pub(super) fn act(&self) -> Option<Act> {
        let of = |action: &str, tenant: &str, id: &str| {
            let given = json!({"endpoint": id});
            let act = Act::new(action).tenant(Some(tenant));
            act.object(Some(id)).given(&given)
        };
        Some(match self {
            Self::Create(create) => create.act(),
            Self::Change(change) => change.act(),
            Self::Rotate { tenant, id, .. } => of("rotate_endpoint", tenant, id),
            Self::Session {
                tenant,
                id,
                user,
                minutes,
            } => Act::new("create_session")
                .tenant(Some(tenant))
                .given(&json!({"endpoint": id, "user": user, "seconds": u64::from(*minutes) * 60})),
            Self::Delete { tenant, id } => of("delete_endpoint", tenant, id),
            Self::List { .. } | Self::Show { .. } => return None,
        })
    }

    /// Does it; the id of what it made.
    pub(super) async fn run(self, desk: &Tenants) -> Result<Option<String>, Error> {
        match self {
            Self::Create(create) => return create.run(desk).await.map(Some),
            Self::Change(change) => change.run(desk).await?,
            Self::Show { tenant, id } => {
                let endpoint = desk.store().scope(&tenant)?.endpoint(&id).await?;
                tell(&endpoint);
                say!("{}", endpoint.settings);
            }
            Self::List { tenant } => list(desk, &tenant).await?,
            Self::Rotate { tenant, id, grace } => {
                let token = desk.rotate_endpoint(&tenant, &id, minutes(grace)).await?;
                tell_token(&token);
            }
            Self::Session {
                tenant,
                id,
                user,
                minutes: life,
            } => {
                let made = desk.create_session(&tenant, &user, &id, minutes(life));
                let (session, token) = made.await?;
                tell_token(&token);
                return Ok(Some(session.id));
            }
            Self::Delete { tenant, id } => {
                desk.store().scope(&tenant)?.delete_endpoint(&id).await?;
            }
        }
        Ok(None)
    }
}

impl Create {
    fn act(&self) -> Act {
        Act::new("create_endpoint")
            .tenant(Some(&self.tenant))
            .given(&json!({
                "connection": self.connection,
                "require_api_token": self.require_api_token,
                "settings": self.allowed.told(),
            }))
    }

    async fn run(self, desk: &Tenants) -> Result<String, Error> {
        let life = self.minutes.map(|count| i64::from(count) * 60_000);
        let mut settings = EndpointSettings::default();
        self.allowed.apply(&mut settings)?;
        let new = NewEndpoint {
            name: self.name,
            connection: self.connection,
            settings,
            require_api_token: self.require_api_token,
            expires_at: life.map(|life| store::now() + life),
        };
        let (endpoint, token) = desk.create_endpoint(&self.tenant, new).await?;
        tell(&endpoint);
        tell_token(&token);
        Ok(endpoint.id)
    }
}

impl Change {
    fn act(&self) -> Act {
        Act::new("change_endpoint")
            .tenant(Some(&self.tenant))
            .object(Some(&self.id))
            .given(&json!({
                "endpoint": self.id,
                "require_api_token": self.require_api_token,
                "disabled": self.disabled,
                "settings": self.allowed.told(),
            }))
    }

    async fn run(self, desk: &Tenants) -> Result<(), Error> {
        let endpoint = desk.store().scope(&self.tenant)?.endpoint(&self.id).await?;
        let mut settings: EndpointSettings = serde_json::from_str(&endpoint.settings)
            .map_err(|error| Error::Usage(format!("the endpoint's settings: {error}")))?;
        self.allowed.apply(&mut settings)?;
        let end = |count| (count > 0).then(|| store::now() + i64::from(count) * 60_000);
        let change = EndpointChange {
            name: self.name,
            settings: Some(settings),
            require_api_token: self.require_api_token,
            disabled: self.disabled,
            expires_at: self.minutes.map(end),
        };
        let changed = desk.change_endpoint(&self.tenant, &self.id, change);
        tell(&changed.await?);
        Ok(())
    }
}

async fn list(desk: &Tenants, tenant: &str) -> Result<(), Error> {
    let scope = desk.store().scope(tenant)?;
    let mut after = String::new();
    loop {
        let page = scope.endpoints(&after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after.clone_from(&last.id);
        page.iter().for_each(tell);
    }
}

fn tell(endpoint: &store::Endpoint) {
    let connection = endpoint.connection_id.as_deref().unwrap_or("each caller's");
    let end = endpoint
        .expires_at
        .map(|end| format!("  until {}", when(end)))
        .unwrap_or_default();
    say!(
        "{}  {}  {}  connection {connection}{end}",
        endpoint.id,
        endpoint.state.as_str(),
        endpoint.name
    );
}

fn tell_token(token: &Secret) {
    say!("token: {} (shown this once)", token.tell());
}

fn minutes(count: u32) -> Duration {
    Duration::from_mins(count.into())
}
