//! HTML as Markdown that makes the very same HTML again; what Markdown cannot say stays HTML, block by block.

use super::html::{self, Element, Node};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// The text of an article as a file holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Body {
    /// Markdown, or HTML where `is_html`.
    pub(crate) text: String,
    /// Whether the text is kept as HTML, because no Markdown makes it.
    pub(crate) is_html: bool,
    /// The class that the paragraphs have.
    pub(crate) paragraph_class: Option<String>,
}

impl Body {
    /// The body of that HTML; `html` makes the same again.
    pub(crate) fn of_html(html: &str) -> Self {
        let class = html::parse(html).and_then(|nodes| usual_class(&nodes));
        let markdown = html::parse(html)
            .and_then(|nodes| blocks(&nodes, class.as_deref()))
            .filter(|text| rendered(text, class.as_deref()) == html::canonical(html));
        match markdown {
            Some(text) => Self {
                text,
                is_html: false,
                paragraph_class: class,
            },
            None => Self {
                text: html.trim().to_owned(),
                is_html: true,
                paragraph_class: None,
            },
        }
    }

    /// The HTML that it makes.
    pub(crate) fn html(&self) -> String {
        if self.is_html {
            html::canonical(&self.text)
        } else {
            rendered(&self.text, self.paragraph_class.as_deref())
        }
    }
}

/// How inline elements are written: with Markdown's marks, or as tags where marks would be misread.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Marks,
    Tags,
}

fn rendered(markdown: &str, class: Option<&str>) -> String {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_HEADING_ATTRIBUTES;
    let opening = class.map(|class| {
        let element = Element {
            name: "p".into(),
            attributes: vec![("class".into(), class.into())],
            children: Vec::new(),
        };
        html::opening(&element)
    });
    let events = Parser::new_ext(markdown, options).map(|event| match (&opening, event) {
        (Some(opening), Event::Start(Tag::Paragraph)) => Event::Html(opening.clone().into()),
        (Some(_), Event::End(TagEnd::Paragraph)) => Event::Html("</p>\n".into()),
        (_, event) => event,
    });
    let mut out = String::new();
    pulldown_cmark::html::push_html(&mut out, events);
    html::canonical(&out)
}

/// The class of more than half of the paragraphs, where they have nothing else.
fn usual_class(nodes: &[Node]) -> Option<String> {
    let mut classes = Vec::new();
    paragraphs(nodes, &mut classes);
    let total = classes.len();
    let one = classes.iter().flatten().next()?.clone();
    let same = classes
        .iter()
        .filter(|class| class.as_ref() == Some(&one))
        .count();
    (same * 2 > total).then_some(one)
}

fn paragraphs(nodes: &[Node], classes: &mut Vec<Option<String>>) {
    for node in nodes {
        let Node::Element(element) = node else {
            continue;
        };
        if element.name == "p" {
            classes.push(match element.attributes.as_slice() {
                [(name, class)] if name == "class" => Some(class.clone()),
                _ => None,
            });
        }
        paragraphs(&element.children, classes);
    }
}

/// Blocks with an empty line between them; none where there are words outside of blocks.
fn blocks(nodes: &[Node], class: Option<&str>) -> Option<String> {
    let mut out: Vec<String> = Vec::new();
    let mut before = "";
    let mut other = false;
    for node in nodes {
        let element = match node {
            Node::Text(text) if text.trim_ascii().is_empty() => continue,
            Node::Element(element) => element,
            _ => return None,
        };
        // Two lists in a row are two only where their marks differ.
        other = element.name == before && !other;
        before = &element.name;
        out.push(block(element, class, other)?);
    }
    Some(out.join("\n\n"))
}

/// One block: Markdown where that makes the same, else HTML where that stays the same.
fn block(element: &Element, class: Option<&str>, other: bool) -> Option<String> {
    let own = html::written(std::slice::from_ref(&Node::Element(element.clone())));
    let tries = [
        marked(element, class, Style::Marks, other),
        marked(element, class, Style::Tags, other),
        Some(own.clone()),
    ];
    tries
        .into_iter()
        .flatten()
        .find(|text| rendered(text, class) == own)
}

fn marked(element: &Element, class: Option<&str>, style: Style, other: bool) -> Option<String> {
    let plain = element.attributes.is_empty();
    match element.name.as_str() {
        "p" if is_paragraph(element, class) => Some(line(&element.children, style)),
        name if matches!(name.as_bytes(), [b'h', b'1'..=b'6']) => heading(element, style),
        "ul" if plain => list(element, class, style, other),
        "ol" => list(element, class, style, other),
        "blockquote" if plain => {
            let inner = blocks(&element.children, class)?;
            Some(indented(&inner, "> ", "> "))
        }
        "pre" if plain => fence(element),
        "hr" if plain => Some("---".into()),
        _ => None,
    }
}

fn is_paragraph(element: &Element, class: Option<&str>) -> bool {
    match (element.attributes.as_slice(), class) {
        ([], None) => true,
        ([(name, value)], Some(class)) => name == "class" && value == class,
        _ => false,
    }
}

fn heading(element: &Element, style: Style) -> Option<String> {
    let level = usize::from(*element.name.as_bytes().last()? - b'0');
    let words = line(&element.children, style).replace('{', "\\{");
    let id = match element.attributes.as_slice() {
        [] => String::new(),
        [(name, id)] if name == "id" => format!(" {{#{id}}}"),
        _ => return None,
    };
    Some(format!("{} {words}{id}", "#".repeat(level)))
}

fn list(element: &Element, class: Option<&str>, style: Style, other: bool) -> Option<String> {
    let is_ordered = element.name == "ol";
    let mut number: u64 = match element.attributes.as_slice() {
        [] => 1,
        [(name, start)] if is_ordered && name == "start" => start.parse().ok()?,
        _ => return None,
    };
    let mut items = Vec::new();
    let mut is_loose = false;
    for node in &element.children {
        let item = match node {
            Node::Text(text) if text.trim_ascii().is_empty() => continue,
            Node::Element(item) if item.name == "li" && item.attributes.is_empty() => item,
            _ => return None,
        };
        let mark = match (is_ordered, other) {
            (true, false) => format!("{number}. "),
            (true, true) => format!("{number}) "),
            (false, false) => "- ".into(),
            (false, true) => "* ".into(),
        };
        number += 1;
        let (words, loose) = item_text(item, class, style)?;
        is_loose |= loose;
        items.push(indented(&words, &mark, &" ".repeat(mark.len())));
    }
    Some(items.join(if is_loose { "\n\n" } else { "\n" }))
}

/// An item of a list, and whether its words are paragraphs.
fn item_text(item: &Element, class: Option<&str>, style: Style) -> Option<(String, bool)> {
    let first = item.children.iter().position(html::is_block);
    let (words, inner) = item.children.split_at(first.unwrap_or(item.children.len()));
    let words = line(words, style);
    if inner.is_empty() {
        return Some((words, false));
    }
    let inner = blocks(inner, class)?;
    if words.is_empty() {
        return Some((inner, true));
    }
    Some((format!("{words}\n{inner}"), false))
}

fn fence(element: &Element) -> Option<String> {
    let [Node::Element(code)] = element.children.as_slice() else {
        return None;
    };
    let language = match code.attributes.as_slice() {
        [] => "",
        [(name, class)] if name == "class" => class.strip_prefix("language-")?,
        _ => return None,
    };
    let text = match code.children.as_slice() {
        [Node::Text(text)] if code.name == "code" => text,
        _ => return None,
    };
    let mut ticks = "```".to_owned();
    while text.contains(&ticks) {
        ticks.push('`');
    }
    let text = text.strip_suffix('\n').unwrap_or(text);
    Some(format!("{ticks}{language}\n{text}\n{ticks}"))
}

fn indented(text: &str, first: &str, others: &str) -> String {
    let mut out = String::new();
    for (index, line) in text.split('\n').enumerate() {
        let mark = if index == 0 { first } else { others };
        if index > 0 {
            out.push('\n');
        }
        out.push_str(if line.is_empty() {
            mark.trim_end()
        } else {
            mark
        });
        out.push_str(line);
    }
    out
}

/// Inline content on one line, but for its hard breaks.
fn line(nodes: &[Node], style: Style) -> String {
    let mut out = String::new();
    inline(nodes, style, &mut out);
    out.trim_matches(' ').to_owned()
}

fn inline(nodes: &[Node], style: Style, out: &mut String) {
    for node in nodes {
        match node {
            Node::Text(text) => words(text, out),
            Node::Comment(comment) => out.push_str(comment),
            Node::Element(element) => inline_element(element, style, out),
        }
    }
}

fn inline_element(element: &Element, style: Style, out: &mut String) {
    if style == Style::Marks && element.name == "br" {
        out.truncate(out.trim_end_matches(' ').len());
        out.push_str("\\\n");
        return;
    }
    let mark = match (element.name.as_str(), element.attributes.as_slice()) {
        ("strong", []) => "**",
        ("em", []) => "*",
        ("del", []) => "~~",
        _ => "",
    };
    let attributes = |names: &[&str]| {
        let own = element.attributes.iter().map(|(name, _)| name.as_str());
        own.eq(names.iter().copied())
    };
    let value = |index: usize| element.attributes[index].1.as_str();
    if style == Style::Tags || mark.is_empty() {
        let simple = style == Style::Marks;
        match (element.name.as_str(), element.children.as_slice()) {
            ("code", [Node::Text(text)]) if simple && attributes(&[]) => code(text, out),
            ("a", _) if simple && attributes(&["href"]) => {
                out.push('[');
                inline(&element.children, style, out);
                out.extend(["](", &target(value(0)), ")"]);
            }
            ("img", _) if simple && attributes(&["src", "alt"]) => {
                out.push_str("![");
                words(value(1), out);
                out.extend(["](", &target(value(0)), ")"]);
            }
            _ => tags(element, style, out),
        }
        return;
    }
    out.push_str(mark);
    inline(&element.children, style, out);
    out.push_str(mark);
}

fn tags(element: &Element, style: Style, out: &mut String) {
    out.push_str(&html::opening(element));
    if !html::is_void(&element.name) {
        inline(&element.children, style, out);
        out.extend(["</", &element.name, ">"]);
    }
}

fn code(text: &str, out: &mut String) {
    let mut ticks = "`".to_owned();
    while text.contains(&ticks) {
        ticks.push('`');
    }
    let pad = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    out.extend([&ticks, pad, text, pad, &ticks]);
}

/// An address as it stands in parentheses.
fn target(address: &str) -> String {
    if address.is_empty() || address.contains([' ', '(', ')', '<', '>']) {
        format!("<{}>", address.replace('<', "%3C").replace('>', "%3E"))
    } else {
        address.to_owned()
    }
}

/// Words, with what Markdown would read as marks taken literally.
fn words(text: &str, out: &mut String) {
    let mut before = out.chars().last();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let after = letters.peek().copied();
        let letter = if letter.is_ascii_whitespace() {
            ' '
        } else {
            letter
        };
        let at_start = before.is_none_or(|c| c == '\n');
        let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let is_mark = match letter {
            '\\' | '`' | '*' | '[' | ']' | '<' | '~' | '|' => true,
            '_' => !(word(before) && word(after)),
            '&' => after.is_some_and(|c| c.is_ascii_alphanumeric() || c == '#'),
            '#' | '>' | '+' | '-' | '=' => at_start,
            '.' | ')' => begins_item(out),
            _ => false,
        };
        if is_mark {
            out.push('\\');
        }
        out.push(letter);
        before = Some(letter);
    }
}

/// Whether the current line is nothing but a number, which a dot would make an item of a list.
fn begins_item(out: &str) -> bool {
    let line = out.rsplit('\n').next().unwrap_or(out);
    !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_markdown_where_that_says_the_same() {
        for (html, markdown) in [
            (
                "<p>Wait <strong>5</strong> <em>days</em>.</p>",
                "Wait **5** *days*.",
            ),
            (
                "<h2 id=\"h_1\">Costs</h2><p>a<br>b</p>",
                "## Costs {#h_1}\n\na\\\nb",
            ),
            (
                "<ul><li>one</li><li>two<ol><li>deep</li></ol></li></ul><ol start=\"3\"><li>x</li></ol>",
                "- one\n- two\n  1. deep\n\n3. x",
            ),
            (
                "<ul><li><p>one</p></li><li><p>two</p></li></ul>",
                "- one\n\n- two",
            ),
            ("<ul><li>a</li></ul><ul><li>b</li></ul>", "- a\n\n* b"),
            (
                "<p><a href=\"https://x.example/?a=1&amp;b=2\">us</a> <img src=\"i.png\" alt=\"I\"></p>",
                "[us](https://x.example/?a=1&b=2) ![I](i.png)",
            ),
            (
                "<pre><code class=\"language-sh\">ls\n\nls</code></pre>",
                "```sh\nls\n\nls\n```",
            ),
            (
                "<blockquote><p>one</p><p>two</p></blockquote><hr>",
                "> one\n>\n> two\n\n---",
            ),
            (
                "<p>1. not a list, 2 * 3 * 4, snake_case, [x], a &lt; b &amp; c</p>",
                "1\\. not a list, 2 \\* 3 \\* 4, snake_case, \\[x\\], a \\< b & c",
            ),
            (
                "<p>Press <u>this</u> or <b class=\"x\">that</b></p>",
                "Press <u>this</u> or <b class=\"x\">that</b>",
            ),
            (
                "<p>in<strong>side </strong>word</p>",
                "in<strong>side </strong>word",
            ),
        ] {
            let body = Body::of_html(html);
            assert_eq!(
                (body.text.as_str(), body.is_html),
                (markdown, false),
                "{html}"
            );
            assert_eq!(body.html(), html);
        }
    }

    #[test]
    fn every_text_makes_the_same_html_again() {
        for html in [
            "<div class=\"intercom-container\"><img src=\"https://x.example/a.png\"></div><p>After</p>",
            "<table><tbody><tr><td>a</td><td><p>b</p></td></tr></tbody></table>",
            "<p>one</p><p class=\"x\">two</p><p>three</p>",
            "<p class=\"no-margin\">one</p><p class=\"no-margin\">two</p><p>odd</p><ul><li><p class=\"no-margin\">x</p></li></ul>",
            "<p>open <b>bold",
            "bare words",
            "<p></p><p>\u{a0}</p>",
            "<p># no heading</p><p>- no item</p><p>&gt; no quote</p><p>+ a</p><p>12) b</p><p>```</p><p>---</p>",
            "<pre>a\n\n<b>b</b></pre>",
            "<iframe src=\"https://video.example/1\"></iframe><p>x</p>",
            "<h3>Set {braces} up</h3>",
            "<p>a | b</p><p>--- | ---</p>",
            "<p>*</p><p>_a_ __b__ ~c~ &amp;amp; \\</p>",
            "<p>he said \"no\" &amp; left</p><p><code>a ` b</code></p>",
            "<ul><li></li><li>a<p>b</p></li></ul>",
            "",
        ] {
            let body = Body::of_html(html);
            assert_eq!(body.html(), html::canonical(html), "{body:?}");
        }
        let classy = Body::of_html("<p class=\"no-margin\">one</p><p class=\"no-margin\">two</p>");
        assert_eq!(
            (classy.text.as_str(), classy.paragraph_class.as_deref()),
            ("one\n\ntwo", Some("no-margin"))
        );
    }
}
