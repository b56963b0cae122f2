//! The tools: one REST operation as it is, or native work, one file each.

mod operation;

use crate::call::ToolResult;
use crate::context::Context;
use crate::tool::ToolKind;
use crate::{CallError, Tool};
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

/// Arguments that were accepted.
pub(crate) type Arguments = Map<String, Value>;
/// What a native tool's file provides.
pub(crate) type Run =
    for<'a> fn(&'a Context<'a>, Arguments) -> BoxFuture<'a, Result<ToolResult, CallError>>;

/// Runs a tool whose call was allowed.
pub(crate) async fn run(
    tool: &Tool,
    context: &Context<'_>,
    arguments: Arguments,
) -> Result<ToolResult, CallError> {
    match &tool.kind {
        ToolKind::Operation(operation) => operation::run(operation, context, arguments).await,
        ToolKind::Native { run, .. } => run(context, arguments).await,
    }
}

/// The code of a native tool.
pub(crate) fn run_of(name: &str) -> Option<Run> {
    let _ = name;
    None
}
