//! TLS and HTTP/2, against servers with certificates of their own.

use crate::world::{account, credential};
use catalog::Method;
use http_body_util::Full;
use hyper::{Response, body::Bytes, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use intercom::{Certainty, Certificates, Client, ClientConfig, Error, Request};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A server that answers every request with the protocol by which it came.
struct Server {
    url: String,
    pem: String,
    connections: Arc<AtomicUsize>,
}

impl Server {
    /// A server of that name which offers these protocols.
    async fn new(name: &str, protocols: &[&str]) -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(vec![name.to_owned()]).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        config.alpn_protocols = protocols
            .iter()
            .map(|name| name.as_bytes().into())
            .collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        tokio::spawn(serve(
            listener,
            TlsAcceptor::from(Arc::new(config)),
            Arc::clone(&connections),
        ));
        Self {
            url: format!("https://localhost:{port}"),
            pem: cert.pem(),
            connections,
        }
    }

    fn client(&self) -> Client {
        Client::new(ClientConfig {
            authorities: Certificates::from_pem(self.pem.as_bytes()).unwrap(),
            max_retries: 0,
            ..ClientConfig::default()
        })
    }

    async fn asked_by(&self, client: &Client) -> Result<String, Error> {
        let request = Request::new(Method::Post, "/it").with_body(serde_json::json!({}));
        let answer = client
            .send(&account(&self.url), &credential(), request)
            .await?;
        Ok(answer.body["by"].as_str().unwrap().to_owned())
    }
}

async fn serve(listener: TcpListener, tls: TlsAcceptor, connections: Arc<AtomicUsize>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let tls = tls.clone();
        let connections = Arc::clone(&connections);
        tokio::spawn(async move {
            // A client that does not trust this server goes away here.
            let Ok(stream) = tls.accept(stream).await else {
                return;
            };
            connections.fetch_add(1, Ordering::SeqCst);
            let second = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            let service = service_fn(async |request: hyper::Request<hyper::body::Incoming>| {
                let by = format!("{{\"by\":\"{:?}\"}}", request.version());
                let answer = Response::builder()
                    .header("content-type", "application/json")
                    .body(Full::new(Bytes::from(by)));
                answer.map_err(std::io::Error::other)
            });
            let stream = TokioIo::new(stream);
            // How a connection ends is the client's business.
            let _ = if second {
                hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                    .serve_connection(stream, service)
                    .await
            } else {
                hyper::server::conn::http1::Builder::new()
                    .serve_connection(stream, service)
                    .await
            };
        });
    }
}

#[tokio::test]
async fn http2_is_spoken_where_it_is_offered() {
    for (offered, expected) in [
        (&["h2", "http/1.1"][..], "HTTP/2.0"),
        (&["http/1.1"], "HTTP/1.1"),
        (&[], "HTTP/1.1"),
    ] {
        let server = Server::new("localhost", offered).await;
        let by = server.asked_by(&server.client()).await.unwrap();
        assert_eq!(by, expected, "offered {offered:?}");
    }
}

#[tokio::test]
async fn calls_share_one_http2_connection() {
    let server = Server::new("localhost", &["h2"]).await;
    let client = server.client();
    server.asked_by(&client).await.unwrap();
    let calls = (0..50).map(|_| server.asked_by(&client));
    for by in futures_util::future::join_all(calls).await {
        assert_eq!(by.unwrap(), "HTTP/2.0");
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn who_cannot_prove_its_name_is_told_nothing() {
    let unknown = Server::new("localhost", &["h2"]).await;
    let misnamed = Server::new("api.intercom.example", &["h2"]).await;
    let stranger = Client::new(ClientConfig {
        max_retries: 0,
        ..ClientConfig::default()
    });
    for (case, server, client) in [
        ("unknown authority", &unknown, &stranger),
        ("another's name", &misnamed, &misnamed.client()),
    ] {
        let error = server.asked_by(client).await.expect_err(case);
        assert_eq!(error.certainty(), Certainty::NotDone, "{case}: {error:?}");
    }
}

#[test]
fn what_is_no_certificate_is_refused() {
    for (text, reason) in [
        ("", "no certificate is in it"),
        ("not PEM at all", "no certificate is in it"),
        (
            "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n",
            "",
        ),
    ] {
        let error = Certificates::from_pem(text.as_bytes()).expect_err(text);
        assert!(error.to_string().contains(reason), "{error}");
    }
}
