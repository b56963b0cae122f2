//! Intercom's OAuth: the page where a person consents, a code for a token, and giving the token back.

use crate::client::Unheard;
use crate::{Account, BaseUrl, Certainty, Client, Credential, Error, Region, Request};
use catalog::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

/// An app as Intercom knows it.
pub struct OauthClient {
    /// Its client id.
    pub id: String,
    /// Its client secret.
    pub secret: SecretString,
}

impl Region {
    /// The page where a person of that region consents.
    pub fn consent_page(self) -> &'static str {
        match self {
            Self::Us => "https://app.intercom.com/oauth",
            Self::Eu => "https://app.eu.intercom.com/oauth",
            Self::Au => "https://app.au.intercom.com/oauth",
        }
    }
}

impl Client {
    /// Changes the code that a person's consent gave for an access token. A code is good once, for some minutes.
    pub async fn exchange_code(
        &self,
        base: BaseUrl,
        app: &OauthClient,
        code: &str,
    ) -> Result<SecretString, Error> {
        let mut request = Request::new(Method::Post, "/auth/eagle/token");
        request.body = Some(json!({
            "code": code,
            "client_id": app.id,
            "client_secret": app.secret.expose_secret(),
        }));
        let response = self
            .send_as(&Account::new(base), None, request, &Unheard)
            .await?;
        let token = ["access_token", "token"]
            .into_iter()
            .find_map(|name| response.body.get(name).and_then(Value::as_str));
        token.map(Into::into).ok_or(Error::Malformed {
            what: "no token",
            status: response.status,
            certainty: Certainty::MaybeDone,
        })
    }

    /// Takes the app out of the token's workspace, which ends all tokens that the app has there.
    pub async fn uninstall(&self, base: BaseUrl, credential: &Credential) -> Result<(), Error> {
        let request = Request::new(Method::Post, "/auth/uninstall");
        self.send_as(&Account::new(base), Some(credential), request, &Unheard)
            .await
            .map(drop)
    }
}

/// Without the secret.
impl std::fmt::Debug for OauthClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OauthClient")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
