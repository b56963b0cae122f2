//! What a call ends in: results, errors that a model can mend, and errors of the protocol.

use crate::world::{World, answer, text};
use serde_json::{Value, json};

#[tokio::test]
async fn an_unknown_tool_is_a_protocol_error() {
    let world = World::new().await;
    let answered = world.call("no_such_tool", json!({})).await;
    assert_eq!(answered["error"]["code"], -32602, "{answered}");
    let session = world.session("2025-06-18", json!({})).await;
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "no_such_tool", "arguments": {}}});
    let answered = answer(world.legacy(&session, &message).send().await.unwrap()).await;
    assert_eq!(answered["error"]["code"], -32602, "{answered}");
}

#[tokio::test]
async fn what_a_model_can_mend_is_a_result_with_the_reason() {
    let world = World::new().await;
    for (tool, arguments, expected) in [
        ("get_tag", json!({}), "tag_id"),
        ("get_tag", json!({"tag_id": "0"}), "Check the id"),
        (
            "get_tag",
            json!({"tag_id": "1", "color": "red"}),
            "`color` is unknown",
        ),
        (
            "get_tag",
            json!({"tag_id": ["1"]}),
            "`tag_id` must be an id",
        ),
        (
            "search_contacts",
            json!({"query": {"field": "email", "operator": ">", "value": "x"}}),
            "email",
        ),
    ] {
        let answered = world.call(tool, arguments.clone()).await;
        assert_eq!(answered["result"]["isError"], json!(true), "{answered}");
        assert!(
            text(&answered).contains(expected),
            "{tool} {arguments}: {answered}"
        );
    }
}

#[tokio::test]
async fn a_broken_upstream_is_one_clear_error_each_and_nothing_is_sent_twice() {
    let world = World::with(|config| {
        config.upstream_timeout = std::time::Duration::from_millis(500);
    })
    .await;
    for fault in ["stall", "drop_before", "drop_after", "html", "truncated"] {
        let body = json!({"kind": fault, "operation": "create_or_update_tag", "times": null});
        let added = world.control(reqwest::Method::POST, "faults", body).await;
        assert!(added.get("error").is_none(), "{added}");
        world
            .control(reqwest::Method::DELETE, "requests", json!({}))
            .await;
        let name = format!("broken {fault}");
        let answered = world
            .call("create_or_update_tag", json!({"name": name}))
            .await;
        assert_eq!(
            answered["result"]["isError"],
            json!(true),
            "{fault}: {answered}"
        );
        assert!(!text(&answered).contains('<'), "{fault}: {answered}");
        let sent = world.asked().await;
        assert!(sent.len() <= 1, "{fault}: {sent:?}");
        world
            .control(reqwest::Method::DELETE, "faults", json!({}))
            .await;
    }
    let fine = world.call("list_tags", json!({})).await;
    assert_eq!(fine["result"]["isError"], json!(false));
}

#[tokio::test]
async fn read_only_endpoints_read_only() {
    let world = World::with(|config| config.read_only = true).await;
    let answered = world
        .call("create_or_update_tag", json!({"name": "x"}))
        .await;
    assert_eq!(answered["result"]["isError"], json!(true));
    assert!(text(&answered).contains("read-only"), "{answered}");
    let listed = answer(world.modern("tools/list", json!({})).send().await.unwrap()).await;
    let tools = listed["result"]["tools"].as_array().unwrap();
    assert!(!tools.is_empty());
    for tool in tools {
        assert_eq!(tool["annotations"]["readOnlyHint"], json!(true), "{tool}");
    }
}

#[tokio::test]
async fn the_audit_log_names_the_client_in_both_eras() {
    let world = World::new().await;
    world.call("list_tags", json!({})).await;
    let session = world.session("2025-03-26", json!({})).await;
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "list_tags", "arguments": {}}});
    answer(world.legacy(&session, &message).send().await.unwrap()).await;
    world.app.gateway.flush().await;
    let log = std::fs::read_to_string(world.home.join("audit.jsonl")).unwrap();
    let clients: Vec<String> = log
        .lines()
        .filter_map(|line| {
            let entry: Value = serde_json::from_str(line).unwrap();
            Some(entry.get("client")?.as_str()?.to_owned())
        })
        .collect();
    assert_eq!(clients, ["it/1", "it/1", "old/0.9", "old/0.9"], "{log}");
    assert!(!log.contains("sandbox-token"));
}
