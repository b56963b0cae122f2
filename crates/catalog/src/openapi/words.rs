//! Names, words and risk of an operation that nobody wrote for a model.

use crate::{Method, Risk};
use std::collections::HashSet;

/// The longest name.
const LONGEST: usize = 64;
/// The last segment of a path that only looks something up.
const LOOKS: [&str; 6] = ["count", "find", "lookup", "preview", "query", "search"];
/// Words of what is hard to undo.
const GRAVE: [&str; 22] = [
    "archive",
    "ban",
    "block",
    "cancel",
    "clear",
    "convert",
    "deactivate",
    "delete",
    "destroy",
    "disable",
    "erase",
    "expire",
    "forget",
    "merge",
    "purge",
    "redact",
    "remove",
    "reset",
    "revoke",
    "terminate",
    "unpublish",
    "wipe",
];
/// Words of what a customer sees or hears of.
const SEEN: [&str; 12] = [
    "banner",
    "call",
    "conversation",
    "email",
    "message",
    "news",
    "publish",
    "reply",
    "send",
    "sms",
    "ticket",
    "whatsapp",
];

/// A name in `snake_case`: `listIPAddresses` is `list_ip_addresses`.
pub(crate) fn snake(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut name = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let follows_small = index > 0
            && (letters[index - 1].is_ascii_lowercase() || letters[index - 1].is_ascii_digit());
        let ends_acronym = index > 0
            && letters[index - 1].is_ascii_uppercase()
            && letters.get(index + 1).is_some_and(char::is_ascii_lowercase);
        if letter.is_ascii_uppercase() && (follows_small || ends_acronym) {
            name.push('_');
        }
        name.push(if letter.is_ascii_alphanumeric() {
            letter.to_ascii_lowercase()
        } else {
            '_'
        });
    }
    let words: Vec<&str> = name.split('_').filter(|word| !word.is_empty()).collect();
    words.join("_")
}

/// A name that no other tool has: of the `operationId`, else of method and path, else with a number.
pub(super) fn unique(id: &str, method: Method, path: &str, taken: &HashSet<String>) -> String {
    let by_id = snake(id);
    let by_path = snake(&format!("{method} {}", path.replace('{', "by_")).to_lowercase());
    let names = [by_id, by_path.clone()];
    let found = names
        .iter()
        .filter(|name| !name.is_empty())
        .map(|name| cut(name, LONGEST))
        .find(|name| !taken.contains(name));
    let numbered = || {
        (2..).find_map(|number: u32| {
            let name = format!("{}_{number}", cut(&by_path, LONGEST - 6));
            (!taken.contains(&name)).then_some(name)
        })
    };
    found.or_else(numbered).unwrap_or(by_path)
}

/// A word for a person: the summary, else the name with spaces.
pub(crate) fn title(summary: &str, name: &str) -> String {
    let given = short(summary, 60);
    if !given.is_empty() {
        return given.trim_end_matches('.').to_owned();
    }
    let spaced = name.replace('_', " ");
    let mut letters = spaced.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// What a call may do, by method and path.
pub(super) fn risk(method: Method, path: &str, name: &str) -> Risk {
    let last = path.rsplit('/').next().unwrap_or_default();
    let is_grave = || {
        let mut words = words_of(path).chain(words_of(name));
        words.any(|word| GRAVE.contains(&word.as_str()) || GRAVE.contains(&singular(&word)))
    };
    match method {
        Method::Get => Risk::Read,
        Method::Post if LOOKS.contains(&last) => Risk::Read,
        Method::Delete => Risk::Destructive,
        _ if is_grave() => Risk::Destructive,
        _ => Risk::Write,
    }
}

/// Whether a customer may see the effect; said too often rather than too seldom.
pub(super) fn reaches_customer(risk: Risk, path: &str, name: &str) -> bool {
    let mut words = words_of(path).chain(words_of(name));
    risk != Risk::Read && words.any(|word| SEEN.contains(&singular(&word)))
}

/// The first sentences of a text without its markup, at most so many characters.
pub(super) fn short(text: &str, most: usize) -> String {
    let plain = plain(text);
    if plain.chars().count() <= most {
        return plain;
    }
    let mut end = 0;
    for (index, _) in plain.match_indices(". ") {
        if plain[..=index].chars().count() <= most {
            end = index + 1;
        }
    }
    // A first sentence that is far too short says less than a cut one.
    if end * 3 > most {
        return plain[..end].to_owned();
    }
    let mut line: String = plain.chars().take(most - 1).collect();
    if let Some(space) = line.rfind(' ') {
        line.truncate(space);
    }
    line.push('…');
    line
}

/// The first paragraph that is prose, on one line, without links and stars.
fn plain(text: &str) -> String {
    let paragraph = text
        .split("\n\n")
        .map(str::trim)
        .find(|part| !part.is_empty() && !part.starts_with(['>', '#', '|', '{', '<', '`']))
        .unwrap_or_default();
    let mut line = String::new();
    for word in paragraph.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    without_links(&line).replace("**", "").replace('`', "")
}

/// `[words](address)` as its words.
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('[') {
        plain.push_str(before);
        let found = behind
            .split_once("](")
            .and_then(|(words, tail)| Some((words, tail.split_once(')')?.1)));
        if let Some((words, tail)) = found {
            plain.push_str(words);
            rest = tail;
        } else {
            plain.push('[');
            rest = behind;
        }
    }
    plain + rest
}

fn cut(name: &str, most: usize) -> String {
    let name = if name.starts_with(|first: char| first.is_ascii_digit()) {
        format!("op_{name}")
    } else {
        name.to_owned()
    };
    let mut cut: String = name.chars().take(most).collect();
    if cut.len() < name.len()
        && let Some(end) = cut.rfind('_')
    {
        cut.truncate(end);
    }
    cut
}

/// The words of a path or a name; placeholders are none.
fn words_of(text: &str) -> impl Iterator<Item = String> {
    text.split('/')
        .filter(|part| !part.starts_with('{'))
        .flat_map(|part| {
            let words = snake(part);
            words.split('_').map(str::to_owned).collect::<Vec<_>>()
        })
}

fn singular(word: &str) -> &str {
    match word {
        "replies" => "reply",
        "news" => "news",
        _ => word.strip_suffix('s').unwrap_or(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_any_spelling() {
        for (text, expected) in [
            ("identifyAdmin", "identify_admin"),
            ("listIPAddresses", "list_ip_addresses"),
            ("RetrieveAHelpCenter", "retrieve_a_help_center"),
            ("list-all tags", "list_all_tags"),
            ("GET /x/{y}", "get_x_y"),
            ("v2Thing", "v2_thing"),
            ("__", ""),
        ] {
            assert_eq!(snake(text), expected);
        }
    }

    #[test]
    fn a_taken_name_gives_way_in_a_fixed_order() {
        let mut taken = HashSet::new();
        let mut next = |id: &str| {
            let name = unique(id, Method::Get, "/tags/{id}", &taken);
            taken.insert(name.clone());
            name
        };
        assert_eq!(next("getTag"), "get_tag");
        assert_eq!(next("getTag"), "get_tags_by_id");
        assert_eq!(next("getTag"), "get_tags_by_id_2");
        assert_eq!(next(""), "get_tags_by_id_3");
        let long = next(&"veryLongWord".repeat(9));
        assert!(long.len() <= 64 && long.ends_with("_wordvery"), "{long}");
        assert_eq!(next("2fa"), "op_2fa");
    }

    #[test]
    fn risk_and_reach_are_guessed_from_method_and_path() {
        use Method::{Delete, Get, Patch, Post, Put};
        for (method, path, risk_of, seen) in [
            (Get, "/conversations/{id}", Risk::Read, false),
            (Get, "/contacts/{id}/archive", Risk::Read, false),
            (Post, "/contacts/search", Risk::Read, false),
            (Post, "/contacts/merge", Risk::Destructive, false),
            (Post, "/contacts/{archive}/notes", Risk::Write, false),
            (Put, "/ban/{id}", Risk::Destructive, false),
            (Post, "/conversations/{id}/reply", Risk::Write, true),
            (Patch, "/notes/{id}", Risk::Write, false),
            (Delete, "/notes/{id}", Risk::Destructive, false),
            (Post, "/conversations/redact", Risk::Destructive, true),
        ] {
            let got = risk(method, path, "");
            assert_eq!(
                (got, reaches_customer(got, path, "")),
                (risk_of, seen),
                "{method} {path}"
            );
        }
        assert_eq!(risk(Post, "/jobs", "blockVisitor"), Risk::Destructive);
    }

    #[test]
    fn words_are_cut_to_a_sentence_without_markup() {
        for (text, most, expected) in [
            (
                "Lists **all** [tags](https://x.example/a).",
                60,
                "Lists all tags.",
            ),
            ("\n> Note\n>\n\nReal words\nhere.", 60, "Real words here."),
            (
                "One sentence here. Another one that is long.",
                30,
                "One sentence here.",
            ),
            (
                "A. Then a very long sentence without any end to it",
                20,
                "A. Then a very…",
            ),
            ("a [list] of [one](two", 60, "a [list] of [one](two"),
            ("", 10, ""),
        ] {
            assert_eq!(short(text, most), expected);
        }
        assert_eq!(title("", "list_tags"), "List tags");
    }
}
