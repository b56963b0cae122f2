//! The words of an HTML message, for an index: marks go, entities become characters.

/// The text of a message on one line.
pub(super) fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let (written, length) = if rest.starts_with('<') {
            mark(rest)
        } else {
            entity(rest)
        };
        text.push(written);
        rest = &rest[length..];
    }
    text.push_str(rest);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A mark is a space; a `<` that begins none stays.
fn mark(rest: &str) -> (char, usize) {
    let begins = rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
    match rest.find('>').filter(|_| begins) {
        Some(end) => (' ', end + 1),
        None => ('<', 1),
    }
}

fn entity(rest: &str) -> (char, usize) {
    let Some(end) = rest.bytes().take(10).position(|byte| byte == b';') else {
        return ('&', 1);
    };
    let name = &rest[1..end];
    let coded = name.strip_prefix('#').and_then(|code| {
        let code = match code.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => code.parse().ok()?,
        };
        char::from_u32(code)
    });
    let named = match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => None,
    };
    match coded.or(named) {
        Some(character) => (character, end + 1),
        None => ('&', 1),
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn marks_go_and_words_stay() {
        for (html, expected) in [
            ("", ""),
            (
                "<p>Where is my&nbsp;order?</p><p>It&#39;s late</p>",
                "Where is my order? It's late",
            ),
            ("a<br>b", "a b"),
            ("2 < 3 & 4 &unknown; &#x1F600;", "2 < 3 & 4 &unknown; 😀"),
            ("tail <b", "tail <b"),
            ("ünï&äö;code &", "ünï&äö;code &"),
        ] {
            assert_eq!(plain(html), expected, "{html}");
        }
    }
}
