//! Which hosts and origins may talk to this server: a web page on another site must not reach it through the browser
//! of somebody who is here.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, Uri, header, uri::Authority};
use std::sync::{PoisonError, RwLock};

/// The hosts and origins that are served; they may change while the server runs.
#[derive(Debug, Default)]
pub(crate) struct Guard(RwLock<Served>);

#[derive(Clone, Debug, Default)]
struct Served {
    hosts: Vec<Name>,
    origins: Vec<String>,
}

/// Why a request was turned away at the door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Foreign {
    /// Its `Host` is not this server's.
    Host,
    /// Its `Origin` is another site's.
    Origin,
}

/// A host name, with a port where only that one counts.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Name {
    host: String,
    port: Option<u16>,
}

/// Names by which a machine calls itself.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

impl Guard {
    /// Serves this machine, `listening` where that is one address, and the hosts and origins named.
    pub(crate) fn new(listening: std::net::IpAddr, hosts: &[String], origins: &[String]) -> Self {
        let own = (!listening.is_unspecified()).then(|| listening.to_string());
        let hosts = hosts.iter().map(String::as_str).filter_map(Name::parse);
        Self(RwLock::new(Served {
            hosts: own
                .map(|host| Name { host, port: None })
                .into_iter()
                .chain(hosts)
                .collect(),
            origins: origins
                .iter()
                .map(|origin| origin.trim_end_matches('/').to_ascii_lowercase())
                .collect(),
        }))
    }

    /// Serves what the other one serves from now on.
    pub(crate) fn replace(&self, other: Self) {
        let other = other.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = other;
    }

    /// Whether the request is meant for this server, and comes from nobody else's page.
    pub(crate) fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Foreign> {
        let served = self.0.read().unwrap_or_else(PoisonError::into_inner);
        served.check(uri, headers)
    }
}

impl Served {
    fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Foreign> {
        let host = match headers.get(header::HOST) {
            Some(host) => host.to_str().ok().and_then(Name::parse),
            None => uri.authority().map(Name::of),
        };
        if !host.is_some_and(|host| self.serves(&host)) {
            return Err(Foreign::Host);
        }
        match headers.get(header::ORIGIN) {
            None => Ok(()),
            Some(origin) if origin.to_str().is_ok_and(|origin| self.trusts(origin)) => Ok(()),
            Some(_) => Err(Foreign::Origin),
        }
    }

    fn serves(&self, name: &Name) -> bool {
        LOOPBACK.contains(&name.host.as_str())
            || self
                .hosts
                .iter()
                .any(|own| own.host == name.host && (own.port.is_none() || own.port == name.port))
    }

    fn trusts(&self, origin: &str) -> bool {
        let origin = origin.to_ascii_lowercase();
        let authority = origin
            .strip_prefix("http://")
            .or_else(|| origin.strip_prefix("https://"));
        self.origins.contains(&origin)
            || authority
                .and_then(Name::parse)
                .is_some_and(|name| self.serves(&name))
    }
}

impl Name {
    fn parse(text: &str) -> Option<Self> {
        Authority::try_from(text.trim())
            .ok()
            .map(|authority| Self::of(&authority))
    }

    fn of(authority: &Authority) -> Self {
        Self {
            host: authority
                .host()
                .trim_start_matches('[')
                .trim_end_matches(']')
                .to_ascii_lowercase(),
            port: authority.port_u16(),
        }
    }
}

impl IntoResponse for Foreign {
    fn into_response(self) -> Response {
        let text = match self {
            Self::Host => {
                "Forbidden: this server does not serve that Host; its owner can add it with FRONTDESK_ALLOWED_HOSTS."
            }
            Self::Origin => {
                "Forbidden: this Origin is not trusted; the server's owner can add it with FRONTDESK_ALLOWED_ORIGINS."
            }
        };
        (StatusCode::FORBIDDEN, text).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_hosts_and_origins_are_turned_away() {
        let guard = Guard::new(
            "10.1.2.3".parse().unwrap(),
            &["desk.example".into(), "other.example:8443".into()],
            &["https://app.example".into()],
        );
        for (host, origin, expected) in [
            ("127.0.0.1:8787", None, Ok(())),
            ("LOCALHOST:1", None, Ok(())),
            ("[::1]:8787", None, Ok(())),
            ("10.1.2.3:8787", None, Ok(())),
            ("desk.example", None, Ok(())),
            ("desk.example:9", None, Ok(())),
            ("other.example:8443", None, Ok(())),
            ("other.example", None, Err(Foreign::Host)),
            ("evil.example", None, Err(Foreign::Host)),
            ("localhost.evil.example", None, Err(Foreign::Host)),
            ("127.0.0.1@evil.example", None, Err(Foreign::Host)),
            ("", None, Err(Foreign::Host)),
            ("localhost", Some("http://localhost:6274"), Ok(())),
            ("localhost", Some("https://app.example"), Ok(())),
            ("localhost", Some("https://desk.example"), Ok(())),
            (
                "localhost",
                Some("http://app.example"),
                Err(Foreign::Origin),
            ),
            (
                "localhost",
                Some("https://evil.example"),
                Err(Foreign::Origin),
            ),
            ("localhost", Some("null"), Err(Foreign::Origin)),
            ("localhost", Some("file://"), Err(Foreign::Origin)),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().unwrap());
            }
            let got = guard.check(&Uri::from_static("/mcp"), &headers);
            assert_eq!(got, expected, "{host} {origin:?}");
        }
    }
}
