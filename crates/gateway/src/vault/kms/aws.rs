//! AWS KMS over plain HTTPS: `Encrypt` and `Decrypt`, with the key's id as encryption context.

use super::http::{KmsError, client, send};
use super::sigv4::{CONTENT_TYPE, Signed, Signer};
use super::{BoxFuture, Fault, KeyBytes, KeyId, KeyWrapper, SecretString};
use crate::vault::keytext::key_bytes;
use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use reqwest::Client;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::path::PathBuf;
use url::Url;

/// Which key, and who asks.
pub struct AwsKmsConfig {
    /// The KMS key: its id, its ARN, or `alias/…`.
    pub key: String,
    /// The region, such as `eu-west-1`.
    pub region: String,
    /// Another address than the region's own, as for a VPC endpoint.
    pub endpoint: Option<Url>,
    /// Who we are.
    pub credentials: AwsCredentials,
}

impl AwsKmsConfig {
    /// `REGION:KEY`, with credentials from the environment; `AWS_ENDPOINT_URL_KMS` names another address.
    pub fn parse(setting: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, Fault> {
        let (region, key) = setting.split_once(':').ok_or_else(|| {
            KmsError::Settings(
                "write `aws-kms:REGION:KEY`, such as `aws-kms:eu-west-1:alias/frontdesk`".into(),
            )
        })?;
        let endpoint = variable("AWS_ENDPOINT_URL_KMS");
        Ok(Self {
            key: key.into(),
            region: region.into(),
            endpoint: endpoint.map(|url| address(&url)).transpose()?,
            credentials: AwsCredentials::from_env(variable)?,
        })
    }
}

/// Where AWS credentials come from.
pub enum AwsCredentials {
    /// As they are.
    Fixed {
        /// `AWS_ACCESS_KEY_ID`.
        access_key_id: String,
        /// `AWS_SECRET_ACCESS_KEY`.
        secret: SecretString,
        /// `AWS_SESSION_TOKEN`.
        session: Option<SecretString>,
    },
    /// From the container's own address (ECS task roles, EKS Pod Identity), asked for each request.
    Container {
        /// The address.
        url: Url,
        /// A file with the token to show there.
        token_file: Option<PathBuf>,
    },
}

impl AwsCredentials {
    /// What the environment names, in the order of AWS's own programs: keys, then the container's address.
    pub fn from_env(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Fault> {
        if let (Some(access_key_id), Some(secret)) = (
            variable("AWS_ACCESS_KEY_ID"),
            variable("AWS_SECRET_ACCESS_KEY"),
        ) {
            return Ok(Self::Fixed {
                access_key_id,
                secret: secret.into(),
                session: variable("AWS_SESSION_TOKEN").map(SecretString::from),
            });
        }
        let relative = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
            .map(|path| format!("http://169.254.170.2{path}"));
        let url = relative.or_else(|| variable("AWS_CONTAINER_CREDENTIALS_FULL_URI"));
        let url = url.ok_or_else(|| {
            KmsError::Settings(
                "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run with an ECS task role or \
                 EKS Pod Identity"
                    .into(),
            )
        })?;
        Ok(Self::Container {
            url: address(&url)?,
            token_file: variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").map(PathBuf::from),
        })
    }
}

/// Wraps keys with a key that never leaves AWS KMS.
pub struct AwsKms {
    config: AwsKmsConfig,
    endpoint: Url,
    client: Client,
}

struct Current {
    access_key_id: String,
    secret: SecretString,
    session: Option<SecretString>,
}

impl AwsKms {
    /// A wrapper over that key; nothing is sent yet.
    pub fn new(config: AwsKmsConfig) -> Result<Self, Fault> {
        let endpoint = match &config.endpoint {
            Some(endpoint) => endpoint.clone(),
            None => Url::parse(&format!("https://kms.{}.amazonaws.com/", config.region))
                .map_err(|_| KmsError::Settings(format!("`{}` is no AWS region", config.region)))?,
        };
        Ok(Self {
            config,
            endpoint,
            client: client()?,
        })
    }

    async fn ask(&self, action: &str, body: &Value) -> Result<Value, Fault> {
        let body = body.to_string();
        let target = format!("TrentService.{action}");
        let host = self.endpoint.host_str().unwrap_or_default();
        let host = match self.endpoint.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let who = self.credentials().await?;
        let signer = Signer {
            access_key_id: &who.access_key_id,
            secret: &who.secret,
            session: who.session.as_ref(),
            region: &self.config.region,
        };
        let request = Signed {
            host: &host,
            target: &target,
            body: body.as_bytes(),
        };
        let (date, authorization) = signer.sign(&request, Timestamp::now());
        let mut post = self
            .client
            .post(self.endpoint.clone())
            .header("Content-Type", CONTENT_TYPE)
            .header("X-Amz-Target", &target)
            .header("X-Amz-Date", date)
            .header("Authorization", authorization);
        if let Some(session) = &who.session {
            post = post.header("X-Amz-Security-Token", session.expose_secret());
        }
        Ok(send(post.body(body), explain).await?)
    }

    async fn credentials(&self) -> Result<Current, Fault> {
        let (url, token_file) = match &self.config.credentials {
            AwsCredentials::Fixed {
                access_key_id,
                secret,
                session,
            } => {
                return Ok(Current {
                    access_key_id: access_key_id.clone(),
                    secret: secret.clone(),
                    session: session.clone(),
                });
            }
            AwsCredentials::Container { url, token_file } => (url, token_file),
        };
        let mut request = self.client.get(url.clone());
        if let Some(path) = token_file {
            let token = tokio::fs::read_to_string(path).await.map_err(|error| {
                KmsError::Settings(format!("the token file {}: {error}", path.display()))
            })?;
            request = request.header("Authorization", token.trim());
        }
        let answer = send(request, explain).await?;
        let text = |name: &'static str| {
            let text = answer[name].as_str();
            text.map(str::to_owned)
                .ok_or(KmsError::Unintelligible(name))
        };
        Ok(Current {
            access_key_id: text("AccessKeyId")?,
            secret: text("SecretAccessKey")?.into(),
            session: text("Token").ok().map(SecretString::from),
        })
    }
}

impl KeyWrapper for AwsKms {
    fn scheme(&self) -> &'static str {
        "aws-kms"
    }

    fn wrap<'a>(
        &'a self,
        id: &'a KeyId,
        key: &'a KeyBytes,
    ) -> BoxFuture<'a, Result<SecretString, Fault>> {
        Box::pin(async move {
            let body = json!({
                "KeyId": self.config.key,
                "Plaintext": BASE64_STANDARD.encode(key.as_slice()),
                "EncryptionContext": {"frontdesk-key": id.as_str()},
            });
            let answer = self.ask("Encrypt", &body).await?;
            let wrapped = answer["CiphertextBlob"].as_str();
            let wrapped = wrapped.ok_or(KmsError::Unintelligible("`CiphertextBlob`"))?;
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
                "KeyId": self.config.key,
                "CiphertextBlob": wrapped.expose_secret(),
                "EncryptionContext": {"frontdesk-key": id.as_str()},
            });
            let answer = self.ask("Decrypt", &body).await?;
            let key = answer["Plaintext"].as_str().map(key_bytes);
            Ok(key
                .and_then(Result::ok)
                .ok_or(KmsError::Unintelligible("`Plaintext` of 32 bytes"))?)
        })
    }
}

fn address(url: &str) -> Result<Url, KmsError> {
    Url::parse(url).map_err(|error| KmsError::Settings(format!("{url}: {error}")))
}

/// AWS names the kind in `__type`, and says more in `message`, or `Message`.
fn explain(body: &Value) -> Option<String> {
    let kind = body["__type"].as_str().or_else(|| body["code"].as_str())?;
    let message = body["message"]
        .as_str()
        .or_else(|| body["Message"].as_str());
    Some(match message {
        Some(message) => format!("{kind}: {message}"),
        None => kind.to_owned(),
    })
}
