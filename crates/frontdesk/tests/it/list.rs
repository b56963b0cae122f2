//! What tools/list shows: one snapshot a tool, and what it costs.

use crate::world::{World, answer};
use serde_json::{Value, json};

/// The budget of the default list in tokens, all pages together.
const BUDGET: usize = 4_500;
/// The most tools of the default list.
const MOST: usize = 25;

async fn pages(world: &World) -> Vec<Value> {
    let mut pages = Vec::new();
    let mut params = json!({});
    loop {
        let page = answer(world.modern("tools/list", params).send().await.unwrap()).await;
        let result = page["result"].clone();
        let next = result["nextCursor"].as_str().map(str::to_owned);
        pages.push(result);
        match next {
            Some(cursor) => params = json!({"cursor": cursor}),
            None => return pages,
        }
    }
}

fn tools(pages: &[Value]) -> Vec<Value> {
    pages
        .iter()
        .flat_map(|page| page["tools"].as_array().unwrap().clone())
        .filter(|tool| !tool["name"].as_str().unwrap().starts_with("test_"))
        .collect()
}

/// Holds a tool against its snapshot.
fn recorded(name: &str, tool: &Value) {
    insta::with_settings!({snapshot_path => "snapshots", prepend_module_to_snapshot => false}, {
        insta::assert_json_snapshot!(name, tool);
    });
}

#[tokio::test]
async fn all_tools_are_paged_in_a_fixed_order_with_all_hints() {
    let world = World::new().await;
    let first = pages(&world).await;
    assert!(first.len() > 1);
    assert_eq!(first, pages(&world).await);
    let names: std::collections::BTreeSet<String> = tools(&first)
        .iter()
        .map(|tool| tool["name"].as_str().unwrap().to_owned())
        .collect();
    let known = world.app.gateway.registry().tools();
    let unlisted: Vec<&str> = known
        .map(|tool| tool.name.as_str())
        .filter(|name| !names.contains(*name))
        .collect();
    // One is for meta mode, the other must be named by the owner.
    assert_eq!(unlisted, ["get_tool_details", "create_identity_secret"]);
    assert_eq!(names.len(), tools(&first).len());
    for page in &first {
        assert_eq!(page["cacheScope"], "private");
        assert!(page["ttlMs"].is_u64());
    }
    for tool in tools(&first) {
        let hints = &tool["annotations"];
        for hint in [
            "readOnlyHint",
            "destructiveHint",
            "idempotentHint",
            "openWorldHint",
        ] {
            assert!(hints[hint].is_boolean(), "{tool}");
        }
        assert!(
            tool["title"].is_string() && tool["inputSchema"]["type"] == "object",
            "{tool}"
        );
        assert!(tool["name"].as_str().unwrap().len() <= 64);
    }
    let wrong = world.modern("tools/list", json!({"cursor": "7"}));
    let wrong = answer(wrong.send().await.unwrap()).await;
    assert_eq!(wrong["error"]["code"], -32602);
}

/// The budget of the list of an endpoint in meta mode, in tokens.
const META: usize = 600;

#[tokio::test]
async fn meta_mode_lists_three_tools_for_little_and_reaches_all_others() {
    let world = World::with(|config| config.mode = gateway::Mode::Meta).await;
    let pages = pages(&world).await;
    let names: Vec<String> = tools(&pages)
        .iter()
        .map(|tool| tool["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["search_tools", "get_tool_details", "call_tool"]);
    recorded(&names[1], &tools(&pages)[1]);
    let encoder = tiktoken_rs::o200k_base().unwrap();
    let whole = answer(world.modern("tools/list", json!({})).send().await.unwrap()).await;
    let spent = encoder.encode_ordinary(&whole.to_string()).len();
    println!("{spent} tokens");
    assert!(spent <= META, "{spent} tokens");
    let details = world
        .call("get_tool_details", json!({"name": "list_tags"}))
        .await;
    let text = details["result"]["content"][0]["text"].as_str().unwrap();
    let told: Value = serde_json::from_str(text).unwrap();
    let example = told["items"][0]["example"].clone();
    assert_eq!(example["name"], "list_tags");
    let called = world.call("call_tool", example).await;
    assert_eq!(called["result"]["isError"], false, "{called}");
}

#[tokio::test]
async fn the_default_list_is_as_recorded_and_within_its_budget() {
    let world = World::with(|config| config.toolsets = vec!["inbox".into()]).await;
    let pages = pages(&world).await;
    let listed = tools(&pages);
    assert!(listed.len() <= MOST, "{} tools", listed.len());
    for tool in &listed {
        let name = tool["name"].as_str().unwrap();
        recorded(name, tool);
    }
    let encoder = tiktoken_rs::o200k_base().unwrap();
    let spent: usize = pages
        .iter()
        .map(|page| encoder.encode_ordinary(&page.to_string()).len())
        .sum();
    let dear: Vec<String> = listed
        .iter()
        .map(|tool| {
            let tokens = encoder.encode_ordinary(&tool.to_string()).len();
            format!("{tokens} {}", tool["name"])
        })
        .collect();
    assert!(spent <= BUDGET, "{spent} tokens: {dear:#?}");
}
