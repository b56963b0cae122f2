//! Requests to addresses that somebody else chose: owners' webhooks, metadata documents of OAuth clients.
//!
//! Only public addresses are reached, and those that the configuration names: a name is looked up once, every address
//! of it is checked, and the connection goes to one that was checked. No redirect is followed, no proxy is used (it
//! would look the name up again, unchecked), and time and size are bounded. `http` is spoken to named networks alone.
//! TLS trusts the system's authorities and those of the configuration, as calls of Intercom do.

mod address;
mod resolve;
#[cfg(test)]
mod tests;

pub use address::Networks;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method};
use intercom::Certificates;
use reqwest::{Client, redirect::Policy};
use resolve::{Checked, Lookup, NotPublic, Rules, SystemLookup};
use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};
use url::{Host, Url};

/// Time for one request over all: looking up, connecting, sending, reading.
const TIME: Duration = Duration::from_secs(10);
/// Time for one connection to come about.
const CONNECT: Duration = Duration::from_secs(5);
/// The longest URL.
const LONGEST: usize = 2_048;

/// Sends requests to addresses that somebody else chose. Cheap to make: certificates are loaded with the first request.
pub struct Outbound {
    networks: Arc<Networks>,
    authorities: Certificates,
    lookup: Arc<dyn Lookup>,
    https: OnceLock<Client>,
    http: OnceLock<Client>,
    time: Duration,
}

/// What came back, whatever its status, except a redirect.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, within the cap.
    pub body: Bytes,
}

/// Why nothing came back. No variant quotes the path or the query, which may be secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// Mend the URL.
    #[error("this is not a URL that can be asked: write it like https://app.example/hook")]
    NotUrl,
    /// Use https.
    #[error(
        "`{0}:` is not spoken here: use https, or have the deployment's owner add the network to FRONTDESK_OUTBOUND_ALLOW"
    )]
    Scheme(String),
    /// Use a public address.
    #[error(
        "`{0}` is not a public address: use one, or have the deployment's owner add it to FRONTDESK_OUTBOUND_ALLOW"
    )]
    NotPublic(String),
    /// Give the address that it points to.
    #[error("`{0}` answered with a redirect, which is not followed: give the final address")]
    Redirect(String),
    /// Answer with less.
    #[error("`{host}` answered with more than {cap} bytes")]
    TooLarge {
        /// Who answered.
        host: String,
        /// The cap in bytes.
        cap: usize,
    },
    /// Try again later.
    #[error("`{0}` did not answer in time")]
    Late(String),
    /// Try again later.
    #[error("`{0}` cannot be reached")]
    Unreachable(String),
    /// Mend this machine's certificates.
    #[error("no connection can be made from this machine: its TLS set-up is broken")]
    Setup,
}

impl Outbound {
    /// Reaches public addresses, and these networks; trusts these authorities besides the system's.
    pub fn new(networks: Networks, authorities: Certificates) -> Self {
        Self::with(networks, authorities, Arc::new(SystemLookup))
    }

    fn with(networks: Networks, authorities: Certificates, lookup: Arc<dyn Lookup>) -> Self {
        Self {
            networks: Arc::new(networks),
            authorities,
            lookup,
            https: OnceLock::new(),
            http: OnceLock::new(),
            time: TIME,
        }
    }

    /// Whether a URL may be asked, as far as it tells by itself: a name may still turn out to be private.
    pub fn check(&self, url: &str) -> Result<Url, OutboundError> {
        let url = Url::parse(url)
            .ok()
            .filter(|url| url.as_str().len() <= LONGEST)
            .ok_or(OutboundError::NotUrl)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(OutboundError::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OutboundError::NotUrl);
        }
        let rules = self.rules(&url);
        let literal: Option<IpAddr> = match url.host() {
            Some(Host::Ipv4(v4)) => Some(v4.into()),
            Some(Host::Ipv6(v6)) => Some(v6.into()),
            Some(Host::Domain(_)) => None,
            None => return Err(OutboundError::NotUrl),
        };
        match literal {
            Some(address) if !rules.allow(address) => Err(OutboundError::NotPublic(host(&url))),
            None if !rules.public && self.networks.are_none() => {
                Err(OutboundError::Scheme(url.scheme().to_owned()))
            }
            _ => Ok(url),
        }
    }

    /// Asks for a document of at most `cap` bytes.
    pub async fn get(
        &self,
        url: &str,
        headers: HeaderMap,
        cap: usize,
    ) -> Result<Answer, OutboundError> {
        self.send(Method::GET, url, (headers, Bytes::new()), cap)
            .await
    }

    /// Sends a body; of the answer at most `cap` bytes are read, and none of it where that is 0.
    pub async fn post(
        &self,
        url: &str,
        (headers, body): (HeaderMap, Bytes),
        cap: usize,
    ) -> Result<Answer, OutboundError> {
        self.send(Method::POST, url, (headers, body), cap).await
    }

    async fn send(
        &self,
        method: Method,
        url: &str,
        (headers, body): (HeaderMap, Bytes),
        cap: usize,
    ) -> Result<Answer, OutboundError> {
        let url = self.check(url)?;
        let host = host(&url);
        let request = self.client(&url)?.request(method, url).headers(headers);
        let sent = request.body(body).send().await;
        let response = sent.map_err(|error| failed(&host, &error))?;
        let status = response.status();
        if status.is_redirection() {
            return Err(OutboundError::Redirect(host));
        }
        Ok(Answer {
            status: status.as_u16(),
            headers: response.headers().clone(),
            body: match cap {
                0 => Bytes::new(),
                cap => whole(response, host, cap).await?,
            },
        })
    }

    /// Plain http reaches named networks alone.
    fn rules(&self, url: &Url) -> Rules {
        Rules {
            networks: Arc::clone(&self.networks),
            public: url.scheme() == "https",
        }
    }

    fn client(&self, url: &Url) -> Result<&Client, OutboundError> {
        let rules = self.rules(url);
        let place = if rules.public {
            &self.https
        } else {
            &self.http
        };
        if let Some(client) = place.get() {
            return Ok(client);
        }
        let resolver = Checked {
            lookup: Arc::clone(&self.lookup),
            rules,
        };
        let mut tls = (self.authorities.client_tls()).map_err(|_| OutboundError::Setup)?;
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(Policy::none())
            .no_proxy()
            .gzip(false)
            .dns_resolver(Arc::new(resolver))
            // Each request is checked anew.
            .pool_max_idle_per_host(0)
            .timeout(self.time)
            .connect_timeout(CONNECT)
            .user_agent(concat!("frontdesk/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|_| OutboundError::Setup)?;
        Ok(place.get_or_init(|| client))
    }
}

async fn whole(
    mut response: reqwest::Response,
    host: String,
    cap: usize,
) -> Result<Bytes, OutboundError> {
    let mut body = BytesMut::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > cap => {
                return Err(OutboundError::TooLarge { host, cap });
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body.freeze()),
            Err(error) => return Err(failed(&host, &error)),
        }
    }
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

fn failed(host: &str, error: &reqwest::Error) -> OutboundError {
    let host = host.to_owned();
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        if inner.is::<NotPublic>() {
            return OutboundError::NotPublic(host);
        }
        cause = inner.source();
    }
    if error.is_timeout() {
        OutboundError::Late(host)
    } else {
        OutboundError::Unreachable(host)
    }
}
