//! Whether a sentence rests on its passage, and how text is cut into sentences.

use std::collections::HashSet;

/// The share of a sentence's telling words that its passage must hold.
const SHARE: f32 = 0.6;

/// Whether a passage supports a sentence: it holds it word for word, or it holds every number of it and most of its
/// telling words.
pub fn grounded(sentence: &str, passage: &str) -> bool {
    let (said, source) = (words(sentence), words(passage));
    if said.is_empty() || source.join(" ").contains(&said.join(" ")) {
        return !said.is_empty();
    }
    let source: HashSet<&str> = source.iter().map(String::as_str).collect();
    let told: Vec<&String> = said
        .iter()
        .filter(|word| word.chars().count() > 3 || is_number(word))
        .collect();
    if told
        .iter()
        .any(|word| is_number(word) && !source.contains(word.as_str()))
        || told.is_empty()
    {
        return false;
    }
    let held = told
        .iter()
        .filter(|word| source.contains(word.as_str()))
        .count();
    super::super::embedded::head::real(held)
        >= SHARE * super::super::embedded::head::real(told.len())
}

/// Cuts a text into sentences, at ends of lines and at marks that a space follows; a list's marks are left out.
pub fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut start = 0;
        let mut before = None;
        for (at, c) in line.char_indices() {
            if c.is_whitespace()
                && matches!(before, Some('.' | '!' | '?' | '。' | '！' | '？'))
                && !abbreviated(&line[start..at])
            {
                found.push(bare(&line[start..at]));
                start = at;
            }
            before = Some(c);
        }
        found.push(bare(&line[start..]));
    }
    found.retain(|sentence| !sentence.is_empty());
    found
}

/// Markdown as plain words: links keep their text, images vanish, marks of emphasis and headings too.
pub(crate) fn plain(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    for line in markdown.lines() {
        let line = line.trim_start().trim_start_matches(['#', '>']).trim();
        out.push_str(&without_links(line).replace(['*', '`'], ""));
        out.push('\n');
    }
    out
}

fn without_links(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(open) = rest.find('[') {
        let after = &rest[open + 1..];
        let target = after.find("](").and_then(|close| {
            let end = after[close..].find(')')?;
            Some((&after[..close], &after[close + end + 1..]))
        });
        let Some((words, tail)) = target else { break };
        let is_image = rest[..open].ends_with('!');
        out.push_str(&rest[..open - usize::from(is_image)]);
        if !is_image {
            out.push_str(words);
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// Whether a sentence ends in an abbreviation, or in a single letter or number of a list.
fn abbreviated(sentence: &str) -> bool {
    let last = sentence
        .rsplit(char::is_whitespace)
        .next()
        .unwrap_or_default()
        .to_lowercase();
    let stem = last.trim_end_matches('.');
    [
        "e.g", "i.e", "etc", "vs", "no", "mr", "mrs", "dr", "approx", "min", "max",
    ]
    .contains(&stem)
        || (last.ends_with('.')
            && stem.chars().count() <= 2
            && stem.chars().all(char::is_alphanumeric))
}

fn bare(sentence: &str) -> &str {
    let sentence = sentence.trim();
    let listed = sentence.trim_start_matches(['-', '*', '•']).trim_start();
    let digits = listed.trim_start_matches(|c: char| c.is_ascii_digit());
    match digits.strip_prefix(['.', ')']) {
        Some(after) if digits.len() < listed.len() && after.starts_with(' ') => after.trim_start(),
        _ => listed,
    }
}

fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let words = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

fn is_number(word: &str) -> bool {
    word.chars().any(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_into_sentences() {
        assert_eq!(
            sentences("1. Open Settings. Press Save!\n- e.g. version 4.2 works. ok"),
            [
                "Open Settings.",
                "Press Save!",
                "e.g. version 4.2 works.",
                "ok"
            ]
        );
        assert!(sentences(" \n ").is_empty());
    }

    #[test]
    fn markdown_becomes_words() {
        let text = "# Refunds\nSee [our page](https://x.example/a) ![pic](https://x.example/p.png)**now**.";
        assert_eq!(plain(text), "Refunds\nSee our page now.\n");
    }

    #[test]
    fn what_the_passage_does_not_say_is_not_grounded() {
        let passage = "Refunds are paid within 5 days to the card that was charged.";
        assert!(grounded("Refunds are paid within 5 days", passage));
        assert!(grounded(
            "The card charged gets refunds within 5 days",
            passage
        ));
        assert!(!grounded("Refunds are paid within 7 days", passage));
        assert!(!grounded(
            "We will call your bank tomorrow morning",
            passage
        ));
        assert!(!grounded("", passage));
    }
}
