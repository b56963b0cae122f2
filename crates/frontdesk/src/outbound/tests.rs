//! What is reached and what is not.

use super::{Networks, Outbound, OutboundError, resolve::Lookup};
use axum::{
    Router,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use futures_util::future::BoxFuture;
use http::HeaderMap;
use intercom::Certificates;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

/// Answers each look-up of a name with the next of these lists; the last one stays.
struct Scripted {
    answers: Mutex<Vec<Vec<IpAddr>>>,
    asked: AtomicUsize,
}

impl Scripted {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let parsed = answers
            .iter()
            .map(|list| list.iter().map(|text| text.parse().unwrap()).collect());
        Arc::new(Self {
            answers: Mutex::new(parsed.collect()),
            asked: AtomicUsize::new(0),
        })
    }
}

impl Lookup for Scripted {
    fn look_up(&self, _: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 {
            answers.remove(0)
        } else {
            answers[0].clone()
        };
        Box::pin(async move { Ok(answer) })
    }
}

/// A server of this machine that counts who came.
async fn server() -> (SocketAddr, Arc<AtomicUsize>) {
    let hits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&hits);
    let router = Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/large", get(|| async { "x".repeat(100_000) }))
        .route(
            "/away",
            get(|| async { (StatusCode::FOUND, [(header::LOCATION, "/")]).into_response() }),
        )
        .route("/never", get(std::future::pending::<()>))
        .layer(axum::middleware::from_fn(
            move |request: axum::extract::Request, next: axum::middleware::Next| {
                counted.fetch_add(1, Ordering::SeqCst);
                next.run(request)
            },
        ));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, hits)
}

fn named(networks: &[&str]) -> Networks {
    Networks::parse(networks.iter().copied()).unwrap()
}

fn with(networks: Networks, lookup: Arc<dyn Lookup>) -> Outbound {
    Outbound::with(networks, Certificates::default(), lookup)
}

async fn fetch(outbound: &Outbound, url: &str) -> Result<String, OutboundError> {
    let answer = outbound.get(url, HeaderMap::new(), 1_000).await?;
    assert_eq!(answer.status, 200);
    Ok(String::from_utf8(answer.body.to_vec()).unwrap())
}

#[tokio::test]
async fn private_addresses_are_refused_in_all_spellings() {
    let outbound = with(Networks::default(), Scripted::new(&[&["127.0.0.1"]]));
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "0",
        "0.0.0.0",
        "①②⑦.0.0.1",
        "127。0。0。1",
        "10.0.0.1",
        "0xa.1",
        "169.254.169.254",
        "0xa9fea9fe",
        "2852039166",
        "192.168.0.1",
        "172.16.0.1",
        "100.64.0.1",
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[2002:7f00:1::]",
        "[2002:c0a8:101::1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b::10.0.0.1]",
        "[fe80::1]",
        "[fd00::1]",
        "localhost",
        "localhost.",
        "loopback.example",
    ] {
        let url = format!("https://{host}/");
        let refused = fetch(&outbound, &url).await.unwrap_err();
        assert!(
            matches!(refused, OutboundError::NotPublic(_)),
            "{host}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn urls_that_are_not_asked() {
    let outbound = Outbound::new(Networks::default(), Certificates::default());
    for (url, expected) in [
        ("app.example/hook", OutboundError::NotUrl),
        ("https://", OutboundError::NotUrl),
        ("https://user@app.example/", OutboundError::NotUrl),
        ("https://:secret@app.example/", OutboundError::NotUrl),
        ("http://app.example/", OutboundError::Scheme("http".into())),
        ("ftp://app.example/", OutboundError::Scheme("ftp".into())),
        ("file:///etc/passwd", OutboundError::Scheme("file".into())),
        (
            "http://93.184.216.34/",
            OutboundError::NotPublic("93.184.216.34".into()),
        ),
    ] {
        assert_eq!(outbound.check(url).unwrap_err(), expected, "{url}");
    }
    let long = format!("https://app.example/{}", "x".repeat(2_048));
    assert_eq!(outbound.check(&long).unwrap_err(), OutboundError::NotUrl);
    assert!(outbound.check("https://app.example:8443/hook?a=b").is_ok());
}

#[tokio::test]
async fn a_named_network_is_reached_within_time_and_size() {
    let (address, hits) = server().await;
    let mut outbound = Outbound::new(named(&["127.0.0.0/8"]), Certificates::default());
    outbound.time = Duration::from_secs(5);
    let at = |path: &str| format!("http://{address}{path}");
    assert_eq!(fetch(&outbound, &at("/")).await.unwrap(), "hello");
    for (path, expected) in [
        ("/away", OutboundError::Redirect("127.0.0.1".into())),
        (
            "/large",
            OutboundError::TooLarge {
                host: "127.0.0.1".into(),
                cap: 1_000,
            },
        ),
        ("/never", OutboundError::Late("127.0.0.1".into())),
    ] {
        assert_eq!(fetch(&outbound, &at(path)).await.unwrap_err(), expected);
    }
    // The redirect was not followed: each was one request.
    assert_eq!(hits.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_name_that_changes_its_mind_reaches_nothing_else() {
    let (address, hits) = server().await;
    // Allowed at the first look, and another place at every later one: there is no later one.
    let script = Scripted::new(&[&["127.0.0.2"], &["127.0.0.1"]]);
    let outbound = with(
        named(&["127.0.0.2"]),
        Arc::clone(&script) as Arc<dyn Lookup>,
    );
    let url = format!("http://rebind.example:{}/", address.port());
    let lost = fetch(&outbound, &url).await.unwrap_err();
    assert_eq!(lost, OutboundError::Unreachable("rebind.example".into()));
    assert_eq!(script.asked.load(Ordering::SeqCst), 1);
    // The next request looks anew, and what it finds now is not allowed.
    let refused = fetch(&outbound, &url).await.unwrap_err();
    assert_eq!(refused, OutboundError::NotPublic("rebind.example".into()));
    assert_eq!(hits.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn one_private_address_among_public_ones_spoils_the_name() {
    for answer in [
        &["93.184.216.34", "127.0.0.1"][..],
        &["::ffff:10.0.0.1", "93.184.216.34"],
        &[],
    ] {
        let outbound = with(Networks::default(), Scripted::new(&[answer]));
        let refused = fetch(&outbound, "https://mixed.example/")
            .await
            .unwrap_err();
        assert_eq!(
            refused,
            OutboundError::NotPublic("mixed.example".into()),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn errors_hold_neither_path_nor_query() {
    let outbound = with(named(&["127.0.0.2"]), Scripted::new(&[&["127.0.0.2"]]));
    let lost = fetch(&outbound, "http://hook.example:9/token-a?key=token-b").await;
    let text = lost.unwrap_err().to_string();
    assert!(
        text.contains("hook.example") && !text.contains("token-"),
        "{text}"
    );
}

/// A server of this machine that speaks TLS under a certificate that no system knows; and that certificate.
async fn tls_server(name: &str) -> (u16, Certificates) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec![name.to_owned()]).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let tls = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((line, _)) = listener.accept().await {
            let Ok(mut line) = acceptor.accept(line).await else {
                continue;
            };
            // It answers when it has read something of the one request.
            let mut head = [0; 1_024];
            let read = line.read(&mut head).await;
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello";
            if read.is_ok() && line.write_all(answer).await.is_ok() {
                // A caller that is gone already has its answer.
                let _ = line.shutdown().await;
            }
        }
    });
    (port, Certificates::from_pem(cert.pem().as_bytes()).unwrap())
}

#[tokio::test]
async fn a_networks_own_authority_is_trusted_where_it_is_configured() {
    let (port, authority) = tls_server("hook.corp.example").await;
    let url = format!("https://hook.corp.example:{port}/");
    for (authorities, expected) in [
        (authority, Ok("hello".to_owned())),
        (
            Certificates::default(),
            Err(OutboundError::Unreachable("hook.corp.example".into())),
        ),
    ] {
        let lookup = Scripted::new(&[&["127.0.0.1"]]);
        let outbound = Outbound::with(named(&["127.0.0.0/8"]), authorities, lookup);
        assert_eq!(fetch(&outbound, &url).await, expected);
    }
}
