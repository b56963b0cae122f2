//! AES-256-GCM as the vault uses it: a random nonce in front, the tag behind.

use super::VaultError;
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand,
};
use secrecy::zeroize::Zeroizing;

/// Bytes of a key.
pub(super) const KEY: usize = 32;
/// Bytes that a box has more than its content: nonce and tag.
pub(super) const OVERHEAD: usize = NONCE_LEN + TAG;
const TAG: usize = 16;

/// The bytes of a key; wiped when dropped.
pub(super) type KeyBytes = Zeroizing<[u8; KEY]>;

/// A key ready for use. The library wipes its memory when it is freed.
pub(super) struct Cipher(LessSafeKey);

impl Cipher {
    /// The cipher of a key.
    pub(super) fn new(key: &[u8; KEY]) -> Result<Self, VaultError> {
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| VaultError::Library)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// Appends nonce, ciphertext and tag.
    pub(super) fn seal(
        &self,
        associated: &[u8],
        plain: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), VaultError> {
        let nonce: [u8; NONCE_LEN] = random()?;
        let start = out.len() + NONCE_LEN;
        out.extend_from_slice(&nonce);
        out.resize(start + plain.len() + TAG, 0);
        let (text, tag) = out[start..].split_at_mut(plain.len());
        self.0
            .seal_out_of_place_scatter(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(associated),
                plain,
                text,
                &[],
                tag,
            )
            .map_err(|_| VaultError::Library)
    }

    /// Opens nonce, ciphertext and tag into a buffer of the plaintext's length.
    pub(super) fn open(
        &self,
        associated: &[u8],
        sealed: &[u8],
        out: &mut [u8],
    ) -> Result<(), VaultError> {
        let (nonce, rest) = sealed
            .split_at_checked(NONCE_LEN)
            .ok_or(VaultError::Tampered)?;
        let (text, tag) = rest
            .split_at_checked(out.len())
            .ok_or(VaultError::Tampered)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::Tampered)?;
        self.0
            .open_separate_gather(nonce, Aad::from(associated), text, tag, out)
            .map_err(|_| VaultError::Tampered)
    }
}

/// A new random key.
pub(super) fn new_key() -> Result<KeyBytes, VaultError> {
    let mut key = KeyBytes::default();
    rand::fill(key.as_mut_slice()).map_err(|_| VaultError::Library)?;
    Ok(key)
}

/// Random bytes.
pub(super) fn random<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| VaultError::Library)?;
    Ok(bytes)
}
