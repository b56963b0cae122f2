//! `frontdesk admin keys`.

use crate::Error;
use crate::tenants::{Act, Tenants};
use clap::Subcommand;
use gateway::{
    VaultError,
    vault::{self, KeyId},
};

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// The keys, the one that seals first
    List,
    /// Make a new key and move all stored credentials under it, while calls go on; run again after a stop
    Rotate,
    /// Have the service of FRONTDESK_KMS wrap the keys of the key file anew
    Protect,
    /// Refuse a key that no stored credential is under any more
    Retire {
        /// The key
        id: String,
    },
}

impl Action {
    pub(super) fn act(&self) -> Option<Act> {
        Some(match self {
            Self::List => return None,
            Self::Rotate => Act::new("rotate_keys"),
            Self::Protect => Act::new("protect_keys"),
            Self::Retire { id } => Act::new("retire_key").object(Some(id)),
        })
    }

    pub(super) async fn run(self, desk: &Tenants) -> Result<Option<String>, Error> {
        let keyring = desk.keyring();
        match self {
            Self::List => {
                for (id, state) in keyring.keys() {
                    let count = desk.store().system().count_under(id.as_str()).await?;
                    say!("{}  {state:?}  {count} credentials", id.as_str());
                }
            }
            Self::Rotate => {
                let id = keyring.rotate().await?;
                let report = vault::rewrap(keyring, &desk.sealed()).await?;
                say!(
                    "{}  seals now; {} credentials moved",
                    id.as_str(),
                    report.moved
                );
                for (row, error) in report.broken {
                    say!("{}/{}: {error}", row.tenant, row.row);
                }
                return Ok(Some(id.as_str().to_owned()));
            }
            Self::Protect => {
                let count = keyring.protect().await?;
                say!("{count} keys are wrapped; delete copies of the file that hold them plain");
            }
            Self::Retire { id } => {
                let id = KeyId::parse(&id).ok_or(VaultError::NoSuchKey(id))?;
                vault::retire(keyring, &desk.sealed(), &id).await?;
                say!("{}  is retired", id.as_str());
            }
        }
        Ok(None)
    }
}
