//! Who is calling: bearer tokens, compared as hashes and in constant time.

use axum::response::{IntoResponse, Response};
use gateway::Principal;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The tokens that open this server, by hash, each with its principal.
#[derive(Default)]
pub struct Keys {
    keys: Vec<([u8; 32], Principal)>,
}

/// Why a request was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It brought no token.
    Missing,
    /// Its token opens nothing.
    Wrong,
    /// The endpoint wants a second token beside its address.
    Alone,
    /// Whether it may come in cannot be told now.
    Unsure,
}

impl Keys {
    /// Lets a token in as that principal.
    pub fn add(&mut self, token: &SecretString, principal: Principal) {
        self.keys
            .push((digest(token.expose_secret().as_bytes()), principal));
    }

    /// The principal whose token this is. The time does not tell how much of a token is right.
    pub(crate) fn admit(&self, token: &str) -> Result<&Principal, Refused> {
        let presented = digest(token.as_bytes());
        let mut found = None;
        for (digest, principal) in &self.keys {
            if digest.ct_eq(&presented).into() {
                found = Some(principal);
            }
        }
        found.ok_or(Refused::Wrong)
    }
}

/// The token of `Authorization: Bearer …`.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<&str, Refused> {
    let value = headers.get(header::AUTHORIZATION).ok_or(Refused::Missing)?;
    let text = value.to_str().map_err(|_| Refused::Wrong)?;
    let (scheme, token) = text.split_once(' ').ok_or(Refused::Wrong)?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Ok(token.trim())
    } else {
        Err(Refused::Wrong)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        if self == Self::Unsure {
            let text = "Unavailable: who may come in cannot be told, because the database does not answer. Try again soon.";
            return (
                StatusCode::SERVICE_UNAVAILABLE,
                [(header::RETRY_AFTER, "1")],
                text,
            )
                .into_response();
        }
        let (challenge, text) = match self {
            Self::Missing => (
                "Bearer realm=\"frontdesk\"",
                "Unauthorized: send `Authorization: Bearer <token>`, or put the token into the path: /mcp/<token>.",
            ),
            Self::Wrong | Self::Unsure => (
                "Bearer realm=\"frontdesk\", error=\"invalid_token\"",
                "Unauthorized: this token opens nothing here. It is FRONTDESK_TOKEN of the server or the one it \
                 printed when it started; at a server of many tenants, a token of one of its endpoints.",
            ),
            Self::Alone => (
                "Bearer realm=\"frontdesk\"",
                "Unauthorized: this endpoint wants to know who calls. Put its own token into the path, \
                 /mcp/<token>, and send a session token or an API key as `Authorization: Bearer <token>`.",
            ),
        };
        let mut response = (StatusCode::UNAUTHORIZED, text).into_response();
        response.headers_mut().insert(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static(challenge),
        );
        response
    }
}

fn digest(token: &[u8]) -> [u8; 32] {
    Sha256::digest(token).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway::{EndpointId, TenantId};

    fn principal(endpoint: &str) -> Principal {
        Principal {
            tenant: TenantId::new("t"),
            user: None,
            endpoint: EndpointId::new(endpoint),
            narrowed: None,
        }
    }

    #[test]
    fn only_the_whole_token_opens() {
        let mut keys = Keys::default();
        keys.add(&"first".into(), principal("a"));
        keys.add(&"second".into(), principal("b"));
        for (token, expected) in [
            ("first", Ok("a")),
            ("second", Ok("b")),
            ("", Err(Refused::Wrong)),
            ("firs", Err(Refused::Wrong)),
            ("first ", Err(Refused::Wrong)),
            ("FIRST", Err(Refused::Wrong)),
        ] {
            let got = keys.admit(token).map(|who| who.endpoint.as_str());
            assert_eq!(got, expected, "{token:?}");
        }
    }

    #[test]
    fn the_header_is_read_strictly() {
        for (value, expected) in [
            (None, Err(Refused::Missing)),
            (Some("Bearer abc"), Ok("abc")),
            (Some("bearer abc"), Ok("abc")),
            (Some("Basic abc"), Err(Refused::Wrong)),
            (Some("abc"), Err(Refused::Wrong)),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(value) = value {
                headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            }
            assert_eq!(bearer(&headers), expected, "{value:?}");
        }
    }
}
