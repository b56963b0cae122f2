//! The stored credentials as the rotation of keys sees them.

use super::Tenants;
use gateway::vault::{Fault, KeyId, SealedCredential, SealedRow, SealedStore};
use std::time::Duration;
use store::{Owned, System};

/// After this time every replica has dropped what it held under a released key: one that has not seen the feed of
/// changes for a second serves nobody.
const SEEN_BY_ALL: Duration = Duration::from_millis(1_200);

/// All tenants' sealed credentials.
pub struct Sealed(System);

impl Tenants {
    /// The stored credentials, for a rotation of keys.
    pub fn sealed(&self) -> Sealed {
        Sealed(self.store.system())
    }
}

impl SealedStore for Sealed {
    async fn count(&self, key: &KeyId) -> Result<u64, Fault> {
        let count = self.0.count_under(key.as_str()).await?;
        Ok(u64::try_from(count)?)
    }

    async fn batch(
        &self,
        key: &KeyId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<SealedRow>, Fault> {
        let after = after.unwrap_or_default();
        let limit = i64::try_from(limit)?;
        let rows = self.0.credentials_under(key.as_str(), after, limit).await?;
        rows.into_iter().map(row).collect()
    }

    async fn swap(&self, row: &SealedRow, sealed: &SealedCredential) -> Result<bool, Fault> {
        let read = Owned {
            tenant: row.tenant.clone(),
            row: store::SealedCredential {
                owner_id: row.row.clone(),
                kind: row.column.clone(),
                sealed: row.sealed.as_bytes().to_vec(),
                key_id: row.sealed.key_id().to_owned(),
                version: 0,
            },
        };
        let moved = self
            .0
            .rewrap_credential(&read, sealed.as_bytes().to_vec(), sealed.key_id())
            .await?;
        Ok(moved)
    }

    async fn release(&self, key: &KeyId) -> Result<u64, Fault> {
        let left = self.0.release_key(key.as_str()).await?;
        if left == 0 {
            tokio::time::sleep(SEEN_BY_ALL).await;
        }
        Ok(u64::try_from(left)?)
    }
}

fn row(found: Owned<store::SealedCredential>) -> Result<SealedRow, Fault> {
    Ok(SealedRow {
        at: store::credential_place(&found),
        sealed: SealedCredential::from_bytes(found.row.sealed)?,
        tenant: found.tenant,
        row: found.row.owner_id,
        column: found.row.kind,
    })
}
