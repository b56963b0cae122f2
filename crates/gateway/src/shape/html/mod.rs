//! HTML as short Markdown: paragraphs, lists, links, emphasis, quotes; tails of quoted mail folded.

mod entity;
mod quote;
mod token;
mod writer;

use std::borrow::Cow;
use token::{Token, Tokens};
use writer::Writer;

/// What stands in the place of quoted mail.
pub(crate) const FOLDED: &str = "[quoted text folded]";
/// Elements by which a text is known to be HTML.
const KNOWN: [&str; 40] = [
    "a",
    "article",
    "b",
    "blockquote",
    "body",
    "br",
    "center",
    "code",
    "div",
    "em",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "hr",
    "html",
    "i",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "section",
    "small",
    "span",
    "strong",
    "style",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "u",
    "ul",
];

/// The text as Markdown where it is HTML; any other text as it is.
pub(crate) fn readable(text: &str) -> Cow<'_, str> {
    if is_html(text) {
        Cow::Owned(markdown(text))
    } else {
        Cow::Borrowed(text)
    }
}

/// The body of a message as Markdown, with quoted mail folded. Bodies are HTML, also where no tag says so.
pub(crate) fn message(body: &str) -> String {
    let text = if is_html(body) {
        markdown(body)
    } else {
        entity::decode(body).trim().to_owned()
    };
    quote::fold(text)
}

/// HTML as Markdown.
pub(crate) fn markdown(html: &str) -> String {
    let mut writer = Writer::new(html.len());
    let mut tokens = Tokens::new(html);
    while let Some(token) = tokens.next() {
        match token {
            Token::Text(text) => writer.text(text),
            Token::Close(name) => writer.close(&name.to_ascii_lowercase()),
            Token::Open(tag) => {
                let name = tag.name.to_ascii_lowercase();
                if matches!(
                    name.as_str(),
                    "script" | "style" | "head" | "title" | "template"
                ) {
                    tokens.skip_element(&name);
                } else if quote::begins_tail(&tag) {
                    if !quote::is_forwarded(tokens.rest()) {
                        writer.fold();
                        return writer.finish();
                    }
                } else if quote::is_quoted_mail(&name, &tag) && !quote::is_forwarded(tokens.rest())
                {
                    tokens.skip_element(&name);
                    writer.fold();
                } else {
                    writer.open(&name, &tag);
                }
            }
        }
    }
    writer.finish()
}

fn is_html(text: &str) -> bool {
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let inner = rest[start + 1..].trim_start_matches('/');
        let end = inner
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(inner.len());
        let (name, after) = inner.split_at(end);
        let ended = after.starts_with(|c: char| c == '>' || c == '/' || c.is_ascii_whitespace());
        if ended
            && KNOWN
                .binary_search(&name.to_ascii_lowercase().as_str())
                .is_ok()
        {
            return true;
        }
        rest = inner;
    }
    false
}

#[cfg(test)]
mod tests;
