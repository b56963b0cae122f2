//! Where the archives of connections are: local copies that insight reads instead of Intercom.

use crate::{CallError, ConnectionId};
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{PoisonError, RwLock},
};
use store::archive::{Archive, ArchiveError};
use tokio::sync::Mutex;

/// One archive a connection, opened when it is first asked.
#[derive(Default)]
pub struct Archives {
    files: RwLock<HashMap<ConnectionId, PathBuf>>,
    open: Mutex<HashMap<ConnectionId, Archive>>,
}

impl Archives {
    /// Says where the archive of a connection is, or will be.
    pub fn keep(&self, connection: ConnectionId, file: PathBuf) {
        self.files
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(connection, file);
    }

    /// The archive of a connection.
    pub(crate) async fn open(&self, connection: &ConnectionId) -> Result<Archive, CallError> {
        let file = self
            .files
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(connection)
            .cloned()
            .unwrap_or_default();
        let mut open = self.open.lock().await;
        if let Some(archive) = open.get(connection).filter(|_| file.exists()) {
            return Ok(archive.clone());
        }
        let archive = Archive::open(&file).await.map_err(unreadable)?;
        open.insert(connection.clone(), archive.clone());
        Ok(archive)
    }
}

/// What a caller is told: never where the file lies.
pub(crate) fn unreadable(error: ArchiveError) -> CallError {
    CallError::Refused(match error {
        ArchiveError::Missing(_) => "There is no archive of this workspace yet. Its owner makes one with `frontdesk export conversations --to FOLDER`, best with --threads.".into(),
        ArchiveError::Database(error) => {
            tracing::error!(%error, "the archive cannot be read");
            "The archive of this workspace cannot be read; its owner finds the reason in the log.".into()
        }
        other => other.to_string(),
    })
}
