//! What must not work: other browsers, other clients, other addresses, second uses.

use super::{
    Browser, Desk, REDIRECT, Tokens, VERIFIER, answer, error, handle, location, own, query, written,
};
use reqwest::header::HeaderMap;
use serde_json::json;
use std::time::Duration;
use store::UserState;

#[tokio::test]
async fn a_replayed_code_kills_its_tokens() {
    let desk = Desk::new().await;
    let client = desk.client().await;
    let code = desk.code(&client).await;
    let (_, body) = desk.redeem(&client, &code).await;
    let tokens = Tokens::of(&body);
    assert!(desk.opens(&tokens).await);
    let (status, body) = desk.redeem(&client, &code).await;
    assert_eq!((status, error(&body)), (400, "invalid_grant"));
    let shut = desk.house.shut_at(&desk.endpoint, &tokens.access).await;
    assert!(shut < Duration::from_mins(1), "{shut:?}");
    let (status, body) = desk.refresh(&client, &tokens.refresh).await;
    assert_eq!((status, error(&body)), (400, "invalid_grant"));
}

#[tokio::test]
async fn a_reused_refresh_token_kills_the_whole_family() {
    let desk = Desk::new().await;
    let client = desk.client().await;
    let first = desk.tokens(&client).await;
    let second = Tokens::of(&desk.refresh(&client, &first.refresh).await.1);
    let third = Tokens::of(&desk.refresh(&client, &second.refresh).await.1);
    assert!(desk.opens(&third).await);
    let (status, body) = desk.refresh(&client, &first.refresh).await;
    assert_eq!((status, error(&body)), (400, "invalid_grant"));
    let shut = desk.house.shut_at(&desk.endpoint, &third.access).await;
    assert!(shut < Duration::from_mins(1), "{shut:?}");
    let (status, _) = desk.refresh(&client, &third.refresh).await;
    assert_eq!(status, 400);
    assert_eq!(desk.call(&first.access).await, 401);
    // Another grant of the same client and person lives on.
    let other = desk.tokens(&client).await;
    desk.refresh(&client, &first.refresh).await;
    assert!(desk.opens(&other).await);
}

#[tokio::test]
async fn tokens_of_one_client_are_no_others() {
    let desk = Desk::new().await;
    let (client, thief) = (desk.client().await, desk.client().await);
    let code = desk.code(&client).await;
    let (status, body) = desk.redeem(&thief, &code).await;
    assert_eq!((status, error(&body)), (400, "invalid_grant"));
    // It was seen by somebody else, and is good for nobody any more.
    assert_eq!(desk.redeem(&client, &code).await.0, 400);
    let tokens = desk.tokens(&client).await;
    assert_eq!(desk.refresh(&thief, &tokens.refresh).await.0, 400);
    assert_eq!(desk.refresh(&client, &tokens.refresh).await.0, 400);
    let (status, body) = desk.refresh("fdc_unknown", &tokens.refresh).await;
    assert_eq!((status, error(&body)), (401, "invalid_client"));
}

#[tokio::test]
async fn the_consent_of_one_browser_is_no_others() {
    let desk = Desk::new().await;
    let client = desk.client().await;
    let (mut victim, mut attacker) = (Browser::default(), Browser::default());
    let own = desk.page(&mut victim, &client).await;
    let foreign = desk.page(&mut attacker, &client).await;
    for (browser, handle) in [
        (&victim, &foreign),
        (&attacker, &own),
        (&Browser::default(), &own),
    ] {
        let refused = desk.allow(browser, handle).await;
        assert_eq!(refused.status(), 400);
        assert!(refused.headers().get("location").is_none());
    }
    // A page of another site makes the victim's browser send the form.
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://localhost:1"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let headers = HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]);
        let form = [("request", &*own), ("action", "allow")];
        let refused = desk.decide(&victim, &form, headers).await;
        assert!(
            [400, 403].contains(&refused.status().as_u16()),
            "{name} {value}"
        );
    }
    // Two consents at once: one counts, and none counts after it.
    let (one, other) = tokio::join!(desk.allow(&victim, &own), desk.allow(&victim, &own));
    let mut statuses = [one.status().as_u16(), other.status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 400]);
    assert_eq!(desk.allow(&victim, &own).await.status(), 400);
}

/// The attack of the MCP security page: a person let a good client in, and the attacker's client, registered for it,
/// sends the same browser a link.
#[tokio::test]
async fn the_consent_for_one_client_is_no_others() {
    let desk = Desk::new().await;
    let good = desk.client().await;
    let mut browser = Browser::default();
    let handle_of_good = desk.page(&mut browser, &good).await;
    let evil = json!({"client_name": "It", "redirect_uris": ["https://evil.example/cb"]});
    let evil = desk.register(evil).await.1["client_id"]
        .as_str()
        .unwrap()
        .to_owned();
    location(&desk.allow(&browser, &handle_of_good).await);
    let mut asks = desk.asks(&evil);
    asks.retain(|(name, _)| *name != "redirect_uri");
    asks.push(("redirect_uri", "https://evil.example/cb".into()));
    // The browser is known, and still nothing is granted and nobody sent anywhere: the page asks, and names the receiver.
    let page = desk.authorize(&mut browser, &asks).await;
    assert_eq!(page.status(), 200);
    let html = page.text().await.unwrap();
    assert!(html.contains("<strong>evil.example</strong>"), "{html}");
    // What comes of saying yes to the good one's page goes to the good one, whatever else the form says.
    let again = desk.page(&mut browser, &good).await;
    let form = [
        ("request", &*again),
        ("email", super::EMAIL),
        ("password", super::PASSWORD),
        ("action", "allow"),
        ("client_id", &*evil),
        ("redirect_uri", "https://evil.example/cb"),
    ];
    let back = location(&desk.decide(&browser, &form, HeaderMap::new()).await);
    assert!(back.as_str().starts_with(REDIRECT), "{back}");
    // And its code is of no use to the other.
    let (status, _) = desk.redeem(&evil, &query(&back, "code").unwrap()).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn a_code_is_for_its_verifier_address_and_resource() {
    let desk = Desk::new().await;
    let client = desk.client().await;
    let (other, _) = desk.house.endpoint_like("acme", own("Other")).await;
    let (other, own) = (desk.url(&format!("/mcp/{other}")), desk.address());
    let wrong = "A".repeat(43);
    for (name, value, expected) in [
        ("code_verifier", Some(&*wrong), "invalid_grant"),
        ("code_verifier", Some(super::CHALLENGE), "invalid_grant"),
        ("code_verifier", None, "invalid_request"),
        (
            "redirect_uri",
            Some("http://127.0.0.1:4712/callback"),
            "invalid_grant",
        ),
        ("redirect_uri", None, "invalid_request"),
        ("resource", Some(&*other), "invalid_target"),
        ("grant_type", Some("password"), "unsupported_grant_type"),
        ("code", Some("unknown"), "invalid_grant"),
    ] {
        let code = desk.code(&client).await;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("client_id", &*client),
            ("code", &*code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
            ("resource", &*own),
        ];
        form.retain(|(known, _)| *known != name);
        form.extend(value.map(|value| (name, value)));
        let (status, body) = desk.token(&form).await;
        assert_eq!((status, error(&body)), (400, expected), "{name} {value:?}");
    }
}

#[tokio::test]
async fn a_token_opens_one_address_of_one_server() {
    let desk = Desk::new().await;
    let client = desk.client().await;
    let tokens = desk.tokens(&client).await;
    let house = &desk.house;
    let (other, other_token) = house.endpoint_like("acme", own("Other")).await;
    let (_, foreign) = house.endpoint_like("globex", own("Foreign")).await;
    for (path, expected) in [
        (Some(&*desk.endpoint), 200),
        (Some(&*desk.token), 200),
        (None, 401),
        (Some(&*other), 401),
        (Some(&*other_token), 401),
        (Some(&*foreign), 401),
    ] {
        let (status, _) = house.call(path, Some(&tokens.access), "get_me").await;
        assert_eq!(status, expected, "{path:?}");
    }
    // It is no address, a refresh token opens nothing, and the endpoint's id alone opens nothing either.
    assert_eq!(
        house.call(Some(&tokens.access), None, "get_me").await.0,
        401
    );
    assert_eq!(desk.call(&tokens.refresh).await, 401);
    assert_eq!(
        house.call(Some(&desk.endpoint), None, "get_me").await.0,
        401
    );
    assert_eq!(desk.call(&desk.endpoint).await, 401);
    assert_eq!(
        house.call(None, Some(&desk.endpoint), "get_me").await.0,
        401
    );
    // The same server by another name is another issuer.
    let port = house.server.addr.port();
    let host = format!("localhost:{port}");
    let headers = [("host", &*host)];
    let refused = house
        .ask(
            Some(&desk.endpoint),
            Some(&tokens.access),
            "get_me",
            &headers,
        )
        .await;
    assert_eq!(refused.status(), 401);
    let request = desk.http.post(desk.url("/token")).header("host", &host);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", &*client),
        ("refresh_token", &*tokens.refresh),
    ];
    let (status, body) = answer(request.body(written(&form)).send().await.unwrap()).await;
    assert_eq!((status, error(&body)), (400, "invalid_grant"));
    assert!(desk.opens(&tokens).await);
}

#[tokio::test]
async fn a_token_ends_with_its_time() {
    let desk = Desk::with(|config| {
        config.authorization.access_token_life = Duration::from_secs(1);
        config.authorization.refresh_token_life = Duration::from_secs(2);
    })
    .await;
    let client = desk.client().await;
    let tokens = desk.tokens(&client).await;
    let start = std::time::Instant::now();
    while desk.opens(&tokens).await {
        assert!(start.elapsed() < Duration::from_mins(1), "it stays good");
    }
    let refused = desk
        .house
        .ask(Some(&desk.endpoint), Some(&tokens.access), "get_me", &[])
        .await;
    let challenge = refused.headers()["www-authenticate"].to_str().unwrap();
    assert_eq!(
        super::field(challenge, "error").as_deref(),
        Some("invalid_token")
    );
    // Its refresh token is tried until it is too old; it is not used up by that.
    let system = desk.house.tenants.store().system();
    let hash = <sha2::Sha256 as sha2::Digest>::digest(&tokens.refresh).into();
    let known = system.oauth_token(hash).await.unwrap().unwrap();
    while store::now() < known.row.expires_at {
        tokio::task::yield_now().await;
    }
    let (status, body) = desk.refresh(&client, &tokens.refresh).await;
    assert_eq!((status, error(&body)), (400, "invalid_grant"));
}

#[tokio::test]
async fn who_is_gone_is_gone_at_once() {
    let desk = Desk::new().await;
    let client = desk.client().await;
    let tokens = desk.tokens(&client).await;
    assert!(desk.opens(&tokens).await);
    desk.house
        .person_in("acme", "ana", UserState::Disabled)
        .await;
    let shut = desk.house.shut_at(&desk.endpoint, &tokens.access).await;
    assert!(shut < Duration::from_mins(1), "{shut:?}");
    let (status, body) = desk.refresh(&client, &tokens.refresh).await;
    assert_eq!((status, error(&body)), (400, "invalid_grant"));
    let mut browser = Browser::default();
    let page = desk.page(&mut browser, &client).await;
    assert_eq!(desk.allow(&browser, &page).await.status(), 422);
}

#[tokio::test]
async fn a_grant_is_revoked_on_every_replica() {
    let desk = Desk::new().await;
    let client = desk.client().await;
    let tokens = desk.tokens(&client).await;
    let replica = desk.house.replica().await;
    let audience = desk.base();
    // The replica is reached by the same name, as behind a load balancer.
    let host = audience.trim_start_matches("http://");
    let headers = [("host", host)];
    let call = async || {
        let asked = replica.ask(
            Some(&desk.endpoint),
            Some(&tokens.access),
            "get_me",
            &headers,
        );
        asked.await.status().as_u16()
    };
    assert_eq!(call().await, 200);
    let scope = desk.house.tenants.store().scope("acme").unwrap();
    let grant = scope.grants_of("ana").await.unwrap().remove(0);
    scope
        .revoke_grant(&grant.id, "it", store::now())
        .await
        .unwrap();
    let start = std::time::Instant::now();
    while call().await == 200 {
        assert!(start.elapsed() < Duration::from_mins(1), "it stays open");
    }
    assert_eq!(desk.call(&tokens.access).await, 401);
}

#[tokio::test]
async fn other_hosts_and_sites_do_not_get_as_far_as_this() {
    let desk = Desk::new().await;
    for path in [
        "/authorize",
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-protected-resource",
    ] {
        for (name, value) in [
            ("host", "evil.example"),
            ("host", "10.0.0.1"),
            ("origin", "https://evil.example"),
        ] {
            let refused = desk
                .http
                .get(desk.url(path))
                .header(name, value)
                .send()
                .await
                .unwrap();
            assert_eq!(refused.status(), 403, "{path} {name} {value}");
        }
    }
    for path in ["/token", "/register", "/revoke", "/consent"] {
        for (name, value) in [("host", "evil.example"), ("origin", "https://evil.example")] {
            let refused = desk
                .http
                .post(desk.url(path))
                .header(name, value)
                .send()
                .await
                .unwrap();
            assert_eq!(refused.status(), 403, "{path} {name} {value}");
        }
    }
    // A client that runs in a browser on this machine reads the answers.
    let own = desk
        .http
        .get(desk.url("/.well-known/oauth-authorization-server"));
    let own = own
        .header("origin", "http://localhost:6274")
        .send()
        .await
        .unwrap();
    assert_eq!(own.status(), 200);
    assert_eq!(
        own.headers()["access-control-allow-origin"],
        "http://localhost:6274"
    );
}

#[tokio::test]
async fn passwords_are_not_tried_for_ever() {
    let desk = Desk::new().await;
    let client = desk.client().await;
    let mut browser = Browser::default();
    let page = desk.page(&mut browser, &client).await;
    let form = [
        ("request", &*page),
        ("email", super::EMAIL),
        ("password", "wrong wrong wrong"),
        ("action", "allow"),
    ];
    // A quarter of an hour may end in between: twice the attempts are surely too many.
    let mut told = false;
    for _ in 0..20 {
        let html = desk
            .decide(&browser, &form, HeaderMap::new())
            .await
            .text()
            .await
            .unwrap();
        told |= html.contains("too many attempts");
    }
    assert!(told);
    // Not even the right one helps now.
    assert_eq!(desk.allow(&browser, &page).await.status(), 422);
}

#[tokio::test]
async fn a_no_is_told_to_the_client() {
    let desk = Desk::new().await;
    let client = desk.client().await;
    let mut browser = Browser::default();
    let page = desk
        .authorize(&mut browser, &desk.asks(&client))
        .await
        .text()
        .await
        .unwrap();
    let handle = handle(&page);
    let form = [("request", &*handle), ("action", "deny")];
    let back = location(&desk.decide(&browser, &form, HeaderMap::new()).await);
    assert_eq!(query(&back, "error").as_deref(), Some("access_denied"));
    assert_eq!(query(&back, "iss"), Some(desk.base()));
    assert_eq!(desk.allow(&browser, &handle).await.status(), 400);
}
