//! `frontdesk admin endpoints`.

use super::{PAGE, controls::Controls, when};
use crate::Error;
use crate::tenants::{EndpointSettings, NewEndpoint, Secret, Tenants};
use catalog::Risk;
use clap::{Args, Subcommand, builder::PossibleValuesParser};
use gateway::Mode;
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
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of its own on the command line"
)]
pub(super) struct Create {
    /// The tenant
    tenant: String,
    /// Its name for people
    #[arg(long, default_value = "")]
    name: String,
    /// The connection it uses; each caller's own when left out
    #[arg(long)]
    connection: Option<String>,
    /// Toolsets to list, separated by commas
    #[arg(long, value_delimiter = ',', default_value = "inbox")]
    toolsets: Vec<String>,
    /// The worst a call may do: read, write or destructive
    #[arg(long, default_value = "write", value_parser = risk)]
    ceiling: Risk,
    /// The only tools there are, separated by commas
    #[arg(long, value_delimiter = ',')]
    allow: Vec<String>,
    /// Tools that are not there, separated by commas
    #[arg(long, value_delimiter = ',')]
    deny: Vec<String>,
    /// Let search_tools and call_tool reach what is not listed
    #[arg(long)]
    open_ended: bool,
    /// List only the tools that find, explain and call all others
    #[arg(long)]
    meta: bool,
    /// Speak as another server does: official, dunia, gantz, scalekit or truto
    #[arg(long, value_parser = PossibleValuesParser::new(catalog::Dialect::names()))]
    dialect: Option<String>,
    /// Want a session token or an API key beside the address
    #[arg(long)]
    require_api_token: bool,
    /// Let the tenant's people sign in to it by themselves, though one connection serves all
    #[arg(long)]
    sign_in: bool,
    /// Minutes until it is gone
    #[arg(long)]
    minutes: Option<u32>,
    #[command(flatten)]
    controls: Controls,
}

#[derive(Debug, Args)]
pub(super) struct Change {
    /// The tenant
    tenant: String,
    /// The endpoint
    id: String,
    /// Toolsets to list, separated by commas
    #[arg(long, value_delimiter = ',')]
    toolsets: Vec<String>,
    /// The worst a call may do: read, write or destructive
    #[arg(long, value_parser = risk)]
    ceiling: Option<Risk>,
    #[command(flatten)]
    controls: Controls,
}

impl Action {
    pub(super) async fn run(self, desk: &Tenants) -> Result<(), Error> {
        match self {
            Self::Create(create) => create.run(desk).await?,
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
                tell_token(&made.await?.1);
            }
            Self::Delete { tenant, id } => {
                desk.store().scope(&tenant)?.delete_endpoint(&id).await?;
            }
        }
        Ok(())
    }
}

impl Create {
    async fn run(self, desk: &Tenants) -> Result<(), Error> {
        let life = self.minutes.map(|count| i64::from(count) * 60_000);
        let mut settings = EndpointSettings {
            ceiling: self.ceiling,
            toolsets: self.toolsets,
            allow: self.allow,
            deny: self.deny,
            open_ended: self.open_ended,
            mode: if self.meta { Mode::Meta } else { Mode::Tools },
            dialect: self.dialect,
            sign_in: self.sign_in,
            ..EndpointSettings::default()
        };
        self.controls.apply(&mut settings)?;
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
        Ok(())
    }
}

impl Change {
    async fn run(self, desk: &Tenants) -> Result<(), Error> {
        let endpoint = desk.store().scope(&self.tenant)?.endpoint(&self.id).await?;
        let mut settings: EndpointSettings = serde_json::from_str(&endpoint.settings)
            .map_err(|error| Error::Usage(format!("the endpoint's settings: {error}")))?;
        if !self.toolsets.is_empty() {
            settings.toolsets = self.toolsets;
        }
        settings.ceiling = self.ceiling.unwrap_or(settings.ceiling);
        self.controls.apply(&mut settings)?;
        let changed = desk.change_endpoint(&self.tenant, &self.id, &settings);
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

fn risk(text: &str) -> Result<Risk, String> {
    serde_json::from_value(text.into())
        .map_err(|_| format!("`{text}` is not read, write or destructive"))
}
