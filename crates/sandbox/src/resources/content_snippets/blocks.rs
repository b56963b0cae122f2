//! Texts as Intercom's blocks, and as Markdown.

use crate::resources::articles::markup;
use serde_json::{Value, json};

/// Markdown as blocks.
pub(crate) fn of_markdown(markdown: &str) -> Vec<Value> {
    let html = markup::to_html(markdown);
    let mut blocks = Vec::new();
    let mut rest = html.as_str();
    while let Some((name, inner, after)) = element(rest) {
        blocks.push(match name {
            "h1" => json!({"type": "heading", "text": told(inner)}),
            "h2" | "h3" | "h4" | "h5" | "h6" => json!({"type": "subheading", "text": told(inner)}),
            "ul" => json!({"type": "unorderedList", "items": items(inner)}),
            "ol" => json!({"type": "orderedList", "items": items(inner)}),
            "pre" => json!({"type": "code", "text": told(inner)}),
            _ => json!({"type": "paragraph", "text": told(inner)}),
        });
        rest = after;
    }
    blocks
}

/// Blocks as Markdown; of blocks that are unknown here, their text.
pub(crate) fn to_markdown(blocks: &[Value]) -> String {
    let html: String = blocks.iter().map(html_of).collect();
    markup::to_markdown(&html)
}

fn html_of(block: &Value) -> String {
    let text = block["text"].as_str().unwrap_or_default();
    let list = |name: &str| {
        let items = block["items"].as_array().into_iter().flatten();
        let items: Vec<&str> = items.filter_map(Value::as_str).collect();
        format!("<{name}><li>{}</li></{name}>", items.join("</li><li>"))
    };
    match block["type"].as_str().unwrap_or_default() {
        "heading" => format!("<h1>{text}</h1>"),
        "subheading" => format!("<h2>{text}</h2>"),
        "unorderedList" => list("ul"),
        "orderedList" => list("ol"),
        "code" => format!("<pre>{text}</pre>"),
        "image" => format!(
            "<p><img src=\"{}\"></p>",
            block["url"].as_str().unwrap_or_default()
        ),
        _ if text.is_empty() => String::new(),
        _ => format!("<p>{text}</p>"),
    }
}

/// The name, the inside and the rest behind the first element; elements of one name do not stand in each other here.
fn element(html: &str) -> Option<(&str, &str, &str)> {
    let (_, after) = html.split_once('<')?;
    let (name, inside) = after.split_once('>')?;
    let (inner, rest) = inside.split_once(&format!("</{name}>"))?;
    Some((name, inner, rest))
}

fn items(html: &str) -> Vec<String> {
    let mut items = Vec::new();
    let mut rest = html;
    while let Some((_, inner, after)) = element(rest) {
        items.push(told(inner));
        rest = after;
    }
    items
}

/// Blocks have bold and italic words in short tags.
fn told(html: &str) -> String {
    [
        ("<strong>", "<b>"),
        ("</strong>", "</b>"),
        ("<em>", "<i>"),
        ("</em>", "</i>"),
        ("<code>", ""),
        ("</code>", ""),
    ]
    .iter()
    .fold(html.to_owned(), |text, (long, short)| {
        text.replace(long, short)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_blocks_and_comes_back() {
        for (markdown, blocks) in [
            ("", json!([])),
            (
                "# Refunds\n\n## When\n\nIn *five* days.",
                json!([{"type": "heading", "text": "Refunds"}, {"type": "subheading", "text": "When"}, {"type": "paragraph", "text": "In <i>five</i> days."}]),
            ),
            (
                "1. one\n2. **two**\n\n- three",
                json!([{"type": "orderedList", "items": ["one", "<b>two</b>"]}, {"type": "unorderedList", "items": ["three"]}]),
            ),
            (
                "```\na < b\n```",
                json!([{"type": "code", "text": "a &lt; b"}]),
            ),
        ] {
            let made = of_markdown(markdown);
            assert_eq!(json!(made), blocks, "{markdown}");
            assert_eq!(to_markdown(&made), markdown);
        }
    }

    #[test]
    fn odd_blocks_do_not_break() {
        let blocks = [
            json!({"type": "messengerCard"}),
            json!({"text": "plain"}),
            json!({"type": "image", "url": "https://a.example/i.png"}),
            json!(5),
        ];
        assert_eq!(
            to_markdown(&blocks),
            "plain\n\n![](https://a.example/i.png)"
        );
    }
}
