//! `frontdesk admin backup` and `restore`.
//!
//! SQLite is copied here, because a copy of the file alone would miss what its log holds. Postgres has tools that do
//! more than this could (point in time, roles, parallel restore): here it is only said how they are called.

use crate::config::Config;
use crate::{Error, tenants};
use clap::Args;
use std::path::{Path, PathBuf};
use store::Place;

/// Copy the database while servers run on it
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The new file; it holds sealed credentials, and opens none without the key file
    file: PathBuf,
}

/// Put a copy in the place of a database that is not there
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// A file that `frontdesk admin backup` made
    file: PathBuf,
}

impl Backup {
    pub(super) async fn run(self, config: &Config) -> Result<(), Error> {
        let place = config.place();
        if let Place::Postgres(_) = place {
            return Err(Error::Usage(format!(
                "the database is Postgres, whose own tools copy it best: pg_dump --format=custom --file={} \
                 \"$FRONTDESK_DATABASE\", as a superuser or a role with BYPASSRLS, because every row is under \
                 row-level security; back the key file up apart from it",
                self.file.display()
            )));
        }
        let copied = store::backup(&place, &self.file).await?;
        say!(
            "{}: {} tenants, schema {}; keep a copy of the key file apart from it",
            self.file.display(),
            copied.tenants,
            copied.schema
        );
        Ok(())
    }
}

impl Restore {
    pub(super) async fn run(self, config: &Config) -> Result<(), Error> {
        let Place::File(target) = config.place() else {
            return Err(Error::Usage(
                "the database is Postgres: pg_restore --dbname \"$FRONTDESK_DATABASE\" into an empty database"
                    .into(),
            ));
        };
        vacant(&target)?;
        if config.keys.is_none() && !config.key_file().exists() {
            return Err(Error::Usage(format!(
                "{} is not there: put the key file of the backup's time back first, or no stored credential opens",
                config.key_file().display()
            )));
        }
        let copied = store::inspect(&self.file).await?;
        let beside = sibling(&target, "-restoring");
        let result = put(config, &self.file, &beside, &target).await;
        for leftover in ["", "-wal", "-shm", "-start"] {
            // What is not there need not be taken away.
            let _ = std::fs::remove_file(sibling(&beside, leftover));
        }
        result?;
        say!(
            "{}: {} tenants; tokens and keys that were revoked since the backup open again: revoke them anew",
            target.display(),
            copied.tenants
        );
        Ok(())
    }
}

/// Copies the file, brings the copy up to date, checks that the keys open it, and only then gives it its name.
async fn put(config: &Config, file: &Path, beside: &Path, target: &Path) -> Result<(), Error> {
    let unwritable = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Unwritable { path, source }
    };
    if let Some(folder) = target.parent() {
        std::fs::create_dir_all(folder).map_err(unwritable(folder))?;
    }
    private_copy(file, beside).map_err(unwritable(beside))?;
    let copy = Config {
        database: Some(beside.display().to_string().into()),
        ..config.clone()
    };
    // Opening the foundations tries credentials under every key that any is sealed under.
    let opened = tenants::Foundations::open(&copy, store::Options::patient()).await?;
    opened.store.close().await;
    vacant(target)?;
    std::fs::hard_link(beside, target).map_err(unwritable(target))
}

fn private_copy(from: &Path, to: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut to = options.open(to)?;
    std::io::copy(&mut std::fs::File::open(from)?, &mut to)?;
    to.sync_all()
}

/// Neither a database nor the log of one may be in the place.
fn vacant(target: &Path) -> Result<(), Error> {
    for end in ["", "-wal", "-journal"] {
        let path = sibling(target, end);
        if path.exists() {
            return Err(Error::Usage(format!(
                "{} is there, and nothing is overwritten: stop the servers and move it away first",
                path.display()
            )));
        }
    }
    Ok(())
}

fn sibling(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}
