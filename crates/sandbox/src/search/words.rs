//! Text as a search sees it: HTML without its tags, upper and lower case alike.

/// The text of HTML: tags gone, blocks on lines of their own, the usual entities as characters.
pub(crate) fn plain_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    for piece in html.split('<') {
        match piece.split_once('>') {
            Some((tag, rest)) => {
                let name = tag
                    .trim_start_matches('/')
                    .split([' ', '/'])
                    .next()
                    .unwrap_or_default();
                let breaks = matches!(
                    name,
                    "p" | "br"
                        | "div"
                        | "li"
                        | "ul"
                        | "ol"
                        | "h1"
                        | "h2"
                        | "h3"
                        | "tr"
                        | "blockquote"
                );
                if breaks && !text.is_empty() && !text.ends_with('\n') {
                    text.push('\n');
                }
                text.push_str(rest);
            }
            None => text.push_str(piece),
        }
    }
    let text = text.trim();
    if !text.contains('&') {
        return text.to_owned();
    }
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (entity, character)| {
        text.replace(entity, character)
    })
}

/// Which ends of a find must be the ends of a word.
#[derive(Clone, Copy)]
pub(super) enum Ends {
    None,
    Start,
    Stop,
    Both,
}

/// Whether the text of HTML, its tags aside, holds a lower-case text.
pub(super) fn html_holds(html: &str, lower: &str, ends: Ends) -> bool {
    let outside = |html: &str, at: usize| {
        html[..at]
            .rfind(['<', '>'])
            .is_none_or(|mark| html.as_bytes()[mark] == b'>')
    };
    let inner = |side: Option<char>| side.is_some_and(char::is_alphanumeric);
    let wholly = lower.chars().all(char::is_alphanumeric);
    if lower.contains('<') || !wholly && !matches!(ends, Ends::None) {
        return false;
    }
    occurs(html, lower, |html, at| {
        let starts = !inner(html[..at].chars().next_back());
        let stops = !inner(html[at + lower.len()..].chars().next());
        let fits = match ends {
            Ends::None => true,
            Ends::Start => starts,
            Ends::Stop => stops,
            Ends::Both => starts && stops,
        };
        fits && outside(html, at)
    })
}

/// Whether two texts are the same but for case; `lower` is in lower case already.
pub(super) fn same(text: &str, lower: &str) -> bool {
    if text.is_ascii() {
        text.eq_ignore_ascii_case(lower)
    } else {
        text.to_lowercase() == lower
    }
}

/// Whether a text holds another, case aside.
pub(super) fn holds(text: &str, lower: &str) -> bool {
    occurs(text, lower, |_, _| true)
}

/// Whether a text holds a lower-case one at a place that fits. The place's first argument is the text searched.
fn occurs(text: &str, lower: &str, fits: impl Fn(&str, usize) -> bool) -> bool {
    if !lower.is_ascii() {
        let text = text.to_lowercase();
        return text.match_indices(lower).any(|(at, _)| fits(&text, at));
    }
    // The rarest letter is looked for first, so that little is compared.
    let Some((offset, rarest)) = lower
        .bytes()
        .enumerate()
        .max_by_key(|(_, byte)| rarity(*byte))
    else {
        return true;
    };
    let bytes = text.as_bytes();
    memchr::memchr2_iter(rarest, rarest.to_ascii_uppercase(), bytes).any(|found| {
        let start = found.checked_sub(offset);
        start.is_some_and(|at| {
            bytes
                .get(at..at + lower.len())
                .is_some_and(|part| part.eq_ignore_ascii_case(lower.as_bytes()))
                && fits(text, at)
        })
    })
}

fn rarity(byte: u8) -> usize {
    // HTML makes `p`, `b`, `r` and the brackets as common as vowels.
    b" <>/pebrtaoinshldcumfygwvk"
        .iter()
        .position(|common| *common == byte)
        .unwrap_or(usize::MAX)
}

/// Whether a text begins with another, case aside.
pub(super) fn begins(text: &str, lower: &str) -> bool {
    if text.is_ascii() && lower.is_ascii() {
        return text.len() >= lower.len()
            && text.as_bytes()[..lower.len()].eq_ignore_ascii_case(lower.as_bytes());
    }
    text.to_lowercase().starts_with(lower)
}

/// Whether a text ends with another, case aside.
pub(super) fn ends(text: &str, lower: &str) -> bool {
    if text.is_ascii() && lower.is_ascii() {
        return text.len() >= lower.len()
            && text.as_bytes()[text.len() - lower.len()..].eq_ignore_ascii_case(lower.as_bytes());
    }
    text.to_lowercase().ends_with(lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_becomes_lines() {
        for (html, text) in [
            (
                "<p>Hi, where is my <b>refund</b>?</p>",
                "Hi, where is my refund?",
            ),
            ("<p>One</p><p>Two<br>Three</p>", "One\nTwo\nThree"),
            ("Fish &amp; chips &lt;3", "Fish & chips <3"),
            ("plain", "plain"),
        ] {
            assert_eq!(plain_text(html), text);
        }
    }

    #[test]
    fn case_does_not_matter() {
        assert!(
            holds("My Password reset", "password")
                && !holds("My Pass", "password")
                && holds("ÉCLAIR", "éclair")
        );
        assert!(
            same("Ana", "ana")
                && begins("ANA Silva", "ana")
                && ends("ana@Example.COM", "example.com")
                && !begins("A", "ana")
        );
    }
}
