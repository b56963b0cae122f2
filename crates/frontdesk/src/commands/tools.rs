//! `frontdesk tools`: the same calls, from the terminal.

use super::{Threads, block_on, flags, import};
use crate::Error;
use crate::app::App;
use crate::config::Config;
use catalog::Risk;
use clap::{Args, Subcommand};
use gateway::{Confirmation, Gateway, Principal, Progress, Tool, ToolRequest};
use sandbox::{Running, Sandbox};
use serde_json::{Map, Value};
use std::{io::IsTerminal, sync::Arc};

/// List, show and call tools from the terminal.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  frontdesk tools list
  frontdesk tools list --toolsets all --read-only
  frontdesk tools show search_conversations
  frontdesk tools call search_conversations state=open per_page=3 --demo
  frontdesk tools call get_conversation '{\"id\": \"215469\"}'
  frontdesk tools call delete_tag id=7 --yes
  frontdesk tools import openapi.yaml --dry-run

`list` and `show` need no Intercom workspace. `call` takes the connection from the environment,
or with --demo a fresh sandbox of its own.")]
pub(super) struct Tools {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// The tools an endpoint lists
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        tools: flags::ToolFlags,
    },
    /// One tool with its arguments
    Show {
        /// The tool's name
        name: String,
        #[command(flatten)]
        tools: flags::ToolFlags,
    },
    /// Call a tool
    Call(Box<Call>),
    /// Make tools of an OpenAPI description
    Import(import::Import),
}

#[derive(Debug, Args)]
struct Call {
    /// The tool's name
    name: String,
    /// Arguments: one JSON object, or key=value, where a value that is JSON is taken as such
    arguments: Vec<String>,
    /// Use a fresh sandbox instead of a workspace
    #[arg(long)]
    demo: bool,
    /// Confirm a call that cannot be undone
    #[arg(long)]
    yes: bool,
    /// Print the structured answer as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: flags::ConnectionFlags,
    #[command(flatten)]
    tools: flags::ToolFlags,
}

impl Tools {
    pub(super) fn run(self, general: &flags::General) -> Result<(), Error> {
        match self.action {
            Action::List { json, tools } => {
                let config = flags::Given::none().tools(&tools).read(general, true)?;
                list(&App::new(&config)?, json)
            }
            Action::Show { name, tools } => {
                let config = flags::Given::none().tools(&tools).read(general, true)?;
                let app = App::new(&config)?;
                let tool = app.gateway.tool(&app.principal, &name);
                let tool = tool.ok_or_else(|| no_tool(&name))?;
                show(&tool);
                Ok(())
            }
            Action::Import(import) => import.run(general),
            Action::Call(call) => {
                let config = flags::Given::none()
                    .connection(&call.connection)
                    .tools(&call.tools)
                    .read(general, true)?;
                block_on(Threads::One, call.run(config))?
            }
        }
    }
}

impl Call {
    async fn run(self, mut config: Config) -> Result<(), Error> {
        let arguments = arguments(&self.arguments).map_err(Error::Usage)?;
        let _sandbox = if self.demo {
            Some(own_sandbox(&mut config).await?)
        } else {
            None
        };
        let app = App::new(&config)?;
        if app.tokens().current()?.is_none() {
            return Err(Error::NoToken);
        }
        let answer = self.call(&app.gateway, &app.principal, arguments).await;
        app.gateway.flush().await;
        let answer = answer?;
        match answer.structured {
            Some(structured) if self.json => {
                say!("{structured:#}");
            }
            _ => {
                say!("{}", answer.text);
            }
        }
        Ok(())
    }

    async fn call(
        &self,
        gateway: &Gateway,
        who: &Principal,
        arguments: Map<String, Value>,
    ) -> Result<gateway::ToolResult, Error> {
        let request = ToolRequest {
            dialect: true,
            client: Some(concat!("frontdesk-cli/", env!("CARGO_PKG_VERSION")).into()),
            confirmation: if self.yes {
                Confirmation::Given
            } else {
                Confirmation::NotAsked
            },
            progress: std::io::stderr()
                .is_terminal()
                .then(|| Arc::new(OnTerminal) as Arc<dyn Progress>),
            ..ToolRequest::new(self.name.clone(), arguments)
        };
        match gateway.call(who, request).await {
            Err(gateway::CallError::ConfirmationNeeded { tool, .. }) => Err(Error::Usage(format!(
                "`{tool}` cannot be undone: repeat the command with --yes to go ahead"
            ))),
            Err(gateway::CallError::NoCredential) => Err(Error::NoToken),
            other => Ok(other?),
        }
    }
}

struct OnTerminal;

impl Progress for OnTerminal {
    fn report(&self, done: u64, total: Option<u64>, message: &str) {
        match total {
            Some(total) => eprintln!("{done}/{total} {message}"),
            None => eprintln!("{done} {message}"),
        }
    }
}

async fn own_sandbox(config: &mut Config) -> Result<Running, Error> {
    let settings = sandbox::Config {
        listen: ([127, 0, 0, 1], 0).into(),
        ..sandbox::Config::default()
    };
    let token = settings.token.clone();
    let running = Sandbox::start(settings).await?;
    super::demo::in_sandbox(config, &running.url, &token);
    Ok(running)
}

fn list(app: &App, json: bool) -> Result<(), Error> {
    let listed = app.gateway.list(&app.principal)?;
    if json {
        let tools: Vec<Value> = listed
            .iter()
            .map(|tool| {
                serde_json::json!({"name": tool.name, "title": tool.title, "toolset": tool.toolsets.first(),
                    "risk": tool.risk, "reaches_customer": tool.reaches_customer, "about": tool.about})
            })
            .collect();
        say!("{:#}", Value::from(tools));
        return Ok(());
    }
    let width = listed.iter().map(|tool| tool.name.len()).max().unwrap_or(0);
    for tool in &listed {
        let worst = risk(app.gateway.worst(&app.principal, tool)?);
        say!("{:width$}  {worst:11}  {}", tool.name, tool.title);
    }
    say!(
        "\n{} tools. `frontdesk tools show NAME` has the arguments; --toolsets all lists every tool.",
        listed.len()
    );
    Ok(())
}

fn show(tool: &Tool) {
    say!("{}: {}\n{}\n", tool.name, tool.title, tool.about);
    say!(
        "risk: {}{}\ntoolsets: {}\n\narguments: {:#}",
        risk(tool.risk),
        if tool.reaches_customer {
            ", reaches customers"
        } else {
            ""
        },
        tool.toolsets.join(", "),
        tool.input_schema
    );
    if let Some(output) = &tool.output_schema {
        say!("\nanswer: {output:#}");
    }
}

pub(super) fn risk(risk: Risk) -> &'static str {
    match risk {
        Risk::Read => "read",
        Risk::Write => "write",
        Risk::Destructive => "destructive",
    }
}

fn no_tool(name: &str) -> Error {
    Error::Usage(format!(
        "there is no tool `{name}`; `frontdesk tools list --toolsets all` shows them"
    ))
}

/// One JSON object, or key=value pairs.
fn arguments(given: &[String]) -> Result<Map<String, Value>, String> {
    if let [only] = given
        && only.trim_start().starts_with('{')
    {
        return serde_json::from_str(only)
            .map_err(|error| format!("the arguments are not a JSON object: {error}"));
    }
    given
        .iter()
        .map(|pair| {
            let (key, value) = pair
                .split_once('=')
                .ok_or_else(|| format!("`{pair}` is neither a JSON object nor key=value"))?;
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
            Ok((key.to_owned(), value))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_json_or_pairs() {
        for (given, expected) in [
            (&[][..], Ok("{}")),
            (&["{\"a\": 1}"], Ok("{\"a\":1}")),
            (
                &["a=1", "b=open", "c=[\"x\"]", "d=x=y"],
                Ok("{\"a\":1,\"b\":\"open\",\"c\":[\"x\"],\"d\":\"x=y\"}"),
            ),
            (&["a"], Err("neither a JSON object nor key=value")),
            (&["{a}"], Err("not a JSON object")),
        ] {
            let given: Vec<String> = given.iter().map(|text| (*text).to_owned()).collect();
            match (arguments(&given), expected) {
                (Ok(got), Ok(expected)) => assert_eq!(Value::from(got).to_string(), expected),
                (Err(got), Err(expected)) => assert!(got.contains(expected), "{got}"),
                (got, expected) => panic!("{given:?}: {got:?}, not {expected:?}"),
            }
        }
    }
}
