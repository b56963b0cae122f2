//! The command line.
#![expect(
    clippy::print_stderr,
    reason = "a command line talks on its standard streams"
)]
#![expect(
    clippy::doc_markdown,
    reason = "these comments are help texts, where backticks would show"
)]

/// Prints a line. A reader who has seen enough, such as `head`, ends nothing.
macro_rules! say {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($words)*);
    }};
}

mod admin;
mod agent;
mod articles;
mod demo;
mod deploy;
mod export;
mod files;
mod flags;
mod health;
mod import;
mod init;
mod insight;
mod sandbox;
mod serve;
mod stdio;
mod tools;

use crate::Error;
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Frontdesk stands between AI agents and Intercom.
#[derive(Debug, Parser)]
#[command(
    name = "frontdesk",
    version,
    about = "A gateway between AI agents and Intercom: MCP tools with policy, confirmation and an audit log.",
    after_help = GLANCE,
    max_term_width = 110,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cli {
    /// Configuration file (YAML) [env: FRONTDESK_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How much is logged: off, error, warn, info, debug, trace [env: FRONTDESK_LOG]
    #[arg(long, global = true, value_name = "LEVEL")]
    log: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Try it: a seeded Intercom double and the gateway, in one process
    Demo(demo::Demo),
    /// Serve one desktop host over standard input and output
    Stdio(stdio::Stdio),
    /// Serve MCP over HTTP
    Serve(serve::Serve),
    /// Run the Intercom double alone
    Sandbox(sandbox::SandboxCommand),
    /// List, show and call tools from the terminal
    Tools(tools::Tools),
    /// Manage the tenants of a server
    Admin(admin::Admin),
    /// What the support agent received and did
    Agent(agent::Agent),
    /// Keep the help center as Markdown files: pull, diff, push
    Articles(articles::Articles),
    /// Copy conversations, contacts, companies, tickets or articles into files
    Export(Box<export::Export>),
    /// Figures and search over what was exported
    Insight(insight::Insight),
    /// Start a project: a folder with a configuration that runs as it is
    Init(init::Init),
    /// Write or check the files that a deployment needs
    Deploy(deploy::Deploy),
    /// Whether the server on this machine is ready, for health checks
    Health(health::Health),
}

const GLANCE: &str = "\
Examples:
  frontdesk demo
      a shop's inbox to play with; nothing needed, nothing leaves this machine
  INTERCOM_ACCESS_TOKEN=… frontdesk serve
      your workspace for every MCP client at http://127.0.0.1:8787/mcp
  INTERCOM_ACCESS_TOKEN=… frontdesk stdio --read-only
      what a desktop host starts; it can look, but not touch
  frontdesk tools call search_conversations state=open --demo
      one tool call, right here

The Intercom access token is never a flag, so that no process list shows it: put it into
INTERCOM_ACCESS_TOKEN, or into a file that FRONTDESK_TOKEN_FILE names. docs/config.md has all
settings.";

impl Cli {
    /// Runs the command to its end.
    pub fn run(self) -> Result<(), Error> {
        let general = flags::General {
            file: self.config,
            log: self.log,
        };
        match self.command {
            Command::Demo(command) => command.run(&general),
            Command::Stdio(command) => command.run(&general),
            Command::Serve(command) => command.run(&general),
            Command::Sandbox(command) => command.run(&general),
            Command::Tools(command) => command.run(&general),
            Command::Admin(command) => command.run(&general),
            Command::Agent(command) => command.run(&general),
            Command::Articles(command) => command.run(&general),
            Command::Export(command) => command.run(&general),
            Command::Insight(command) => command.run(&general),
            Command::Init(command) => command.run(),
            Command::Deploy(command) => command.run(),
            Command::Health(command) => command.run(&general),
        }
    }
}

/// Says on standard error why a command failed.
pub fn complain(error: &Error) {
    eprintln!("frontdesk: {error}");
    if matches!(error, Error::Call(_)) {
        // It has told its cause already.
        return;
    }
    let mut source = std::error::Error::source(error);
    let mut said = error.to_string();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !said.contains(&text) {
            eprintln!("  because: {text}");
        }
        said.push_str(&text);
        source = cause.source();
    }
}

/// Runs a future on a runtime of its own.
fn block_on<F: Future>(threads: Threads, future: F) -> Result<F::Output, Error> {
    let mut builder = match threads {
        Threads::One => tokio::runtime::Builder::new_current_thread(),
        Threads::All => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = builder.enable_all().build()?;
    let output = runtime.block_on(future);
    // A read of standard input cannot be called off; nobody waits for it.
    runtime.shutdown_background();
    Ok(output)
}

/// How many threads a command works with.
#[derive(Clone, Copy)]
enum Threads {
    One,
    All,
}

/// Waits for Ctrl-C or the system's wish that the process end.
async fn asked_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}

/// Stops in order; a second signal ends the process at once.
async fn or_at_once(stopping: impl Future<Output = ()>) {
    tokio::select! {
        () = stopping => {}
        () = asked_to_stop() => {}
    }
}
