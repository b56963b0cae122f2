//! The archive: a copy of one workspace's objects in a SQLite file, and what can be asked of it.
//!
//! It remembers how far the copy is in the same transaction that keeps the objects, so that a process that dies at any
//! moment has neither lost one nor keeps one twice.

mod facts;
mod insight;
mod parts;
mod plain;
mod records;
#[cfg(test)]
mod tests;
mod words;

pub use insight::{Group, Scope, Stat, Waiting};
pub use parts::{Part, RowOf, Written};
pub use records::{Kept, Place, Record};
pub use words::Hit;

use sqlx::sqlite::{SqliteAutoVacuum, SqliteSynchronous};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions};
use std::{path::Path, time::Duration};

/// The layout of the file that this program reads.
const VERSION: i64 = 1;

/// Why an archive cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Make one first.
    #[error("there is no archive at {0}: `frontdesk export conversations --to FOLDER` makes one")]
    Missing(String),
    /// Choose another file.
    #[error(
        "{file} is an archive of another layout ({found}, not {VERSION}): choose another with --archive"
    )]
    Layout {
        /// The file.
        file: String,
        /// Its layout.
        found: i64,
    },
    /// Choose another file, or the other workspace's token.
    #[error(
        "the archive is of the workspace {archive}, the access token of {token}: choose another file with --archive"
    )]
    OtherWorkspace {
        /// Whose copy it is.
        archive: String,
        /// Whose token it is.
        token: String,
    },
    /// Make the file readable and writable.
    #[error("the archive cannot be read or written: {0}")]
    Database(#[from] sqlx::Error),
}

/// A copy of one workspace's objects.
#[derive(Clone, Debug)]
pub struct Archive {
    pool: SqlitePool,
}

impl Archive {
    /// Opens an archive, or makes it where there is none.
    pub async fn create(file: &Path) -> Result<Self, ArchiveError> {
        make_private(file).map_err(sqlx::Error::Io)?;
        let archive = Self::connect(options(file)).await?;
        if archive.version().await? == 0 {
            archive.lay_out().await?;
        }
        archive.check(file).await
    }

    /// Opens an archive that is there.
    pub async fn open(file: &Path) -> Result<Self, ArchiveError> {
        if !file.exists() {
            return Err(ArchiveError::Missing(file.display().to_string()));
        }
        Self::connect(options(file)).await?.check(file).await
    }

    /// Makes sure that the archive is this workspace's; an archive without one becomes it.
    pub async fn belongs_to(&self, workspace: &str) -> Result<(), ArchiveError> {
        sqlx::query(
            "INSERT INTO label (name, value) VALUES ('workspace', ?) ON CONFLICT DO NOTHING",
        )
        .bind(workspace)
        .execute(&self.pool)
        .await?;
        let (archive,): (String,) =
            sqlx::query_as("SELECT value FROM label WHERE name = 'workspace'")
                .fetch_one(&self.pool)
                .await?;
        if archive == workspace {
            return Ok(());
        }
        Err(ArchiveError::OtherWorkspace {
            archive,
            token: workspace.to_owned(),
        })
    }

    /// Remembers the names of teams or admins, as (id, name).
    pub async fn name(&self, kind: &str, names: &[(String, String)]) -> Result<(), ArchiveError> {
        let mut work = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        for (id, name) in names {
            sqlx::query("INSERT OR REPLACE INTO name (kind, id, name) VALUES (?, ?, ?)")
                .bind(kind)
                .bind(id)
                .bind(name)
                .execute(&mut *work)
                .await?;
        }
        Ok(work.commit().await?)
    }

    /// Closes the file in order.
    pub async fn close(self) {
        self.pool.close().await;
    }

    async fn connect(options: SqliteConnectOptions) -> Result<Self, ArchiveError> {
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options)
            .await?;
        Ok(Self { pool })
    }

    async fn version(&self) -> Result<i64, ArchiveError> {
        let (version,) = sqlx::query_as("PRAGMA user_version")
            .fetch_one(&self.pool)
            .await?;
        Ok(version)
    }

    async fn lay_out(&self) -> Result<(), ArchiveError> {
        let mut work = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let (version,): (i64,) = sqlx::query_as("PRAGMA user_version")
            .fetch_one(&mut *work)
            .await?;
        // Another process may have been quicker.
        if version == 0 {
            sqlx::raw_sql(include_str!("schema.sql"))
                .execute(&mut *work)
                .await?;
            sqlx::raw_sql("PRAGMA user_version = 1")
                .execute(&mut *work)
                .await?;
        }
        Ok(work.commit().await?)
    }

    async fn check(self, file: &Path) -> Result<Self, ArchiveError> {
        match self.version().await? {
            VERSION => Ok(self),
            found => Err(ArchiveError::Layout {
                file: file.display().to_string(),
                found,
            }),
        }
    }
}

/// It holds customers' words: nobody but its owner reads it.
fn make_private(file: &Path) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        // A lost transaction is read again from Intercom; a torn file would not be.
        .synchronous(SqliteSynchronous::Normal)
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .busy_timeout(Duration::from_secs(30))
        // What was deleted at Intercom must not linger in free pages.
        .pragma("secure_delete", "on")
}
