//! HTML as a tree, and in one spelling: two texts that browsers show alike are written alike.

/// A piece of HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// Words, with their entities resolved.
    Text(String),
    /// A comment, whole.
    Comment(String),
    /// An element with what it holds.
    Element(Element),
}

/// An element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Node>,
}

const VOID: [&str; 13] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
];
/// Elements that begin and end a line of their own.
const BLOCKS: [&str; 41] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "caption",
    "col",
    "colgroup",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
];
const ENTITIES: [(&str, &str); 16] = [
    ("amp", "&"),
    ("lt", "<"),
    ("gt", ">"),
    ("quot", "\""),
    ("apos", "'"),
    ("nbsp", "\u{a0}"),
    ("hellip", "…"),
    ("mdash", "—"),
    ("ndash", "–"),
    ("lsquo", "‘"),
    ("rsquo", "’"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("copy", "©"),
    ("euro", "€"),
    ("times", "×"),
];

/// The tree of a text; none where it is not plain enough to be sure of, such as unclosed elements or scripts.
pub(super) fn parse(html: &str) -> Option<Vec<Node>> {
    let mut open: Vec<Element> = Vec::new();
    let mut top: Vec<Node> = Vec::new();
    let mut rest = html;
    while !rest.is_empty() {
        let node = match rest.find('<') {
            Some(0) => match tag(&mut rest)? {
                Tag::Open(element) => {
                    open.push(element);
                    continue;
                }
                Tag::Close(name) => Node::Element(open.pop().filter(|last| last.name == name)?),
                Tag::Whole(node) => node,
            },
            place => {
                let (text, after) = rest.split_at(place.unwrap_or(rest.len()));
                rest = after;
                Node::Text(resolved(text)?)
            }
        };
        let siblings = open.last_mut().map_or(&mut top, |last| &mut last.children);
        siblings.push(node);
    }
    open.is_empty().then_some(top)
}

/// One spelling of a text; the text itself where it cannot be read.
pub(super) fn canonical(html: &str) -> String {
    match parse(html) {
        Some(nodes) => written(&nodes),
        None => html.trim().to_owned(),
    }
}

/// The one spelling of a tree.
pub(super) fn written(nodes: &[Node]) -> String {
    let mut out = String::new();
    write(nodes, true, false, &mut out);
    out
}

/// A tag as it is written to open an element.
pub(super) fn opening(element: &Element) -> String {
    let mut out = format!("<{}", element.name);
    for (name, value) in &element.attributes {
        let value = value.replace('&', "&amp;").replace('"', "&quot;");
        out.extend([" ", name, "=\"", &value, "\""]);
    }
    out.push('>');
    out
}

/// Whether an element is a block, which whitespace around it does not touch.
pub(super) fn is_block(node: &Node) -> bool {
    matches!(node, Node::Element(element) if BLOCKS.contains(&element.name.as_str()))
}

pub(super) fn is_void(name: &str) -> bool {
    VOID.contains(&name)
}

enum Tag {
    Open(Element),
    Close(String),
    Whole(Node),
}

fn tag(rest: &mut &str) -> Option<Tag> {
    if let Some(after) = rest.strip_prefix("<!--") {
        let (comment, after) = after.split_once("-->")?;
        *rest = after;
        return Some(Tag::Whole(Node::Comment(format!("<!--{comment}-->"))));
    }
    let mut text = &rest[1..];
    let closes = text.starts_with('/');
    text = text.strip_prefix('/').unwrap_or(text);
    let name = word(&mut text, |c| c.is_ascii_alphanumeric())?.to_ascii_lowercase();
    let mut attributes = Vec::new();
    loop {
        text = text.trim_start();
        if let Some(after) = text.strip_prefix('>') {
            *rest = after;
            break;
        }
        if let Some(after) = text.strip_prefix("/>") {
            *rest = after;
            break;
        }
        attributes.push(attribute(&mut text)?);
    }
    if closes {
        return attributes.is_empty().then_some(Tag::Close(name));
    }
    // What these hold is no HTML.
    if matches!(
        name.as_str(),
        "script" | "style" | "textarea" | "title" | "svg" | "math"
    ) {
        return None;
    }
    let element = Element {
        attributes,
        children: Vec::new(),
        name,
    };
    Some(if is_void(&element.name) {
        Tag::Whole(Node::Element(element))
    } else {
        Tag::Open(element)
    })
}

fn attribute(text: &mut &str) -> Option<(String, String)> {
    let name = word(text, |c| {
        !c.is_whitespace() && !matches!(c, '=' | '>' | '/' | '"' | '\'')
    })?;
    let name = name.to_ascii_lowercase();
    let Some(after) = text.trim_start().strip_prefix('=') else {
        return Some((name, String::new()));
    };
    let after = after.trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
    let value = if let Some(quote) = quote {
        let (value, after) = after[1..].split_once(quote)?;
        *text = after;
        value
    } else {
        *text = after;
        word(text, |c| !c.is_whitespace() && c != '>')?
    };
    Some((name, resolved(value)?))
}

/// The longest beginning of such characters, which is taken off; none where there is none.
fn word<'a>(text: &mut &'a str, fits: impl Fn(char) -> bool) -> Option<&'a str> {
    let end = text.find(|c| !fits(c)).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    *text = rest;
    (!word.is_empty()).then_some(word)
}

/// Words with their entities resolved; an ampersand that begins none stands for itself.
fn resolved(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find('&') {
        out.push_str(&rest[..place]);
        rest = &rest[place + 1..];
        let name = rest.split_once(';').map(|(name, _)| name).filter(|name| {
            name.len() < 12 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '#')
        });
        let Some(name) = name else {
            out.push('&');
            continue;
        };
        let number = name
            .strip_prefix('#')
            .map(|digits| match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => digits.parse(),
            });
        match number {
            Some(code) => out.push(char::from_u32(code.ok()?)?),
            None => out.push_str(ENTITIES.iter().find(|(known, _)| *known == name)?.1),
        }
        rest = &rest[name.len() + 1..];
    }
    out.push_str(rest);
    Some(out)
}

/// Writes siblings; at the edges of blocks whitespace means nothing.
fn write(nodes: &[Node], in_block: bool, verbatim: bool, out: &mut String) {
    for (index, node) in nodes.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| &nodes[before]);
        let after = nodes.get(index + 1);
        match node {
            Node::Comment(comment) => out.push_str(comment),
            Node::Text(text) if verbatim => escape(text, out),
            Node::Text(text) => {
                let edge = |side: Option<&Node>| match side {
                    None => in_block,
                    Some(node) => is_block(node) || is_break(node),
                };
                escape(&squeezed(text, edge(before), edge(after)), out);
            }
            Node::Element(element) => write_element(element, verbatim, out),
        }
    }
}

fn write_element(element: &Element, verbatim: bool, out: &mut String) {
    out.push_str(&opening(element));
    if is_void(&element.name) {
        return;
    }
    let start = out.len();
    let is_pre = element.name == "pre";
    let in_block = BLOCKS.contains(&element.name.as_str());
    write(&element.children, in_block, verbatim || is_pre, out);
    if is_pre {
        trim_code(out, start);
    }
    out.extend(["</", &element.name, ">"]);
}

/// The last line of code ends the same with and without line breaks.
fn trim_code(out: &mut String, start: usize) {
    for end in ["\n</code>", "\n"] {
        while out[start..].ends_with(end) {
            let place = out.len() - end.len();
            out.remove(place);
        }
    }
}

fn is_break(node: &Node) -> bool {
    matches!(node, Node::Element(element) if element.name == "br")
}

/// Runs of whitespace as one space, and none at the edges that are named.
fn squeezed(text: &str, at_start: bool, at_end: bool) -> String {
    let is_space = |c: char| c.is_ascii_whitespace();
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match is_space(c) {
            false => out.push(c),
            true if out.ends_with(' ') => {}
            true => out.push(' '),
        }
    }
    let out = if at_start {
        out.trim_start_matches(' ')
    } else {
        &out
    };
    let out = if at_end {
        out.trim_end_matches(' ')
    } else {
        out
    };
    out.to_owned()
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            _ => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_alike_is_written_alike() {
        for (html, expected) in [
            (
                "<p>one</p>\n<p> two\n three </p>",
                "<p>one</p><p>two three</p>",
            ),
            ("<P CLASS='x'>a<br/>\nb</P>", "<p class=\"x\">a<br>b</p>"),
            (
                "<p>it&#39;s &amp; &nbsp;&hellip; AT&T</p>",
                "<p>it's &amp; \u{a0}… AT&amp;T</p>",
            ),
            (
                "<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n</ul>",
                "<ul><li>a<ul><li>b</li></ul></li></ul>",
            ),
            (
                "<pre><code>a\n  b\n\n</code></pre>",
                "<pre><code>a\n  b</code></pre>",
            ),
            (
                "<p>a <b>b</b> c</p><!-- x -->",
                "<p>a <b>b</b> c</p><!-- x -->",
            ),
            (
                "<img src=x alt=\"a &quot;b&quot;\">",
                "<img src=\"x\" alt=\"a &quot;b&quot;\">",
            ),
        ] {
            assert_eq!(canonical(html), expected, "{html}");
            assert_eq!(canonical(expected), expected, "{html}");
        }
        for odd in [
            "<p>open",
            "<p><b>x</p></b>",
            "a < b",
            "<script>x</script>",
            "&unheard;",
        ] {
            assert_eq!(parse(odd), None, "{odd}");
            assert_eq!(canonical(odd), odd);
        }
    }
}
