//! The HTTP client below all calls: pooled connections, TLS, and a proxy where the environment names one. It follows no
//! redirect and adds nothing to a request.

use crate::ClientConfig;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_rustls::{
    HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream, builderstates::WantsProtocols1,
};
use hyper_util::{
    client::{
        legacy::{
            Client,
            connect::{HttpConnector, proxy::Tunnel},
        },
        proxy::matcher::Matcher,
    },
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use rustls::{
    ClientConfig as TlsConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject},
};
use rustls_platform_verifier::Verifier;
use std::{
    error::Error as StdError,
    fmt,
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::net::TcpStream;
use tower_service::Service;

type BoxError = Box<dyn StdError + Send + Sync>;
type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;
type Connecting<S> = Pin<Box<dyn Future<Output = Result<S, BoxError>> + Send>>;

/// What the network or the TLS library says.
#[derive(Debug)]
pub struct NetworkError(BoxError);

/// Certificates of authorities, such as that of a company's own network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificates(Vec<CertificateDer<'static>>);

/// Connections to any number of hosts, kept and used again.
pub(crate) struct Transport {
    client: Client<Bounded<HttpsConnector<Route>>, Full<Bytes>>,
    /// What the `User-Agent` header says.
    pub(crate) user_agent: HeaderValue,
}

/// Why a request has no answer.
pub(crate) enum Lost {
    /// No connection came about: nothing was sent.
    Unsent(NetworkError),
    /// It may have been sent.
    Sent(NetworkError),
}

impl Transport {
    /// Loads certificates; opens nothing yet.
    pub(crate) fn new(config: &ClientConfig) -> Result<Self, NetworkError> {
        Self::by_way_of(proxy_of_environment(), config)
    }

    fn by_way_of(proxy: Option<Matcher>, config: &ClientConfig) -> Result<Self, NetworkError> {
        let user_agent = HeaderValue::from_str(&config.user_agent).map_err(NetworkError::new)?;
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(Duration::from_secs(30)));
        let tls = tls(&config.authorities)?;
        let proxy = proxy.map(|rules| Proxy {
            rules: Arc::new(rules),
            connector: https(&tls).enable_http1().wrap_connector(tcp.clone()),
        });
        let connector = Bounded {
            inner: https(&tls)
                .enable_all_versions()
                .wrap_connector(Route { tcp, proxy }),
            time: config.connect_timeout,
        };
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            // Shorter than what load balancers keep: a connection they closed costs a write its certainty.
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(128)
            .http2_adaptive_window(true)
            .http2_keep_alive_interval(Duration::from_secs(15))
            .http2_keep_alive_timeout(Duration::from_secs(10))
            .build(connector);
        Ok(Self { client, user_agent })
    }

    /// Sends one request and answers when the head of its answer is there.
    pub(crate) async fn send(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Lost> {
        let sent = self.client.request(request).await;
        sent.map_err(|error| {
            if error.is_connect() {
                Lost::Unsent(NetworkError::new(error))
            } else {
                Lost::Sent(NetworkError::new(error))
            }
        })
    }
}

impl Certificates {
    /// What a client of TLS is set up with that trusts these beside the system's.
    pub fn client_tls(&self) -> Result<TlsConfig, NetworkError> {
        tls(self)
    }

    /// Reads PEM text; at least one certificate must be in it.
    pub fn from_pem(pem: &[u8]) -> Result<Self, NetworkError> {
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        match read {
            Ok(found) if found.is_empty() => Err(NetworkError::new("no certificate is in it")),
            Ok(found) => Ok(Self(found)),
            Err(error) => Err(NetworkError::new(error)),
        }
    }
}

impl NetworkError {
    pub(crate) fn new(error: impl Into<BoxError>) -> Self {
        Self(error.into())
    }
}

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for NetworkError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

/// The system's verifier, with what else is trusted.
fn tls(authorities: &Certificates) -> Result<TlsConfig, NetworkError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier =
        Verifier::new_with_extra_roots(authorities.0.iter().cloned(), Arc::clone(&provider))
            .map_err(NetworkError::new)?;
    let versions = TlsConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(NetworkError::new)?;
    Ok(versions
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

fn https(tls: &TlsConfig) -> HttpsConnectorBuilder<WantsProtocols1> {
    HttpsConnectorBuilder::new()
        .with_tls_config(tls.clone())
        .https_or_http()
}

/// The proxy of the environment, for https alone: plain http goes to this machine, where a proxy has no business.
fn proxy_of_environment() -> Option<Matcher> {
    let of = |names: [&str; 2]| {
        let mut values = names
            .into_iter()
            .filter_map(|name| std::env::var(name).ok());
        values.find(|value| !value.is_empty())
    };
    let proxy = of(["HTTPS_PROXY", "https_proxy"])?;
    let except = of(["NO_PROXY", "no_proxy"]).unwrap_or_default();
    Some(Matcher::builder().https(proxy).no(except).build())
}

/// The way to a host: straight, or through the proxy that stands before it.
#[derive(Clone)]
struct Route {
    tcp: HttpConnector,
    proxy: Option<Proxy>,
}

#[derive(Clone)]
struct Proxy {
    rules: Arc<Matcher>,
    connector: HttpsConnector<HttpConnector>,
}

impl Proxy {
    fn tunnel(&self, to: &Uri) -> Option<Tunnel<HttpsConnector<HttpConnector>>> {
        let proxy = self.rules.intercept(to)?;
        let tunnel = Tunnel::new(proxy.uri().clone(), self.connector.clone());
        Some(match proxy.basic_auth() {
            Some(auth) => tunnel.with_auth(auth.clone()),
            None => tunnel,
        })
    }
}

impl Service<Uri> for Route {
    type Response = Stream;
    type Error = BoxError;
    type Future = Connecting<Stream>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        if let Some(mut tunnel) = self.proxy.as_ref().and_then(|proxy| proxy.tunnel(&to)) {
            return Box::pin(async move { Ok(tunnel.call(to).await?) });
        }
        let straight = self.tcp.call(to);
        Box::pin(async move { Ok(MaybeHttpsStream::Http(straight.await?)) })
    }
}

/// A connector that gives up after a time, TLS and proxy included.
#[derive(Clone)]
struct Bounded<C> {
    inner: C,
    time: Duration,
}

impl<C> Service<Uri> for Bounded<C>
where
    C: Service<Uri, Error = BoxError>,
    C::Future: Send + 'static,
    C::Response: 'static,
{
    type Response = C::Response;
    type Error = BoxError;
    type Future = Connecting<C::Response>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let (connecting, time) = (self.inner.call(to), self.time);
        Box::pin(async move {
            if let Ok(connected) = tokio::time::timeout(time, connecting).await {
                return connected;
            }
            let late = format!("no connection within {} s", time.as_secs_f32());
            Err(io::Error::new(io::ErrorKind::TimedOut, late).into())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    /// A proxy that says no; what it was asked.
    async fn refusing() -> (String, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let addr = listener.local_addr().expect("an address");
        let asked = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a caller");
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.expect("a head"));
            }
            let no = b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(no).await.expect("it listens");
            String::from_utf8(head).expect("text")
        });
        (addr.to_string(), asked)
    }

    #[tokio::test]
    async fn https_goes_through_the_proxy_and_nothing_is_sent_when_it_refuses() {
        let (proxy, asked) = refusing().await;
        let rules = Matcher::builder()
            .https(format!("http://ann:pass@{proxy}"))
            .no("intercom.test")
            .build();
        let config = ClientConfig::default();
        let transport = Transport::by_way_of(Some(rules), &config).expect("it is made");
        let request = Request::get("https://api.eu.example/me")
            .body(Full::default())
            .expect("a request");
        let lost = transport.send(request).await.expect_err("no tunnel");
        assert!(matches!(lost, Lost::Unsent(_)));
        let head = asked.await.expect("it was asked");
        let mut lines = head.lines();
        assert_eq!(lines.next(), Some("CONNECT api.eu.example:443 HTTP/1.1"));
        let auth = "Proxy-Authorization: Basic YW5uOnBhc3M=";
        assert!(lines.any(|line| line.eq_ignore_ascii_case(auth)), "{head}");
    }

    #[test]
    fn what_is_excepted_and_what_is_plain_goes_straight() {
        let rules = Matcher::builder()
            .https("http://proxy.example:3128")
            .no("intercom.test,10.0.0.0/8")
            .build();
        for (to, through) in [
            ("https://api.intercom.io/me", true),
            ("https://api.intercom.test/me", false),
            ("https://10.1.2.3/me", false),
            ("http://127.0.0.1:8788/me", false),
        ] {
            let to = to.parse().expect(to);
            assert_eq!(rules.intercept(&to).is_some(), through, "{to}");
        }
    }
}
