//! `search_tools`: finds any tool that the endpoint reaches by words.

use super::{Arguments, count, required};
use crate::{Tool, ToolResult, context::Context, shape};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Tools answered when no number was given.
const LIMIT: u32 = 6;
/// The best fitting tools are told with their arguments, which saves asking for them.
const DETAILED: usize = 3;
/// Of those, the later ones only where this many bytes hold them all; the first comes whole.
const ROOM: usize = 2_400;

/// Finds tools.
pub(super) fn run(context: &Context<'_>, given: &Arguments) -> ToolResult {
    let limit = count(given, "limit").unwrap_or(LIMIT) as usize;
    let found: Vec<&Arc<Tool>> = context
        .registry
        .index()
        .search(required(given, "query"))
        .into_iter()
        .filter_map(|name| context.registry.get(name))
        .filter(|tool| context.reaches(tool))
        .collect();
    if found.is_empty() {
        let toolsets: Vec<String> = context
            .registry
            .toolsets()
            .map(|(name, _, about)| format!("{name}: {about}"))
            .collect();
        return shape::text(
            &json!({"items": [], "total": 0, "note": "no tool fits; try words of these", "toolsets": toolsets}),
        );
    }
    // Sent once: the arguments' schemas are long.
    shape::text(&json!({"items": told(&found, limit), "total": found.len()}))
}

fn told(found: &[&Arc<Tool>], limit: usize) -> Vec<Value> {
    let mut spent = 0;
    found
        .iter()
        .take(limit)
        .enumerate()
        .map(|(rank, tool)| {
            let mut item = Map::from_iter([
                ("name".to_owned(), Value::from(tool.name.as_str())),
                ("about".to_owned(), tool.about.as_str().into()),
                ("risk".to_owned(), json!(tool.risk)),
            ]);
            if rank < DETAILED {
                spent += tool.input_schema.to_string().len();
                if rank == 0 || spent <= ROOM {
                    item.insert("input_schema".into(), tool.input_schema.clone());
                }
            }
            item.into()
        })
        .collect()
}
