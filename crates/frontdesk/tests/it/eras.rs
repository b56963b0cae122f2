//! Both eras of the protocol on one address, and the two ways of a call.

use crate::world::{MODERN, World, answer, events, text};
use serde_json::{Value, json};

#[tokio::test]
async fn the_modern_era_needs_no_session() {
    let world = World::new().await;
    let discovered = answer(
        world
            .modern("server/discover", json!({}))
            .send()
            .await
            .unwrap(),
    )
    .await;
    let result = &discovered["result"];
    assert!(
        result["supportedVersions"]
            .as_array()
            .unwrap()
            .contains(&json!(MODERN))
    );
    assert_eq!(result["cacheScope"], "private");
    assert!(result["ttlMs"].is_u64());
    assert!(result["capabilities"].get("logging").is_none());
    assert!(!result["instructions"].as_str().unwrap().is_empty());
    let response = world
        .modern("tools/call", json!({"name": "list_tags", "arguments": {}}))
        .send()
        .await
        .unwrap();
    assert!(response.headers().get("mcp-session-id").is_none());
    assert_eq!(response.headers()["content-type"], "application/json");
    let called = answer(response).await;
    assert!(
        called["result"]["structuredContent"].is_object(),
        "{called}"
    );
}

#[tokio::test]
async fn every_older_version_opens_a_session_and_is_answered_in_json() {
    let world = World::new().await;
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        let session = world.session(version, json!({})).await;
        for (method, params) in [
            ("tools/list", json!({})),
            ("tools/call", json!({"name": "list_tags", "arguments": {}})),
            ("prompts/list", json!({})),
            ("ping", json!({})),
        ] {
            let message = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
            let response = world.legacy(&session, &message).send().await.unwrap();
            assert_eq!(
                response.headers()["content-type"],
                "application/json",
                "{version} {method}"
            );
            let answered = answer(response).await;
            assert_eq!(answered["id"], 7);
            assert!(answered["result"].is_object(), "{method}: {answered}");
            assert!(answered["result"].get("resultType").is_none());
        }
        let ended = world
            .http
            .delete(world.url("/mcp"))
            .bearer_auth(crate::world::TOKEN)
            .header("mcp-session-id", &session)
            .send()
            .await
            .unwrap();
        assert!(ended.status().is_success());
        for tool in ["list_tags", "delete_tag"] {
            let message = json!({"jsonrpc": "2.0", "id": 8, "method": "tools/call",
                "params": {"name": tool, "arguments": {}}});
            let after = world.legacy(&session, &message).send().await.unwrap();
            assert_eq!(after.status(), 404, "{tool}");
        }
    }
}

#[tokio::test]
async fn the_short_way_and_the_long_way_answer_the_same() {
    let world = World::new().await;
    let session = world.session("2025-06-18", json!({})).await;
    for (tool, arguments) in [
        ("list_tags", json!({})),
        ("get_me", json!({})),
        ("get_tag", json!({"tag_id": "0"})),
        ("get_tag", json!({"wrong": 1})),
    ] {
        let params = json!({"name": tool, "arguments": arguments});
        let short = world.modern("tools/call", params.clone());
        // A list of media types with a quality is unusual enough for the long way.
        let long = world
            .modern("tools/call", params.clone())
            .build()
            .map(|mut request| {
                let accept = "application/json;q=1, text/event-stream";
                request
                    .headers_mut()
                    .insert("accept", accept.parse().unwrap());
                request
            })
            .unwrap();
        let short = answer(short.send().await.unwrap()).await;
        let long = answer(world.http.execute(long).await.unwrap()).await;
        assert_eq!(unique(short), unique(long), "{tool}");

        let message =
            json!({"jsonrpc": "2.0", "id": "x", "method": "tools/call", "params": params});
        let short = world.legacy(&session, &message);
        let mut request = world.legacy(&session, &message).build().unwrap();
        let accept = "application/json;q=1, text/event-stream";
        request
            .headers_mut()
            .insert("accept", accept.parse().unwrap());
        let long = world.http.execute(request).await.unwrap();
        let short = answer(short.send().await.unwrap()).await;
        assert_eq!(unique(short), unique(answer(long).await), "{tool}");
    }
}

/// Without what differs from call to call.
fn unique(mut answer: Value) -> Value {
    let said = answer
        .pointer("/result/content/0/text")
        .and_then(Value::as_str);
    if let Some((before, after)) = said.and_then(|said| said.split_once("request ")) {
        let rest = after
            .split_once([',', ')', ':', '.'])
            .map_or("", |(_, rest)| rest);
        answer["result"]["content"][0]["text"] = format!("{before}{rest}").into();
    }
    answer
}

#[tokio::test]
async fn headers_must_fit_the_body() {
    let world = World::new().await;
    let params = json!({"name": "list_tags", "arguments": {}});
    for (header, value, status, code) in [
        ("mcp-method", "tools/list", 400, -32020),
        ("mcp-name", "get_me", 400, -32020),
        ("mcp-protocol-version", "2025-06-18", 400, -32020),
    ] {
        let mut request = world.modern("tools/call", params.clone()).build().unwrap();
        request.headers_mut().insert(header, value.parse().unwrap());
        let response = world.http.execute(request).await.unwrap();
        assert_eq!(response.status(), status, "{header}");
        assert_eq!(answer(response).await["error"]["code"], code, "{header}");
    }
    let response = world
        .modern("nothing/such", json!({}))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 404);
    assert_eq!(answer(response).await["error"]["code"], -32601);
}

#[tokio::test]
async fn a_session_is_good_for_one_principal_and_unknown_ones_are_not_found() {
    let world = World::new().await;
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}});
    let stranger = world
        .legacy("no-such-session", &message)
        .send()
        .await
        .unwrap();
    assert_eq!(stranger.status(), 404);
    let none = world.post(&message).send().await.unwrap();
    assert_eq!(none.status(), 400);
}

#[tokio::test]
async fn progress_is_streamed_only_where_it_was_asked_for() {
    let world = World::new().await;
    let params = json!({"name": "get_me", "arguments": {}, "_meta": {"progressToken": "p"}});
    let response = world.modern("tools/call", params).send().await.unwrap();
    let stream = response.headers()["content-type"] == "text/event-stream";
    let body = response.text().await.unwrap();
    let last = if stream {
        events(&body).pop().unwrap()
    } else {
        serde_json::from_str(&body).unwrap()
    };
    assert!(!text(&last).is_empty());
}
