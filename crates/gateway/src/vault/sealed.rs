//! A sealed credential: its layout, and the place it is bound to.
//!
//! `version (1) | length of key id (1) | key id | wrapped data key (12 + 32 + 16) | sealed secret (12 + n + 16)`.
//! Both boxes carry the place as associated data, the wrapped key also the id of the key that wraps it.

use super::VaultError;
use super::cipher::{KEY, OVERHEAD};
use super::key::KeyId;
use std::fmt;

/// The only format there is so far.
pub(super) const VERSION: u8 = 1;
/// Bytes of a wrapped data key.
pub(super) const WRAPPED: usize = KEY + OVERHEAD;

/// The row and column that a secret belongs to; sealed elsewhere it does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// Whose it is.
    pub tenant: &'a str,
    /// The connection's id, or that of another row with a secret.
    pub row: &'a str,
    /// Table and column, such as `connections.token`.
    pub column: &'a str,
}

/// A credential at rest: opaque bytes that open only with their key, at their place.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedCredential(Box<[u8]>);

impl SealedCredential {
    /// Takes stored bytes in; their layout is checked, their content only when they are opened.
    pub fn from_bytes(bytes: impl Into<Box<[u8]>>) -> Result<Self, VaultError> {
        let bytes = bytes.into();
        match bytes.first() {
            Some(&VERSION) => {}
            Some(&version) => return Err(VaultError::UnknownVersion { version }),
            None => return Err(VaultError::Tampered),
        }
        let sealed = Self(bytes);
        let id = sealed.0.get(2..sealed.id_end()).and_then(KeyId::checked);
        if id.is_none() || sealed.0.len() < sealed.id_end() + WRAPPED + OVERHEAD {
            return Err(VaultError::Tampered);
        }
        Ok(sealed)
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The id of the key-encryption key that it is sealed under, for the column beside it.
    pub fn key_id(&self) -> &str {
        KeyId::checked(&self.0[2..self.id_end()]).unwrap_or_default()
    }

    /// The wrapped data key.
    pub(super) fn wrapped(&self) -> &[u8] {
        &self.0[self.id_end()..self.id_end() + WRAPPED]
    }

    /// The secret under its data key.
    pub(super) fn secret(&self) -> &[u8] {
        &self.0[self.id_end() + WRAPPED..]
    }

    /// Puts the parts together that [`Envelope`] has laid out.
    pub(super) fn from_parts(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }

    fn id_end(&self) -> usize {
        2 + self.0.get(1).copied().map_or(0, usize::from)
    }
}

impl fmt::Debug for SealedCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedCredential(under {})", self.key_id())
    }
}

/// The head of a sealed credential, with room for the rest.
pub(super) fn head(id: &KeyId, secret_length: usize) -> Vec<u8> {
    let id = id.as_str().as_bytes();
    let mut bytes = Vec::with_capacity(2 + id.len() + WRAPPED + OVERHEAD + secret_length);
    // An id has at most 32 bytes.
    bytes.extend([VERSION, u8::try_from(id.len()).unwrap_or(0)]);
    bytes.extend_from_slice(id);
    bytes
}

/// Associated data. Each part goes in with its length, so that no two places give the same bytes.
pub(super) struct Associated {
    bytes: Vec<u8>,
    place: usize,
}

impl Associated {
    /// The associated data of a place, and of a data key wrapped there under `id`.
    pub(super) fn new(place: &Place<'_>, id: &str) -> Self {
        let parts = [place.tenant, place.row, place.column];
        let length: usize = parts.iter().map(|part| part.len() + 8).sum();
        let mut bytes = Vec::with_capacity(2 + length + 8 + id.len());
        bytes.extend([VERSION, Purpose::DataKey as u8]);
        for part in parts {
            append(&mut bytes, part);
        }
        let place = bytes.len();
        append(&mut bytes, id);
        Self { bytes, place }
    }

    /// For the wrapped data key.
    pub(super) fn of_key(&mut self) -> &[u8] {
        self.bytes[1] = Purpose::DataKey as u8;
        &self.bytes
    }

    /// For the secret: without the id, so that a data key can be wrapped anew and the secret left alone.
    pub(super) fn of_secret(&mut self) -> &[u8] {
        self.bytes[1] = Purpose::Secret as u8;
        &self.bytes[..self.place]
    }

    /// For the check value of a key.
    pub(super) fn of_check(id: &str) -> Vec<u8> {
        let mut bytes = vec![VERSION, Purpose::Check as u8];
        append(&mut bytes, id);
        bytes
    }
}

/// What a box holds; part of its associated data.
#[derive(Clone, Copy)]
enum Purpose {
    DataKey = 1,
    Secret = 2,
    Check = 3,
}

fn append(bytes: &mut Vec<u8>, part: &str) {
    bytes.extend((part.len() as u64).to_be_bytes());
    bytes.extend_from_slice(part.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_that_look_alike_differ() {
        let of = |tenant, row, column| {
            let place = Place {
                tenant,
                row,
                column,
            };
            Associated::new(&place, "k").of_secret().to_vec()
        };
        let places = [
            of("a", "b", "c"),
            of("ab", "", "c"),
            of("", "ab", "c"),
            of("a", "bc", ""),
            of("a", "", "bc"),
            of("a\0b", "", "c"),
        ];
        for (index, one) in places.iter().enumerate() {
            assert!(!places[..index].contains(one), "place {index} is not alone");
        }
    }

    #[test]
    fn bytes_without_the_layout_are_refused() {
        for bytes in [
            vec![],
            vec![VERSION],
            vec![VERSION, 0],
            vec![VERSION, 200, b'k'],
            [&[VERSION, 1, b'k'][..], &[0; WRAPPED + OVERHEAD - 1]].concat(),
            [&[VERSION, 1, b' '][..], &[0; WRAPPED + OVERHEAD]].concat(),
            [&[VERSION, 1, 0xFF][..], &[0; WRAPPED + OVERHEAD]].concat(),
        ] {
            assert!(
                matches!(
                    SealedCredential::from_bytes(bytes.clone()),
                    Err(VaultError::Tampered)
                ),
                "{bytes:?}"
            );
        }
        let next = SealedCredential::from_bytes([2, 1, b'k'].as_slice()).unwrap_err();
        assert_eq!(
            next.to_string(),
            "the sealed bytes have format 2, and this program knows format 1 alone: run a newer version"
        );
    }
}
