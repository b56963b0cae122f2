//! Cuts text into the word pieces that the encoder knows, as BERT's uncased vocabulary does.

use std::collections::HashMap;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Longer words are unknown at once.
const LONGEST_WORD: usize = 100;

/// A vocabulary, by piece.
pub(crate) struct WordPiece {
    ids: HashMap<&'static str, i32>,
    unknown: i32,
    begin: i32,
    end: i32,
}

impl WordPiece {
    /// Reads a vocabulary: one piece a line, its id the line's number from 0.
    pub(crate) fn new(vocabulary: &'static str) -> Option<Self> {
        let ids: HashMap<&str, i32> = vocabulary.lines().zip(0..).collect();
        Some(Self {
            unknown: *ids.get("[UNK]")?,
            begin: *ids.get("[CLS]")?,
            end: *ids.get("[SEP]")?,
            ids,
        })
    }

    /// The ids of a text between its two marks, at most `longest` with them.
    pub(crate) fn encode(&self, text: &str, longest: usize) -> Vec<i32> {
        let mut ids = vec![self.begin];
        for word in words(text) {
            self.pieces(&word, &mut ids);
            if ids.len() >= longest {
                break;
            }
        }
        ids.truncate(longest.saturating_sub(1));
        ids.push(self.end);
        ids
    }

    /// The longest pieces from the left; a word of which a part is unknown is unknown as a whole.
    fn pieces(&self, word: &str, ids: &mut Vec<i32>) {
        let before = ids.len();
        if word.chars().count() > LONGEST_WORD {
            return ids.push(self.unknown);
        }
        let mut start = 0;
        while start < word.len() {
            let Some((id, end)) = self.longest_at(word, start) else {
                ids.truncate(before);
                return ids.push(self.unknown);
            };
            ids.push(id);
            start = end;
        }
    }

    fn longest_at(&self, word: &str, start: usize) -> Option<(i32, usize)> {
        let mut piece = String::new();
        let ends = word[start..].char_indices().rev();
        ends.map(|(at, c)| start + at + c.len_utf8())
            .find_map(|end| {
                piece.clear();
                if start > 0 {
                    piece.push_str("##");
                }
                piece.push_str(&word[start..end]);
                self.ids.get(piece.as_str()).map(|id| (*id, end))
            })
    }
}

/// Lower-case words without accents; each punctuation mark and each Chinese character is a word.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let folded = text
        .chars()
        .flat_map(char::to_lowercase)
        .nfd()
        .filter(|c| !is_accent(*c));
    for c in folded {
        if c.is_whitespace() || is_mark(c) || is_chinese(c) {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            if !c.is_whitespace() {
                words.push(c.to_string());
            }
        } else if !is_dropped(c) {
            word.push(c);
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Punctuation of ASCII, symbols too, and of the commonest other blocks.
fn is_mark(c: char) -> bool {
    c.is_ascii_punctuation()
        || matches!(u32::from(c), 0xa1 | 0xa7 | 0xab | 0xb6 | 0xb7 | 0xbb | 0xbf | 0x37e | 0x60c | 0x61b | 0x61f
            | 0x6d4 | 0x964 | 0x2010..=0x2027 | 0x2030..=0x2043 | 0x2045..=0x2051 | 0x2053..=0x205e
            | 0x3001..=0x3003 | 0x3008..=0x3011 | 0x3014..=0x301f | 0xff01..=0xff03 | 0xff05..=0xff0a
            | 0xff0c..=0xff0f | 0xff1a | 0xff1b | 0xff1f | 0xff20)
}

fn is_chinese(c: char) -> bool {
    matches!(u32::from(c), 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x2fa1f)
}

/// Marks over and under letters; the vowel signs of Devanagari that take room of their own are letters.
fn is_accent(c: char) -> bool {
    is_combining_mark(c)
        && !matches!(u32::from(c), 0x903 | 0x93b | 0x93e..=0x940 | 0x949..=0x94c | 0x94e | 0x94f)
}

/// Control and format characters vanish.
fn is_dropped(c: char) -> bool {
    c.is_control()
        || c == '\u{fffd}'
        || matches!(u32::from(c), 0xad | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x2064 | 0xfeff)
}
