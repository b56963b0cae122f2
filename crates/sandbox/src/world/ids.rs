//! Identifiers: 24-digit hexadecimal ones and counted numbers.

use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{fmt, str::FromStr};

/// The id of a contact, a company or a segment: 24 hexadecimal digits on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ObjectId([u8; 12]);

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for ObjectId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text.len() != 24 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(());
        }
        let number = u128::from_str_radix(text, 16).map_err(|_| ())?;
        let mut bytes = [0; 12];
        bytes.copy_from_slice(&number.to_be_bytes()[4..]);
        Ok(Self(bytes))
    }
}

/// The source of new ids: the same seed gives the same ids in the same order.
#[derive(Debug)]
pub(crate) struct Ids {
    rng: StdRng,
    objects: u32,
    conversations: u64,
    parts: u64,
    messages: u64,
    small: u64,
}

impl Ids {
    /// Ids that follow from a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            rng: StdRng::seed_from_u64(seed),
            objects: 0,
            conversations: 215_470_000_000_000,
            parts: 37_000_000_000,
            messages: 403_900_000,
            small: 9_000,
        }
    }

    /// A new id for a contact, a company or a segment; ids made later sort later.
    pub(crate) fn object(&mut self, now: i64) -> ObjectId {
        self.objects += 1;
        let mut bytes = [0; 12];
        bytes[..4].copy_from_slice(&u32::try_from(now).unwrap_or(u32::MAX).to_be_bytes());
        bytes[4..8].copy_from_slice(&self.rng.random::<u32>().to_be_bytes());
        bytes[8..].copy_from_slice(&self.objects.to_be_bytes());
        ObjectId(bytes)
    }

    /// A new id for a conversation or a ticket: they share one row of numbers.
    pub(crate) fn conversation(&mut self) -> u64 {
        self.conversations += 1;
        self.conversations
    }

    /// A new id for a part of a conversation or of a ticket.
    pub(crate) fn part(&mut self) -> u64 {
        self.parts += 1;
        self.parts
    }

    /// A new id for a message, which is also the id of a conversation's source.
    pub(crate) fn message(&mut self) -> u64 {
        self.messages += 1;
        self.messages
    }

    /// A new id for anything else with a short number: tags, notes, articles, attributes.
    pub(crate) fn small(&mut self) -> u64 {
        self.small += 1;
        self.small
    }

    /// A random lower-case word, such as a job's identifier.
    pub(crate) fn word(&mut self, length: usize) -> String {
        const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        (0..length)
            .map(|_| char::from(LETTERS[self.rng.random_range(0..LETTERS.len())]))
            .collect()
    }

    /// A random UUID in its usual spelling.
    pub(crate) fn uuid(&mut self) -> String {
        let n = self.rng.random::<u128>();
        let part = |shift: u32, mask: u128| (n >> shift) & mask;
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            part(96, 0xffff_ffff),
            part(80, 0xffff),
            part(64, 0xfff),
            part(48, 0xfff),
            part(0, 0xffff_ffff_ffff)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn object_ids_are_24_hex_digits_and_parse_back() {
        let mut ids = Ids::new(1);
        let (first, second) = (ids.object(1_780_000_000), ids.object(1_780_000_001));
        assert!(
            first < second && first.to_string().len() == 24,
            "{first} {second}"
        );
        assert_eq!(first.to_string().parse(), Ok(first));
        for wrong in [
            "",
            "66f0",
            "66f0aa00bb11cc22dd33ee5g",
            "66f0aa00bb11cc22dd33ee55a",
        ] {
            assert_eq!(wrong.parse::<ObjectId>(), Err(()), "{wrong}");
        }
    }

    #[test]
    fn one_seed_gives_one_row_of_ids() {
        let (mut left, mut right) = (Ids::new(7), Ids::new(7));
        assert_eq!(
            (left.uuid(), left.word(9), left.object(5)),
            (right.uuid(), right.word(9), right.object(5))
        );
        assert_eq!(left.uuid().len(), 36);
    }
}
