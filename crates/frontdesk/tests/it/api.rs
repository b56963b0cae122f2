//! The REST API.

use crate::house::{House, wide};
use frontdesk::tenants::TokenKind;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use store::{ApiKey, Role, TenantScope};

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl House {
    pub(crate) async fn key(&self, scope: &TenantScope, role: Role) -> String {
        let token = TokenKind::ApiKey.mint();
        let key = ApiKey {
            id: store::new_id(),
            name: "it".into(),
            role,
            created_at: store::now(),
            expires_at: None,
            revoked_at: None,
        };
        scope.create_api_key(key, token.hash).await.unwrap();
        token.tell().to_owned()
    }

    pub(crate) async fn key_of(&self, tenant: &str, role: Role) -> String {
        self.key(&self.tenants.store().scope(tenant).unwrap(), role)
            .await
    }

    pub(crate) async fn api(&self, key: &str, method: Method, path: &str, body: Value) -> Answer {
        self.api_with(key, (method, path), body, &[]).await
    }

    pub(crate) async fn api_with(
        &self,
        key: &str,
        (method, path): (Method, &str),
        body: Value,
        headers: &[(&'static str, &str)],
    ) -> Answer {
        let url = format!("http://{}/api/v1{path}", self.server.addr);
        let mut request = self
            .http
            .request(method, url)
            .header("authorization", format!("Bearer {key}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_null() {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Answer {
            status,
            headers,
            body,
        }
    }

    /// A connection and a wide endpoint, made through the API; their ids and the endpoint's token.
    async fn furnished(&self, key: &str) -> (String, String, String) {
        let token = json!({"access_token": "sandbox-token"});
        let made = self.api(key, Method::POST, "/connections", token).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let connection = made.body["id"].as_str().unwrap().to_owned();
        let endpoint = json!({"name": "all", "connection": connection, "settings": wide()});
        let made = self.api(key, Method::POST, "/endpoints", endpoint).await;
        assert_eq!(made.status, 201, "{}", made.body);
        let text = |field: &str| made.body[field].as_str().unwrap().to_owned();
        (connection, text("id"), text("token"))
    }
}

#[tokio::test]
async fn roles_decide_what_a_key_may_do() {
    let house = House::new().await;
    let owner = house.key_of("acme", Role::Owner).await;
    let developer = house.key_of("acme", Role::Developer).await;
    let auditor = house.key_of("acme", Role::Auditor).await;
    let operator = house
        .key(&house.tenants.store().deployment(), Role::Owner)
        .await;
    for (path, allowed) in [
        ("/tenants", [403, 403, 403, 200]),
        ("/users", [200, 200, 403, 422]),
        ("/connections", [200, 200, 403, 422]),
        ("/endpoints", [200, 200, 403, 422]),
        ("/api-keys", [200, 403, 403, 422]),
        ("/audit", [200, 403, 200, 200]),
        ("/audit/verify", [200, 403, 200, 200]),
        ("/nothing", [404, 404, 404, 404]),
    ] {
        let keys = [&owner, &developer, &auditor, &operator];
        for (key, expected) in keys.into_iter().zip(allowed) {
            let got = house.api(key, Method::GET, path, Value::Null).await;
            assert_eq!(got.status, expected, "{path}: {}", got.body);
            if expected != 200 {
                assert_eq!(got.headers["content-type"], "application/problem+json");
                assert_eq!(got.body["status"], expected, "{}", got.body);
            }
        }
    }
    let named = [("frontdesk-tenant", "acme")];
    let got = house
        .api_with(&operator, (Method::GET, "/users"), Value::Null, &named)
        .await;
    assert_eq!(got.status, 200, "{}", got.body);
    for key in ["", "fdk_wrong", "sandbox-token"] {
        let got = house.api(key, Method::GET, "/users", Value::Null).await;
        assert_eq!(got.status, 401, "{key:?}: {}", got.body);
    }
}

#[tokio::test]
async fn a_tenants_key_finds_nothing_of_another() {
    let house = House::new().await;
    let acme = house.key_of("acme", Role::Owner).await;
    let globex = house.key_of("globex", Role::Owner).await;
    let (connection, endpoint, _) = house.furnished(&acme).await;
    let change = json!({"settings": wide()});
    let token = json!({"access_token": "sandbox-token"});
    let call = json!({"endpoint": endpoint});
    for (method, path, body) in [
        (
            Method::GET,
            format!("/connections/{connection}"),
            Value::Null,
        ),
        (
            Method::DELETE,
            format!("/connections/{connection}"),
            Value::Null,
        ),
        (
            Method::POST,
            format!("/connections/{connection}/reconnect"),
            token,
        ),
        (Method::GET, format!("/endpoints/{endpoint}"), Value::Null),
        (Method::PATCH, format!("/endpoints/{endpoint}"), change),
        (
            Method::DELETE,
            format!("/endpoints/{endpoint}"),
            Value::Null,
        ),
        (
            Method::POST,
            format!("/endpoints/{endpoint}/rotate"),
            json!({}),
        ),
        (
            Method::GET,
            format!("/endpoints/{endpoint}/tools"),
            Value::Null,
        ),
        (Method::POST, "/tools/get_me/execute".into(), call),
    ] {
        let got = house.api(&globex, method.clone(), &path, body).await;
        assert_eq!(got.status, 404, "{method} {path}: {}", got.body);
    }
    let list = house
        .api(&globex, Method::GET, "/endpoints", Value::Null)
        .await;
    assert_eq!(list.body, json!({"items": []}));
    let own = house
        .api(
            &acme,
            Method::GET,
            &format!("/endpoints/{endpoint}"),
            Value::Null,
        )
        .await;
    assert_eq!((own.status, own.body.get("token")), (200, None));
}

#[tokio::test]
async fn a_tool_is_listed_in_three_forms_and_run_for_a_person() {
    let house = House::new().await;
    let key = house.key_of("acme", Role::Developer).await;
    let (_, endpoint, _) = house.furnished(&key).await;
    for (format, schema) in [
        ("mcp", "/inputSchema/type"),
        ("anthropic", "/input_schema/type"),
        ("openai", "/function/parameters/type"),
    ] {
        let path = format!("/endpoints/{endpoint}/tools?format={format}");
        let got = house.api(&key, Method::GET, &path, Value::Null).await;
        let tools = got.body["items"].as_array().unwrap();
        assert!(tools.len() > 50, "{format}: {}", tools.len());
        assert!(
            tools
                .iter()
                .all(|tool| tool.pointer(schema) == Some(&json!("object")))
        );
    }
    let call = json!({"endpoint": endpoint, "arguments": {"limit": 1}});
    let path = "/tools/find_unassigned_conversations/execute";
    let got = house.api(&key, Method::POST, path, call).await;
    assert_eq!((got.status, &got.body["is_error"]), (200, &json!(false)));
    assert!(
        got.body["structured"]["items"][0]["id"].is_string(),
        "{}",
        got.body
    );
    assert!(
        got.headers.contains_key("ratelimit-remaining"),
        "{:?}",
        got.headers
    );
    // The endpoint is for reading.
    let write = json!({"endpoint": endpoint, "arguments": {"name": "vip"}});
    let path = "/tools/create_or_update_tag/execute";
    let got = house.api(&key, Method::POST, path, write).await;
    assert_eq!(got.body["is_error"], json!(true), "{}", got.body);
    house.tenants.gateway().flush().await;
    let owner = house.key_of("acme", Role::Auditor).await;
    let path = "/audit?tool=find_unassigned_conversations";
    let got = house.api(&owner, Method::GET, path, Value::Null).await;
    let entry = &got.body["items"][0]["event"];
    let client = entry["client"].as_str().unwrap();
    assert!(client.starts_with("frontdesk-api/"), "{}", got.body);
    let path = "/audit?outcome=denied";
    let got = house.api(&owner, Method::GET, path, Value::Null).await;
    assert_eq!(
        got.body["items"].as_array().unwrap().len(),
        1,
        "{}",
        got.body
    );
}

#[tokio::test]
async fn a_post_under_one_key_has_one_effect() {
    let house = House::new().await;
    let key = house.key_of("acme", Role::Developer).await;
    let same = [("idempotency-key", "k-1")];
    let endpoint = json!({"name": "one"});
    let post = |body: Value| house.api_with(&key, (Method::POST, "/endpoints"), body, &same);
    let first = post(endpoint.clone()).await;
    let again = post(endpoint).await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.body["id"], again.body["id"]);
    assert!(first.body["token"].is_string() && again.body["token"].is_null());
    assert_eq!(again.headers["idempotent-replayed"], "true");
    let other = post(json!({"name": "two"})).await;
    assert_eq!(other.status, 422, "{}", other.body);
    // The answer to an owner's key is not told to a developer's.
    let stranger = house.key_of("acme", Role::Owner).await;
    let body = json!({"name": "one"});
    let theirs = house.api_with(&stranger, (Method::POST, "/endpoints"), body, &same);
    assert_eq!(theirs.await.status, 422);
    let list = house
        .api(&key, Method::GET, "/endpoints", Value::Null)
        .await;
    assert_eq!(list.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn lists_come_in_pages() {
    let house = House::new().await;
    let key = house.key_of("acme", Role::Owner).await;
    for id in ["ana", "ben", "cleo"] {
        let path = format!("/users/{id}");
        let made = house
            .api(&key, Method::PUT, &path, json!({"name": id}))
            .await;
        assert_eq!(made.status, 200, "{}", made.body);
    }
    let (mut seen, mut path) = (Vec::new(), "/users?limit=2".to_owned());
    loop {
        let page = house.api(&key, Method::GET, &path, Value::Null).await.body;
        let ids = page["items"].as_array().unwrap().iter();
        seen.extend(ids.map(|user| user["id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/users?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, ["ana", "ben", "cleo"]);
}

#[tokio::test]
async fn mistakes_are_named() {
    let house = House::new().await;
    let key = house.key_of("acme", Role::Owner).await;
    for (method, path, body, word) in [
        (Method::GET, "/users?limit=0", Value::Null, "limit"),
        (Method::GET, "/users?lmit=2", Value::Null, "lmit"),
        (Method::POST, "/endpoints", json!({"nmae": "x"}), "nmae"),
        (
            Method::POST,
            "/endpoints",
            json!({"settings": {"toolsets": ["inbocks"]}}),
            "inbocks",
        ),
        (
            Method::POST,
            "/endpoints",
            json!({"settings": {"ceiling": "worst"}}),
            "worst",
        ),
        (
            Method::POST,
            "/connections",
            json!({"access_token": "x", "region": "mars"}),
            "mars",
        ),
        (
            Method::POST,
            "/api-keys",
            json!({"name": "x", "role": "king"}),
            "king",
        ),
        (
            Method::POST,
            "/sessions",
            json!({"user": "ana", "endpoint": "e", "seconds": 0}),
            "24 hours",
        ),
    ] {
        let got = house.api(&key, method, path, body).await;
        assert_eq!(got.status, 422, "{path}: {}", got.body);
        let detail = got.body["detail"].as_str().unwrap();
        assert!(detail.contains(word), "{path}: {detail}");
    }
    let refused = json!({"access_token": "not-the-token"});
    let got = house.api(&key, Method::POST, "/connections", refused).await;
    assert_eq!(got.status, 502, "{}", got.body);
    assert!(!got.body.to_string().contains("not-the-token"));
}

#[tokio::test]
async fn what_the_api_takes_away_is_gone_within_a_second() {
    let house = House::new().await;
    let key = house.key_of("acme", Role::Owner).await;
    let (connection, endpoint, token) = house.furnished(&key).await;
    assert_eq!(house.call(None, Some(&token), "get_me").await.0, 200);
    let rotated = house
        .api(
            &key,
            Method::POST,
            &format!("/endpoints/{endpoint}/rotate"),
            json!({}),
        )
        .await;
    let newer = rotated.body["token"].as_str().unwrap().to_owned();
    assert!(house.shut(&token).await < Duration::from_mins(1));
    assert_eq!(house.call(None, Some(&newer), "get_me").await.0, 200);
    let path = format!("/connections/{connection}");
    let gone = house.api(&key, Method::DELETE, &path, Value::Null).await;
    assert_eq!(gone.status, 204);
    assert!(house.shut(&newer).await < Duration::from_mins(1));
    let keys = house.api(&key, Method::GET, "/api-keys", Value::Null).await;
    let id = keys.body["items"][0]["id"].as_str().unwrap();
    let path = format!("/api-keys/{id}");
    house.api(&key, Method::DELETE, &path, Value::Null).await;
    let start = Instant::now();
    while house
        .api(&key, Method::GET, "/users", Value::Null)
        .await
        .status
        != 401
    {
        assert!(
            start.elapsed() < Duration::from_mins(1),
            "the key is still good"
        );
    }
}

#[tokio::test]
async fn the_description_is_served() {
    let house = House::new().await;
    let url = format!("http://{}/api/v1/openapi.json", house.server.addr);
    let text = house
        .http
        .get(url)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let description: Value = serde_json::from_str(&text).unwrap();
    assert!(description["paths"]["/api/v1/tools/{tool}/execute"]["post"].is_object());
}
