//! Why a credential could not be sealed or opened, or a key not be changed.

use super::KeyId;
use std::{io, path::PathBuf};

/// A fault of what stands outside: a store, or a key management service.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Why the vault refused; each variant is named for what has to be mended.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Bring the key back.
    #[error(
        "it is sealed under the key `{key_id}`, which the keyring does not hold: restore the key file that has it"
    )]
    UnknownKey {
        /// The key that is missing.
        key_id: String,
    },
    /// Bring the right key back.
    #[error(
        "the key `{key_id}` is not the one that credentials were sealed under: restore the right key file, or set the right FRONTDESK_KEYS"
    )]
    WrongKey {
        /// The key whose bytes are others.
        key_id: KeyId,
    },
    /// Read the row again, for it was moved; what a backup brought back opens once the key is `active` again.
    #[error("it is sealed under the key `{key_id}`, which is retired")]
    RetiredKey {
        /// The retired key.
        key_id: KeyId,
    },
    /// Restore the row from a backup, or connect again.
    #[error("the sealed bytes were changed, or belong to another row")]
    Tampered,
    /// Run a version that knows the format.
    #[error(
        "the sealed bytes have format {version}, and this program knows format {} alone: run a newer version",
        super::sealed::VERSION
    )]
    UnknownVersion {
        /// The format's number.
        version: u8,
    },
    /// Mend the keys.
    #[error("{whence}: {problem}")]
    BadKeys {
        /// The file and line, or the variable.
        whence: String,
        /// What is wrong, and what would be right; never the key.
        problem: String,
    },
    /// Close the key file to others.
    #[error("{} can be read or changed by others (mode {mode:o}): run `chmod 600 {}`", path.display(), path.display())]
    OpenToOthers {
        /// The key file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Give the program its key file.
    #[error("the key file {} cannot be read or written", path.display())]
    File {
        /// The key file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Set up the keys.
    #[error("no key-encryption keys are set up: name a key file, or set FRONTDESK_KEYS")]
    NoKeys,
    /// Change the variable instead.
    #[error(
        "the keys come from FRONTDESK_KEYS: change them there (the first is the primary), and restart"
    )]
    FixedKeys,
    /// Name a key that exists.
    #[error("there is no key `{0}`; `frontdesk admin keys list` shows those there are")]
    NoSuchKey(String),
    /// Rotate first.
    #[error(
        "`{0}` is the primary key: run `frontdesk admin keys rotate` first, which makes another one primary"
    )]
    StillPrimary(KeyId),
    /// Rotate first.
    #[error(
        "{rows} sealed credentials are still under the key `{key_id}`: run `frontdesk admin keys rotate` first, which moves them"
    )]
    StillUsed {
        /// The key.
        key_id: KeyId,
        /// How many rows are under it.
        rows: u64,
    },
    /// Mend the key management service, or its settings.
    #[error("{service} did not {what} the key `{key_id}`")]
    Service {
        /// The service.
        service: &'static str,
        /// `wrap` or `unwrap`.
        what: &'static str,
        /// Which key.
        key_id: KeyId,
        /// Why.
        #[source]
        source: Fault,
    },
    /// Mend the store.
    #[error("the store of sealed credentials failed")]
    Store(#[source] Fault),
    /// Restart: the machine gives no random numbers, or too little memory.
    #[error("the cryptographic library failed")]
    Library,
}
