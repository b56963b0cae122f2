//! A question as concepts: each of them words, or what the synonyms say that they may mean.

use super::words::{Token, stems, tokens};
use catalog::Synonym;

/// The most words that may stand between two words of a phrase.
const GAP: usize = 3;
/// Words that begin a text which asks for something, rather than tells to do it.
const ASKING: [&str; 27] = [
    "are", "check", "count", "did", "do", "does", "find", "get", "how", "is", "list", "look",
    "read", "search", "see", "show", "was", "were", "what", "when", "where", "which", "who",
    "whose", "why", "would", "has",
];

/// Whether a text asks for something.
pub(super) fn asks(text: &str) -> bool {
    let first = text
        .split(|c: char| !c.is_alphanumeric())
        .find(|word| !word.is_empty());
    first.is_some_and(|word| ASKING.contains(&word.to_lowercase().as_str()))
}

/// A concept: alternatives of each other, each words that count together.
pub(super) type Concept = Vec<Vec<String>>;

/// What people say and what it means, longest phrases first.
pub(super) struct Phrases {
    phrases: Vec<Phrase>,
}

struct Phrase {
    said: Vec<String>,
    meant: Concept,
}

impl Phrases {
    /// The synonyms, ready to be matched; what is said more than once means all of it.
    pub(super) fn new(synonyms: &[Synonym]) -> Self {
        let mut phrases: Vec<Phrase> = Vec::new();
        for synonym in synonyms {
            let meant: Concept = synonym.mean.iter().map(|words| stems(words)).collect();
            for said in &synonym.say {
                let said: Vec<String> = tokens(said).into_iter().map(|token| token.stem).collect();
                match phrases.iter_mut().find(|phrase| phrase.said == said) {
                    Some(phrase) => phrase.meant.extend(meant.clone()),
                    None => phrases.push(Phrase {
                        said,
                        meant: meant.clone(),
                    }),
                }
            }
        }
        phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.said.len()));
        Self { phrases }
    }

    /// The concepts of a question, each with its alternatives. A word serves one concept only.
    pub(super) fn concepts(&self, text: &str) -> Vec<Concept> {
        let tokens = tokens(text);
        let mut free = vec![true; tokens.len()];
        let mut concepts = Vec::new();
        for phrase in &self.phrases {
            while let Some(places) = matched(&phrase.said, &tokens, &free) {
                for place in &places {
                    free[*place] = false;
                }
                let own = places.iter().map(|place| &tokens[*place]);
                concepts.push(literal(own).chain(phrase.meant.clone()).collect());
            }
        }
        for (token, free) in tokens.iter().zip(free) {
            if free && !token.idle {
                concepts.push(literal(std::iter::once(token)).collect());
            }
        }
        concepts
    }
}

/// The words as they were said, where they tell anything.
fn literal<'a>(said: impl Iterator<Item = &'a Token>) -> impl Iterator<Item = Vec<String>> {
    let words: Vec<String> = said
        .filter(|token| !token.idle)
        .map(|token| token.stem.clone())
        .collect();
    (!words.is_empty()).then_some(words).into_iter()
}

/// Where a phrase stands among the words that are still free: in its order, with small gaps.
fn matched(said: &[String], tokens: &[Token], free: &[bool]) -> Option<Vec<usize>> {
    let fits = |place: usize, word: &String| free[place] && tokens[place].stem == *word;
    let (first, rest) = said.split_first()?;
    'starts: for start in (0..tokens.len()).filter(|place| fits(*place, first)) {
        let mut places = vec![start];
        let mut last = start;
        for word in rest {
            let end = (last + 2 + GAP).min(tokens.len());
            let Some(next) = (last + 1..end).find(|place| fits(*place, word)) else {
                continue 'starts;
            };
            places.push(next);
            last = next;
        }
        return Some(places);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn concepts(text: &str) -> Vec<Vec<String>> {
        let phrases = Phrases::new(&[
            Synonym {
                say: vec!["opt out".into(), "unsubscribe".into()],
                mean: vec!["consent".into()],
            },
            Synonym {
                say: vec!["out".into()],
                mean: vec!["away".into()],
            },
        ]);
        phrases
            .concepts(text)
            .into_iter()
            .map(|concept| concept.into_iter().map(|words| words.join(" ")).collect())
            .collect()
    }

    #[test]
    fn long_phrases_take_their_words_first() {
        for (text, expected) in [
            ("they opt out", vec![vec!["opt", "consent"]]),
            (
                "opt this customer out",
                vec![vec!["opt", "consent"], vec!["customer"]],
            ),
            ("out today", vec![vec!["away"], vec!["today"]]),
            ("out opt", vec![vec!["away"], vec!["opt"]]),
            ("unsubscribed", vec![vec!["unsubscrib", "consent"]]),
            (
                "opt two four six ten out",
                vec![
                    vec!["away"],
                    vec!["opt"],
                    vec!["two"],
                    vec!["four"],
                    vec!["six"],
                    vec!["ten"],
                ],
            ),
        ] {
            assert_eq!(concepts(text), expected, "{text}");
        }
    }

    #[test]
    fn questions_ask_and_orders_tell() {
        for (text, expected) in [
            ("Which tags are there?", true),
            ("show tags", true),
            ("close it", false),
            ("", false),
        ] {
            assert_eq!(asks(text), expected, "{text}");
        }
    }
}
