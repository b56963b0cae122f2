//! What goes into a call, and what comes out of it.

use crate::tool::CALL_TOOL;
use crate::{CallError, Endpoint, Mode, Phrase, Registry, TraceContext};
use intercom::Urgency;
use serde_json::{Map, Value};
use std::{net::IpAddr, sync::Arc};
use tokio_util::sync::CancellationToken;

/// What is asked for.
pub struct ToolRequest {
    /// The tool's name.
    pub tool: String,
    /// Its arguments, as they came.
    pub arguments: Map<String, Value>,
    /// Whether the name is the endpoint's dialect's, as clients use it; work of our own speaks our own names.
    pub dialect: bool,
    /// What a name of the dialect means; the gateway fills it in.
    pub phrase: Option<Phrase>,
    /// The client program's name and version, as it says.
    pub client: Option<String>,
    /// Where the request came from.
    pub client_ip: Option<IpAddr>,
    /// The caller's place in a trace.
    pub trace: Option<TraceContext>,
    /// Whether the user confirmed this very call.
    pub confirmation: Confirmation,
    /// Where to tell how far a long call is.
    pub progress: Option<Arc<dyn Progress>>,
    /// Fires when the caller no longer waits.
    pub cancel: CancellationToken,
    /// Who goes first when the allowance is short.
    pub urgency: Urgency,
    /// Whether the name is that of an operation whose answer is wanted as Intercom gave it: nothing left out,
    /// nothing made readable. A list still answers `items`, `next_cursor` and `total`.
    pub raw: bool,
}

impl ToolRequest {
    /// A call with nothing but a name and arguments.
    pub fn new(tool: impl Into<String>, arguments: Map<String, Value>) -> Self {
        Self {
            tool: tool.into(),
            arguments,
            dialect: false,
            phrase: None,
            client: None,
            client_ip: None,
            trace: None,
            confirmation: Confirmation::default(),
            progress: None,
            cancel: CancellationToken::new(),
            urgency: Urgency::Interactive,
            raw: false,
        }
    }

    /// A part of a long job that wants an operation's answer as Intercom gave it.
    pub fn bulk(operation: impl Into<String>, arguments: Map<String, Value>) -> Self {
        Self {
            urgency: Urgency::Bulk,
            raw: true,
            ..Self::new(operation, arguments)
        }
    }

    /// Another server's name is that of one of our tools, which is what is authorized and recorded.
    pub(crate) fn understand(
        &mut self,
        endpoint: Option<&Endpoint>,
        registry: &Registry,
    ) -> Result<(), CallError> {
        let Some(endpoint) = endpoint.filter(|_| self.dialect) else {
            return Ok(());
        };
        let Some(dialect) = &endpoint.dialect else {
            return Ok(());
        };
        let dialect = registry.dialect(dialect).map_err(CallError::Refused)?;
        self.phrase = dialect.understand(&self.tool, &self.arguments);
        match &self.phrase {
            Some(phrase) => self.tool.clone_from(&phrase.tool().name),
            // Our own names stay, as unlisted tools do.
            None if endpoint.open_ended || endpoint.mode == Mode::Meta => {}
            None => {
                return Err(CallError::UnknownTool {
                    tool: self.tool.clone(),
                    hint: " tools/list shows what there is.".into(),
                });
            }
        }
        Ok(())
    }

    /// `call_tool` is a doorway: what is validated, authorized and recorded is the tool behind it. One that does not
    /// open stays what it is.
    pub(crate) fn open_doorway(&mut self) -> Result<(), CallError> {
        if self.tool != CALL_TOOL || self.phrase.is_some() {
            return Ok(());
        }
        let name = behind(&self.arguments).map_err(|problem| CallError::BadArguments {
            tool: CALL_TOOL.into(),
            problems: vec![problem],
        })?;
        self.tool = name;
        self.arguments = match self.arguments.remove("arguments") {
            Some(Value::Object(inner)) => inner,
            _ => Map::new(),
        };
        Ok(())
    }
}

/// The tool behind a call of `call_tool`, or what is wrong with the call.
fn behind(given: &Map<String, Value>) -> Result<String, String> {
    let Some(Value::String(name)) = given.get("name") else {
        return Err("`name` is missing: give the name of a tool that search_tools found".into());
    };
    if name == CALL_TOOL {
        return Err("`name` must be another tool than call_tool".into());
    }
    if !matches!(
        given.get("arguments"),
        None | Some(Value::Null | Value::Object(_))
    ) {
        return Err("`arguments` must be an object with the tool's arguments".into());
    }
    match given
        .keys()
        .find(|key| !["name", "arguments"].contains(&key.as_str()))
    {
        Some(stranger) => Err(format!(
            "`{stranger}` is unknown: put the tool's arguments into `arguments`"
        )),
        None => Ok(name.clone()),
    }
}

/// Whether the user agreed to a call that cannot be undone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Confirmation {
    /// The client can ask, and has not.
    NotAsked,
    /// The user agreed to this very call.
    Given,
    /// The client has no way to ask.
    #[default]
    CannotAsk,
}

/// Hears how far a long call is.
pub trait Progress: Send + Sync {
    /// `done` of `total` steps, and what is being done.
    fn report(&self, done: u64, total: Option<u64>, message: &str);
}

/// What a tool answers.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolResult {
    /// The structured answer; none when the text says it all.
    pub structured: Option<Value>,
    /// The answer for clients that show text alone; never longer than the structured one.
    pub text: String,
    /// Whether the text is the structured answer itself, as JSON: then it need not be written twice.
    pub same: bool,
}

impl ToolResult {
    /// What a program reads: the structured answer, else the text as JSON, else the text.
    pub fn value(&self) -> Value {
        let read = || serde_json::from_str(&self.text);
        match &self.structured {
            Some(structured) => structured.clone(),
            None => read().unwrap_or_else(|_| Value::from(self.text.as_str())),
        }
    }
}
