//! The key file on disk: private, changed atomically, by one process at a time.

use super::VaultError;
use super::keytext::KeyText;
use secrecy::zeroize::Zeroizing;
use std::{
    ffi::OsString,
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::SystemTime,
};

/// Tells one state of a file from another. Every change by [`edit`] makes a new file, thus a new stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    #[cfg(unix)]
    inode: u64,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            modified: metadata.modified().ok(),
            length: metadata.len(),
            #[cfg(unix)]
            inode: std::os::unix::fs::MetadataExt::ino(metadata),
        }
    }
}

/// The file's present stamp.
pub(super) fn stamp(path: &Path) -> Result<Stamp, VaultError> {
    let metadata = fs::metadata(path).map_err(|source| unusable(path, source))?;
    Ok(Stamp::of(&metadata))
}

/// Reads the file; refuses one that others can read.
pub(super) fn read(path: &Path) -> Result<(KeyText, Stamp), VaultError> {
    let failed = |source| unusable(path, source);
    let mut file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    check_mode(path, &metadata)?;
    let length = usize::try_from(metadata.len()).unwrap_or(0);
    let mut text = Zeroizing::new(String::with_capacity(length + 1));
    file.read_to_string(&mut text).map_err(failed)?;
    let text = KeyText::parse(&text).map_err(|(line, problem)| VaultError::BadKeys {
        whence: format!("{}:{line}", path.display()),
        problem,
    })?;
    Ok((text, Stamp::of(&metadata)))
}

/// Makes the file unless another process was faster; answers whether it did.
pub(super) fn create(path: &Path, text: &KeyText) -> Result<bool, VaultError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|source| unusable(path, source))?;
    }
    let _lock = lock(path)?;
    if path.try_exists().map_err(|source| unusable(path, source))? {
        return Ok(false);
    }
    write(path, text).map_err(|source| unusable(path, source))?;
    Ok(true)
}

/// Changes the file: what others read is the old text or the new one, whole.
pub(super) fn edit(
    path: &Path,
    change: impl FnOnce(&mut KeyText) -> Result<(), VaultError>,
) -> Result<(), VaultError> {
    let _lock = lock(path)?;
    let (mut text, _) = read(path)?;
    change(&mut text)?;
    // Where the path is a link, the file behind it is the one to change.
    let real = fs::canonicalize(path).map_err(|source| unusable(path, source))?;
    write(&real, &text).map_err(|source| unusable(path, source))
}

fn write(path: &Path, text: &KeyText) -> io::Result<()> {
    let fresh = beside(path, ".new");
    // Left behind by a process that was killed; the lock says that none is at work.
    if let Err(error) = fs::remove_file(&fresh)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut file = private().create_new(true).open(&fresh)?;
    file.write_all(text.render().as_bytes())?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    // The new name is on disk only once its folder is. Windows cannot sync folders, and need not.
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Held until dropped. The file itself cannot carry the lock, for each change replaces it.
fn lock(path: &Path) -> Result<File, VaultError> {
    let failed = |source| unusable(path, source);
    let file = private()
        .create(true)
        .truncate(false)
        .open(beside(path, ".lock"))
        .map_err(failed)?;
    file.lock().map_err(failed)?;
    Ok(file)
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Others may not read it, nor the group change it. The group may read: Kubernetes mounts secrets so.
#[cfg(unix)]
fn check_mode(path: &Path, metadata: &Metadata) -> Result<(), VaultError> {
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
    if mode & 0o027 == 0 {
        return Ok(());
    }
    Err(VaultError::OpenToOthers {
        path: path.to_owned(),
        mode,
    })
}

#[cfg(not(unix))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "elsewhere the folder of the user's own protects the file"
)]
fn check_mode(_: &Path, _: &Metadata) -> Result<(), VaultError> {
    Ok(())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

fn unusable(path: &Path, source: io::Error) -> VaultError {
    VaultError::File {
        path: path.to_owned(),
        source,
    }
}
