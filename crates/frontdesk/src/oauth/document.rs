//! Client-id metadata documents: a client's id is the https address of a document about it, read with care.

use super::{
    Authorization,
    client::{Client, DOCUMENT},
    redirect,
    refusal::Refusal,
    register::clean_name,
};
use crate::client_address::ClientAddress;
use http::{HeaderMap, HeaderValue, header};
use serde::Deserialize;
use std::time::Duration;
use store::StoreError;
use url::Url;

/// The largest document in bytes.
const LARGEST: usize = 5 * 1024;
/// Time for a document to be read over all.
const TIME: Duration = Duration::from_secs(3);
/// How long a document is believed before it is read again, in milliseconds.
const BELIEVED: i64 = 60 * 60 * 1000;
/// The longest address.
const LONGEST: usize = 500;

/// What of a document counts here.
#[derive(Deserialize)]
struct Document {
    client_id: String,
    client_name: Option<String>,
    redirect_uris: Vec<String>,
    token_endpoint_auth_method: Option<String>,
    grant_types: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
    client_secret: Option<serde::de::IgnoredAny>,
}

impl Authorization {
    /// The client whose document lives there, read again where it is old. While too much is asked to be fetched, an old
    /// one does.
    pub(super) async fn documented(
        &self,
        id: &str,
        from: ClientAddress,
    ) -> Result<Client, Refusal> {
        check(id).map_err(|why| Refusal::client(format!("the client id {why}.")))?;
        let system = self.tenants.store().system();
        let now = store::now();
        let known = match system.oauth_client(id).await {
            Ok(row) => Some(Client::of(&row)?),
            Err(StoreError::NotFound { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let documents = &self.tenants.connecting().strangers.documents;
        let recent = |at: i64| (0..BELIEVED).contains(&(now - at));
        match known {
            Some(client) if client.read_at.is_some_and(recent) => return Ok(client),
            known => match (documents.take(from.0), known) {
                (Ok(()), _) => {}
                (Err(_), Some(client)) => return Ok(client),
                (Err(seconds), None) => {
                    let what = "too many new clients came from your network";
                    return Err(Refusal::busy(seconds, what));
                }
            },
        }
        let body = self.fetched(id).await?;
        let client = read(id, &body, now)
            .map_err(|why| Refusal::client(format!("the client's metadata document {why}.")))?;
        system.keep_oauth_client(client.row(DOCUMENT, now)?).await?;
        Ok(client)
    }

    async fn fetched(&self, id: &str) -> Result<bytes::Bytes, Refusal> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let late = || Refusal::client("the client's metadata document did not come in time.");
        let asked = self.outbound.get(id, headers, LARGEST);
        let answer = tokio::time::timeout(TIME, asked)
            .await
            .map_err(|_| late())?;
        let answer = answer.map_err(|error| {
            Refusal::client(format!(
                "the client's metadata document cannot be read: {error}."
            ))
        })?;
        let kind = answer.headers.get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if answer.status != 200 || !is_json(kind) {
            let status = answer.status;
            return Err(Refusal::client(format!(
                "the client's metadata document is not there as JSON: its address answered {status}, `{}`.",
                kind.escape_default()
            )));
        }
        Ok(answer.body)
    }
}

/// Whether an address can be a client's id: https, with a path, written in the one way.
fn check(id: &str) -> Result<(), &'static str> {
    let url = Url::parse(id).ok().filter(|_| id.len() <= LONGEST);
    let url = url.ok_or("is not a URL of at most 500 characters")?;
    // What may be asked at all is decided where it is asked: plain http only of networks that the configuration names.
    if !matches!(url.scheme(), "https" | "http") {
        return Err("is not an https URL");
    }
    if url.as_str() != id || url.path() == "/" {
        return Err("is not a plain URL with a path, such as https://app.example/client.json");
    }
    if url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err("has a fragment or a user name");
    }
    Ok(())
}

fn is_json(kind: &str) -> bool {
    let essence = kind.split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn read(id: &str, body: &[u8], now: i64) -> Result<Client, String> {
    let document: Document = serde_json::from_slice(body)
        .map_err(|_| "is not JSON with `client_id` and `redirect_uris`")?;
    if document.client_id != id {
        return Err("is about another client id than its own address".into());
    }
    let method = document
        .token_endpoint_auth_method
        .as_deref()
        .unwrap_or("none");
    if method != "none" || document.client_secret.is_some() {
        return Err(
            "asks for a client authentication; a client with a document is public here: use `none`"
                .into(),
        );
    }
    let lacks = |list: &Option<Vec<String>>, word: &str| {
        list.as_ref()
            .is_some_and(|list| !list.iter().any(|known| known == word))
    };
    if lacks(&document.grant_types, "authorization_code") || lacks(&document.response_types, "code")
    {
        return Err("does not name the authorization code grant".into());
    }
    if document.redirect_uris.is_empty() {
        return Err("names no redirect URI".into());
    }
    // Those that cannot be used are left aside: a client lists what other servers take.
    let usable = document.redirect_uris.into_iter();
    let redirect_uris: Vec<String> = usable.filter(|uri| redirect::check(uri).is_ok()).collect();
    if redirect_uris.is_empty() {
        return Err("names no redirect URI that can be used: https, a loopback address, or a scheme of its own".into());
    }
    Ok(Client {
        id: id.to_owned(),
        name: document.client_name.as_deref().and_then(clean_name),
        redirect_uris,
        secret: None,
        read_at: Some(now),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_client_id_is_a_plain_https_address() {
        for (id, expected) in [
            ("https://claude.ai/oauth/mcp-oauth-client-metadata", true),
            ("https://vscode.dev/oauth/client-metadata.json", true),
            ("https://app.example:8443/c", true),
            ("https://app.example", false),
            ("https://app.example/", false),
            ("https://app.example/a/../b", false),
            ("https://app.example/./b", false),
            ("https://APP.example/b", false),
            ("https://app.example/b#c", false),
            ("https://user@app.example/b", false),
            ("https://user:pass@app.example/b", false),
            // Written otherwise than it is read: octal, hexadecimal, one number.
            ("https://0177.0.0.1/b", false),
            ("https://0x7f.1/b", false),
            ("https://2130706433/b", false),
            ("ftp://app.example/b", false),
            ("file:///etc/passwd", false),
            ("javascript://x/b", false),
        ] {
            assert_eq!(check(id).is_ok(), expected, "{id}");
        }
    }

    #[test]
    fn a_document_is_about_itself() {
        let id = "https://app.example/c.json";
        let whole = json!({"client_id": id, "client_name": "App", "redirect_uris": ["https://app.example/cb"],
            "token_endpoint_auth_method": "none", "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"]});
        assert_eq!(
            read(id, whole.to_string().as_bytes(), 7)
                .unwrap()
                .name
                .as_deref(),
            Some("App")
        );
        for (field, value) in [
            ("client_id", json!("https://app.example/other.json")),
            ("client_id", json!(null)),
            ("redirect_uris", json!([])),
            ("redirect_uris", json!(["http://evil.example/"])),
            ("redirect_uris", json!("https://app.example/cb")),
            ("token_endpoint_auth_method", json!("client_secret_post")),
            ("token_endpoint_auth_method", json!("private_key_jwt")),
            ("client_secret", json!("s")),
            ("grant_types", json!(["client_credentials"])),
            ("response_types", json!(["token"])),
        ] {
            let mut document = whole.clone();
            document[field] = value;
            assert!(
                read(id, document.to_string().as_bytes(), 7).is_err(),
                "{document}"
            );
        }
        for (kind, expected) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/cimd+json", true),
            ("text/html", false),
            ("", false),
        ] {
            assert_eq!(is_json(kind), expected, "{kind}");
        }
    }
}
