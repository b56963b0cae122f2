//! What goes into a call, and what comes out of it.

use crate::CallError;
use crate::tool::CALL_TOOL;
use serde_json::{Map, Value};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// What is asked for.
pub struct ToolRequest {
    /// The tool's name.
    pub tool: String,
    /// Its arguments, as they came.
    pub arguments: Map<String, Value>,
    /// The client program's name and version, as it says.
    pub client: Option<String>,
    /// Whether the user confirmed this very call.
    pub confirmation: Confirmation,
    /// Where to tell how far a long call is.
    pub progress: Option<Arc<dyn Progress>>,
    /// Fires when the caller no longer waits.
    pub cancel: CancellationToken,
}

impl ToolRequest {
    /// A call with nothing but a name and arguments.
    pub fn new(tool: impl Into<String>, arguments: Map<String, Value>) -> Self {
        Self {
            tool: tool.into(),
            arguments,
            client: None,
            confirmation: Confirmation::default(),
            progress: None,
            cancel: CancellationToken::new(),
        }
    }

    /// `call_tool` is a doorway: what is validated, authorized and recorded is the tool behind it.
    pub(crate) fn unwrapped(mut self) -> Result<Self, CallError> {
        if self.tool != CALL_TOOL {
            return Ok(self);
        }
        let bad = |problem: &str| CallError::BadArguments {
            tool: CALL_TOOL.into(),
            problems: vec![problem.into()],
        };
        let Some(Value::String(name)) = self.arguments.remove("name") else {
            return Err(bad(
                "`name` is missing: give the name of a tool that search_tools found",
            ));
        };
        let inner = match self.arguments.remove("arguments") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(inner)) => inner,
            Some(_) => {
                return Err(bad(
                    "`arguments` must be an object with the tool's arguments",
                ));
            }
        };
        if name == CALL_TOOL {
            return Err(bad("`name` must be another tool than call_tool"));
        }
        if let Some(stranger) = self.arguments.keys().next() {
            return Err(bad(&format!(
                "`{stranger}` is unknown: put the tool's arguments into `arguments`"
            )));
        }
        Ok(Self {
            tool: name,
            arguments: inner,
            ..self
        })
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
}
