//! Requests that are not right: who is told, and who is sent nowhere.

use super::{Browser, Desk, REDIRECT, location, query};
use serde_json::json;

#[tokio::test]
async fn a_request_that_is_not_right_is_not_put_to_anybody() {
    let desk = Desk::new().await;
    let client = desk.client().await;
    // Where nobody may be sent back to, a page says it.
    for (name, value) in [
        ("client_id", Some("fdc_unknown")),
        ("client_id", None),
        ("redirect_uri", None),
        ("redirect_uri", Some("https://evil.example/callback")),
        ("redirect_uri", Some("http://127.0.0.1:4711/callback/")),
        ("redirect_uri", Some("http://127.0.0.1:4711/callback?x=1")),
        ("redirect_uri", Some("http://localhost:4711/callback")),
        (
            "redirect_uri",
            Some("http://127.0.0.1:4711@evil.example/callback"),
        ),
    ] {
        let refused = desk
            .authorize(&mut Browser::default(), &but(&desk, &client, name, value))
            .await;
        assert_eq!(refused.status(), 400, "{name} {value:?}");
        assert!(refused.headers().get("location").is_none());
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_to_its_client() {
    let desk = Desk::new().await;
    let client = desk.client().await;
    let elsewhere = "http://127.0.0.1:1/mcp/x".to_owned();
    let unknown = desk.url("/mcp/0199");
    for (name, value, expected) in [
        ("response_type", Some("token"), "unsupported_response_type"),
        ("response_type", None, "invalid_request"),
        ("code_challenge", None, "invalid_request"),
        ("code_challenge", Some("short"), "invalid_request"),
        ("code_challenge_method", Some("plain"), "invalid_request"),
        ("code_challenge_method", None, "invalid_request"),
        ("resource", Some(&*elsewhere), "invalid_target"),
        ("resource", Some(&*unknown), "invalid_target"),
        ("prompt", Some("none"), "interaction_required"),
        ("request", Some("x"), "invalid_request"),
        ("response_mode", Some("fragment"), "invalid_request"),
    ] {
        let refused = desk
            .authorize(&mut Browser::default(), &but(&desk, &client, name, value))
            .await;
        let back = location(&refused);
        assert!(back.as_str().starts_with(REDIRECT), "{back}");
        assert_eq!(
            query(&back, "error").as_deref(),
            Some(expected),
            "{name} {value:?}"
        );
        assert_eq!(query(&back, "state").as_deref(), Some("s t&t"));
        assert_eq!(query(&back, "iss"), Some(desk.base()));
        assert_eq!(query(&back, "code"), None);
    }
}

#[tokio::test]
async fn this_server_sends_nobody_to_a_page_unasked() {
    let desk = Desk::new().await;
    let client = desk.client().await;
    // Anybody can register a page of theirs.
    let evil = json!({"redirect_uris": ["https://evil.example/cb"]});
    let evil = desk.register(evil).await.1["client_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut asks = but(
        &desk,
        &evil,
        "redirect_uri",
        Some("https://evil.example/cb"),
    );
    asks.retain(|(name, _)| *name != "code_challenge");
    let refused = desk.authorize(&mut Browser::default(), &asks).await;
    assert_eq!(refused.status(), 400);
    let mut twice = desk.asks(&client);
    twice.push(("state", "again".into()));
    assert_eq!(
        desk.authorize(&mut Browser::default(), &twice)
            .await
            .status(),
        400
    );
}

/// A good request with one parameter changed or left out.
fn but(
    desk: &Desk,
    client: &str,
    name: &'static str,
    value: Option<&str>,
) -> Vec<(&'static str, String)> {
    let mut asks = desk.asks(client);
    asks.retain(|(known, _)| *known != name);
    asks.extend(value.map(|value| (name, value.to_owned())));
    asks
}
