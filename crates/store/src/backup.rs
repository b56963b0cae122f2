//! A copy of a SQLite database while it is served, and what such a copy is.

use crate::{
    EngineError, Place, StoreError,
    db::{file_fault, file_options, private, sqlite_connection},
    sql::{Tx, bare, sql},
};
use sqlx::{AnyConnection, Connection};
use std::path::Path;

/// What a copy of a database says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The version of its schema.
    pub schema: i64,
    /// How many tenants it has.
    pub tenants: i64,
}

/// Copies a database as it is at one moment, while others read and write it; the new file is the owner's alone, and on
/// disk when this returns. A file that is there is not overwritten.
pub async fn backup(place: &Place, to: &Path) -> Result<Copied, StoreError> {
    let Place::File(from) = place else {
        return Err(StoreError::Invalid {
            what: "database",
            why: "is Postgres, whose own tools copy it",
        });
    };
    if !from.exists() {
        return Err(StoreError::NotFound { what: "database" });
    }
    sqlx::any::install_default_drivers();
    // SQLite writes into an empty file and into no other.
    let file = private().create_new(true).open(to);
    let file = file.map_err(|error| file_fault(to, &error))?;
    let copied = copy(from, to).await;
    let synced = file.sync_all().map_err(|error| file_fault(to, &error));
    if copied.is_err() || synced.is_err() {
        // What was begun is no backup; that it stays is said by the next try.
        let _ = std::fs::remove_file(to);
    }
    copied?;
    synced?;
    inspect(to).await
}

/// Checks that a file is a whole database of this program, of a version that it knows.
pub async fn inspect(file: &Path) -> Result<Copied, StoreError> {
    sqlx::any::install_default_drivers();
    let strange = |source: EngineError| StoreError::Setup {
        how: format!(
            "{} is not a database of Frontdesk, or is damaged",
            file.display()
        ),
        source,
    };
    if !file.is_file() {
        return Err(strange(EngineError::new("there is no such file")));
    }
    let connect = file_options(file)?;
    let mut connection = AnyConnection::connect_with(&connect)
        .await
        .map_err(|error| strange(EngineError::from(&error)))?;
    let read = read(&mut connection).await;
    connection.close().await?;
    let (checked, copied) = read.map_err(|error| {
        strange(match error {
            StoreError::Unavailable { source } => source,
            other => EngineError::new(&other.to_string()),
        })
    })?;
    if checked != "ok" {
        return Err(strange(EngineError::new(&checked)));
    }
    let known = crate::migrate::newest();
    if copied.schema > known {
        return Err(StoreError::TooNew {
            found: copied.schema,
            known,
        });
    }
    Ok(copied)
}

async fn read(connection: &mut AnyConnection) -> Result<(String, Copied), StoreError> {
    let mut tx = Tx::new(connection, None);
    tx.run(bare("PRAGMA query_only = ON")).await?;
    let schema: Option<Option<i64>> = tx
        .one(bare("SELECT max(version) FROM schema_steps"))
        .await?;
    let tenants: Option<i64> = tx.one(bare("SELECT count(*) FROM tenants")).await?;
    let checked: Option<String> = tx.one(bare("PRAGMA quick_check(1)")).await?;
    let copied = Copied {
        schema: schema.flatten().unwrap_or(0),
        tenants: tenants.unwrap_or(0),
    };
    Ok((checked.unwrap_or_default(), copied))
}

async fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    let text = to.to_str().ok_or(StoreError::Invalid {
        what: "file",
        why: "must have a name in UTF-8",
    })?;
    let mut connection = sqlite_connection(&file_options(from)?).await?;
    let vacuum = sql("VACUUM INTO $1").bind(text);
    let done = Tx::new(&mut connection, None).run(vacuum).await;
    connection.close().await?;
    done.map(drop)
}
