//! Okapi BM25 over the words of articles, their titles weighed twice.

use crate::embedded::head::real;
use std::collections::HashMap;

const K1: f32 = 1.2;
const B: f32 = 0.75;
const STOP: &[&str] = &[
    "a", "about", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can",
    "could", "did", "do", "does", "for", "from", "had", "has", "have", "how", "i", "if", "im",
    "in", "into", "is", "it", "its", "me", "my", "no", "not", "of", "on", "or", "our", "out",
    "please", "so", "that", "the", "their", "them", "then", "there", "this", "to", "up", "was",
    "we", "were", "what", "when", "where", "which", "who", "why", "will", "with", "would", "you",
    "your",
];

/// How often each word stands in one article.
#[derive(Clone, Default)]
pub(super) struct Counts {
    words: HashMap<u64, f32>,
    length: f32,
}

/// What the articles searched have together.
pub(super) struct Field {
    holding: HashMap<u64, usize>,
    articles: usize,
    length: f32,
}

impl Counts {
    pub(super) fn of(title: &str, body: &str) -> Self {
        let mut counts = Self::default();
        for word in words(title).chain(words(title)).chain(words(body)) {
            *counts.words.entry(word).or_default() += 1.0;
            counts.length += 1.0;
        }
        counts
    }
}

impl Field {
    pub(super) fn of<'a>(asked: &[u64], all: impl Iterator<Item = &'a Counts>) -> Self {
        let mut field = Self {
            holding: HashMap::new(),
            articles: 0,
            length: 0.0,
        };
        for counts in all {
            field.articles += 1;
            field.length += counts.length;
            for word in asked.iter().filter(|word| counts.words.contains_key(word)) {
                *field.holding.entry(*word).or_default() += 1;
            }
        }
        field
    }

    pub(super) fn score(&self, asked: &[u64], counts: &Counts) -> f32 {
        let usual = self.length / real(self.articles.max(1));
        let long = K1 * (1.0 - B + B * counts.length / usual.max(1.0));
        let one = |word: &u64| {
            let count = counts.words.get(word)?;
            let holding = real(*self.holding.get(word)?);
            let rarity = (1.0 + (real(self.articles) - holding + 0.5) / (holding + 0.5)).ln();
            Some(rarity * count * (K1 + 1.0) / (count + long))
        };
        asked.iter().filter_map(one).sum()
    }
}

/// The telling words of a question, each once.
pub(super) fn asked(text: &str) -> Vec<u64> {
    let mut asked: Vec<u64> = words(text).collect();
    asked.sort_unstable();
    asked.dedup();
    asked
}

/// Words by their stems, without those that stand everywhere, as numbers.
fn words(text: &str) -> impl Iterator<Item = u64> {
    let lower = text.to_lowercase().replace('\'', "");
    let words: Vec<u64> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && !STOP.contains(word))
        .map(|word| hash(stem(word)))
        .collect();
    words.into_iter()
}

/// English endings are cut off, carefully: what stays has four letters or more.
fn stem(word: &str) -> &str {
    if !word.is_ascii() {
        return word;
    }
    let ends = [
        "ations", "ation", "ings", "ing", "ies", "ied", "ers", "es", "ed", "er", "ly", "s", "e",
        "y",
    ];
    let cut = ends
        .iter()
        .find_map(|end| word.strip_suffix(end).filter(|stem| stem.len() >= 4));
    match cut {
        Some(stem) => stem
            .strip_suffix(['e', 'y'])
            .filter(|shorter| shorter.len() >= 4)
            .unwrap_or(stem),
        None => word
            .strip_suffix('s')
            .filter(|stem| stem.len() >= 3)
            .unwrap_or(word),
    }
}

fn hash(word: &str) -> u64 {
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_one_stem_meet() {
        for (one, other) in [
            ("refunds", "refund"),
            ("cancelling", "cancelled"),
            ("domains", "domain"),
            ("verify", "verified"),
        ] {
            assert_eq!(stem(one), stem(other), "{one} {other}");
        }
        assert!(asked("How do I do the").is_empty());
    }

    #[test]
    fn rare_words_and_titles_count_more() {
        let texts = [
            ("Refunds", "how to get money back"),
            ("Domains", "connect a domain, refund of money"),
            ("Other", "money"),
        ];
        let all: Vec<Counts> = texts
            .iter()
            .map(|(title, body)| Counts::of(title, body))
            .collect();
        let asked = asked("refund money");
        let field = Field::of(&asked, all.iter());
        let scores: Vec<f32> = all
            .iter()
            .map(|counts| field.score(&asked, counts))
            .collect();
        assert!(
            scores[0] > scores[1] && scores[1] > scores[2] && scores[2] > 0.0,
            "{scores:?}"
        );
    }
}
