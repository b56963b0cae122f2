//! Texts as words, and words as stems, so that `archives`, `archived` and `archiving` are one.

/// The stems of a text's words that tell one tool from another.
pub(super) fn stems(text: &str) -> Vec<String> {
    tokens(text)
        .into_iter()
        .filter(|token| !token.idle)
        .map(|token| token.stem)
        .collect()
}

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) stem: String,
    /// Whether the word alone tells no tool from another.
    pub(super) idle: bool,
}

/// All words of a text; an apostrophe ends a word and takes what follows with it.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    text.split(|c: char| !c.is_alphanumeric() && !is_apostrophe(c))
        .filter_map(|word| word.split(is_apostrophe).find(|part| !part.is_empty()))
        .map(|word| {
            let word = word.to_lowercase();
            Token {
                idle: IDLE.binary_search(&word.as_str()).is_ok(),
                stem: stem(&word),
            }
        })
        .collect()
}

fn is_apostrophe(c: char) -> bool {
    c == '\'' || c == '’'
}

/// Words that tell no tool from another, sorted.
const IDLE: [&str; 91] = [
    "a", "about", "all", "am", "an", "and", "any", "are", "as", "at", "be", "been", "before",
    "but", "by", "can", "could", "did", "do", "does", "each", "every", "for", "from", "get",
    "give", "go", "has", "have", "he", "her", "here", "him", "his", "how", "i", "if", "in", "into",
    "is", "it", "its", "just", "let", "me", "might", "my", "need", "not", "now", "of", "off", "on",
    "one", "or", "our", "out", "please", "put", "she", "should", "so", "some", "take", "that",
    "the", "their", "them", "then", "there", "these", "they", "this", "those", "to", "up", "us",
    "want", "was", "we", "were", "what", "when", "where", "which", "who", "will", "with", "would",
    "you", "your",
];
/// Words that look inflected and are not, and irregular forms with their stems.
const SPECIAL: [(&str, &str); 20] = [
    ("bought", "buy"),
    ("canned", "canned"),
    ("gave", "give"),
    ("given", "give"),
    ("hid", "hide"),
    ("hidden", "hide"),
    ("left", "leave"),
    ("made", "make"),
    ("making", "make"),
    ("news", "news"),
    ("paid", "pay"),
    ("sent", "send"),
    ("said", "say"),
    ("series", "series"),
    ("shown", "show"),
    ("spent", "spend"),
    ("status", "status"),
    ("wrote", "write"),
    ("written", "write"),
    ("writing", "write"),
];

/// The stem of a lower-case English word: light, so that it joins inflections and no more.
fn stem(word: &str) -> String {
    if let Some((_, stem)) = SPECIAL.iter().find(|(form, _)| *form == word) {
        return strip_e(stem);
    }
    let singular = singular(word);
    for ending in ["ing", "ed"] {
        if let Some(rest) = singular.strip_suffix(ending).filter(|rest| is_stem(rest)) {
            return match rest.strip_suffix('i') {
                Some(rest) if ending == "ed" => format!("{rest}y"),
                _ => strip_e(single_end(rest)),
            };
        }
    }
    strip_e(&singular)
}

fn singular(word: &str) -> String {
    if let Some(rest) = word.strip_suffix("ies").filter(|rest| rest.len() > 1) {
        return format!("{rest}y");
    }
    if let Some(rest) = word.strip_suffix("es")
        && rest.len() > 2
        && ["ss", "x", "ch", "sh", "us", "zz"]
            .iter()
            .any(|end| rest.ends_with(end))
    {
        return rest.to_owned();
    }
    match word.strip_suffix('s') {
        Some(rest) if rest.len() > 2 && !rest.ends_with(['s', 'u', 'i']) => rest.to_owned(),
        _ => word.to_owned(),
    }
}

/// What is left when an ending goes must be a word still: three letters with a vowel.
fn is_stem(rest: &str) -> bool {
    rest.len() > 2 && rest.contains(['a', 'e', 'i', 'o', 'u', 'y'])
}

/// `tagg` is `tag`, `call` stays.
fn single_end(rest: &str) -> &str {
    let bytes = rest.as_bytes();
    match bytes {
        [.., before, last] if before == last && b"bdgmnprt".contains(last) => {
            &rest[..rest.len() - 1]
        }
        _ => rest,
    }
}

fn strip_e(word: &str) -> String {
    match word.strip_suffix('e') {
        Some(rest) if rest.len() > 2 => rest.to_owned(),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inflections_have_one_stem() {
        assert!(IDLE.is_sorted());
        for forms in [
            &["archive", "archives", "archived", "archiving"][..],
            &["tag", "tags", "tagged", "tagging"],
            &["reply", "replies", "replied", "replying"],
            &["close", "closes", "closed", "closing"],
            &["address", "addresses", "addressed"],
            &["status", "statuses"],
            &["call", "calls", "called", "calling"],
            &["write", "wrote", "written", "writing"],
            &["company", "companies"],
            &["leave", "left", "leaves"],
            &["note", "notes", "noted"],
        ] {
            let stems: Vec<String> = forms.iter().map(|form| stem(form)).collect();
            assert!(stems.iter().all(|one| *one == stems[0]), "{stems:?}");
        }
    }

    #[test]
    fn other_words_stay_apart() {
        for (one, other) in [
            ("news", "new"),
            ("address", "add"),
            ("team", "teammate"),
            ("string", "str"),
        ] {
            assert_ne!(stem(one), stem(other));
        }
    }

    #[test]
    fn idle_words_and_endings_of_possession_fall_away() {
        assert_eq!(
            stems("Which of the customer's tags are there?"),
            ["customer", "tag"]
        );
        assert_eq!(stems("get_contact"), ["contact"]);
    }
}
