//! `call_tool`: a doorway. [`Gateway::call`](crate::Gateway::call) opens it before anything else happens.

use super::Arguments;
use crate::context::Context;
use crate::{CallError, ToolResult};

/// Never runs: what runs is the tool behind it.
pub(super) async fn run(context: &Context<'_>, _: Arguments) -> Result<ToolResult, CallError> {
    Err(context.bad("`name` must be a tool that search_tools found"))
}
