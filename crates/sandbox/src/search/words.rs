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

/// The pieces of HTML between its tags.
pub(super) fn pieces(html: &str) -> impl Iterator<Item = &str> {
    html.split('<').enumerate().filter_map(|(index, piece)| {
        if index == 0 {
            Some(piece)
        } else {
            piece.split_once('>').map(|(_, rest)| rest)
        }
    })
}

/// The words of HTML.
pub(super) fn words(html: &str) -> impl Iterator<Item = &str> {
    pieces(html)
        .flat_map(|piece| piece.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
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
    let Some(&first) = lower.as_bytes().first() else {
        return true;
    };
    if !text.is_ascii() || !lower.is_ascii() {
        return text.to_lowercase().contains(lower);
    }
    let (text, lower) = (text.as_bytes(), lower.as_bytes());
    let last = text.len().checked_sub(lower.len());
    let upper = first.to_ascii_uppercase();
    last.is_some_and(|last| {
        (0..=last).any(|at| {
            (text[at] == first || text[at] == upper)
                && text[at..at + lower.len()].eq_ignore_ascii_case(lower)
        })
    })
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
