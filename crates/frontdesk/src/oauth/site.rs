//! Where this server is, for those who ask: the issuer of tokens, and the beginning of all addresses.

use crate::config::Config;
use http::{HeaderMap, Uri, header};
use std::borrow::Cow;
use url::Url;

/// The public address, where the configuration names one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Site {
    public: Option<String>,
}

impl Site {
    /// The site that the configuration describes.
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            public: config.public_url.as_deref().map(plain),
        }
    }

    /// The issuer: scheme, host, port and, behind some proxies, a path; no slash at the end. Without a public address it
    /// is the `Host` of the request, which the door has compared with the names of this server.
    pub(crate) fn base(&self, uri: &Uri, headers: &HeaderMap) -> Cow<'_, str> {
        if let Some(public) = &self.public {
            return Cow::Borrowed(public);
        }
        let host = headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        let host = host.or_else(|| uri.authority().map(http::uri::Authority::as_str));
        let host = host.unwrap_or("localhost").trim().to_ascii_lowercase();
        Cow::Owned(format!("http://{host}"))
    }
}

/// The path of a base, with its slash; empty where it has none.
pub(super) fn path_of(base: &str) -> &str {
    let start = base.find("://").map_or(0, |at| at + 3);
    base[start..].find('/').map_or("", |at| &base[start + at..])
}

/// The origin of a base.
pub(super) fn origin_of(base: &str) -> &str {
    &base[..base.len() - path_of(base).len()]
}

/// A well-known address, as RFC 8414 and RFC 9728 make it: between the host and the path.
pub(super) fn well_known(base: &str, name: &str, path: &str) -> String {
    let (origin, prefix) = (origin_of(base), path_of(base));
    format!("{origin}/.well-known/{name}{prefix}{path}")
}

/// As clients write it: a lower-case host, and no port that is the scheme's own.
fn plain(url: &str) -> String {
    match Url::parse(url) {
        Ok(url) => url.as_str().trim_end_matches('/').to_owned(),
        Err(_) => url.trim_end_matches('/').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_put_together() {
        let config = |url: &str| Config {
            public_url: Some(url.to_owned()),
            ..Config::default()
        };
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "LOCALHOST:8787".parse().unwrap());
        for (public, expected) in [
            (Some("https://desk.example"), "https://desk.example"),
            (Some("https://Desk.Example:443/"), "https://desk.example"),
            (Some("https://x.example/desk/"), "https://x.example/desk"),
            (None, "http://localhost:8787"),
        ] {
            let site = public.map_or_else(Site::default, |url| Site::new(&config(url)));
            let uri = Uri::from_static("/mcp");
            assert_eq!(site.base(&uri, &headers), expected, "{public:?}");
        }
        let name = "oauth-protected-resource";
        for (base, expected) in [
            (
                "https://desk.example",
                "https://desk.example/.well-known/oauth-protected-resource/mcp",
            ),
            (
                "https://x.example/desk",
                "https://x.example/.well-known/oauth-protected-resource/desk/mcp",
            ),
        ] {
            assert_eq!(well_known(base, name, "/mcp"), expected);
        }
    }
}
