//! Splits HTML into text and tags, as forgiving as mail demands.

/// A piece of HTML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Text with its character references as they are.
    Text(&'a str),
    /// An opening tag.
    Open(Tag<'a>),
    /// The name of a closing tag, in any letter case.
    Close(&'a str),
}

/// An opening tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// Its name, in any letter case.
    pub(super) name: &'a str,
    attributes: &'a str,
}

impl<'a> Tag<'a> {
    /// The value of an attribute, references unresolved.
    pub(super) fn attribute(&self, wanted: &str) -> Option<&'a str> {
        let mut rest = self.attributes;
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            if rest.is_empty() {
                return None;
            }
            let end = rest
                .find(|c: char| c == '=' || c.is_ascii_whitespace())
                .unwrap_or(rest.len());
            let (name, tail) = rest.split_at(end);
            let (value, tail) = match tail.trim_start().strip_prefix('=') {
                Some(value) => attribute_value(value.trim_start()),
                None => ("", tail),
            };
            if name.eq_ignore_ascii_case(wanted) {
                return Some(value);
            }
            if name.is_empty() && tail.len() == rest.len() {
                return None;
            }
            rest = tail;
        }
    }
}

/// The tokens of a text.
pub(super) struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(html: &'a str) -> Self {
        Self { rest: html }
    }

    /// What is left of the text.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    /// Passes over everything up to the end of the element whose opening tag was just read; answers what it held.
    pub(super) fn skip_element(&mut self, name: &str) -> &'a str {
        let start = self.rest;
        let mut depth = 1_u32;
        let mut before = self.rest;
        while let Some(token) = self.next() {
            match token {
                Token::Open(tag) if tag.name.eq_ignore_ascii_case(name) => depth += 1,
                Token::Close(closed) if closed.eq_ignore_ascii_case(name) => {
                    depth -= 1;
                    if depth == 0 {
                        return &start[..start.len() - before.len()];
                    }
                }
                _ => {}
            }
            before = self.rest;
        }
        start
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            if let Some(comment) = self.rest.strip_prefix("<!--") {
                self.rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
                continue;
            }
            if self.rest.starts_with("<!") || self.rest.starts_with("<?") {
                self.rest = self.rest.split_once('>').map_or("", |(_, rest)| rest);
                continue;
            }
            if let Some((token, rest)) = tag(self.rest) {
                self.rest = rest;
                return Some(token);
            }
            // A `<` that begins no tag is text, up to the next one.
            let first = self.rest.chars().next().map_or(0, char::len_utf8);
            let end = self.rest[first..]
                .find('<')
                .map_or(self.rest.len(), |at| at + first);
            let (text, rest) = self.rest.split_at(end);
            self.rest = rest;
            return Some(Token::Text(text));
        }
    }
}

fn tag(html: &str) -> Option<(Token<'_>, &str)> {
    let inner = html.strip_prefix('<')?;
    let (closing, inner) = match inner.strip_prefix('/') {
        Some(inner) => (true, inner),
        None => (false, inner),
    };
    let end = inner
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == ':' || c == '-'))
        .unwrap_or(inner.len());
    let (name, after) = inner.split_at(end);
    let begins_a_tag = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && (after.is_empty()
            || after.starts_with(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/'))
        && !after.starts_with("//");
    if !begins_a_tag {
        return None;
    }
    let close = tag_end(after);
    let attributes = &after[..close];
    let rest = after.get(close + 1..).unwrap_or("");
    let token = if closing {
        Token::Close(name)
    } else {
        Token::Open(Tag { name, attributes })
    };
    Some((token, rest))
}

/// Where the `>` of a tag stands; one inside quotes is part of an attribute.
fn tag_end(text: &str) -> usize {
    let mut quote = None;
    for (index, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return index,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if byte == open => quote = None,
            _ => {}
        }
    }
    // An open quote swallowed the rest: the first `>` ends the tag after all.
    text.find('>').unwrap_or(text.len())
}

fn attribute_value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote) {
            return inner.split_once(quote).unwrap_or((inner, ""));
        }
    }
    let end = text
        .find(|c: char| c.is_ascii_whitespace())
        .unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(html: &str, expected: &[&str]) {
        let got: Vec<String> = Tokens::new(html)
            .map(|token| match token {
                Token::Text(text) => text.to_owned(),
                Token::Open(tag) => format!("+{}", tag.name),
                Token::Close(name) => format!("-{name}"),
            })
            .collect();
        assert_eq!(got, expected, "{html}");
    }

    #[test]
    fn html_is_split_forgivingly() {
        check("<p>a<br/>b</p>", &["+p", "a", "+br", "b", "-p"]);
        check("1 < 2 <3 <ana@x.y>", &["1 ", "< 2 ", "<3 ", "<ana@x.y>"]);
        check("<!-- <p> -->x<!DOCTYPE html>y", &["x", "y"]);
        check("<https://a.b/c>", &["<https://a.b/c>"]);
        check("<a title=\"x > y\">z", &["+a", "z"]);
        check("<p title=\"open>z", &["+p", "z"]);
        check("é<", &["é", "<"]);
        check("<é", &["<é"]);
    }

    #[test]
    fn attributes_are_found_in_any_quotes() {
        let tag = |html| match Tokens::new(html).next() {
            Some(Token::Open(tag)) => tag,
            other => panic!("{other:?}"),
        };
        let link = tag("<a class=x HREF='https://a.b/?c=d&amp;e' disabled title=\"t\"/>");
        assert_eq!(link.attribute("href"), Some("https://a.b/?c=d&amp;e"));
        assert_eq!(link.attribute("class"), Some("x"));
        assert_eq!(link.attribute("disabled"), Some(""));
        assert_eq!(link.attribute("title"), Some("t"));
        assert_eq!(link.attribute("id"), None);
        assert_eq!(tag("<a =>").attribute("x"), None);
    }

    #[test]
    fn elements_are_skipped_with_what_they_hold() {
        let mut tokens = Tokens::new("<div>a<div>b</div>c</div>d");
        tokens.next();
        assert_eq!(tokens.skip_element("div"), "a<div>b</div>c");
        assert_eq!(tokens.rest(), "d");
        let mut open = Tokens::new("<div>a<div>b</div>c");
        open.next();
        assert_eq!(open.skip_element("DIV"), "a<div>b</div>c");
    }
}
