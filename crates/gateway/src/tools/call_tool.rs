//! `call_tool`: a doorway. [`Gateway::call`](crate::Gateway::call) opens it before anything else happens.

use crate::{CallError, context::Context};

/// It never runs itself: what runs is the tool behind it.
pub(super) fn refuse(context: &Context<'_>) -> CallError {
    context.bad("`name` must be a tool that search_tools found")
}
