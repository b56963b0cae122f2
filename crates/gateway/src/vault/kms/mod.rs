//! Key management services: each wraps the keys of the key file, and unwraps them once, at start.

#[cfg(feature = "kms-aws")]
mod aws;
#[cfg(feature = "kms-aws")]
mod sigv4;
#[cfg(feature = "kms-transit")]
mod transit;

#[cfg(feature = "kms-aws")]
pub use aws::{AwsCredentials, AwsKms, AwsKmsConfig};
#[cfg(feature = "kms-transit")]
pub use transit::{Transit, TransitConfig, TransitToken};

use super::cipher::KeyBytes;
use super::{Fault, KeyId, VaultError};
use futures_util::future::BoxFuture;
use secrecy::SecretString;
use std::sync::Arc;

/// Wraps and unwraps key-encryption keys, so that the key file alone opens nothing.
pub trait KeyWrapper: Send + Sync {
    /// Its name in the key file.
    fn scheme(&self) -> &'static str;

    /// Wraps a key, bound to its id; the answer has no white space.
    fn wrap<'a>(
        &'a self,
        id: &'a KeyId,
        key: &'a KeyBytes,
    ) -> BoxFuture<'a, Result<SecretString, Fault>>;

    /// Unwraps a key that was wrapped under this id.
    fn unwrap<'a>(
        &'a self,
        id: &'a KeyId,
        wrapped: &'a SecretString,
    ) -> BoxFuture<'a, Result<KeyBytes, Fault>>;
}

/// The service that a setting names: `aws-kms:REGION:KEY`, or `transit:ADDRESS/MOUNT/KEY`. Who we are is in the variables
/// that AWS's, `OpenBao`'s and Vault's own programs read.
pub fn key_service(
    setting: &str,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Arc<dyn KeyWrapper>, VaultError> {
    let service = match setting.split_once(':') {
        Some(("aws-kms", rest)) => aws_kms(rest, variable),
        Some(("transit", rest)) => transit_engine(rest, variable),
        _ => Err("write `aws-kms:REGION:KEY`, or `transit:https://ADDRESS/MOUNT/KEY`".into()),
    };
    service.map_err(|fault| VaultError::BadKeys {
        whence: "the key management service".into(),
        problem: fault.to_string(),
    })
}

type Made = Result<Arc<dyn KeyWrapper>, Fault>;
type Variable<'a> = &'a dyn Fn(&str) -> Option<String>;

#[cfg(feature = "kms-aws")]
fn aws_kms(setting: &str, variable: Variable<'_>) -> Made {
    let config = AwsKmsConfig::parse(setting, variable)?;
    Ok(Arc::new(AwsKms::new(config)?))
}

#[cfg(not(feature = "kms-aws"))]
fn aws_kms(_: &str, _: Variable<'_>) -> Made {
    Err("this program was built without AWS KMS: build it with `--features kms-aws`".into())
}

#[cfg(feature = "kms-transit")]
fn transit_engine(setting: &str, variable: Variable<'_>) -> Made {
    let config = TransitConfig::parse(setting, variable)?;
    Ok(Arc::new(Transit::new(config)?))
}

#[cfg(not(feature = "kms-transit"))]
fn transit_engine(_: &str, _: Variable<'_>) -> Made {
    Err("this program was built without transit: build it with `--features kms-transit`".into())
}

#[cfg(any(feature = "kms-aws", feature = "kms-transit"))]
pub use http::KmsError;

/// What both services share: JSON over HTTP.
#[cfg(any(feature = "kms-aws", feature = "kms-transit"))]
mod http {
    use crate::vault::Fault;
    use reqwest::{Client, RequestBuilder, redirect::Policy};
    use serde_json::Value;
    use std::time::Duration;

    /// Why a key management service did not do it.
    #[derive(Debug, thiserror::Error)]
    pub enum KmsError {
        /// Mend the settings.
        #[error("{0}")]
        Settings(String),
        /// Mend the network, or the service.
        #[error("it cannot be reached")]
        Unreachable(#[source] reqwest::Error),
        /// Mend what it names: credentials, permissions, the key.
        #[error("it answered {status}: {message}")]
        Refused {
            /// The HTTP status.
            status: u16,
            /// Its words.
            message: String,
        },
        /// Check the address: something else answers there.
        #[error("its answer has no {0}")]
        Unintelligible(&'static str),
    }

    /// A client that waits ten seconds, and takes what it carries nowhere else.
    pub(super) fn client() -> Result<Client, Fault> {
        let client = Client::builder()
            .timeout(Duration::from_secs(10))
            .redirect(Policy::none());
        Ok(client.build().map_err(KmsError::Unreachable)?)
    }

    /// Sends it; a failure is told in the service's own words, which `explain` finds.
    pub(super) async fn send(
        request: RequestBuilder,
        explain: fn(&Value) -> Option<String>,
    ) -> Result<Value, KmsError> {
        let answer = request.send().await.map_err(KmsError::Unreachable)?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(KmsError::Unreachable)?;
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        if status.is_success() {
            return Ok(body);
        }
        Err(KmsError::Refused {
            status: status.as_u16(),
            message: explain(&body).unwrap_or_else(|| "no reason given".into()),
        })
    }
}
