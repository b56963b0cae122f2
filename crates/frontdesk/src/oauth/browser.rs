//! The browser that an authorization is under way in: a cookie that nothing else holds binds the consent to it.

use super::site::origin_of;
use crate::tenants::hash;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, header};
use store::Hash;
use subtle::ConstantTimeEq;

/// The length of a cookie's value: 256 random bits.
const LENGTH: usize = 43;

/// A browser, by its cookie.
pub(super) struct Browser {
    value: String,
    secure: bool,
}

impl Browser {
    /// The browser of a request; a new one where it has no cookie yet.
    pub(super) fn of(headers: &HeaderMap, base: &str) -> Self {
        Self::known(headers, base).unwrap_or_else(|| Self {
            value: BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()),
            secure: is_secure(base),
        })
    }

    /// The browser that was here before.
    pub(super) fn known(headers: &HeaderMap, base: &str) -> Option<Self> {
        let secure = is_secure(base);
        let cookies = headers.get_all(header::COOKIE).into_iter();
        let mut pairs = cookies
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(known, _)| *known == name(secure));
        let (_, value) = pairs.next()?;
        // Two cookies of the name: one of them was planted.
        (pairs.next().is_none() && value.len() == LENGTH).then(|| Self {
            value: value.to_owned(),
            secure,
        })
    }

    /// What the store keeps of it.
    pub(super) fn hash(&self) -> Hash {
        hash(&self.value)
    }

    /// Whether it is the one with this hash.
    pub(super) fn is(&self, kept: Option<&[u8]>) -> bool {
        kept.is_some_and(|kept| kept.ct_eq(&self.hash()).into())
    }

    /// The cookie. `Lax`, because the person comes from the client's page; it ends with the browser.
    pub(super) fn cookie(&self) -> Option<HeaderValue> {
        let (name, value) = (name(self.secure), &self.value);
        let secure = if self.secure { "; Secure" } else { "" };
        HeaderValue::from_str(&format!(
            "{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}"
        ))
        .ok()
    }
}

/// Whether a form was sent by a page of this server. Programs that are no browsers send neither header, and the cookie
/// decides alone.
pub(super) fn is_own_page(headers: &HeaderMap, base: &str) -> bool {
    let text = |name: &str| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or_default())
    };
    text("origin").is_none_or(|origin| origin == origin_of(base))
        && text("sec-fetch-site").is_none_or(|site| site == "same-origin")
}

fn is_secure(base: &str) -> bool {
    base.starts_with("https://")
}

/// A browser takes the first name only over https, from this very host, for all of it.
fn name(secure: bool) -> &'static str {
    if secure {
        "__Host-frontdesk-browser"
    } else {
        "frontdesk-browser"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_known_by_its_cookie() {
        let base = "https://desk.example";
        let first = Browser::of(&HeaderMap::new(), base);
        let cookie = first.cookie().unwrap();
        let cookie = cookie.to_str().unwrap();
        assert!(cookie.starts_with("__Host-frontdesk-browser="), "{cookie}");
        assert!(
            cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"),
            "{cookie}"
        );
        let pair = cookie.split(';').next().unwrap();
        for (line, expected) in [
            (pair.to_owned(), true),
            (format!("a=b; {pair}"), true),
            (format!("{pair}; {pair}"), false),
            ("__Host-frontdesk-browser=short".to_owned(), false),
            (pair.replace("__Host-", ""), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, line.parse().unwrap());
            let known = Browser::known(&headers, base);
            let same = known.is_some_and(|known| known.is(Some(&first.hash())));
            assert_eq!(same, expected, "{line}");
        }
        assert!(!first.is(None));
    }

    #[test]
    fn only_own_pages_send_forms() {
        let base = "https://desk.example/desk";
        for (given, expected) in [
            (&[][..], true),
            (&[("origin", "https://desk.example")], true),
            (&[("origin", "https://evil.example")], false),
            (&[("origin", "null")], false),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "same-site")], false),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in given {
                headers.insert(*name, value.parse().unwrap());
            }
            assert_eq!(is_own_page(&headers, base), expected, "{given:?}");
        }
    }
}
