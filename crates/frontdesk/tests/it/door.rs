//! Who gets in: tokens, hosts, origins, sizes.

use crate::world::{TOKEN, World, answer};
use serde_json::json;

#[tokio::test]
async fn tokens_open_the_door_or_do_not() {
    let world = World::new().await;
    let body = world.modern("tools/list", json!({})).build().unwrap();
    let bytes = body.body().unwrap().as_bytes().unwrap().to_vec();
    for (path, authorization, expected) in [
        ("/mcp", Some(format!("Bearer {TOKEN}")), 200),
        ("/mcp", Some(format!("bearer {TOKEN}")), 200),
        ("/mcp", None, 401),
        ("/mcp", Some("Bearer wrong".into()), 401),
        ("/mcp", Some(format!("Basic {TOKEN}")), 401),
        ("/mcp", Some("Bearer ".into()), 401),
        (&*format!("/mcp/{TOKEN}"), None, 200),
        (&*format!("/mcp/{TOKEN}"), Some("Bearer wrong".into()), 200),
        (&*format!("/mcp/{TOKEN}"), Some("Basic eDp5".into()), 200),
        ("/mcp/wrong", None, 401),
        ("/mcp/wrong", Some(format!("Bearer {TOKEN}")), 401),
    ] {
        let mut request = world.http.post(world.url(path)).body(bytes.clone());
        for (name, value) in body.headers() {
            if name != "authorization" {
                request = request.header(name, value);
            }
        }
        if let Some(authorization) = &authorization {
            request = request.header("authorization", authorization);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), expected, "{path} {authorization:?}");
        if expected == 401 {
            let challenge = response.headers()["www-authenticate"].to_str().unwrap();
            assert!(challenge.starts_with("Bearer "), "{challenge}");
            assert_eq!(
                challenge.contains("invalid_token"),
                authorization.is_some() || path != "/mcp"
            );
        }
    }
}

#[tokio::test]
async fn foreign_hosts_and_origins_are_refused() {
    let world = World::with(|config| {
        config.allowed_hosts = vec!["desk.example".into()];
        config.allowed_origins = vec!["https://app.example".into()];
    })
    .await;
    let own = world.server.addr.to_string();
    for (host, origin, expected) in [
        (own.as_str(), None, 200),
        ("localhost", None, 200),
        ("desk.example", None, 200),
        ("evil.example", None, 403),
        ("10.0.0.1:8787", None, 403),
        (&own, Some("http://localhost:6274"), 200),
        (&own, Some("https://app.example"), 200),
        (&own, Some("https://evil.example"), 403),
        (&own, Some("null"), 403),
    ] {
        let mut request = world.modern("tools/list", json!({})).header("host", host);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), expected, "{host} {origin:?}");
        let shared = response.headers().get("access-control-allow-origin");
        assert_eq!(
            shared.map(|value| value.to_str().unwrap()),
            origin.filter(|_| expected == 200)
        );
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_and_the_server_lives_on() {
    let world = World::with(|config| config.max_body = 4096).await;
    let long = "x".repeat(5000);
    let request = world.modern(
        "tools/call",
        json!({"name": "list_tags", "arguments": {"q": long}}),
    );
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 413);
    assert!(response.text().await.unwrap().contains("4096 bytes"));
    let answered = world.call("list_tags", json!({})).await;
    assert_eq!(answered["result"]["isError"], json!(false), "{answered}");
}

#[tokio::test]
async fn health_needs_no_token_and_nothing_else_is_there() {
    let world = World::new().await;
    for (path, expected) in [
        ("/readyz", 200),
        ("/healthz", 200),
        ("/", 404),
        ("/mcp/a/b", 404),
    ] {
        let request = world.http.get(world.url(path));
        assert_eq!(request.send().await.unwrap().status(), expected, "{path}");
    }
}

#[tokio::test]
async fn a_browser_may_ask_first() {
    let world = World::new().await;
    let request = world
        .http
        .request(reqwest::Method::OPTIONS, world.url("/mcp"))
        .header("origin", "http://localhost:3000");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 204);
    assert!(
        response
            .headers()
            .contains_key("access-control-allow-headers")
    );
}

#[tokio::test]
async fn a_revoked_upstream_token_is_one_clear_error() {
    let world = World::with(|config| config.access_token = Some("revoked".into())).await;
    let answered = world.call("get_me", json!({})).await;
    assert_eq!(answered["result"]["isError"], json!(true));
    let said = crate::world::text(&answered);
    assert!(said.contains("access token is wrong or revoked"), "{said}");
    assert!(!said.contains("revoked-"), "{said}");
    assert!(world.app.whoami().await.is_err());
    let refused = answer(
        world
            .modern("server/discover", json!({}))
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert!(refused["result"]["supportedVersions"].is_array());
}
