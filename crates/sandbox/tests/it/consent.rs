//! OAuth and the control surface.

use crate::house::{House, read};
use serde_json::json;
use std::collections::HashMap;

async fn code(house: &House) -> String {
    let line = "GET /oauth?client_id=sandbox-client&state=s1&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fback";
    let answer = read(house.bare(line, None).send().await.unwrap()).await;
    assert_eq!(answer.status, 302);
    let back = url::Url::parse(answer.header("location")).unwrap();
    let pairs: HashMap<String, String> = back.query_pairs().into_owned().collect();
    assert_eq!((back.path(), pairs["state"].as_str()), ("/back", "s1"));
    pairs["code"].clone()
}

#[tokio::test]
async fn a_code_becomes_a_token_once() {
    let house = House::open().await;
    let code = code(&house).await;
    let body =
        json!({"code": code, "client_id": "sandbox-client", "client_secret": "sandbox-secret"});
    let token = read(
        house
            .bare("POST /auth/eagle/token", Some(&body))
            .send()
            .await
            .unwrap(),
    )
    .await
    .body;
    assert_eq!(
        (&token["token_type"], &token["token"]),
        (&json!("Bearer"), &token["access_token"])
    );
    let token = token["access_token"].as_str().unwrap();
    assert_eq!(
        house
            .bare("GET /me", None)
            .bearer_auth(token)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    let again = read(
        house
            .bare("POST /auth/eagle/token", Some(&body))
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(
        (again.fault(), again.body["errors"][0]["message"].as_str()),
        ((401, "unauthorized"), Some("Unauthorized Code"))
    );
    house
        .bare("POST /auth/uninstall", None)
        .bearer_auth(token)
        .send()
        .await
        .unwrap();
    let gone = read(
        house
            .bare("GET /me", None)
            .bearer_auth(token)
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(gone.fault(), (401, "token_revoked"));
}

#[tokio::test]
async fn codes_die_after_five_minutes_and_forms_are_read() {
    let house = House::open().await;
    for (advance, status) in [(299, 200), (300, 401)] {
        house.control("POST clock", json!({"paused": true})).await;
        let code = code(&house).await;
        house
            .control("POST clock", json!({"advance": advance}))
            .await;
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("code", &code)
            .append_pair("client_id", "sandbox-client")
            .append_pair("client_secret", "sandbox-secret")
            .finish();
        let answer = house
            .bare("POST /auth/eagle/token", None)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status().as_u16(), status, "{advance}");
    }
    let stray = "GET /oauth?client_id=sandbox-client&redirect_uri=http%3A%2F%2Fevil.example%2F";
    assert_eq!(house.bare(stray, None).send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn reset_brings_the_same_shop_back() {
    let house = House::open().await;
    let before = house.control("GET state/contacts", json!(null)).await;
    let (id, _) = house.conversation("Hello").await;
    house
        .control("POST clock", json!({"now": 1_800_000_000, "paused": true}))
        .await;
    assert_eq!(
        house.control("GET clock", json!(null)).await,
        json!({"now": 1_800_000_000, "paused": true})
    );
    house.control("POST reset", json!(null)).await;
    assert_eq!(
        house.control("GET state/contacts", json!(null)).await["count"],
        before["count"]
    );
    assert_eq!(
        house
            .call(&format!("GET /conversations/{id}"), json!(null))
            .await
            .status,
        404
    );
    assert_eq!(
        house.control("GET clock", json!(null)).await["paused"],
        false
    );
}

#[tokio::test]
async fn the_log_tells_what_was_asked_and_no_secret() {
    let house = House::open().await;
    house.get("/me").await;
    house.call("GET /contacts/nobody", json!(null)).await;
    let log = house.control("GET requests", json!(null)).await;
    let told: Vec<_> = log["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["seq"].as_u64().unwrap(),
                one["operation"].as_str().unwrap(),
                one["status"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [(1, "get_me", 200), (2, "get_contact", 404)]);
    assert!(
        !log.to_string().contains("sandbox-token")
            && log["requests"][0]["token"].as_str().unwrap().len() == 8
    );
    let later = house.control("GET requests?after=1", json!(null)).await;
    assert_eq!(later["requests"].as_array().unwrap().len(), 1);
    house.control("DELETE requests", json!(null)).await;
    assert_eq!(
        house.control("GET requests?summary=1", json!(null)).await["total"],
        0
    );
}

#[tokio::test]
async fn a_stopped_sandbox_answers_no_more() {
    let house = House::open().await;
    house.get("/me").await;
    let url = format!("{}/readyz", house.running.url);
    let client = house.client;
    house.running.stop().await;
    assert!(client.get(url).send().await.unwrap_err().is_connect());
}
