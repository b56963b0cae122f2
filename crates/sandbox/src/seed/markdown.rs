//! The little Markdown that the shop's articles are written in, as HTML.

use super::text::escape;
use std::fmt::Write;

/// Headings, paragraphs of one line, lists, bold, italic and code.
pub(super) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    let mut list = "";
    for line in text.lines().chain([""]) {
        let (kind, item) = item(line);
        if kind != list {
            for (tag, name) in [("</", list), ("<", kind)] {
                if !name.is_empty() {
                    let _ = write!(out, "{tag}{name}>");
                }
            }
            list = kind;
        }
        if let Some(heading) = line.strip_prefix("## ") {
            wrapped("h2", heading, &mut out);
        } else if !kind.is_empty() {
            wrapped("li", item, &mut out);
        } else if !line.is_empty() {
            wrapped("p", line, &mut out);
        }
    }
    out
}

/// The kind of list that a line belongs to, and its text.
fn item(line: &str) -> (&'static str, &str) {
    if let Some(item) = line.strip_prefix("- ") {
        return ("ul", item);
    }
    match line.split_once(". ") {
        Some((number, item))
            if !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()) =>
        {
            ("ol", item)
        }
        _ => ("", line),
    }
}

fn wrapped(tag: &str, text: &str, out: &mut String) {
    let _ = write!(out, "<{tag}>");
    inline(text, out);
    let _ = write!(out, "</{tag}>");
}

fn inline(text: &str, out: &mut String) {
    let mut rest = text;
    'next: while let Some(at) = rest.find(['*', '`']) {
        for (mark, tag) in [("**", "b"), ("*", "i"), ("`", "code")] {
            let Some((inside, tail)) = rest[at..]
                .strip_prefix(mark)
                .and_then(|tail| tail.split_once(mark))
            else {
                continue;
            };
            escape(&rest[..at], out);
            let _ = write!(out, "<{tag}>");
            escape(inside, out);
            let _ = write!(out, "</{tag}>");
            rest = tail;
            continue 'next;
        }
        escape(&rest[..=at], out);
        rest = &rest[at + 1..];
    }
    escape(rest, out);
}

#[cfg(test)]
mod tests {
    use super::html;

    #[test]
    fn articles_become_html() {
        for (markdown, expected) in [
            (
                "## Who\n\nA **bold** & *soft* `word`.",
                "<h2>Who</h2><p>A <b>bold</b> &amp; <i>soft</i> <code>word</code>.</p>",
            ),
            ("- a\n- b\n\nend", "<ul><li>a</li><li>b</li></ul><p>end</p>"),
            ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
            ("- a\n1. b", "<ul><li>a</li></ul><ol><li>b</li></ol>"),
            ("2 * 3", "<p>2 * 3</p>"),
        ] {
            assert_eq!(html(markdown), expected);
        }
    }
}
