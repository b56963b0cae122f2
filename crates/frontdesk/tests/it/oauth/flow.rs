//! What works: from an address alone to tokens, and what they open.

use super::{
    Browser, Desk, EMAIL, PASSWORD, REDIRECT, Tokens, error, field, handle, location, own, person,
    query,
};
use crate::house::wide;
use catalog::Risk;
use frontdesk::tenants::{EndpointSettings, NewEndpoint};
use reqwest::{Url, header::HeaderMap};
use serde_json::{Value, json};

#[tokio::test]
async fn a_client_finds_its_way_from_the_address_alone() {
    let desk = Desk::new().await;
    let refused = desk.http.post(desk.address()).send().await.unwrap();
    assert_eq!(refused.status(), 401);
    let challenge = refused.headers()["www-authenticate"].to_str().unwrap();
    assert!(challenge.starts_with("Bearer "), "{challenge}");
    assert_eq!(
        field(challenge, "scope").as_deref(),
        Some("tools:read tools:write")
    );
    let metadata = field(challenge, "resource_metadata").unwrap();
    let about: Value = desk
        .get(&metadata)
        .await
        .text()
        .await
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(about["resource"], desk.address());
    assert_eq!(about["authorization_servers"], json!([desk.base()]));
    assert_eq!(about["resource_name"], "Inbox");
    // The endpoint reads alone, so no more can be asked for.
    assert_eq!(about["scopes_supported"], json!(["tools:read"]));
    for path in ["oauth-authorization-server", "openid-configuration"] {
        let server = desk.get(&desk.url(&format!("/.well-known/{path}"))).await;
        assert_eq!(server.headers()["content-type"], "application/json");
        let server: Value = server.text().await.unwrap().parse().unwrap();
        assert_eq!(server["issuer"], desk.base());
        for (field, expected) in [
            ("code_challenge_methods_supported", json!(["S256"])),
            ("response_types_supported", json!(["code"])),
            (
                "grant_types_supported",
                json!(["authorization_code", "refresh_token"]),
            ),
            ("client_id_metadata_document_supported", json!(true)),
            (
                "authorization_response_iss_parameter_supported",
                json!(true),
            ),
            ("registration_endpoint", json!(desk.url("/register"))),
            ("authorization_endpoint", json!(desk.url("/authorize"))),
            ("token_endpoint", json!(desk.url("/token"))),
            ("revocation_endpoint", json!(desk.url("/revoke"))),
        ] {
            assert_eq!(server[field], expected, "{field}");
        }
    }
}

#[tokio::test]
async fn a_person_lets_a_client_in_and_it_acts_as_them() {
    let desk = Desk::new().await;
    let client = desk.client().await;
    let mut browser = Browser::default();
    let page = desk.authorize(&mut browser, &desk.asks(&client)).await;
    let headers = page.headers().clone();
    let html = page.text().await.unwrap();
    assert_eq!(headers["x-frame-options"], "DENY");
    assert_eq!(headers["cache-control"], "no-store");
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"));
    assert!(
        !html.contains("<script") && html.contains("nobody has checked who it is"),
        "{html}"
    );
    let back = location(&desk.allow(&browser, &handle(&html)).await);
    assert!(back.as_str().starts_with(&format!("{REDIRECT}?")), "{back}");
    assert_eq!(query(&back, "state").as_deref(), Some("s t&t"));
    assert_eq!(query(&back, "iss"), Some(desk.base()));
    assert_eq!(query(&back, "error"), None);
    let (status, body) = desk.redeem(&client, &query(&back, "code").unwrap()).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["expires_in"], 900);
    let tokens = Tokens::of(&body);
    assert!(desk.opens(&tokens).await);
    // The secret form of the address is the same endpoint.
    let (status, _) = desk
        .house
        .call(Some(&desk.token), Some(&tokens.access), "get_me")
        .await;
    assert_eq!(status, 200);
    // What was done is on record for the person.
    desk.house.tenants.gateway().flush().await;
    let scope = desk.house.tenants.store().scope("acme").unwrap();
    let entries = scope.audit_after(0, 100).await.unwrap();
    let called = entries
        .iter()
        .filter(|entry| entry.endpoint_id.as_deref() == Some(&*desk.endpoint));
    assert!(called.clone().count() > 0);
    assert!(
        called
            .clone()
            .all(|entry| entry.user_id.as_deref() == Some("ana"))
    );
    // And nothing that opens anything is in the database.
    let path = desk.house.config.database.as_ref().unwrap();
    let path = secrecy::ExposeSecret::expose_secret(path);
    for file in [path.to_owned(), format!("{path}-wal")] {
        let bytes = std::fs::read(&file).unwrap_or_default();
        for secret in [&*tokens.access, &*tokens.refresh, PASSWORD, &*desk.token] {
            let found = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!found, "{file} holds {secret}");
        }
    }
}

#[tokio::test]
async fn the_secret_address_leads_the_same_way() {
    let desk = Desk::new().await;
    let client = desk.client().await;
    let address = desk.url(&format!("/mcp/{}", desk.token));
    let refused = desk.http.post(&address).send().await.unwrap();
    assert_eq!(refused.status(), 401);
    let metadata = field(
        refused.headers()["www-authenticate"].to_str().unwrap(),
        "resource_metadata",
    );
    let about: Value = desk
        .get(&metadata.unwrap())
        .await
        .text()
        .await
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(about["resource"], address);
    let mut asks = desk.asks(&client);
    asks.retain(|(name, _)| *name != "resource");
    asks.push(("resource", address));
    let mut browser = Browser::default();
    let page = desk
        .authorize(&mut browser, &asks)
        .await
        .text()
        .await
        .unwrap();
    let back = location(&desk.allow(&browser, &handle(&page)).await);
    let (status, body) = desk.redeem(&client, &query(&back, "code").unwrap()).await;
    assert_eq!(status, 200, "{body}");
    assert!(desk.opens(&Tokens::of(&body)).await);
}

#[tokio::test]
async fn tokens_are_renewed_and_given_back() {
    let desk = Desk::new().await;
    let client = desk.client().await;
    let first = desk.tokens(&client).await;
    let (status, body) = desk.refresh(&client, &first.refresh).await;
    assert_eq!(status, 200, "{body}");
    let second = Tokens::of(&body);
    assert!(desk.opens(&second).await && second.access != first.access);
    let revoke = |token: String, client: String| {
        let request = desk.http.post(desk.url("/revoke"));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request
            .body(super::written(&[("token", &token), ("client_id", &client)]))
            .send()
    };
    let other = desk.client().await;
    let refused = revoke(second.access.clone(), other).await.unwrap();
    assert_eq!(refused.status(), 400);
    assert!(desk.opens(&second).await);
    let done = revoke("fda_unknown".into(), client.clone()).await.unwrap();
    assert_eq!(done.status(), 200);
    let done = revoke(second.refresh.clone(), client.clone())
        .await
        .unwrap();
    assert_eq!(done.status(), 200);
    let shut = desk.house.shut_at(&desk.endpoint, &second.access).await;
    assert!(shut < std::time::Duration::from_mins(1), "{shut:?}");
    let (status, body) = desk.refresh(&client, &second.refresh).await;
    assert_eq!((status, error(&body)), (400, "invalid_grant"));
}

/// Tokens of the endpoint, or of the server, as its person grants them.
async fn granted(desk: &Desk, client: &str, endpoint: Option<&str>, write: bool) -> Tokens {
    let mut asks = desk.asks(client);
    asks.retain(|(name, _)| *name != "resource");
    asks.extend(endpoint.map(|id| ("resource", desk.url(&format!("/mcp/{id}")))));
    let mut browser = Browser::default();
    let page = desk.authorize(&mut browser, &asks).await;
    let handle = handle(&page.text().await.unwrap());
    let mut form = vec![
        ("request", &*handle),
        ("email", EMAIL),
        ("password", PASSWORD),
        ("action", "allow"),
    ];
    if write {
        form.push(("write", "yes"));
    }
    let back = location(&desk.decide(&browser, &form, HeaderMap::new()).await);
    redeemed(desk, client, &back).await
}

async fn redeemed(desk: &Desk, client: &str, back: &Url) -> Tokens {
    let code = query(back, "code").unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", client),
        ("code", &*code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", super::VERIFIER),
    ];
    Tokens::of(&desk.token(&form).await.1)
}

#[tokio::test]
async fn a_person_may_let_a_client_read_alone() {
    let desk = Desk::new().await;
    let writes = NewEndpoint {
        settings: EndpointSettings {
            ceiling: Risk::Write,
            ..wide()
        },
        ..own("Writes")
    };
    let (endpoint, _) = desk.house.endpoint_like("acme", writes).await;
    let client = desk.client().await;
    let reads = granted(&desk, &client, Some(&endpoint), false).await;
    let writes = granted(&desk, &client, Some(&endpoint), true).await;
    assert_eq!(reads.scope, "tools:read");
    assert_eq!(writes.scope, "tools:read tools:write");
    let house = &desk.house;
    for (tokens, tool, expected) in [
        (&reads, "get_me", 200),
        (&reads, "create_or_update_tag", 403),
        (&writes, "create_or_update_tag", 200),
        // Not of this endpoint, whatever the scope: the result says so.
        (&reads, "delete_tag", 200),
    ] {
        let (status, _) = house
            .call(Some(&endpoint), Some(&tokens.access), tool)
            .await;
        assert_eq!(status, expected, "{tool} {}", tokens.scope);
    }
    // No header widens what was granted.
    for headers in [&[][..], &[("frontdesk-read-only", "false")]] {
        let asked = house.ask(
            Some(&endpoint),
            Some(&reads.access),
            "create_or_update_tag",
            headers,
        );
        let refused = asked.await;
        assert_eq!(refused.status(), 403);
        let challenge = refused.headers()["www-authenticate"].to_str().unwrap();
        for (name, expected) in [
            ("error", "insufficient_scope"),
            ("scope", "tools:read tools:write"),
        ] {
            assert_eq!(field(challenge, name).as_deref(), Some(expected));
        }
        let metadata = field(challenge, "resource_metadata").unwrap();
        assert!(metadata.ends_with(&endpoint), "{metadata}");
    }
}

#[tokio::test]
async fn at_the_servers_own_address_one_endpoint_needs_no_choice() {
    let desk = Desk::new().await;
    let client = desk.client().await;
    let only = granted(&desk, &client, None, true).await;
    assert_eq!(
        desk.house.call(None, Some(&only.access), "get_me").await.0,
        200
    );
    // It is for the server's address and no other.
    assert_eq!(desk.call(&only.access).await, 401);
}

#[tokio::test]
async fn at_the_servers_own_address_the_person_chooses() {
    let desk = Desk::new().await;
    let client = desk.client().await;
    let (second, _) = desk.house.endpoint_like("acme", own("Second")).await;
    let (foreign, _) = desk.house.endpoint_like("globex", own("Other")).await;
    let mut asks = desk.asks(&client);
    asks.retain(|(name, _)| *name != "resource");
    let mut browser = Browser::default();
    let page = desk.authorize(&mut browser, &asks).await.text().await;
    let choice = desk.allow(&browser, &handle(&page.unwrap())).await;
    assert_eq!(choice.status(), 200);
    let html = choice.text().await.unwrap();
    assert!(
        html.contains("Inbox") && html.contains("Second") && !html.contains("Other"),
        "{html}"
    );
    let handle = handle(&html);
    let choose = |id: &str| {
        vec![
            ("request", handle.clone()),
            ("endpoint", id.to_owned()),
            ("action", "allow".to_owned()),
        ]
    };
    let decide = async |form: Vec<(&'static str, String)>| {
        let form: Vec<(&str, &str)> = form
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        desk.decide(&browser, &form, HeaderMap::new()).await
    };
    assert_eq!(decide(choose(&foreign)).await.status(), 400);
    let back = location(&decide(choose(&second)).await);
    let chosen = redeemed(&desk, &client, &back).await;
    let (status, _) = desk.house.call(None, Some(&chosen.access), "get_me").await;
    assert_eq!(status, 200);
    let scope = desk.house.tenants.store().scope("acme").unwrap();
    scope.delete_endpoint(&second).await.unwrap();
    let shut = desk.house.shut(&chosen.access).await;
    assert!(shut < std::time::Duration::from_mins(1), "{shut:?}");
}

#[tokio::test]
async fn a_person_of_another_tenant_does_not_get_in() {
    let desk = Desk::new().await;
    person(&desk.house, "globex", "eve", "eve@globex.example").await;
    let client = desk.client().await;
    let mut browser = Browser::default();
    let handle = desk.page(&mut browser, &client).await;
    for (email, password) in [
        ("eve@globex.example", PASSWORD),
        (EMAIL, "another password"),
        ("nobody@acme.example", PASSWORD),
        ("", ""),
    ] {
        let form = [
            ("request", &*handle),
            ("email", email),
            ("password", password),
            ("action", "allow"),
        ];
        let again = desk.decide(&browser, &form, HeaderMap::new()).await;
        assert_eq!(again.status(), 422, "{email}");
        let html = again.text().await.unwrap();
        assert!(html.contains("do not belong together"), "{html}");
    }
    // The request is still good, for whom it is meant.
    location(&desk.allow(&browser, &handle).await);
}
