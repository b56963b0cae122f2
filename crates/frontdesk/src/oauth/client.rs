//! Clients: who asks to be let in, and how they show that they are who they say.

use super::{Authorization, form::Params, redirect, refusal::Refusal};
use crate::client_address::ClientAddress;
use crate::tenants::{hash, hex};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use store::StoreError;
use subtle::ConstantTimeEq;

/// The kind of a client that registered itself.
pub(super) const REGISTERED: &str = "registered";
/// The kind of a client that publishes a metadata document.
pub(super) const DOCUMENT: &str = "document";

/// A client, as the store keeps it beside its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Client {
    #[serde(skip)]
    pub(super) id: String,
    /// What it calls itself.
    pub(super) name: Option<String>,
    pub(super) redirect_uris: Vec<String>,
    /// The hash of its secret, in hexadecimal; none for a public client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) secret: Option<String>,
    /// When its document was read; none for one that registered itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) read_at: Option<i64>,
}

/// How a client showed who it is.
struct Shown {
    id: String,
    secret: Option<String>,
}

impl Client {
    /// The row as a client.
    pub(super) fn of(row: &store::OauthClient) -> Result<Self, StoreError> {
        let corrupt = |error| StoreError::Corrupt {
            what: format!("the metadata of an OAuth client: {error}"),
        };
        let client: Self = serde_json::from_str(&row.metadata).map_err(corrupt)?;
        Ok(Self {
            id: row.client_id.clone(),
            ..client
        })
    }

    /// The client as a row.
    pub(super) fn row(&self, kind: &str, now: i64) -> Result<store::OauthClient, StoreError> {
        let corrupt = |error: serde_json::Error| StoreError::Corrupt {
            what: error.to_string(),
        };
        Ok(store::OauthClient {
            client_id: self.id.clone(),
            kind: kind.to_owned(),
            metadata: serde_json::to_string(self).map_err(corrupt)?,
            created_at: now,
            last_used_at: None,
        })
    }

    /// Whether it may have the browser sent there.
    pub(super) fn may_use(&self, redirect_uri: &str) -> bool {
        let mut registered = self.redirect_uris.iter();
        registered.any(|registered| redirect::matches(registered, redirect_uri))
    }

    /// Whether its name comes from the owner of its domain.
    pub(super) fn is_document(&self) -> bool {
        self.read_at.is_some()
    }

    /// What people read of it.
    pub(super) fn title(&self) -> &str {
        self.name.as_deref().unwrap_or("An unnamed program")
    }
}

impl Authorization {
    /// The client with this id: a document's address is read, others are looked up.
    pub(super) async fn client(&self, id: &str, from: ClientAddress) -> Result<Client, Refusal> {
        if id.contains("://") {
            return self.documented(id, from).await;
        }
        self.registered(id).await
    }

    async fn registered(&self, id: &str) -> Result<Client, Refusal> {
        self.known(id, REGISTERED).await
    }

    async fn known(&self, id: &str, kind: &str) -> Result<Client, Refusal> {
        match self.tenants.store().system().oauth_client(id).await {
            Ok(row) if row.kind == kind => Ok(Client::of(&row)?),
            Ok(_) | Err(StoreError::NotFound { .. }) => Err(Refusal::client(
                "this client is not known here, or was forgotten because nobody used it: register it, or ask for consent, again.",
            )),
            Err(error) => Err(error.into()),
        }
    }

    /// The client that sent a request to `/token` or `/revoke`, shown to be itself where it has a secret.
    pub(super) async fn authenticated(
        &self,
        headers: &HeaderMap,
        params: &Params,
    ) -> Result<Client, Refusal> {
        let shown = shown(headers, params)?;
        // Who has a grant is known: nothing is fetched here, and a web site that is down signs nobody out.
        let kind = if shown.id.contains("://") {
            DOCUMENT
        } else {
            REGISTERED
        };
        let client = self.known(&shown.id, kind).await?;
        match (&client.secret, &shown.secret) {
            (None, _) => Ok(client),
            (Some(kept), Some(secret)) if is(secret, kept) => Ok(client),
            (Some(_), _) => Err(Refusal::client("the client's secret is missing or wrong.")),
        }
    }
}

fn shown(headers: &HeaderMap, params: &Params) -> Result<Shown, Refusal> {
    let own = params.get("client_id").map(str::to_owned);
    if let Some(basic) = headers.get(header::AUTHORIZATION) {
        let shown = basic.to_str().ok().and_then(read_basic);
        let shown = shown.ok_or_else(|| {
            Refusal::client("the `Authorization` header is not `Basic` and readable.")
        })?;
        return match own {
            Some(own) if own != shown.id => Err(Refusal::request(
                "`client_id` differs from the `Authorization` header.",
            )),
            _ => Ok(shown),
        };
    }
    let id = own.ok_or_else(|| Refusal::request("`client_id` is missing."))?;
    let secret = params.get("client_secret").map(str::to_owned);
    Ok(Shown { id, secret })
}

/// Both parts are form-encoded before they are joined (RFC 6749, 2.3.1).
fn read_basic(value: &str) -> Option<Shown> {
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(BASE64_STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decoded = |part: &str| -> String {
        let pair = format!("x={part}");
        let mut pairs = url::form_urlencoded::parse(pair.as_bytes());
        pairs
            .next()
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    Some(Shown {
        id: decoded(id),
        secret: Some(decoded(secret)).filter(|secret| !secret.is_empty()),
    })
}

fn is(secret: &str, kept: &str) -> bool {
    hex(&hash(secret)).as_bytes().ct_eq(kept.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_shows_itself_in_the_header_or_in_the_form() {
        let basic = |text: &str| format!("Basic {}", BASE64_STANDARD.encode(text));
        for (authorization, form, expected) in [
            (None, "client_id=a", Some(("a", None))),
            (None, "client_id=a&client_secret=s", Some(("a", Some("s")))),
            (Some(basic("a:s")), "", Some(("a", Some("s")))),
            (Some(basic("a%3Ab:s%20t")), "", Some(("a:b", Some("s t")))),
            (Some(basic("a:s")), "client_id=a", Some(("a", Some("s")))),
            (Some(basic("a:s")), "client_id=b", None),
            (Some("Basic ?".to_owned()), "client_id=a", None),
            (Some("Bearer x".to_owned()), "client_id=a", None),
            (None, "client_secret=s", None),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(value) = &authorization {
                headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            }
            let params = Params::read(form.as_bytes()).unwrap();
            let shown = shown(&headers, &params).ok();
            let shown = shown
                .as_ref()
                .map(|shown| (shown.id.as_str(), shown.secret.as_deref()));
            assert_eq!(shown, expected, "{authorization:?} {form}");
        }
        assert!(is("secret", &hex(&hash("secret"))) && !is("other", &hex(&hash("secret"))));
    }
}
