//! Whether the keys at hand are those that the stored credentials were sealed under.

use crate::Error;
use gateway::{
    Keyring, VaultError,
    vault::{KeyId, Place, SealedCredential},
};
use store::{Owned, Store};

/// How many credentials of a key are tried: one may be broken by itself, not all of them.
const TRIED: i64 = 8;

/// Tries credentials under each key that any is sealed under; a key that is wrong or missing stops the start.
pub(super) async fn check(store: &Store, keyring: &Keyring) -> Result<(), Error> {
    for id in store.system().keys_in_use().await? {
        let mut opened = Ok(());
        for found in store.system().credentials_under(&id, "", TRIED).await? {
            opened = open(keyring, &found).await;
            if opened.is_ok() {
                break;
            }
        }
        match (opened, KeyId::parse(&id)) {
            (Err(VaultError::Tampered), Some(key_id)) => {
                return Err(VaultError::WrongKey { key_id }.into());
            }
            (opened, _) => opened?,
        }
    }
    Ok(())
}

async fn open(keyring: &Keyring, found: &Owned<store::SealedCredential>) -> Result<(), VaultError> {
    let place = Place {
        tenant: &found.tenant,
        row: &found.row.owner_id,
        column: &found.row.kind,
    };
    let sealed = SealedCredential::from_bytes(found.row.sealed.as_slice())?;
    keyring.open(&place, &sealed).await.map(drop)
}
