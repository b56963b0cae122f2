//! `frontdesk demo`: everything in one process, and what to paste where.
#![expect(
    clippy::doc_markdown,
    reason = "these comments are help texts, where backticks would show"
)]

use super::sandbox::SandboxFlags;
use super::serve::own_token;
use super::{Threads, asked_to_stop, block_on, flags, or_at_once};
use crate::Error;
use crate::app::App;
use crate::config::Config;
use crate::server::Server;
use agent::settings::Mode;
use clap::Args;
use sandbox::{Sandbox, Webhook};
use secrecy::{ExposeSecret, SecretString};
use std::{net::SocketAddr, path::PathBuf, sync::Arc};

/// Try it: a seeded Intercom double and the gateway, in one process.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  frontdesk demo
  frontdesk demo --listen 127.0.0.1:0 --sandbox-listen 127.0.0.1:0
  frontdesk demo --read-only --toolsets all

Nothing leaves this machine, and nothing outlives the process but the audit log.")]
pub(super) struct Demo {
    /// Address of the gateway; port 0 takes a free one [env: FRONTDESK_LISTEN] [default: 127.0.0.1:8787]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Address of the Intercom double
    #[arg(
        long,
        value_name = "ADDR",
        env = "FRONTDESK_SANDBOX_LISTEN",
        default_value = "127.0.0.1:8788",
        hide_env_values = true
    )]
    sandbox_listen: SocketAddr,
    #[command(flatten)]
    world: SandboxFlags,
    #[command(flatten)]
    tools: flags::ToolFlags,
}

/// What the sandbox signs its webhooks with.
const SECRET: &str = "sandbox-secret";
/// The shop's teams.
const TEAMS: [(&str, &str); 5] = [
    ("billing", "Billing"),
    ("cancellation", "Billing"),
    ("technical", "Technical"),
    ("bug_report", "Technical"),
    ("default", "Orders & Shipping"),
];

impl Demo {
    pub(super) fn run(self, general: &flags::General) -> Result<(), Error> {
        let config = flags::Given::none()
            .and("--listen", "server.listen", self.listen.as_ref())
            .tools(&self.tools)
            .read(general, false)?;
        block_on(Threads::All, self.serve(config))?
    }

    async fn serve(self, mut config: Config) -> Result<(), Error> {
        let running = Sandbox::start(self.world.config(self.sandbox_listen)).await?;
        in_sandbox(&mut config, &running.url, &self.world.token);
        let queue = at_work(&mut config)?;
        let app = Arc::new(App::new(&config)?);
        let (token, _) = own_token(&config);
        let server = Server::start(app, &config, &token).await?;
        running.tell(Webhook {
            url: format!("http://{}/webhooks/intercom/default", server.addr),
            secret: SECRET.into(),
        })?;
        welcome(server.addr, &running.url, &token, &self.world.token);
        as_a_customer(&running.url, &self.world.token);
        asked_to_stop().await;
        or_at_once(async {
            server.stop().await;
            running.stop().await;
        })
        .await;
        // Left behind, it only costs space.
        let _ = std::fs::remove_dir_all(queue);
        Ok(())
    }
}

/// Puts the support agent to work, with a queue that ends with the process: the next sandbox begins anew.
fn at_work(config: &mut Config) -> Result<PathBuf, Error> {
    let folder = std::env::temp_dir().join(format!("frontdesk-demo-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|source| Error::Unwritable {
        path: folder.clone(),
        source,
    })?;
    config.database = Some(folder.join("queue.db").display().to_string().into());
    config.connect.client_id = Some("sandbox-client".into());
    config.connect.client_secret = Some(SECRET.into());
    let settings = &mut config.agent.settings;
    if settings.mode == Mode::Off {
        settings.mode = Mode::Auto;
    }
    if settings.teams.is_empty() {
        let team = |(category, team): (&str, &str)| (category.to_owned(), team.to_owned());
        settings.teams = TEAMS.map(team).into();
    }
    settings.quiet_ms = settings.quiet_ms.min(500);
    Ok(folder)
}

/// Points a configuration at a sandbox, whatever the environment says of a real workspace.
pub(super) fn in_sandbox(config: &mut Config, url: &str, token: &str) {
    config.base_url = Some(url.to_owned());
    config.access_token = Some(token.to_owned().into());
    config.token_file = None;
    config.plain_http = true;
    config.version = catalog::ApiVersion::default();
}

fn welcome(addr: SocketAddr, sandbox: &str, token: &SecretString, sandbox_token: &str) {
    let url = format!("http://{addr}/mcp");
    let token = token.expose_secret();
    let program = std::env::current_exe()
        .ok()
        .and_then(|path| path.to_str().map(str::to_owned))
        .unwrap_or_else(|| "frontdesk".into());
    let program = serde_json::Value::from(program);
    say!("http://{addr}");
    say!("{sandbox}");
    say!(
        "
Frontdesk is open. The first address is the gateway, the second a made-up Intercom workspace: a bike shop.
MCP is at {url}
Gateway token: {token}   Sandbox token: {sandbox_token}   Stop with Ctrl-C.

Claude Code
  claude mcp add --transport http intercom {url} --header \"Authorization: Bearer {token}\"

Claude Desktop: Settings > Developer > Edit Config, then restart it
  {{\"mcpServers\": {{\"intercom\": {{\"command\": {program}, \"args\": [\"stdio\"],
    \"env\": {{\"INTERCOM_BASE_URL\": \"{sandbox}\", \"INTERCOM_ACCESS_TOKEN\": \"{sandbox_token}\"}}}}}}}}

Cursor: ~/.cursor/mcp.json
  {{\"mcpServers\": {{\"intercom\": {{\"url\": \"{url}\", \"headers\": {{\"Authorization\": \"Bearer {token}\"}}}}}}}}

VS Code: .vscode/mcp.json
  {{\"servers\": {{\"intercom\": {{\"type\": \"http\", \"url\": \"{url}\", \"headers\": {{\"Authorization\": \"Bearer {token}\"}}}}}}}}

Where a client takes nothing but an address: {url}/{token}

Ask first
  1. Which conversations has nobody taken yet, and which of them should we answer first?
  2. Somebody cannot log in after a password reset. Find the conversation, look the answer up in the help center, and draft a reply.
  3. How many conversations are open, by team? Who gave us a bad rating, and why?
"
    );
}

/// How to write to the support agent.
fn as_a_customer(sandbox: &str, token: &str) {
    say!(
        "The support agent is at work, with models that are compiled in. Be a customer, then look at what it did:
  C=$(curl -s {sandbox}/__sandbox/state/contacts | grep -oE '[0-9a-f]{{24}}' | head -1)
  curl -s {sandbox}/conversations -H \"Authorization: Bearer {token}\" -H \"Content-Type: application/json\" \\
    -d \"{{\\\"from\\\": {{\\\"type\\\": \\\"contact\\\", \\\"id\\\": \\\"$C\\\"}}, \\\"body\\\": \\\"When do I get my refund?\\\"}}\"
  curl -s {sandbox}/__sandbox/state/conversations/ID     # the conversation_id of the answer
"
    );
}
