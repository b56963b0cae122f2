//! Credentials. A plaintext leaves only against a permit, and lives only as long as its call.

use crate::policy::Permit;
use crate::{CallError, ConnectionId};
use intercom::Credential;
use secrecy::{ExposeSecret, SecretString};
use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

/// Keeps one credential a connection, in memory until the store seals them.
#[derive(Default)]
pub struct Vault {
    tokens: RwLock<HashMap<ConnectionId, SecretString>>,
}

impl Vault {
    /// Keeps a token for a connection; calls that start later use it.
    pub fn keep(&self, connection: ConnectionId, token: SecretString) {
        self.tokens
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(connection, token);
    }

    /// The credential that the permit allows.
    pub(crate) fn open(&self, permit: &Permit) -> Result<Credential, CallError> {
        let tokens = self.tokens.read().unwrap_or_else(PoisonError::into_inner);
        let token = tokens
            .get(permit.connection())
            .ok_or(CallError::NoCredential)?;
        Ok(Credential::new(token.expose_secret().to_owned()))
    }
}
