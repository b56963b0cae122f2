//! `get_tool_details`: all that is to be known of tools before they are called.

mod example;

use super::{Arguments, text};
use crate::{CallError, Tool, ToolResult, context::Context, shape};
use serde_json::{Value, json};

/// Names that are offered in place of one that no tool has.
const NEAR: usize = 3;

/// Explains tools.
pub(super) fn run(context: &Context<'_>, given: &Arguments) -> Result<ToolResult, CallError> {
    let names = given.get("names").and_then(Value::as_array);
    let names = text(given, "name")
        .into_iter()
        .chain(names.into_iter().flatten().filter_map(Value::as_str));
    let mut items = Vec::new();
    let mut missing = Vec::new();
    for name in names {
        match found(context, name) {
            Ok(tool) => items.push(described(tool)),
            Err(error) => missing.push(error),
        }
    }
    if items.is_empty()
        && let Some(first) = missing.pop()
    {
        return Err(first);
    }
    let missing: Vec<String> = missing.iter().map(ToString::to_string).collect();
    Ok(shape::text(&if missing.is_empty() {
        json!({"items": items})
    } else {
        json!({"items": items, "missing": missing})
    }))
}

fn found<'a>(context: &Context<'a>, name: &str) -> Result<&'a Tool, CallError> {
    let Some(tool) = context.registry.get(name) else {
        return Err(CallError::UnknownTool {
            tool: name.to_owned(),
            hint: near(context, name),
        });
    };
    match context.refusal(tool) {
        Some(reason) => Err(CallError::Denied {
            tool: name.to_owned(),
            reason,
        }),
        None => Ok(tool),
    }
}

fn described(tool: &Tool) -> Value {
    json!({
        "name": tool.name,
        "title": tool.title,
        "about": tool.about,
        "risk": tool.risk,
        "reaches_customer": tool.reaches_customer,
        "input_schema": tool.input_schema,
        "example": {"name": tool.name, "arguments": example::arguments(tool)},
    })
}

/// What may have been meant.
fn near(context: &Context<'_>, name: &str) -> String {
    let near: Vec<&str> = context
        .registry
        .index()
        .search(name)
        .into_iter()
        .filter(|name| {
            let tool = context.registry.get(name);
            tool.is_some_and(|tool| context.reaches(tool))
        })
        .take(NEAR)
        .collect();
    if near.is_empty() {
        String::new()
    } else {
        format!(" Near to it: {}.", near.join(", "))
    }
}
