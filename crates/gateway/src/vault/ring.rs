//! The keys that a process holds at one moment, and what is done with them. No I/O.

use super::VaultError;
use super::cipher::{Cipher, OVERHEAD, new_key};
use super::key::{Kek, KeyId, KeyState};
use super::sealed::{Associated, Place, SealedCredential, head};
use secrecy::{ExposeSecret, SecretString, zeroize::Zeroize};

/// Keys by id; exactly one is primary.
pub(super) struct Ring {
    primary: usize,
    usable: Vec<Kek>,
    retired: Vec<KeyId>,
}

impl Ring {
    /// A ring of usable keys, of which the one at `primary` seals, and ids of retired ones.
    pub(super) fn new(primary: usize, usable: Vec<Kek>, retired: Vec<KeyId>) -> Option<Self> {
        (primary < usable.len()).then_some(Self {
            primary,
            usable,
            retired,
        })
    }

    /// Seals under the primary key.
    pub(super) fn seal(
        &self,
        place: &Place<'_>,
        secret: &SecretString,
    ) -> Result<SealedCredential, VaultError> {
        let kek = self.primary();
        let secret = secret.expose_secret().as_bytes();
        let mut associated = Associated::new(place, kek.id().as_str());
        let mut bytes = head(kek.id(), secret.len());
        let key = new_key()?;
        kek.wrap(&mut associated, &key, &mut bytes)?;
        Cipher::new(&key)?.seal(associated.of_secret(), secret, &mut bytes)?;
        Ok(SealedCredential::from_parts(bytes))
    }

    /// Opens what was sealed at this place.
    pub(super) fn open(
        &self,
        place: &Place<'_>,
        sealed: &SealedCredential,
    ) -> Result<SecretString, VaultError> {
        let kek = self.key(sealed.key_id())?;
        let mut associated = Associated::new(place, kek.id().as_str());
        let key = kek.unwrap(&mut associated, sealed.wrapped())?;
        let length = sealed.secret().len() - OVERHEAD;
        // Exactly as long as the secret: a buffer that shrinks or grows would leave a copy behind.
        let mut secret = vec![0; length];
        let opened = Cipher::new(&key)
            .and_then(|cipher| cipher.open(associated.of_secret(), sealed.secret(), &mut secret));
        if let Err(error) = opened {
            secret.zeroize();
            return Err(error);
        }
        String::from_utf8(secret)
            .map(SecretString::from)
            .map_err(|error| {
                error.into_bytes().zeroize();
                VaultError::Tampered
            })
    }

    /// Wraps the data key anew under the primary key, or none if it is already; the sealed secret stays as it is.
    pub(super) fn rewrap(
        &self,
        place: &Place<'_>,
        sealed: &SealedCredential,
    ) -> Result<Option<SealedCredential>, VaultError> {
        let (old, new) = (self.key(sealed.key_id())?, self.primary());
        if old.id() == new.id() {
            return Ok(None);
        }
        let key = old.unwrap(
            &mut Associated::new(place, old.id().as_str()),
            sealed.wrapped(),
        )?;
        let mut bytes = head(new.id(), sealed.secret().len() - OVERHEAD);
        let mut associated = Associated::new(place, new.id().as_str());
        new.wrap(&mut associated, &key, &mut bytes)?;
        bytes.extend_from_slice(sealed.secret());
        Ok(Some(SealedCredential::from_parts(bytes)))
    }

    /// The key that seals.
    pub(super) fn primary(&self) -> &Kek {
        &self.usable[self.primary]
    }

    /// A key that opens.
    pub(super) fn key(&self, id: &str) -> Result<&Kek, VaultError> {
        if let Some(kek) = self.usable.iter().find(|kek| kek.id().as_str() == id) {
            return Ok(kek);
        }
        Err(match self.retired.iter().find(|key| key.as_str() == id) {
            Some(key_id) => VaultError::RetiredKey {
                key_id: key_id.clone(),
            },
            None => VaultError::UnknownKey { key_id: id.into() },
        })
    }

    /// Ids and states; the primary first, the retired last.
    pub(super) fn keys(&self) -> Vec<(KeyId, KeyState)> {
        let primary = (self.primary().id().clone(), KeyState::Primary);
        let others = self.usable.iter().enumerate();
        let active = others
            .filter(|(index, _)| *index != self.primary)
            .map(|(_, kek)| (kek.id().clone(), KeyState::Active));
        let retired = self.retired.iter().cloned();
        std::iter::once(primary)
            .chain(active)
            .chain(retired.map(|id| (id, KeyState::Retired)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::cipher::KEY;

    const PLACE: Place<'static> = Place {
        tenant: "acme",
        row: "conn-1",
        column: "connections.token",
    };

    fn kek(id: &str, byte: u8) -> Kek {
        Kek::new(KeyId::parse(id).unwrap(), &[byte; KEY]).unwrap()
    }

    fn ring(keys: &[(&str, u8)], retired: &[&str]) -> Ring {
        let usable = keys.iter().map(|(id, byte)| kek(id, *byte)).collect();
        let retired = retired.iter().map(|id| KeyId::parse(id).unwrap());
        Ring::new(0, usable, retired.collect()).unwrap()
    }

    fn secret(text: &str) -> SecretString {
        text.to_owned().into()
    }

    #[test]
    fn what_is_sealed_opens_again_and_never_looks_the_same() {
        let ring = ring(&[("k1", 1)], &[]);
        for text in ["", "t", "dG9rOmNhbmFyeQ==", "ключ 🔑", &"x".repeat(10_000)] {
            let sealed = ring.seal(&PLACE, &secret(text)).unwrap();
            let stored = SealedCredential::from_bytes(sealed.as_bytes()).unwrap();
            assert_eq!(stored.key_id(), "k1");
            assert_eq!(ring.open(&PLACE, &stored).unwrap().expose_secret(), text);
            let again = ring.seal(&PLACE, &secret(text)).unwrap();
            assert_ne!(sealed, again, "a data key and nonces of its own each time");
        }
    }

    #[test]
    fn no_bit_can_be_flipped_no_byte_cut_or_added() {
        let ring = ring(&[("k1", 1), ("k0", 2), ("k9", 1)], &[]);
        let sealed = ring.seal(&PLACE, &secret("dG9rOmNhbmFyeQ==")).unwrap();
        let bytes = sealed.as_bytes();
        let opens = |bytes: Vec<u8>| {
            SealedCredential::from_bytes(bytes).and_then(|sealed| ring.open(&PLACE, &sealed))
        };
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(opens(flipped).is_err(), "bit {bit} does not matter");
        }
        for length in 0..bytes.len() {
            assert!(opens(bytes[..length].to_vec()).is_err(), "cut to {length}");
        }
        assert!(opens([bytes, &[0]].concat()).is_err());
        assert!(opens(bytes.to_vec()).is_ok());
    }

    #[test]
    fn parts_of_two_sealed_values_cannot_be_mixed() {
        let ring = ring(&[("k1", 1)], &[]);
        let [one, two] =
            ["first token", "other token"].map(|text| ring.seal(&PLACE, &secret(text)).unwrap());
        let end = one.as_bytes().len() - one.secret().len();
        let mixed = [&one.as_bytes()[..end], two.secret()].concat();
        let mixed = SealedCredential::from_bytes(mixed).unwrap();
        assert!(matches!(
            ring.open(&PLACE, &mixed),
            Err(VaultError::Tampered)
        ));
    }

    #[test]
    fn a_row_opens_only_at_its_own_place() {
        let ring = ring(&[("k1", 1), ("k2", 2)], &[]);
        let sealed = ring.seal(&PLACE, &secret("token")).unwrap();
        for place in [
            Place {
                tenant: "rival",
                ..PLACE
            },
            Place {
                row: "conn-2",
                ..PLACE
            },
            Place {
                column: "connections.refresh",
                ..PLACE
            },
            Place {
                tenant: "acmeconn-1",
                row: "",
                ..PLACE
            },
            Place {
                tenant: "conn-1",
                row: "acme",
                ..PLACE
            },
        ] {
            assert!(
                matches!(ring.open(&place, &sealed), Err(VaultError::Tampered)),
                "{place:?}"
            );
            let other = ring_with_primary_2();
            assert!(other.rewrap(&place, &sealed).is_err(), "{place:?}");
        }
    }

    fn ring_with_primary_2() -> Ring {
        ring(&[("k2", 2), ("k1", 1)], &[])
    }

    #[test]
    fn a_missing_a_wrong_and_a_retired_key_are_told_apart() {
        let sealed = ring(&[("k1", 1)], &[])
            .seal(&PLACE, &secret("token"))
            .unwrap();
        for (ring, expected) in [
            (
                ring(&[("k2", 2)], &[]),
                "it is sealed under the key `k1`, which the keyring does not hold: restore the key file that has it",
            ),
            (
                ring(&[("k2", 2)], &["k1"]),
                "it is sealed under the key `k1`, which is retired",
            ),
            (
                ring(&[("k1", 9)], &[]),
                "the sealed bytes were changed, or belong to another row",
            ),
        ] {
            assert_eq!(
                ring.open(&PLACE, &sealed).unwrap_err().to_string(),
                expected
            );
            assert_eq!(
                ring.rewrap(&PLACE, &sealed).err().map(|e| e.to_string()),
                (ring.primary().id().as_str() != "k1").then(|| expected.to_owned())
            );
        }
    }

    #[test]
    fn rewrapping_moves_the_data_key_and_leaves_the_secret_alone() {
        let old = ring(&[("k1", 1)], &[]);
        let sealed = old.seal(&PLACE, &secret("token")).unwrap();
        let new = ring_with_primary_2();
        let moved = new.rewrap(&PLACE, &sealed).unwrap().unwrap();
        assert_eq!(moved.key_id(), "k2");
        assert_eq!(moved.secret(), sealed.secret());
        assert_ne!(moved.wrapped(), sealed.wrapped());
        assert_eq!(new.open(&PLACE, &moved).unwrap().expose_secret(), "token");
        assert!(old.open(&PLACE, &moved).is_err());
        assert_eq!(new.rewrap(&PLACE, &moved).unwrap(), None);
    }

    #[test]
    fn a_check_value_knows_its_key() {
        let value = kek("k1", 1).check_value().unwrap();
        assert!(kek("k1", 1).verify(&value).is_ok());
        for other in [kek("k1", 2), kek("k2", 1)] {
            assert!(matches!(
                other.verify(&value),
                Err(VaultError::WrongKey { .. })
            ));
        }
        assert!(kek("k1", 1).verify(&[]).is_err() && kek("k1", 1).verify(&[0; 12]).is_err());
    }
}
