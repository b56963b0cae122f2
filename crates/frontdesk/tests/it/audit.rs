//! The audit log for other programs: by range, and live.

use crate::house::House;
use frontdesk::{app, config::Config, server::Server, tenants::TokenKind};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};
use store::{ApiKey, Role};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    net::TcpListener,
    sync::mpsc,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

impl House {
    async fn auditor(&self, tenant: &str) -> String {
        let token = TokenKind::ApiKey.mint();
        let key = ApiKey {
            id: store::new_id(),
            name: "it".into(),
            role: Role::Auditor,
            created_at: store::now(),
            expires_at: None,
            revoked_at: None,
        };
        let scope = self.tenants.store().scope(tenant).unwrap();
        scope.create_api_key(key, token.hash).await.unwrap();
        token.tell().to_owned()
    }

    async fn calls(&self, token: &str, count: usize) {
        for _ in 0..count {
            assert_eq!(self.call(None, Some(token), "get_me").await.0, 200);
        }
        self.tenants.gateway().flush().await;
    }

    async fn events(&self, tenant: &str) -> BTreeSet<String> {
        let scope = self.tenants.store().scope(tenant).unwrap();
        let entries = scope.audit_after(0, 1_000).await.unwrap();
        entries.into_iter().map(|entry| entry.event_id).collect()
    }
}

async fn made(house: &House, tenant: &str) -> String {
    let connection = house.connect(tenant, None).await.unwrap();
    house.endpoint(tenant, Some(&connection)).await.1
}

#[tokio::test]
async fn a_span_of_time_is_exported_in_every_format() {
    let house = House::new().await;
    let token = made(&house, "acme").await;
    house.calls(&token, 3).await;
    let key = house.auditor("acme").await;
    let all = house.events("acme").await;
    let get = async |query: &str| {
        let url = format!("http://{}/api/v1/audit/export{query}", house.server.addr);
        let answer = house.http.get(url).bearer_auth(&key).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    for (format, lines) in [
        ("jsonl", all.len()),
        ("csv", all.len() + 1),
        ("ocsf", all.len()),
        ("syslog", all.len()),
        ("otlp", 1),
    ] {
        let (status, text) = get(&format!("?format={format}")).await;
        assert_eq!(status, 200, "{text}");
        assert_eq!(text.lines().count(), lines, "{format}: {text}");
        for event in &all {
            assert!(text.contains(event), "{format} lacks {event}");
        }
        assert!(!text.contains("sandbox-token"));
    }
    assert_eq!(get("?to=2020-01-01").await.1, "");
    assert_eq!(
        get("?from=2020-01-01&after=4").await.1.lines().count(),
        all.len() - 4
    );
    assert_eq!(get("?format=xml").await.0, 422);
    assert_eq!(get("?from=soon").await.0, 422);
}

/// Messages in frames of octet counting.
async fn frames(
    mut line: impl AsyncRead + Unpin,
    count: usize,
    tell: mpsc::UnboundedSender<String>,
) {
    for _ in 0..count {
        let mut length = 0;
        loop {
            match line.read_u8().await {
                Ok(b' ') => break,
                Ok(digit) => length = length * 10 + usize::from(digit - b'0'),
                Err(_) => return,
            }
        }
        let mut message = vec![0; length];
        line.read_exact(&mut message).await.unwrap();
        let message = String::from_utf8(message).unwrap();
        assert!(message.starts_with("<1"), "{message}");
        // A test that has seen enough no longer listens.
        let _ = tell.send(message);
    }
}

fn event(message: &str) -> String {
    let (_, rest) = message.split_once(" event=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// A receiver that hangs up after the first two messages loses none; a server that starts again goes on behind them.
#[tokio::test]
async fn a_syslog_receiver_gets_every_entry_across_breaks_and_restarts() {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let tls = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, mut told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut patience = 2;
        while let Ok((line, _)) = listener.accept().await {
            let line = acceptor.accept(line).await.unwrap();
            frames(line, patience, tell.clone()).await;
            patience = usize::MAX;
        }
    });
    let sink = format!("siem=syslog+tls://localhost:{port}");
    let trusted = intercom::Certificates::from_pem(cert.pem().as_bytes()).unwrap();
    let house = House::set(|config| {
        config.audit_sinks = vec![frontdesk::config::SinkSetting::parse(&sink).unwrap()];
        config.authorities = trusted;
    })
    .await;
    let token = made(&house, "acme").await;
    house.calls(&token, 5).await;
    let expected = house.events("acme").await;
    let mut seen = BTreeMap::<String, usize>::new();
    while seen.len() < expected.len() {
        *seen.entry(event(&told.recv().await.unwrap())).or_default() += 1;
    }
    assert_eq!(seen.keys().cloned().collect::<BTreeSet<_>>(), expected);

    // What was taken is not given again; what comes after a restart is.
    let House {
        tenants,
        server,
        sandbox,
        http,
        config,
    } = house;
    server.stop().await;
    drop(tenants);
    while told.try_recv().is_ok() {}
    let house = again(config, sandbox, http).await;
    house.calls(&token, 2).await;
    let new: BTreeSet<String> = house
        .events("acme")
        .await
        .difference(&expected)
        .cloned()
        .collect();
    assert_eq!(new.len(), 4);
    for _ in 0..4 {
        let event = event(&told.recv().await.unwrap());
        assert!(new.contains(&event), "{event} came again");
    }
}

async fn again(config: Config, sandbox: sandbox::Running, http: reqwest::Client) -> House {
    let tenants = Arc::new(app::tenants(&config).await.unwrap());
    let server = Server::serve(Arc::clone(&tenants), &config).await.unwrap();
    House {
        tenants,
        server,
        sandbox,
        http,
        config,
    }
}

/// A sink that cannot be reached holds up itself alone: calls go on, and the file beside it is filled.
#[tokio::test]
async fn a_dead_sink_holds_up_nobody() {
    let file = crate::world::folder().join("ocsf.json");
    let sinks = [
        "dead=syslog+tcp://127.0.0.1:9".to_owned(),
        format!("lake=file:{}?format=ocsf", file.display()),
    ];
    let house = House::set(|config| {
        let sinks = sinks
            .iter()
            .map(|sink| frontdesk::config::SinkSetting::parse(sink).unwrap());
        config.audit_sinks = sinks.collect();
        config.metrics_listen = Some(([127, 0, 0, 1], 0).into());
    })
    .await;
    let token = made(&house, "acme").await;
    house.calls(&token, 5).await;
    let expected = house.events("acme").await;
    let start = Instant::now();
    loop {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        if text.lines().count() == expected.len() {
            let uids = text.lines().map(|line| {
                let event: Value = serde_json::from_str(line).unwrap();
                event["metadata"]["uid"].as_str().unwrap().to_owned()
            });
            assert_eq!(uids.collect::<BTreeSet<_>>(), expected);
            break;
        }
        assert!(start.elapsed() < Duration::from_mins(1), "{text}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let addr = house.server.metrics_addr.unwrap();
    let page = house
        .http
        .get(format!("http://{addr}/metrics"))
        .send()
        .await
        .unwrap();
    let page = page.text().await.unwrap();
    assert!(
        page.contains("frontdesk_audit_lag_seconds{sink=\"dead\"} "),
        "{page}"
    );
    assert!(
        !page.contains("frontdesk_audit_lag_seconds{sink=\"dead\"} 0\n"),
        "{page}"
    );
}
