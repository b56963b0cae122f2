//! What an endpoint lists, and what that costs.

use crate::tokens::tokens;
use crate::world::World;
use catalog::Risk;
use gateway::Tool;
use serde_json::{Value, json};

/// The entry of a tool in tools/list, as the MCP layer writes it.
pub(crate) fn entry(tool: &Tool, worst: Risk) -> Value {
    let mut entry = json!({
        "name": tool.name, "title": tool.title, "description": tool.about, "inputSchema": tool.input_schema,
        "annotations": {
            "readOnlyHint": worst == Risk::Read, "destructiveHint": worst == Risk::Destructive,
            "idempotentHint": tool.repeats_safely(), "openWorldHint": tool.reaches_customer,
        },
    });
    if let Some(output) = &tool.output_schema {
        entry["outputSchema"] = output.clone();
    }
    entry
}

#[tokio::test]
async fn the_default_list_holds_twenty_five_tools_within_its_budget() {
    let world = World::over("http://127.0.0.1:9");
    let tools = world.gateway.list(&world.who).unwrap();
    let names: Vec<&str> = tools.iter().map(|tool| tool.name.as_str()).collect();
    let entries: Vec<Value> = tools
        .iter()
        .map(|tool| entry(tool, world.gateway.worst(&world.who, tool).unwrap()))
        .collect();
    for entry in &entries {
        println!("{:>5} {}", tokens(&entry.to_string()), entry["name"]);
    }
    let total = tokens(&json!({"tools": entries}).to_string());
    println!("{total} tokens");
    insta::assert_json_snapshot!("default_list", names);
    assert!(total <= 4_500, "{total} tokens");
}

#[tokio::test]
async fn every_listed_tool_names_its_arguments_in_a_valid_schema() {
    let world =
        World::over("http://127.0.0.1:9").with(|endpoint| endpoint.toolsets = vec!["all".into()]);
    let tools = world.gateway.list(&world.who).unwrap();
    assert!(tools.len() > 100, "{}", tools.len());
    for tool in tools {
        assert_eq!(tool.input_schema["type"], "object", "{}", tool.name);
        assert_eq!(
            tool.input_schema["additionalProperties"], false,
            "{}",
            tool.name
        );
        assert!(
            !tool.about.is_empty() && !tool.title.is_empty(),
            "{}",
            tool.name
        );
    }
}
