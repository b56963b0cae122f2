//! Where a workspace lives: Intercom's regions, or a base URL of one's own.

use http::uri::{Authority, InvalidUri, Scheme, Uri};
use std::{fmt, net::IpAddr, str::FromStr};
use url::{Host, Url};

/// A region of Intercom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Region {
    /// The United States; its host also tries to find workspaces of other regions.
    #[default]
    Us,
    /// The European Union.
    Eu,
    /// Australia.
    Au,
}

/// A text that names no region.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a region of Intercom: use one of us, eu, au")]
pub struct RegionError(String);

/// Scheme, host and port of an Intercom API, without path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BaseUrl {
    origin: Box<str>,
    /// Parsed once: a request only adds its path and query.
    scheme: Scheme,
    authority: Authority,
}

/// Whether a base URL may be plain `http`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlainHttp {
    /// Only to this machine: the token never crosses a network unencrypted.
    #[default]
    Loopback,
    /// To any host, because the owner said so.
    Anywhere,
}

/// Why a text cannot be a base URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// It is no URL at all.
    #[error("`{0}` is not a URL: write it like https://api.intercom.io")]
    NotUrl(String),
    /// It is neither https nor http.
    #[error("a base URL starts with https://, or http:// for this machine; not with `{0}:`")]
    Scheme(String),
    /// It is http to another machine.
    #[error(
        "http to `{0}` would send the token unencrypted: use https, or allow plain http explicitly"
    )]
    Unencrypted(String),
    /// It has more than scheme, host and port.
    #[error("a base URL is scheme, host and port only: leave out {0}")]
    TooMuch(&'static str),
}

impl Region {
    /// All regions.
    pub const ALL: [Self; 3] = [Self::Us, Self::Eu, Self::Au];

    /// The region's short name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Us => "us",
            Self::Eu => "eu",
            Self::Au => "au",
        }
    }

    /// The region's API.
    ///
    /// # Panics
    ///
    /// Never: the three addresses are URLs.
    pub fn base_url(self) -> BaseUrl {
        let url = Url::parse(match self {
            Self::Us => "https://api.intercom.io",
            Self::Eu => "https://api.eu.intercom.io",
            Self::Au => "https://api.au.intercom.io",
        });
        BaseUrl::of(&url.expect("the addresses above are URLs"))
            .expect("the addresses above have hosts")
    }
}

impl FromStr for Region {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Self, RegionError> {
        let word = text.trim();
        Self::ALL
            .into_iter()
            .find(|region| region.name().eq_ignore_ascii_case(word))
            .ok_or_else(|| RegionError(word.chars().take(40).collect()))
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl BaseUrl {
    /// Parses and checks a base URL.
    pub fn parse(text: &str, plain: PlainHttp) -> Result<Self, BaseUrlError> {
        let text = text.trim();
        let url = Url::parse(text).map_err(|_| BaseUrlError::NotUrl(without_userinfo(text)))?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(BaseUrlError::Scheme(url.scheme().to_owned()));
        }
        let extra = [
            (
                "user and password",
                !url.username().is_empty() || url.password().is_some(),
            ),
            ("the path", !matches!(url.path(), "" | "/")),
            ("the query", url.query().is_some()),
            ("the fragment", url.fragment().is_some()),
        ];
        if let Some((what, _)) = extra.into_iter().find(|(_, there)| *there) {
            return Err(BaseUrlError::TooMuch(what));
        }
        if url.scheme() == "http" && plain == PlainHttp::Loopback && !is_loopback(&url) {
            return Err(BaseUrlError::Unencrypted(
                url.host_str().unwrap_or_default().to_owned(),
            ));
        }
        Self::of(&url).ok_or_else(|| BaseUrlError::NotUrl(without_userinfo(text)))
    }

    fn of(url: &Url) -> Option<Self> {
        let origin = url.origin().ascii_serialization();
        let (_, authority) = origin.split_once("://")?;
        Some(Self {
            scheme: url.scheme().parse().ok()?,
            authority: authority.parse().ok()?,
            origin: origin.into(),
        })
    }

    /// The whole URL of a path with its query, both encoded.
    ///
    /// # Panics
    ///
    /// Never: it has all three parts.
    pub(crate) fn join(&self, path_and_query: &str) -> Result<Uri, InvalidUri> {
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(path_and_query.parse()?);
        Ok(Uri::from_parts(parts).expect("scheme, authority and path are there"))
    }

    /// The URL without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.origin
    }
}

impl FromStr for BaseUrl {
    type Err = BaseUrlError;

    fn from_str(text: &str) -> Result<Self, BaseUrlError> {
        Self::parse(text, PlainHttp::Loopback)
    }
}

impl From<Region> for BaseUrl {
    fn from(region: Region) -> Self {
        region.base_url()
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => IpAddr::from(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::from(ip).is_loopback(),
        None => false,
    }
}

/// A text that is no URL may still hold a password.
fn without_userinfo(text: &str) -> String {
    text.rsplit('@')
        .next()
        .unwrap_or_default()
        .chars()
        .take(100)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_have_names_and_hosts() {
        for region in Region::ALL {
            assert_eq!(region.to_string().to_uppercase().parse(), Ok(region));
            assert_eq!(region.base_url().as_str().parse(), Ok(region.base_url()));
        }
        assert_eq!(
            "uk".parse::<Region>().unwrap_err().to_string(),
            "`uk` is not a region of Intercom: use one of us, eu, au"
        );
    }

    #[test]
    fn base_urls_are_checked() {
        for (text, expected) in [
            ("https://api.intercom.io/", "https://api.intercom.io"),
            ("https://proxy.example:8443", "https://proxy.example:8443"),
            ("http://127.0.0.1:8788", "http://127.0.0.1:8788"),
            ("http://localhost:1", "http://localhost:1"),
            ("http://[::1]:1/", "http://[::1]:1"),
            ("api.intercom.io", "`api.intercom.io` is not a URL"),
            ("https://user:secret@", "`` is not a URL"),
            ("ftp://host", "not with `ftp:`"),
            ("http://api.intercom.io", "would send the token unencrypted"),
            (
                "http://localhost.example",
                "would send the token unencrypted",
            ),
            ("https://host/v2", "leave out the path"),
            ("https://host/?a=1", "leave out the query"),
            ("https://host/#a", "leave out the fragment"),
            ("https://me:secret@host", "leave out user and password"),
        ] {
            let got = text
                .parse::<BaseUrl>()
                .map_or_else(|error| error.to_string(), |base| base.to_string());
            assert!(
                got.contains(expected) && !got.contains("secret"),
                "{text}: {got}"
            );
        }
        assert!(BaseUrl::parse("http://upstream.internal", PlainHttp::Anywhere).is_ok());
    }
}
