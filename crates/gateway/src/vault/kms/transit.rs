//! `OpenBao` and Vault: the transit secrets engine.

use super::http::{KmsError, client, send};
use super::{BoxFuture, Fault, KeyBytes, KeyId, KeyWrapper, SecretString};
use crate::vault::keytext::key_bytes;
use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::Client;
use secrecy::{ExposeSecret, zeroize::Zeroizing};
use serde_json::{Value, json};
use std::path::PathBuf;
use url::Url;

/// Where the transit engine is, and its key.
pub struct TransitConfig {
    /// The server, such as `https://bao.example.com:8200`.
    pub address: Url,
    /// Where the engine is mounted; `transit` unless told otherwise.
    pub mount: String,
    /// The name of the encryption key.
    pub key: String,
    /// The namespace, where the server has several.
    pub namespace: Option<String>,
    /// Who we are.
    pub token: TransitToken,
    /// Whether keys may travel in the clear to other machines.
    pub plain_http: bool,
}

impl TransitConfig {
    /// `ADDRESS/MOUNT/KEY`, with the token of `BAO_TOKEN` or `VAULT_TOKEN`, or in the file that `FRONTDESK_KMS_TOKEN_FILE`
    /// names, and the namespace of `BAO_NAMESPACE` or `VAULT_NAMESPACE`.
    pub fn parse(setting: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, Fault> {
        let bad = || {
            KmsError::Settings(
                "write `transit:ADDRESS/MOUNT/KEY`, such as `transit:https://bao.example.com:8200/transit/frontdesk`"
                    .into(),
            )
        };
        let mut address = Url::parse(setting).map_err(|_| bad())?;
        let path = address.path().trim_matches('/').to_owned();
        let (mount, key) = path.rsplit_once('/').ok_or_else(bad)?;
        address.set_path("");
        let named = |names: [&str; 2]| names.into_iter().find_map(&variable);
        let token = match variable("FRONTDESK_KMS_TOKEN_FILE") {
            Some(path) => TransitToken::File(path.into()),
            None => TransitToken::Fixed(
                named(["BAO_TOKEN", "VAULT_TOKEN"])
                    .ok_or_else(|| {
                        KmsError::Settings(
                            "no token: set BAO_TOKEN, VAULT_TOKEN, or FRONTDESK_KMS_TOKEN_FILE"
                                .into(),
                        )
                    })?
                    .into(),
            ),
        };
        Ok(Self {
            address,
            mount: mount.into(),
            key: key.into(),
            namespace: named(["BAO_NAMESPACE", "VAULT_NAMESPACE"]),
            token,
            plain_http: false,
        })
    }
}

/// A token of the server.
pub enum TransitToken {
    /// Always the same.
    Fixed(SecretString),
    /// A file that an agent keeps current; read for each request.
    File(PathBuf),
}

/// Wraps keys with a key that never leaves `OpenBao` or Vault.
pub struct Transit {
    config: TransitConfig,
    client: Client,
}

impl Transit {
    /// A wrapper over that engine; nothing is sent yet.
    pub fn new(config: TransitConfig) -> Result<Self, Fault> {
        let local = match config.address.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        };
        if config.address.scheme() != "https" && !local && !config.plain_http {
            let problem = format!(
                "{} is not https, and keys would travel in the clear: use https, or allow plain HTTP",
                config.address
            );
            return Err(KmsError::Settings(problem).into());
        }
        Ok(Self {
            config,
            client: client()?,
        })
    }

    async fn ask(&self, action: &str, body: Value) -> Result<Value, Fault> {
        let mut address = self.config.address.clone();
        address
            .path_segments_mut()
            .map_err(|()| KmsError::Settings("the address is no web address".into()))?
            .pop_if_empty()
            .push("v1")
            .extend(self.config.mount.split('/'))
            .extend([action, &self.config.key]);
        let mut request = self
            .client
            .post(address)
            .header("X-Vault-Request", "true")
            .header("X-Vault-Token", self.token().await?.expose_secret())
            .body(body.to_string());
        if let Some(namespace) = &self.config.namespace {
            request = request.header("X-Vault-Namespace", namespace);
        }
        let answer = send(request, explain).await?;
        Ok(answer.get("data").cloned().unwrap_or_default())
    }

    async fn token(&self) -> Result<SecretString, Fault> {
        match &self.config.token {
            TransitToken::Fixed(token) => Ok(token.clone()),
            TransitToken::File(path) => {
                let text = tokio::fs::read_to_string(path).await.map_err(|error| {
                    KmsError::Settings(format!("the token file {}: {error}", path.display()))
                })?;
                let text = Zeroizing::new(text);
                Ok(text.trim().to_owned().into())
            }
        }
    }
}

impl KeyWrapper for Transit {
    fn scheme(&self) -> &'static str {
        "transit"
    }

    fn wrap<'a>(
        &'a self,
        id: &'a KeyId,
        key: &'a KeyBytes,
    ) -> BoxFuture<'a, Result<SecretString, Fault>> {
        Box::pin(async move {
            let body = json!({
                "plaintext": BASE64_STANDARD.encode(key.as_slice()),
                "associated_data": BASE64_STANDARD.encode(id.as_str()),
            });
            let data = self.ask("encrypt", body).await?;
            let wrapped = data["ciphertext"].as_str();
            let wrapped = wrapped.ok_or(KmsError::Unintelligible("`data.ciphertext`"))?;
            Ok(wrapped.into())
        })
    }

    fn unwrap<'a>(
        &'a self,
        id: &'a KeyId,
        wrapped: &'a SecretString,
    ) -> BoxFuture<'a, Result<KeyBytes, Fault>> {
        Box::pin(async move {
            let body = json!({
                "ciphertext": wrapped.expose_secret(),
                "associated_data": BASE64_STANDARD.encode(id.as_str()),
            });
            let data = self.ask("decrypt", body).await?;
            let key = data["plaintext"].as_str().map(key_bytes);
            Ok(key
                .and_then(Result::ok)
                .ok_or(KmsError::Unintelligible("`data.plaintext` of 32 bytes"))?)
        })
    }
}

fn explain(body: &Value) -> Option<String> {
    let errors = body["errors"].as_array()?.iter();
    let errors: Vec<&str> = errors.filter_map(Value::as_str).collect();
    (!errors.is_empty()).then(|| errors.join("; "))
}
