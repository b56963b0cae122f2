//! Controls and usage through the REST API and MCP.

use crate::house::{House, wide};
use crate::world::answer;
use frontdesk::tenants::TokenKind;
use reqwest::Method;
use serde_json::{Value, json};
use store::{ApiKey, Role, TenantScope};

async fn key(scope: &TenantScope, role: Role) -> String {
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

struct Asked<'a> {
    house: &'a House,
    key: String,
}

impl<'a> Asked<'a> {
    async fn of(house: &'a House, role: Role) -> Self {
        let scope = house.tenants.store().scope("acme").unwrap();
        Self {
            house,
            key: key(&scope, role).await,
        }
    }

    async fn api(&self, method: Method, path: &str, body: Value) -> (u16, Option<u64>, Value) {
        let url = format!("http://{}/api/v1{path}", self.house.server.addr);
        let mut request = self.house.http.request(method, url);
        request = request.header("authorization", format!("Bearer {}", self.key));
        if !body.is_null() {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let wait = response.headers().get("retry-after");
        let wait = wait.map(|wait| wait.to_str().unwrap().parse().unwrap());
        let text = response.text().await.unwrap();
        (
            status,
            wait,
            serde_json::from_str(&text).unwrap_or_default(),
        )
    }

    async fn execute(
        &self,
        endpoint: &str,
        tool: &str,
        arguments: Value,
    ) -> (u16, Option<u64>, Value) {
        let body = json!({"endpoint": endpoint, "arguments": arguments});
        self.api(Method::POST, &format!("/tools/{tool}/execute"), body)
            .await
    }
}

#[tokio::test]
async fn controls_are_set_checked_and_obeyed() {
    let house = House::new().await;
    let connection = house.connect("acme", None).await.unwrap();
    let asked = Asked::of(&house, Role::Developer).await;
    let mut settings = serde_json::to_value(wide()).unwrap();
    settings["mask"] = json!({"email": true});
    settings["budgets"] = json!({"calls": {"per_day": 3}});
    settings["confirm"] = json!(["get_me"]);
    let new = json!({"connection": connection, "settings": settings});
    let (status, _, made) = asked.api(Method::POST, "/endpoints", new.clone()).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(made["settings"]["mask"]["email"], true, "{made}");
    assert_eq!(made["settings"]["budgets"]["calls"]["per_day"], 3);
    let endpoint = made["id"].as_str().unwrap();

    let (_, _, said) = asked.execute(endpoint, "get_me", json!({})).await;
    assert!(
        said["text"]
            .as_str()
            .unwrap()
            .contains("wants a person to agree"),
        "{said}"
    );
    for _ in 0..3 {
        let (status, _, found) = asked
            .execute(endpoint, "search_contacts", json!({"per_page": 5}))
            .await;
        let told = found.to_string();
        assert_eq!(status, 200, "{told}");
        assert!(told.contains("***@"), "{told}");
    }
    let (status, wait, said) = asked.execute(endpoint, "search_contacts", json!({})).await;
    assert_eq!(
        (status, said["is_error"].clone()),
        (429, json!(true)),
        "{said}"
    );
    assert!(
        wait.is_some_and(|wait| (1..=86_400).contains(&wait)),
        "{wait:?}"
    );

    for (name, wrong, place) in [
        ("confirm", json!(["get_mee"]), "`get_mee`"),
        ("mask", json!({"emails": true}), "emails"),
        ("budgets", json!({"calls": {"per_hour": 1}}), "per_hour"),
    ] {
        let mut settings = settings.clone();
        settings[name] = wrong;
        let change = json!({"settings": settings});
        let (status, _, said) = asked
            .api(Method::PATCH, &format!("/endpoints/{endpoint}"), change)
            .await;
        assert!((400..=422).contains(&status), "{name}: {said}");
        assert!(
            said["detail"].as_str().unwrap().contains(place),
            "{name}: {said}"
        );
    }
}

#[tokio::test]
async fn a_person_is_asked_where_the_owner_wants_it() {
    let house = House::new().await;
    let connection = house.connect("acme", None).await.unwrap();
    let asked = Asked::of(&house, Role::Owner).await;
    let mut settings = serde_json::to_value(wide()).unwrap();
    settings["confirm"] = json!(["get_me"]);
    let new = json!({"connection": connection, "settings": settings});
    let (_, _, made) = asked.api(Method::POST, "/endpoints", new).await;
    let token = made["token"].as_str().unwrap();
    let call = async |capabilities: Value| {
        let meta = json!({"io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": capabilities});
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": {"name": "get_me", "arguments": {}, "_meta": meta}});
        let request = house
            .http
            .post(format!("http://{}/mcp", house.server.addr))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", "tools/call")
            .header("mcp-name", "get_me")
            .body(body.to_string());
        answer(request.send().await.unwrap()).await
    };
    let question = call(json!({"elicitation": {"form": {}}})).await;
    assert_eq!(
        question["result"]["resultType"], "input_required",
        "{question}"
    );
    let message = &question["result"]["inputRequests"]["confirm"]["params"]["message"];
    assert!(
        message.as_str().unwrap().contains("needs your consent"),
        "{message}"
    );
    let refused = call(json!({})).await;
    assert_eq!(refused["result"]["isError"], true, "{refused}");
}

#[tokio::test]
async fn usage_is_told_to_those_who_may_read_it() {
    let house = House::new().await;
    for tenant in ["acme", "globex"] {
        let connection = house.connect(tenant, None).await.unwrap();
        let (_, token) = house.endpoint(tenant, Some(&connection)).await;
        for _ in 0..2 {
            house.call(None, Some(&token), "get_me").await;
        }
    }
    house.tenants.gateway().flush().await;
    for role in [Role::Owner, Role::Developer, Role::Auditor] {
        let asked = Asked::of(&house, role).await;
        let (status, _, told) = asked.api(Method::GET, "/usage", Value::Null).await;
        assert_eq!(status, 200, "{told}");
        let items = told["items"].as_array().unwrap();
        assert_eq!(items.len(), 1, "{told}");
        assert_eq!(items[0]["calls"], 2, "{told}");
        assert!(
            items[0]["day"].as_str().unwrap().starts_with("20"),
            "{told}"
        );
        assert!(items[0].get("tenant").is_none(), "{told}");
    }
    let deployment = house.tenants.store().deployment();
    let operator = Asked {
        house: &house,
        key: key(&deployment, Role::Auditor).await,
    };
    let (_, _, first) = operator
        .api(Method::GET, "/usage?by=tenant&limit=1", Value::Null)
        .await;
    assert_eq!(first["items"][0]["tenant"], "acme", "{first}");
    let cursor = first["next_cursor"].as_str().unwrap();
    let (_, _, next) = operator
        .api(
            Method::GET,
            &format!("/usage?by=tenant&limit=1&cursor={cursor}"),
            Value::Null,
        )
        .await;
    assert_eq!(next["items"][0]["tenant"], "globex", "{next}");
    let developer = Asked {
        house: &house,
        key: key(&deployment, Role::Developer).await,
    };
    let (status, ..) = developer.api(Method::GET, "/usage", Value::Null).await;
    assert_eq!(status, 422, "a developer of the deployment names a tenant");
    for (query, said) in [
        ("by=month", "`by`"),
        ("from=soon", "`from`"),
        ("cursor=x", "`cursor`"),
        ("limit=0", "`limit`"),
    ] {
        let (status, _, told) = operator
            .api(Method::GET, &format!("/usage?{query}"), Value::Null)
            .await;
        assert_eq!(status, 422, "{told}");
        assert!(told["detail"].as_str().unwrap().contains(said), "{told}");
    }
}
