//! Meanings that were read before. The same sentences of articles are weighed against every question, and a question is
//! read more than once: each takes milliseconds to read, and nothing to remember.

use super::encoder::Meaning;
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    mem,
    sync::{Mutex, PoisonError},
};

/// Meanings of one generation; two generations are kept, six megabytes in all.
const GENERATION: usize = 2_048;

/// What was read lately, by the text's hash.
#[derive(Default)]
pub(super) struct Known(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    young: HashMap<[u8; 16], Box<Meaning>>,
    old: HashMap<[u8; 16], Box<Meaning>>,
}

impl Known {
    /// The meaning of a text, if it was read lately; it is then kept for longer.
    pub(super) fn get(&self, text: &str) -> Option<Meaning> {
        let key = key(text);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(meaning) = kept.young.get(&key) {
            return Some(**meaning);
        }
        let meaning = kept.old.remove(&key)?;
        let found = *meaning;
        kept.put(key, meaning);
        Some(found)
    }

    /// Remembers a text's meaning.
    pub(super) fn keep(&self, text: &str, meaning: &Meaning) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.put(key(text), Box::new(*meaning));
    }
}

impl Generations {
    /// What nobody asked for during a whole generation is forgotten.
    fn put(&mut self, key: [u8; 16], meaning: Box<Meaning>) {
        if self.young.len() >= GENERATION {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(key, meaning);
    }
}

fn key(text: &str) -> [u8; 16] {
    let mut key = [0; 16];
    for (slot, byte) in key.iter_mut().zip(Sha256::digest(text)) {
        *slot = byte;
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedded::DIMENSIONS;

    #[test]
    fn what_is_asked_for_stays_and_the_rest_goes() {
        let known = Known::default();
        known.keep("asked for", &[1.0; DIMENSIONS]);
        known.keep("never again", &[2.0; DIMENSIONS]);
        for number in 0..2 * GENERATION {
            known.keep(&number.to_string(), &[0.0; DIMENSIONS]);
            if number % 100 == 0 {
                assert_eq!(known.get("asked for"), Some([1.0; DIMENSIONS]), "{number}");
            }
        }
        assert_eq!(known.get("never again"), None);
        let kept = known.0.lock().unwrap();
        assert!(kept.young.len() + kept.old.len() <= 2 * GENERATION);
    }
}
