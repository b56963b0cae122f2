//! `frontdesk serve`.
#![expect(
    clippy::doc_markdown,
    reason = "these comments are help texts, where backticks would show"
)]

use super::{Threads, asked_to_stop, block_on, flags, or_at_once};
use crate::app::{self, App};
use crate::config::Config;
use crate::server::Server;
use crate::{Error, telemetry, token::TokenSource};
use clap::Args;
use secrecy::SecretString;
use std::{net::SocketAddr, sync::Arc};
use tracing::level_filters::LevelFilter;

/// Serve MCP over HTTP.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  INTERCOM_ACCESS_TOKEN=… frontdesk serve
  INTERCOM_ACCESS_TOKEN=… FRONTDESK_TOKEN=… frontdesk serve --listen 0.0.0.0:8787 --read-only
  frontdesk serve --token-file /run/secrets/intercom --region eu --toolsets inbox,tickets

Clients send FRONTDESK_TOKEN as bearer token to /mcp, or use /mcp/<token> where they cannot
send headers. Where it is not set, a random token is printed. Behind a name of your own, set
FRONTDESK_ALLOWED_HOSTS to it.")]
pub(super) struct Serve {
    /// Address to listen on; port 0 takes a free one [env: FRONTDESK_LISTEN] [default: 127.0.0.1:8787]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    #[command(flatten)]
    connection: flags::ConnectionFlags,
    #[command(flatten)]
    tools: flags::ToolFlags,
}

impl Serve {
    pub(super) fn run(self, general: &flags::General) -> Result<(), Error> {
        let given = flags::Given::none()
            .and("--listen", "server.listen", self.listen.as_ref())
            .connection(&self.connection)
            .tools(&self.tools);
        let config = given.read(general, false)?;
        let again = || given.config(general);
        block_on(Threads::All, serve(&config, &again))?
    }
}

/// Reads the configuration again.
type Again<'a> = &'a dyn Fn() -> Result<Config, Error>;

async fn serve(config: &Config, again: Again<'_>) -> Result<(), Error> {
    if TokenSource::of(config).current()?.is_none() && config.token_file.is_none() {
        return serve_tenants(config, again).await;
    }
    let app = Arc::new(App::new(config)?);
    let (token, invented) = own_token(config);
    let server = Server::start(Arc::clone(&app), config, &token).await?;
    announce(server.addr, &token, invented);
    tell_metrics(&server);
    let checking = tokio::spawn(check(app));
    until_stopped(&server, again).await;
    checking.abort();
    or_at_once(server.stop()).await;
    Ok(())
}

/// Without a token of its own, the server is the tenants' of its database.
async fn serve_tenants(config: &Config, again: Again<'_>) -> Result<(), Error> {
    let tenants = Arc::new(app::tenants(config).await?);
    let server = Server::serve(tenants, config).await?;
    say!("http://{}", server.addr);
    say!("MCP is at http://{}/mcp", server.addr);
    tell_metrics(&server);
    eprintln!(
        "frontdesk: INTERCOM_ACCESS_TOKEN is not set, so this server is for the tenants of its database; \
         `frontdesk admin` makes tenants, connections and endpoints"
    );
    until_stopped(&server, again).await;
    or_at_once(server.stop()).await;
    Ok(())
}

fn tell_metrics(server: &Server) {
    if let Some(addr) = server.metrics_addr {
        say!("metrics are at http://{addr}/metrics");
    }
}

/// Serves until it is asked to stop; asked to read the configuration again, it does.
async fn until_stopped(server: &Server, again: Again<'_>) {
    let mut stopping = std::pin::pin!(asked_to_stop());
    #[cfg(unix)]
    if let Ok(mut hangups) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())
    {
        loop {
            tokio::select! {
                () = &mut stopping => return,
                Some(()) = hangups.recv() => reload(server, again),
            }
        }
    }
    stopping.await;
}

#[cfg(unix)]
fn reload(server: &Server, again: Again<'_>) {
    match again() {
        Ok(config) => {
            telemetry::logs::set_level(config.log.unwrap_or(LevelFilter::INFO));
            server.reload(&config);
            tracing::info!("the log level and the limits are as the configuration says now");
        }
        Err(error) => tracing::error!(%error, "the configuration stays as it was"),
    }
}

/// The token of the server's own clients; a random one where none is set.
pub(super) fn own_token(config: &Config) -> (SecretString, bool) {
    match &config.token {
        Some(token) => (token.clone(), false),
        None => (random_token().into(), true),
    }
}

/// 160 random bits.
fn random_token() -> String {
    let [high, low]: [u128; 2] = rand::random();
    format!("{high:032x}{:08x}", low >> 96)
}

fn announce(addr: SocketAddr, token: &SecretString, invented: bool) {
    say!("http://{addr}");
    say!("MCP is at http://{addr}/mcp");
    if invented {
        say!(
            "token: {} (FRONTDESK_TOKEN is not set; this one is good until the server stops)",
            secrecy::ExposeSecret::expose_secret(token)
        );
    }
}

/// Asks Intercom who the token belongs to; a wrong one is said at once, but the server stays up.
pub(super) async fn check(app: Arc<App>) {
    match app.whoami().await {
        Ok(who) => eprintln!("frontdesk: connected to Intercom as {who}"),
        Err(Error::Call(error)) => {
            tracing::warn!(kind = ?error.kind(), "Intercom does not answer as it should");
            eprintln!("frontdesk: {error}");
        }
        Err(error) => tracing::warn!(%error, "Intercom could not be asked"),
    }
}
