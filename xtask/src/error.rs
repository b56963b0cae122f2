//! What can stop a chore.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// What can stop a chore.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The check ran and found these, one a line.
    #[error("{} faults", .0.len())]
    Faults(Vec<String>),
    /// A file that must be there cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("{}: {source}", path.display())]
    Unwritable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{}: {reason}", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The catalog itself is not sound.
    #[error("catalog/{0}")]
    Catalog(#[from] catalog::LoadError),
    /// Git does not know what it was asked for.
    #[error("git: {0}")]
    Git(String),
    /// The descriptions were required, and are not there.
    #[error("no official descriptions in {}: set FRONTDESK_DESCRIPTIONS to the folder that holds 2.16.yaml", .0.display())]
    NoDescriptions(PathBuf),
}

/// The text of a file.
pub(crate) fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|source| Error::Unreadable {
        path: path.to_owned(),
        source,
    })
}
