//! What the linear heads see of a text: its meaning, its words and word pairs, and marks of a mood.

use super::lexicon;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Buckets that words are hashed into.
pub(crate) const BUCKETS: usize = 98_304;
/// Numbers of the lexicon behind the meaning.
pub(crate) const LEXICON: usize = lexicon::MARKS;

/// The hashed words of a text with their counts, by bucket in order.
pub(crate) type Words = Vec<(u32, f32)>;

/// Words, pairs of words and parts of words, each in its bucket, damped by the logarithm of how often they stand there.
pub(crate) fn words(text: &str) -> Words {
    let lower = text.to_lowercase();
    let tokens: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .map(|token| token.trim_matches('\''))
        .filter(|token| !token.is_empty())
        .collect();
    let mut buckets: Vec<u32> = tokens.iter().map(|token| bucket("w", token, "")).collect();
    buckets.extend(tokens.windows(2).map(|pair| bucket("b", pair[0], pair[1])));
    for token in &tokens {
        parts(token, &mut buckets);
    }
    buckets.sort_unstable();
    let mut words: Words = Vec::new();
    for one in buckets {
        match words.last_mut() {
            Some((last, count)) if *last == one => *count += 1.0,
            _ => words.push((one, 1.0)),
        }
    }
    for (_, count) in &mut words {
        *count = 1.0 + count.ln();
    }
    words
}

/// Runs of three to five letters within a word and its edges: what is left of a word in spite of a typing error.
fn parts(token: &str, buckets: &mut Vec<u32>) {
    let edged: Vec<char> = format!(" {token} ").chars().collect();
    for size in 3..=5 {
        for run in edged.windows(size) {
            let run: String = run.iter().collect();
            buckets.push(bucket("c", &run, ""));
        }
    }
}

/// FNV-1a over kind and words: the same everywhere and for ever, as the weights were trained with it.
fn bucket(kind: &str, first: &str, second: &str) -> u32 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in [kind, first, second].join("\0").bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^= hash >> 32;
    u32::try_from(hash % BUCKETS as u64).unwrap_or_default()
}

/// The SHA-256 of texts with their labels, in hex: tells what a model was trained on.
pub fn fingerprint<'a>(examples: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut digest = Sha256::new();
    for (text, label) in examples {
        digest.update(label);
        digest.update("\t");
        digest.update(text);
        digest.update("\n");
    }
    digest
        .finalize()
        .iter()
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
