//! Who is let in: tokens, scopes, the rate window, versions, readiness.

use crate::house::{House, read};
use catalog::ApiVersion;
use sandbox::Config;
use serde_json::{Value, json};

#[tokio::test]
async fn tokens_are_told_apart() {
    let house = House::open().await;
    house
        .control(
            "POST tokens",
            json!({"token": "narrow", "scopes": ["read_tags"]}),
        )
        .await;
    house.control("POST tokens", json!({"token": "gone"})).await;
    house
        .control("POST tokens", json!({"revoke": "gone"}))
        .await;
    for (token, line, expected) in [
        (None, "GET /me", (401, "missing_authorization")),
        (Some("wrong"), "GET /me", (401, "unauthorized")),
        (Some("gone"), "GET /me", (401, "token_revoked")),
        (
            Some("narrow"),
            "GET /conversations",
            (401, "token_unauthorized"),
        ),
        (Some("narrow"), "DELETE /articles/1", (403, "forbidden")),
        (Some("narrow"), "GET /tags", (200, "")),
        (Some("sandbox-token"), "GET /nowhere", (404, "not_found")),
        (Some("sandbox-token"), "GET /contacts/1", (404, "not_found")),
    ] {
        let request = house.bare(line, None);
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let answer = read(request.send().await.unwrap()).await;
        assert_eq!(answer.fault(), expected, "{token:?} {line}");
        let known = !matches!(token, None | Some("wrong" | "gone"));
        assert_eq!(
            answer.headers.contains_key("x-ratelimit-limit"),
            known,
            "{token:?} {line}"
        );
        let named = answer.body["request_id"]
            .as_str()
            .is_some_and(|id| id.len() == 20);
        assert_eq!(named, expected.0 != 200, "{answer:?}");
    }
}

#[tokio::test]
async fn the_window_closes_and_says_when_it_opens() {
    let house = House::with(Config {
        rate_limit: 30,
        ..Config::default()
    })
    .await;
    let mut seen = Vec::new();
    // Eleven calls meet a full window of five even when a new one begins in between.
    for _ in 0..11 {
        seen.push(house.call("GET /me", json!(null)).await);
    }
    let limited = seen
        .iter()
        .find(|answer| answer.status == 429)
        .expect("a 429");
    assert_eq!(
        (
            limited.fault(),
            limited.header("x-ratelimit-limit"),
            limited.header("x-ratelimit-remaining")
        ),
        ((429, "rate_limit_exceeded"), "5", "0")
    );
    assert_eq!(
        limited.body["errors"][0]["message"],
        "Exceeded rate limit of 5 in 10_seconds"
    );
    let reset: i64 = limited.header("x-ratelimit-reset").parse().unwrap();
    assert_eq!(reset % 10, 0);
    let summary = house.control("GET requests?summary=1", json!(null)).await;
    let refused = seen.iter().filter(|answer| answer.status == 429).count();
    assert_eq!(
        (summary["total"].as_u64(), summary["limited"].as_u64()),
        (Some(11), Some(refused as u64))
    );
    let of_windows: u64 = summary["windows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|window| window["requests"].as_u64().unwrap())
        .sum();
    assert_eq!(of_windows, 11);
}

#[tokio::test]
async fn an_immense_limit_never_limits() {
    let house = House::with(Config {
        rate_limit: 600_000_000,
        ..Config::default()
    })
    .await;
    let answer = house.call("GET /me", json!(null)).await;
    assert_eq!(
        (answer.status, answer.header("x-ratelimit-limit")),
        (200, "100000000")
    );
}

#[tokio::test]
async fn versions_are_echoed_defaulted_and_refused() {
    let house = House::with(Config {
        default_version: ApiVersion::V2_14,
        ..Config::default()
    })
    .await;
    for (header, line, expected, echoed) in [
        (None, "GET /me", (200, ""), "2.14"),
        (Some("2.16"), "GET /me", (200, ""), "2.16"),
        (Some("Preview"), "GET /me", (200, ""), "Preview"),
        (
            Some("9.9"),
            "GET /me",
            (400, "intercom_version_invalid"),
            "2.14",
        ),
        (
            Some("2.11"),
            "GET /conversations/deleted",
            (400, "intercom_version_invalid"),
            "2.11",
        ),
        (
            Some("2.16"),
            "GET /conversations/deleted",
            (200, ""),
            "2.16",
        ),
    ] {
        let request = house.request(line, None);
        let request = if let Some(version) = header {
            request.header("Intercom-Version", version)
        } else {
            request
        };
        let answer = read(request.send().await.unwrap()).await;
        assert_eq!(
            (answer.fault(), answer.header("intercom-version")),
            (expected, echoed),
            "{header:?} {line}"
        );
        assert_eq!(answer.header("x-request-id").len(), 20);
    }
}

#[tokio::test]
async fn readiness_needs_no_token_and_bad_bodies_are_named() {
    let house = House::open().await;
    assert_eq!(
        house
            .bare("GET /readyz", None)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    for (text, code) in [("{", "bad_request"), ("[1]", "type_mismatch")] {
        let request = house
            .request("POST /contacts", None)
            .body(text)
            .send()
            .await
            .unwrap();
        assert_eq!(read(request).await.fault(), (400, code));
    }
}

#[tokio::test]
async fn a_merged_contact_is_410_with_its_successor_since_2_16() {
    let house = House::open().await;
    let lead = house
        .good(
            "POST /contacts",
            json!({"role": "lead", "email": "twin@example.com"}),
        )
        .await["id"]
        .clone();
    let user = house
        .good(
            "POST /contacts",
            json!({"role": "user", "email": "twin@example.com"}),
        )
        .await["id"]
        .clone();
    house
        .good("POST /contacts/merge", json!({"from": lead, "into": user}))
        .await;
    let line = format!("GET /contacts/{}", lead.as_str().unwrap());
    for (version, status) in [("2.16", 410), ("2.14", 404)] {
        let answer = read(
            house
                .request(&line, None)
                .header("Intercom-Version", version)
                .send()
                .await
                .unwrap(),
        )
        .await;
        assert_eq!(answer.status, status);
        let canonical = format!("</contacts/{}>; rel=\"canonical\"", user.as_str().unwrap());
        assert_eq!(
            answer.header("link"),
            if status == 410 {
                canonical.as_str()
            } else {
                ""
            }
        );
        assert_eq!(answer.body["request_id"] == Value::Null, status == 410);
    }
}
