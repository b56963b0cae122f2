//! Moving sealed credentials from key to key while calls go on: resumable at any point, for the rows themselves are
//! the record of what is done.

use super::{Fault, KeyId, KeyState, Keyring, Place, SealedCredential, VaultError};
use std::future::Future;

/// Rows that are read at once.
const BATCH: usize = 256;
/// How often the rows of one key are gone through before what is left counts as stuck.
const PASSES: usize = 8;

/// Where sealed credentials are kept, across all tenants and columns.
pub trait SealedStore: Sync {
    /// How many are sealed under this key.
    fn count(&self, key: &KeyId) -> impl Future<Output = Result<u64, Fault>> + Send;

    /// The next of those under this key, at most `limit`, in the order of [`SealedRow::at`], which must not change when a
    /// row does.
    fn batch(
        &self,
        key: &KeyId,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<SealedRow>, Fault>> + Send;

    /// Puts new bytes in the place of the row's, if those are still there and the new key is not released; else false.
    fn swap(
        &self,
        row: &SealedRow,
        sealed: &SealedCredential,
    ) -> impl Future<Output = Result<bool, Fault>> + Send;

    /// If no row is under this key, sees to it that none ever will be, in one transaction, and answers 0; else answers how
    /// many are. Who stores under a released key is refused, and seals again. (A foreign key from the rows to a table of
    /// keys does all this.)
    fn release(&self, key: &KeyId) -> impl Future<Output = Result<u64, Fault>> + Send;
}

/// One sealed credential and where it is kept.
#[derive(Clone, Debug)]
pub struct SealedRow {
    /// Its position in the store's order.
    pub at: String,
    /// See [`Place::tenant`].
    pub tenant: String,
    /// See [`Place::row`].
    pub row: String,
    /// See [`Place::column`].
    pub column: String,
    /// Its bytes.
    pub sealed: SealedCredential,
}

impl SealedRow {
    /// The place it is bound to.
    pub fn place(&self) -> Place<'_> {
        Place {
            tenant: &self.tenant,
            row: &self.row,
            column: &self.column,
        }
    }
}

/// What a rewrap did.
#[derive(Debug, Default)]
pub struct Rewrapped {
    /// Rows that are under the primary key now.
    pub moved: u64,
    /// Rows that somebody else changed at the same moment; they are as that left them.
    pub overtaken: u64,
    /// Rows that do not open, and why; they stay as they are, and keep their key from being retired.
    pub broken: Vec<(SealedRow, VaultError)>,
}

/// Wraps every data key that is under an older key anew under the primary one. After a stop at any point, run it again.
pub async fn rewrap(keyring: &Keyring, store: &impl SealedStore) -> Result<Rewrapped, VaultError> {
    let mut report = Rewrapped::default();
    keyring.refresh().await?;
    for (id, state) in keyring.keys() {
        if state == KeyState::Active {
            rewrap_key(keyring, store, &id, &mut report).await?;
        }
    }
    Ok(report)
}

/// Takes a key out of use. Refused while a row is under it; its bytes stay in the file, for old backups.
pub async fn retire(
    keyring: &Keyring,
    store: &impl SealedStore,
    id: &KeyId,
) -> Result<(), VaultError> {
    keyring.refresh().await?;
    match keyring.keys().into_iter().find(|(key, _)| key == id) {
        None => return Err(VaultError::NoSuchKey(id.to_string())),
        Some((key, KeyState::Primary)) => return Err(VaultError::StillPrimary(key)),
        Some((_, KeyState::Active | KeyState::Retired)) => {}
    }
    // The store first: a credential that was sealed before the last rotation may be on its way there even now.
    match store.release(id).await.map_err(VaultError::Store)? {
        0 => keyring.set(id, KeyState::Retired).await,
        rows => Err(VaultError::StillUsed {
            key_id: id.clone(),
            rows,
        }),
    }
}

async fn rewrap_key(
    keyring: &Keyring,
    store: &impl SealedStore,
    id: &KeyId,
    report: &mut Rewrapped,
) -> Result<(), VaultError> {
    for _ in 0..PASSES {
        keyring.refresh().await?;
        let mut broken = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let rows = store.batch(id, after.as_deref(), BATCH).await;
            let rows = rows.map_err(VaultError::Store)?;
            let Some(last) = rows.last() else { break };
            after = Some(last.at.clone());
            for row in rows {
                match keyring.rewrap(&row.place(), &row.sealed).await {
                    Ok(None) => {}
                    Ok(Some(sealed)) => match store.swap(&row, &sealed).await {
                        Ok(true) => report.moved += 1,
                        Ok(false) => report.overtaken += 1,
                        Err(fault) => return Err(VaultError::Store(fault)),
                    },
                    Err(error) => broken.push((row, error)),
                }
            }
        }
        let left = store.count(id).await.map_err(VaultError::Store)?;
        if left <= broken.len() as u64 {
            report.broken.extend(broken);
            return Ok(());
        }
    }
    Ok(())
}
