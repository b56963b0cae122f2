//! One REST operation as a tool: lists answer `items`, `next_cursor`, `total`; everything is shortened by its shape.
//! Dialects get it as Intercom answers it: whole, or page by page.

use super::Arguments;
use crate::context::Context;
use crate::{CallError, ToolResult, shape};
use catalog::{Operation, PagingKind, Shape};
use intercom::{PageOf, Response};
use serde_json::{Value, json};

/// Calls the operation; asked for raw answers, as Intercom gave it.
pub(crate) async fn run(
    operation: &Operation,
    context: &Context<'_>,
    arguments: Arguments,
) -> Result<ToolResult, CallError> {
    Ok(match answer(operation, context, arguments).await? {
        Answered::One(response) if context.raw => shape::untouched(response.body),
        Answered::One(response) => shape::object(operation.result, response),
        Answered::Page(page) if context.raw => shape::untouched_list(page),
        Answered::Page(page) => shape::list(operation.result, page),
    })
}

/// Calls the operation: a page of a list with its cursor, or one object, nothing left out.
pub(crate) async fn page(
    operation: &Operation,
    context: &Context<'_>,
    arguments: Arguments,
) -> Result<ToolResult, CallError> {
    Ok(match answer(operation, context, arguments).await? {
        Answered::One(response) => raw(response),
        Answered::Page(page) => {
            shape::text(&json!({"result": page.items, "next_cursor": page.next}))
        }
    })
}

/// Calls the operation: its whole answer, also what stands beside a list.
pub(crate) async fn whole(
    operation: &Operation,
    context: &Context<'_>,
    mut arguments: Arguments,
) -> Result<ToolResult, CallError> {
    if operation.page_max().is_none() {
        let response = context.operation(&operation.name, arguments).await?;
        return Ok(raw(response));
    }
    let (limit, cursor) = position(&mut arguments);
    let cursor = cursor.as_ref().and_then(Value::as_str);
    let body = context
        .page_body(&operation.name, arguments, limit, cursor)
        .await?;
    Ok(shape::text(&body))
}

enum Answered {
    One(Response),
    Page(PageOf),
}

async fn answer(
    operation: &Operation,
    context: &Context<'_>,
    mut arguments: Arguments,
) -> Result<Answered, CallError> {
    if operation.paging.kind == PagingKind::None {
        let response = context.operation(&operation.name, arguments).await?;
        return Ok(Answered::One(response));
    }
    let (limit, cursor) = position(&mut arguments);
    let cursor = cursor.as_ref().and_then(Value::as_str);
    let page = context
        .page(&operation.name, arguments, limit, cursor)
        .await?;
    Ok(Answered::Page(page))
}

fn position(arguments: &mut Arguments) -> (Option<u32>, Option<Value>) {
    let limit = arguments
        .remove("limit")
        .and_then(|limit| limit.as_u64())
        .and_then(|limit| u32::try_from(limit).ok());
    (limit, arguments.remove("cursor"))
}

fn raw(response: Response) -> ToolResult {
    if response.body.is_null() {
        return shape::object(Shape::Generic, response);
    }
    shape::text(&response.body)
}
