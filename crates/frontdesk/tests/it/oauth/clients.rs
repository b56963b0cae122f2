//! How clients become known: metadata documents, read with care, and registration within limits.

use super::{
    Browser, Desk, REDIRECT, Tokens, VERIFIER, answer, error, handle, location, query, written,
};
use axum::{Router, http::header, response::IntoResponse, routing::get};
use base64::{Engine, prelude::BASE64_STANDARD};
use frontdesk::outbound::Networks;
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// A web server with metadata documents, which counts how often it is asked.
struct Publisher {
    url: String,
    asked: Arc<AtomicUsize>,
}

impl Publisher {
    async fn new() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let document = |base: &str, path: &str, redirect: &str| json!({"client_id": format!("{base}{path}"), "client_name": "Known", "redirect_uris": [redirect]});
        let good = document(&url, "/client.json", super::REGISTERED);
        let about_other = document(&url, "/other.json", super::REGISTERED);
        let large =
            json!({"client_id": format!("{url}/large.json"), "redirect_uris": ["x".repeat(6000)]});
        let page = document(&url, "/page", super::REGISTERED);
        let count = Arc::clone(&asked);
        let json = |body: Value| {
            (
                [(header::CONTENT_TYPE, "application/json")],
                body.to_string(),
            )
        };
        let router =
            Router::new()
                .route(
                    "/client.json",
                    get(move || async move {
                        count.fetch_add(1, Ordering::SeqCst);
                        json(good)
                    }),
                )
                .route("/lies.json", get(move || async move { json(about_other) }))
                .route("/large.json", get(move || async move { json(large) }))
                .route(
                    "/page",
                    get(move || async move {
                        ([(header::CONTENT_TYPE, "text/html")], page.to_string())
                    }),
                )
                .route(
                    "/moved.json",
                    get(|| async {
                        (
                            [(header::LOCATION, "/client.json")],
                            axum::http::StatusCode::FOUND,
                        )
                            .into_response()
                    }),
                );
        tokio::spawn(axum::serve(listener, router).into_future());
        Self { url, asked }
    }
}

#[tokio::test]
async fn a_client_with_a_document_needs_no_registration() {
    let publisher = Publisher::new().await;
    let desk = Desk::with(|config| {
        config.connect.outbound_allow = Networks::parse(["127.0.0.1"]).unwrap();
        config.authorization.client_registrations = 0;
    })
    .await;
    let client = format!("{}/client.json", publisher.url);
    let mut browser = Browser::default();
    let page = desk.authorize(&mut browser, &desk.asks(&client)).await;
    let html = page.text().await.unwrap();
    assert!(
        html.contains("published by <strong>127.0.0.1</strong>"),
        "{html}"
    );
    let back = location(&desk.allow(&browser, &handle(&html)).await);
    let (status, body) = desk.redeem(&client, &query(&back, "code").unwrap()).await;
    assert_eq!(status, 200, "{body}");
    let tokens = Tokens::of(&body);
    assert!(desk.opens(&tokens).await);
    assert_eq!(desk.refresh(&client, &tokens.refresh).await.0, 200);
    // It is believed for a while: all that took one look.
    assert_eq!(publisher.asked.load(Ordering::SeqCst), 1);
    for path in [
        "/lies.json",
        "/large.json",
        "/page",
        "/moved.json",
        "/missing.json",
    ] {
        let client = format!("{}{path}", publisher.url);
        let refused = desk
            .authorize(&mut Browser::default(), &desk.asks(&client))
            .await;
        assert_eq!(refused.status(), 400, "{path}");
        assert!(refused.headers().get("location").is_none());
    }
    let (status, body) = desk.register(json!({"redirect_uris": [REDIRECT]})).await;
    assert_eq!((status, error(&body)), (403, "access_denied"));
}

#[tokio::test]
async fn no_client_id_has_this_server_ask_a_private_address() {
    let publisher = Publisher::new().await;
    let desk = Desk::with(|config| config.authorization.requests_per_minute = 0).await;
    let port = publisher.url.rsplit(':').next().unwrap().to_owned();
    for host in [
        "127.0.0.1",
        "localhost",
        "0177.0.0.1",
        "0x7f.0.0.1",
        "0x7f000001",
        "2130706433",
        "127.1",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "169.254.169.254",
        "10.0.0.1",
        "192.168.0.1",
        "172.16.0.1",
        "100.64.0.1",
        "[fd00::1]",
        "[fe80::1]",
        "user@127.0.0.1",
        "desk.example@127.0.0.1",
    ] {
        for scheme in ["http", "https"] {
            let client = format!("{scheme}://{host}:{port}/client.json");
            let refused = desk
                .authorize(&mut Browser::default(), &desk.asks(&client))
                .await;
            assert_eq!(refused.status(), 400, "{client}");
        }
    }
    for client in [
        "file:///etc/passwd",
        "gopher://127.0.0.1/x",
        "https://127.0.0.1",
        "https://",
        "://",
    ] {
        let refused = desk
            .authorize(&mut Browser::default(), &desk.asks(client))
            .await;
        assert_eq!(refused.status(), 400, "{client}");
    }
    assert_eq!(publisher.asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn registration_has_limits() {
    let desk = Desk::with(|config| config.authorization.client_registrations = 4).await;
    for (metadata, expected) in [
        (json!({"client_name": "x"}), "invalid_client_metadata"),
        (json!([]), "invalid_client_metadata"),
        (json!({"redirect_uris": []}), "invalid_redirect_uri"),
        (
            json!({"redirect_uris": vec![REDIRECT; 11]}),
            "invalid_redirect_uri",
        ),
        (
            json!({"redirect_uris": ["http://evil.example/cb"]}),
            "invalid_redirect_uri",
        ),
        (
            json!({"redirect_uris": ["javascript:alert(1)"]}),
            "invalid_redirect_uri",
        ),
        (
            json!({"redirect_uris": ["https://a.example/#x"]}),
            "invalid_redirect_uri",
        ),
        (
            json!({"redirect_uris": [REDIRECT], "grant_types": ["implicit"]}),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": [REDIRECT], "token_endpoint_auth_method": "private_key_jwt"}),
            "invalid_client_metadata",
        ),
    ] {
        let (status, body) = desk.register(metadata.clone()).await;
        assert_eq!((status, error(&body)), (400, expected), "{metadata}");
    }
    let large = json!({"redirect_uris": [REDIRECT], "client_name": "x".repeat(20_000)});
    assert_eq!(desk.register(large).await.0, 413);
    for _ in 0..4 {
        assert_eq!(
            desk.register(json!({"redirect_uris": [REDIRECT]})).await.0,
            201
        );
    }
    let (status, body) = desk.register(json!({"redirect_uris": [REDIRECT]})).await;
    assert_eq!((status, error(&body)), (429, "temporarily_unavailable"));
}

#[tokio::test]
async fn a_client_with_a_secret_shows_it() {
    let desk = Desk::new().await;
    for method in ["client_secret_post", "client_secret_basic"] {
        let metadata = json!({"redirect_uris": [REDIRECT], "token_endpoint_auth_method": method});
        let (status, body) = desk.register(metadata).await;
        assert_eq!(
            (status, &body["token_endpoint_auth_method"]),
            (201, &json!(method))
        );
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        let (client, secret) = (text("client_id"), text("client_secret"));
        let code = desk.code(&client).await;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &*code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ];
        for (given, expected) in [(None, 401), (Some("wrong"), 401), (Some(&*secret), 200)] {
            let mut form = form.to_vec();
            let mut request = desk.http.post(desk.url("/token"));
            request = request.header("content-type", "application/x-www-form-urlencoded");
            match (method, given) {
                ("client_secret_basic", Some(given)) => {
                    let basic = BASE64_STANDARD.encode(format!("{client}:{given}"));
                    request = request.header("authorization", format!("Basic {basic}"));
                }
                (_, given) => {
                    form.push(("client_id", &*client));
                    form.extend(given.map(|given| ("client_secret", given)));
                }
            }
            let (status, body) = answer(request.body(written(&form)).send().await.unwrap()).await;
            assert_eq!(status, expected, "{method} {given:?} {body}");
        }
    }
}
