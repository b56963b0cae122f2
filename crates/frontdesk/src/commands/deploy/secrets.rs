//! The secrets of a compose project: made once, in a folder that Git ignores, and never written over.

use super::settings::Database;
use crate::Error;
use crate::commands::files::present;
use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::zeroize::Zeroizing;
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
};

/// The folder, beside compose.yaml.
pub(super) const FOLDER: &str = "secrets";
const IGNORED: &str = "# Nothing in this folder is ever committed.\n*\n!.gitignore\n";

/// Makes the secrets that are not there yet.
pub(super) fn make(project: &Path, database: Database) -> Result<(), Error> {
    let folder = project.join(FOLDER);
    let unwritable = |source| Error::Unwritable {
        path: folder.clone(),
        source,
    };
    fs::create_dir_all(&folder).map_err(unwritable)?;
    close(&folder).map_err(unwritable)?;
    // First of all, or a commit at the wrong moment would take a secret along.
    keep(&folder.join(".gitignore"), IGNORED)?;
    let key: [u8; 32] = rand::random();
    let keys = Zeroizing::new(format!("k1:{}\n", BASE64_STANDARD.encode(key)));
    made(
        &folder,
        "keys",
        &keys,
        "keep a copy apart from the database",
    )?;
    if database == Database::Bundled {
        let random: [u8; 24] = rand::random();
        let password = Zeroizing::new(crate::tenants::hex(&random));
        made(&folder, "postgres_password", &password, "")?;
        // The one that is there counts, whoever made it.
        let password = fs::read_to_string(folder.join("postgres_password")).map_err(unwritable)?;
        let password = Zeroizing::new(password);
        let url = Zeroizing::new(format!(
            "postgres://frontdesk:{}@postgres:5432/frontdesk\n",
            password.trim()
        ));
        made(&folder, "database_url", &url, "")?;
    } else if present(&folder.join("database_url"))?.is_none() {
        say!("yours   {FOLDER}/database_url: put the postgres:// URL of your database there");
    }
    Ok(())
}

fn made(folder: &Path, name: &str, text: &str, note: &str) -> Result<(), Error> {
    if keep(&folder.join(name), text)? {
        let note = if note.is_empty() {
            "new, and not to be committed"
        } else {
            note
        };
        say!("made    {FOLDER}/{name}: {note}");
    }
    Ok(())
}

/// Writes a file that is not there; answers whether it did.
fn keep(path: &Path, text: &str) -> Result<bool, Error> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // The container's user is another than this one, so the folder keeps others out, and not the file.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
    let written = options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(source) => Err(Error::Unwritable {
            path: path.to_owned(),
            source,
        }),
    }
}

#[cfg(unix)]
fn close(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))
}

/// On Windows, a folder of a user is that user's.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
fn close(_folder: &Path) -> io::Result<()> {
    Ok(())
}
