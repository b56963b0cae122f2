//! `frontdesk serve`.
#![expect(
    clippy::doc_markdown,
    reason = "these comments are help texts, where backticks would show"
)]

use super::{Threads, asked_to_stop, block_on, flags, or_at_once};
use crate::app::App;
use crate::config::Config;
use crate::server::Server;
use crate::{Error, token::TokenSource};
use clap::Args;
use secrecy::SecretString;
use std::{net::SocketAddr, sync::Arc};

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
        let config = flags::Given::none()
            .and("--listen", "server.listen", self.listen.as_ref())
            .connection(&self.connection)
            .tools(&self.tools)
            .read(general, false)?;
        block_on(Threads::All, serve(&config))?
    }
}

async fn serve(config: &Config) -> Result<(), Error> {
    if TokenSource::of(config).current()?.is_none() && config.token_file.is_none() {
        return Err(Error::NoToken);
    }
    let app = Arc::new(App::new(config)?);
    let (token, invented) = own_token(config);
    let server = Server::start(Arc::clone(&app), config, &token).await?;
    announce(server.addr, &token, invented);
    let checking = tokio::spawn(check(app));
    asked_to_stop().await;
    checking.abort();
    or_at_once(server.stop()).await;
    Ok(())
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
    println!("http://{addr}");
    println!("MCP is at http://{addr}/mcp");
    if invented {
        println!(
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
