//! One REST operation as a tool: lists answer `items`, `next_cursor`, `total`; everything is shortened by its shape.

use super::Arguments;
use crate::context::Context;
use crate::{CallError, ToolResult, shape};
use catalog::{Operation, PagingKind};
use serde_json::Value;

/// Calls the operation.
pub(crate) async fn run(
    operation: &Operation,
    context: &Context<'_>,
    mut arguments: Arguments,
) -> Result<ToolResult, CallError> {
    if operation.paging.kind == PagingKind::None {
        let response = context.operation(&operation.name, arguments).await?;
        return Ok(shape::object(operation.result, response));
    }
    let limit = arguments
        .remove("limit")
        .and_then(|limit| limit.as_u64())
        .and_then(|limit| u32::try_from(limit).ok());
    let cursor = arguments.remove("cursor");
    let page = context
        .page(
            &operation.name,
            arguments,
            limit,
            cursor.as_ref().and_then(Value::as_str),
        )
        .await?;
    Ok(shape::list(operation.result, page))
}
