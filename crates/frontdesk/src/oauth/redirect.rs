//! Where a browser may be sent back to: the registered address to the letter, but for the port of a program on the
//! person's own machine (RFC 8252, 7.3).

use url::{Url, form_urlencoded::Serializer};

/// The longest address.
const LONGEST: usize = 2000;
/// Schemes that run or show something in place of opening a program.
const NEVER: [&str; 12] = [
    "about",
    "blob",
    "chrome",
    "data",
    "file",
    "filesystem",
    "ftp",
    "intent",
    "javascript",
    "mailto",
    "vbscript",
    "view-source",
];
/// The machine itself, as its programs write it.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

/// Whether an address may be registered; the error says what would be right.
pub(super) fn check(uri: &str) -> Result<(), String> {
    let wrong = |why: &str| Err(format!("the redirect URI `{}` {why}", short(uri)));
    if uri.len() > LONGEST || !uri.bytes().all(|byte| byte.is_ascii_graphic()) {
        return wrong("is too long, or has other than visible ASCII characters");
    }
    let Ok(url) = Url::parse(uri) else {
        return wrong("is not an absolute URI");
    };
    if url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return wrong("has a fragment or a user name");
    }
    match url.scheme() {
        "https" if url.has_host() => Ok(()),
        "http" if loopback(uri).is_some() => Ok(()),
        "http" => wrong("is plain http beyond the person's own machine: use https"),
        scheme if NEVER.contains(&scheme) => wrong("has a scheme that opens no program"),
        _ => Ok(()),
    }
}

/// Whether a request may name this address, where that one was registered.
pub(super) fn matches(registered: &str, asked: &str) -> bool {
    registered == asked
        || match (loopback(registered), loopback(asked)) {
            (Some(registered), Some(asked)) => registered == asked,
            _ => false,
        }
}

/// Whether a program on the person's own machine listens there.
pub(super) fn is_loopback(uri: &str) -> bool {
    loopback(uri).is_some()
}

/// Who gets the code, in words for people.
pub(super) fn receiver(uri: &str) -> String {
    let url = Url::parse(uri).ok();
    let host = url.as_ref().and_then(|url| url.host_str());
    match (host, url.as_ref()) {
        _ if is_loopback(uri) => "a program on this computer".to_owned(),
        (Some(host), Some(url)) if url.scheme() == "https" => host.to_owned(),
        (_, Some(url)) => format!("the program that opens {}: links", url.scheme()),
        (_, None) => short(uri).to_owned(),
    }
}

/// The address with more parameters.
pub(super) fn with(uri: &str, params: &[(&str, &str)]) -> String {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(params);
    let joint = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{joint}{}", query.finish())
}

/// The host of a loopback address and all that follows its port, read from the text itself, so that no two readings of
/// it can differ.
fn loopback(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = LOOPBACK.into_iter().find(|host| {
        let port = authority.strip_prefix(host);
        port.is_some_and(|port| port.is_empty() || is_port(port))
    })?;
    Some((host, path))
}

fn is_port(text: &str) -> bool {
    let digits = text.strip_prefix(':').unwrap_or_default();
    digits.len() <= 5 && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn short(text: &str) -> &str {
    let end = text
        .char_indices()
        .nth(100)
        .map_or(text.len(), |(at, _)| at);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_addresses_may_be_registered() {
        for (uri, expected) in [
            ("https://claude.ai/api/mcp/auth_callback", true),
            ("https://app.example/back?tenant=1", true),
            ("http://127.0.0.1/callback", true),
            ("http://127.0.0.1:33418/", true),
            ("http://localhost:3000/callback", true),
            ("http://[::1]:9/x", true),
            ("cursor://anysphere.cursor-mcp/oauth/callback", true),
            ("com.example.app:/back", true),
            ("http://desk.example/back", false),
            ("http://127.0.0.1.evil.example/", false),
            ("http://127.0.0.1@evil.example/", false),
            ("http://localhost:80:80/", false),
            ("http://2130706433/", false),
            ("https://app.example/back#x", false),
            ("https://user@app.example/back", false),
            ("javascript:alert(1)", false),
            ("data:text/html,x", false),
            ("/back", false),
            ("https://", false),
            ("https://app.example/ä", false),
            ("", false),
        ] {
            assert_eq!(check(uri).is_ok(), expected, "{uri}");
        }
    }

    #[test]
    fn an_address_is_the_registered_one_but_for_a_loopback_port() {
        for (registered, asked, expected) in [
            ("https://a.example/cb", "https://a.example/cb", true),
            ("https://a.example/cb", "https://a.example/cb/", false),
            ("https://a.example/cb", "https://a.example/cb?x=1", false),
            ("https://a.example/cb", "https://a.example:8443/cb", false),
            ("https://a.example/cb", "https://A.example/cb", false),
            ("https://a.example/cb", "https://a.example/x/../cb", false),
            ("https://a.example/cb", "https://evil.example/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:51234/cb", true),
            ("http://127.0.0.1:1/cb", "http://127.0.0.1:2/cb", true),
            ("http://127.0.0.1:1/cb", "http://127.0.0.1/cb", true),
            (
                "http://localhost/callback",
                "http://localhost:7/callback",
                true,
            ),
            ("http://[::1]/cb", "http://[::1]:8/cb", true),
            ("http://127.0.0.1/cb", "http://localhost:8/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:8/other", false),
            ("http://127.0.0.1/cb", "https://127.0.0.1:8/cb", false),
            (
                "http://127.0.0.1/cb",
                "http://127.0.0.1:8@evil.example/cb",
                false,
            ),
            ("http://127.0.0.1/cb", "http://127.0.0.1:123456/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:/cb", false),
        ] {
            assert_eq!(matches(registered, asked), expected, "{registered} {asked}");
        }
    }

    #[test]
    fn parameters_are_added() {
        let params = [("code", "a b"), ("state", "x&y")];
        assert_eq!(
            with("https://a.example/", &params),
            "https://a.example/?code=a+b&state=x%26y"
        );
        assert_eq!(
            with("app:/x?y=1", &params),
            "app:/x?y=1&code=a+b&state=x%26y"
        );
    }
}
