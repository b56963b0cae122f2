//! `frontdesk sandbox`, and the flags with which `demo` starts one too.

use super::{Threads, asked_to_stop, block_on, flags, or_at_once};
use crate::Error;
use catalog::ApiVersion;
use clap::Args;
use sandbox::{Config, Sandbox, Webhook};
use std::net::SocketAddr;

/// Run the Intercom double alone.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  frontdesk sandbox
  frontdesk sandbox --listen 127.0.0.1:0 --scale 20000 --rate-limit 100000000
  curl -H 'Authorization: Bearer sandbox-token' http://127.0.0.1:8788/me

It is a bike shop's workspace that answers as Intercom's API does, in the version that
Intercom-Version asks for. /__sandbox resets it, moves its clock, breaks its answers, and shows
what it was asked.")]
pub(super) struct SandboxCommand {
    /// Address to listen on; port 0 takes a free one
    #[arg(
        long,
        value_name = "ADDR",
        env = "FRONTDESK_SANDBOX_LISTEN",
        default_value = "127.0.0.1:8788",
        hide_env_values = true
    )]
    listen: SocketAddr,
    #[command(flatten)]
    world: SandboxFlags,
}

/// What the double is like.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sandbox")]
pub(super) struct SandboxFlags {
    /// The access token it takes
    #[arg(
        long = "token",
        visible_alias = "sandbox-token",
        value_name = "TOKEN",
        env = "FRONTDESK_SANDBOX_TOKEN",
        default_value = "sandbox-token",
        hide_env_values = true
    )]
    pub(super) token: String,
    /// Calls a minute that it lets through
    #[arg(
        long,
        value_name = "N",
        env = "FRONTDESK_RATE_LIMIT",
        default_value_t = 10_000,
        hide_env_values = true
    )]
    rate_limit: u64,
    /// Number of conversations to make, for load tests
    #[arg(
        long,
        value_name = "N",
        env = "FRONTDESK_SCALE",
        hide_env_values = true
    )]
    scale: Option<usize>,
    /// Number from which everything made up follows
    #[arg(
        long,
        value_name = "N",
        env = "FRONTDESK_SEED",
        default_value_t = 42,
        hide_env_values = true
    )]
    seed: u64,
    /// API version of requests that name none
    #[arg(
        long,
        value_name = "VERSION",
        env = "FRONTDESK_DEFAULT_VERSION",
        default_value = "2.16",
        hide_env_values = true
    )]
    default_version: ApiVersion,
    /// Where webhooks are posted
    #[arg(
        long,
        value_name = "URL",
        env = "FRONTDESK_WEBHOOK_URL",
        hide_env_values = true
    )]
    webhook_url: Option<String>,
    /// Key that signs webhooks
    #[arg(
        long,
        value_name = "KEY",
        env = "FRONTDESK_WEBHOOK_SECRET",
        default_value = "sandbox-secret",
        hide_env_values = true
    )]
    webhook_secret: String,
}

impl SandboxFlags {
    /// The double's settings, listening there.
    pub(super) fn config(&self, listen: SocketAddr) -> Config {
        Config {
            listen,
            token: self.token.clone(),
            rate_limit: self.rate_limit,
            seed: self.seed,
            scale: self.scale,
            default_version: self.default_version,
            webhook: self.webhook_url.clone().map(|url| Webhook {
                url,
                secret: self.webhook_secret.clone(),
            }),
            ..Config::default()
        }
    }
}

impl SandboxCommand {
    pub(super) fn run(self, general: &flags::General) -> Result<(), Error> {
        flags::Given::none().read(general, false)?;
        block_on(Threads::All, async {
            let running = Sandbox::start(self.world.config(self.listen)).await?;
            say!("{}", running.url);
            say!("token: {}", self.world.token);
            asked_to_stop().await;
            or_at_once(running.stop()).await;
            Ok(())
        })?
    }
}
