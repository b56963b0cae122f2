//! Credentials. A plaintext leaves only against a permit, and lives only as long as its call.
//!
//! At rest a credential is sealed under a data key of its own, which a key of the [`Keyring`] wraps: see
//! [`SealedCredential`]. Opening one is cheap, so no plaintext is kept.

mod cipher;
mod error;
mod key;
mod keyfile;
mod keyring;
mod keytext;
mod kms;
mod ring;
mod rotation;
mod sealed;

pub use error::{Fault, VaultError};
pub use key::{KeyId, KeyState};
pub use keyring::Keyring;
#[cfg(any(feature = "kms-aws", feature = "kms-transit"))]
pub use kms::KmsError;
#[cfg(feature = "kms-aws")]
pub use kms::{AwsCredentials, AwsKms, AwsKmsConfig};
pub use kms::{KeyWrapper, key_service};
#[cfg(feature = "kms-transit")]
pub use kms::{Transit, TransitConfig, TransitToken};
pub use rotation::{Rewrapped, SealedRow, SealedStore, retire, rewrap};
pub use sealed::{Place, SealedCredential};

use crate::policy::Permit;
use crate::{CallError, ConnectionId, TenantId};
use intercom::Credential;
use secrecy::{ExposeSecret, SecretString};
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

/// The column of a connection's access token.
pub const TOKEN: &str = "connections.token";
/// The column of an app's client secret.
pub const CLIENT_SECRET: &str = "apps.client_secret";

/// Keeps one credential a connection: as it came, for the one of the configuration, or sealed.
#[derive(Default)]
pub struct Vault {
    held: RwLock<HashMap<ConnectionId, Held>>,
    keyring: Option<Arc<Keyring>>,
}

enum Held {
    Plain(SecretString),
    Sealed(TenantId, Arc<SealedCredential>),
}

impl Vault {
    /// A vault that opens sealed credentials with these keys.
    pub fn new(keyring: Arc<Keyring>) -> Self {
        Self {
            keyring: Some(keyring),
            ..Self::default()
        }
    }

    /// Keeps a token for a connection, as it is; calls that start later use it.
    pub fn keep(&self, connection: ConnectionId, token: SecretString) {
        self.hold(connection, Held::Plain(token));
    }

    /// Keeps a sealed token for a connection of this tenant; calls that start later open it, each for itself.
    pub fn keep_sealed(
        &self,
        tenant: TenantId,
        connection: ConnectionId,
        sealed: SealedCredential,
    ) {
        self.hold(connection, Held::Sealed(tenant, Arc::new(sealed)));
    }

    /// Keeps nothing for a connection any more.
    pub fn forget(&self, connection: &ConnectionId) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        held.remove(connection);
    }

    /// Seals a connection's token for the store.
    pub async fn seal(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        token: &SecretString,
    ) -> Result<SealedCredential, VaultError> {
        let keyring = self.keyring.as_ref().ok_or(VaultError::NoKeys)?;
        keyring.seal(&place(tenant, connection), token).await
    }

    /// The credential that the permit allows.
    pub(crate) async fn open(&self, permit: &Permit) -> Result<Credential, CallError> {
        let (tenant, sealed) = {
            let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
            match held
                .get(permit.connection())
                .ok_or(CallError::NoCredential)?
            {
                Held::Plain(token) => return Ok(credential(token)),
                Held::Sealed(tenant, sealed) => (tenant.clone(), Arc::clone(sealed)),
            }
        };
        self.open_sealed(permit, &tenant, &sealed).await
    }

    /// The credential of a sealed token that the permit allows: it opens only as that connection's.
    pub(crate) async fn open_sealed(
        &self,
        permit: &Permit,
        tenant: &TenantId,
        sealed: &SealedCredential,
    ) -> Result<Credential, CallError> {
        let keyring = self.keyring.as_ref().ok_or(VaultError::NoKeys);
        let opened = match keyring {
            Ok(keyring) => {
                keyring
                    .open(&place(tenant, permit.connection()), sealed)
                    .await
            }
            Err(error) => Err(error),
        };
        opened.map(|token| credential(&token)).map_err(|error| {
            tracing::error!(
                connection = %permit.connection(),
                error = &error as &dyn std::error::Error,
                "a stored access token cannot be opened"
            );
            CallError::Locked(error)
        })
    }

    fn hold(&self, connection: ConnectionId, token: Held) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        held.insert(connection, token);
    }
}

fn place<'a>(tenant: &'a TenantId, connection: &'a ConnectionId) -> Place<'a> {
    Place {
        tenant: tenant.as_str(),
        row: connection.as_str(),
        column: TOKEN,
    }
}

fn credential(token: &SecretString) -> Credential {
    Credential::new(token.expose_secret().to_owned())
}
