//! Key-encryption keys: each wraps the data keys of many credentials, and is known by its id.

use super::VaultError;
use super::cipher::{Cipher, KEY, KeyBytes, random};
use super::sealed::{Associated, WRAPPED};
use jiff::Timestamp;
use std::{fmt, sync::Arc};

/// The longest id.
const LONGEST: usize = 32;

/// The id of a key-encryption key: letters, digits, `-`, `_` and `.`, at most 32 of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(Arc<str>);

impl KeyId {
    /// The id of that text, if it can be one.
    pub fn parse(text: &str) -> Option<Self> {
        Self::checked(text.as_bytes()).map(|text| Self(text.into()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text of an id, if these bytes can be one.
    pub(super) fn checked(bytes: &[u8]) -> Option<&str> {
        let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        if bytes.is_empty() || bytes.len() > LONGEST || !bytes.iter().all(fits) {
            return None;
        }
        std::str::from_utf8(bytes).ok()
    }

    /// An id that no other key has: the day, and eight random digits.
    pub(super) fn fresh() -> Result<Self, VaultError> {
        let chance = u32::from_be_bytes(random()?);
        let day = Timestamp::now().strftime("%Y%m%d");
        Ok(Self(format!("{day}-{chance:08x}").into()))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a key may still do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It seals and opens.
    Primary,
    /// It opens.
    Active,
    /// It does nothing.
    Retired,
}

impl KeyState {
    /// All of them, with their names.
    pub(super) const NAMES: [(Self, &str); 3] = [
        (Self::Primary, "primary"),
        (Self::Active, "active"),
        (Self::Retired, "retired"),
    ];
}

impl fmt::Display for KeyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES.iter().find(|(state, _)| state == self);
        f.pad(name.map_or("", |(_, name)| name))
    }
}

/// A key-encryption key ready for use.
pub(super) struct Kek {
    id: KeyId,
    cipher: Cipher,
}

impl Kek {
    /// The key of these bytes.
    pub(super) fn new(id: KeyId, key: &[u8; KEY]) -> Result<Self, VaultError> {
        Ok(Self {
            id,
            cipher: Cipher::new(key)?,
        })
    }

    /// Its id.
    pub(super) fn id(&self) -> &KeyId {
        &self.id
    }

    /// Appends the wrapped data key.
    pub(super) fn wrap(
        &self,
        associated: &mut Associated,
        key: &[u8; KEY],
        out: &mut Vec<u8>,
    ) -> Result<(), VaultError> {
        self.cipher.seal(associated.of_key(), key, out)
    }

    /// The data key of a wrapped one.
    pub(super) fn unwrap(
        &self,
        associated: &mut Associated,
        wrapped: &[u8],
    ) -> Result<KeyBytes, VaultError> {
        debug_assert_eq!(wrapped.len(), WRAPPED, "the layout was checked");
        let mut key = KeyBytes::default();
        self.cipher
            .open(associated.of_key(), wrapped, key.as_mut_slice())?;
        Ok(key)
    }

    /// Something that only the same key can verify.
    pub(super) fn check_value(&self) -> Result<Vec<u8>, VaultError> {
        let mut value = Vec::new();
        self.cipher
            .seal(&Associated::of_check(self.id.as_str()), &[], &mut value)?;
        Ok(value)
    }

    /// Whether the check value was made by this very key.
    pub(super) fn verify(&self, value: &[u8]) -> Result<(), VaultError> {
        self.cipher
            .open(&Associated::of_check(self.id.as_str()), value, &mut [])
            .map_err(|_| VaultError::WrongKey {
                key_id: self.id.clone(),
            })
    }
}
