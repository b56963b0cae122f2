//! Just enough of HTML and Markdown for articles: headings, paragraphs, lists, emphasis, links, code.

/// Markdown as HTML.
pub(crate) fn to_html(markdown: &str) -> String {
    let mut html = String::new();
    let mut lines = markdown.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        let level = line.bytes().take_while(|b| *b == b'#').count();
        if line.is_empty() {
            continue;
        }
        if line.starts_with("```") {
            let code: Vec<&str> = lines
                .by_ref()
                .take_while(|line| !line.starts_with("```"))
                .collect();
            html.extend(["<pre><code>", &escape(&code.join("\n")), "</code></pre>"]);
        } else if (1..=6).contains(&level) && line[level..].starts_with(' ') {
            let heading = format!("h{level}");
            html += &element(&heading, &inline(line[level..].trim()));
        } else if let Some((list, first)) = item(line) {
            let mut items = element("li", &inline(first));
            let of_list = |line: &&str| item(line).is_some_and(|(kind, _)| kind == list);
            while let Some((_, next)) = lines.next_if(of_list).and_then(item) {
                items += &element("li", &inline(next));
            }
            html += &element(list, &items);
        } else {
            let mut words = vec![line];
            words.extend(std::iter::from_fn(|| {
                lines.next_if(|line| !line.is_empty() && !begins_block(line))
            }));
            html += &element("p", &inline(&words.join(" ")));
        }
    }
    html
}

/// HTML as Markdown.
pub(crate) fn to_markdown(html: &str) -> String {
    let mut writer = Writer::default();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        writer.text(&rest[..start]);
        rest = &rest[start..];
        let Some(end) = rest.find('>') else { break };
        writer.tag(&rest[1..end]);
        rest = &rest[end + 1..];
    }
    writer.text(rest);
    writer.finish()
}

fn element(name: &str, content: &str) -> String {
    format!("<{name}>{content}</{name}>")
}

fn begins_block(line: &str) -> bool {
    line.starts_with('#') || line.starts_with("```") || item(line).is_some()
}

fn item(line: &str) -> Option<(&'static str, &str)> {
    if let Some(text) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
        return Some(("ul", text));
    }
    let (number, text) = line.split_once(". ")?;
    (!number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()))
        .then_some(("ol", text))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn unescape(text: &str) -> String {
    text.replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

/// Emphasis, code and links inside a line.
fn inline(text: &str) -> String {
    let mut html = String::new();
    let mut rest = text;
    'text: while let Some(next) = rest.chars().next() {
        for (mark, tag) in [("**", "strong"), ("`", "code"), ("*", "em"), ("_", "em")] {
            let inner = rest
                .strip_prefix(mark)
                .and_then(|after| after.split_once(mark))
                .filter(|(inner, _)| emphasized(inner));
            if let Some((inner, after)) = inner {
                let inner = if tag == "code" {
                    escape(inner)
                } else {
                    inline(inner)
                };
                html += &element(tag, &inner);
                rest = after;
                continue 'text;
            }
        }
        let link = rest
            .strip_prefix('[')
            .and_then(|after| after.split_once("]("))
            .and_then(|(words, after)| Some((words, after.split_once(')')?)));
        if let Some((words, (address, after))) = link {
            let (address, words) = (escape(address), inline(words));
            html.extend(["<a href=\"", &address, "\">", &words, "</a>"]);
            rest = after;
            continue;
        }
        html.push_str(&escape(&rest[..next.len_utf8()]));
        rest = &rest[next.len_utf8()..];
    }
    html
}

/// Whether marks around a text belong to it: a lone star in a sum does not.
fn emphasized(inner: &str) -> bool {
    !inner.is_empty() && inner.trim() == inner && !inner.starts_with('*')
}

#[derive(Default)]
struct Writer {
    out: String,
    /// The open lists: the next number of an ordered one.
    lists: Vec<Option<u32>>,
    addresses: Vec<String>,
    in_code_block: bool,
}

impl Writer {
    fn text(&mut self, text: &str) {
        let text = unescape(text);
        if self.in_code_block {
            self.out.push_str(&text);
        } else if !text.trim().is_empty() || !self.out.ends_with('\n') && !self.out.is_empty() {
            self.out.push_str(&text.replace('\n', " "));
        }
    }

    fn tag(&mut self, tag: &str) {
        let name: String = tag
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '/')
            .collect::<String>()
            .to_ascii_lowercase();
        match name.as_str() {
            "p" | "/p" | "div" | "/div" | "/h1" | "/h2" | "/h3" | "/h4" | "/h5" | "/h6"
                if self.lists.is_empty() =>
            {
                self.block();
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.block();
                let level = usize::from(name.as_bytes()[1] - b'0');
                self.out.push_str(&"#".repeat(level));
                self.out.push(' ');
            }
            "b" | "/b" | "strong" | "/strong" => self.out.push_str("**"),
            "i" | "/i" | "em" | "/em" => self.out.push('*'),
            "pre" => {
                self.block();
                self.in_code_block = true;
                self.out.push_str("```\n");
            }
            "/pre" => {
                self.in_code_block = false;
                self.out.push_str("\n```");
                self.block();
            }
            "code" | "/code" if !self.in_code_block => self.out.push('`'),
            "br" | "br/" => self.out.push_str("  \n"),
            "ul" | "ol" => {
                self.block();
                self.lists.push((name == "ol").then_some(1));
            }
            "/ul" | "/ol" => {
                self.lists.pop();
                self.block();
            }
            "li" => self.bullet(),
            "a" => {
                self.addresses
                    .push(attribute(tag, "href").unwrap_or_default());
                self.out.push('[');
            }
            "/a" => {
                let address = self.addresses.pop().unwrap_or_default();
                self.out.extend(["](", &address, ")"]);
            }
            "img" => {
                let address = attribute(tag, "src").unwrap_or_default();
                let words = attribute(tag, "alt").unwrap_or_default();
                self.out.extend(["![", &words, "](", &address, ")"]);
            }
            _ => {}
        }
    }

    fn bullet(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        self.out
            .push_str(&"  ".repeat(self.lists.len().saturating_sub(1)));
        match self.lists.last_mut() {
            Some(Some(number)) => {
                self.out.extend([&number.to_string(), ". "]);
                *number += 1;
            }
            _ => self.out.push_str("- "),
        }
    }

    fn block(&mut self) {
        let kept = self.out.trim_end().len();
        self.out.truncate(kept);
        if kept > 0 {
            self.out
                .push_str(if self.lists.is_empty() { "\n\n" } else { "\n" });
        }
    }

    fn finish(self) -> String {
        self.out.trim().to_owned()
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, after) = tag.split_once(&format!("{name}=\""))?;
    Some(unescape(after.split_once('"')?.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_agree() {
        for (markdown, html) in [
            (
                "Wait **5** *days*.",
                "<p>Wait <strong>5</strong> <em>days</em>.</p>",
            ),
            (
                "# Refunds\n\nAsk [us](https://x.example/a?b=1&c=2).",
                "<h1>Refunds</h1><p>Ask <a href=\"https://x.example/a?b=1&amp;c=2\">us</a>.</p>",
            ),
            ("- one\n- two", "<ul><li>one</li><li>two</li></ul>"),
            (
                "1. first\n2. second\n\nEnd",
                "<ol><li>first</li><li>second</li></ol><p>End</p>",
            ),
            ("Use `a < b`", "<p>Use <code>a &lt; b</code></p>"),
            (
                "```\nx = 1\ny = 2\n```",
                "<pre><code>x = 1\ny = 2</code></pre>",
            ),
        ] {
            assert_eq!(to_html(markdown), html);
            assert_eq!(to_markdown(html), markdown);
        }
    }

    #[test]
    fn odd_input_does_not_break() {
        for (html, markdown) in [
            ("", ""),
            ("plain", "plain"),
            ("a < b", "a < b"),
            ("<p>one</p>\n<p>two<br>three</p>", "one\n\ntwo  \nthree"),
            ("<ul><li>a<ul><li>b</li></ul></li></ul>", "- a\n  - b"),
            (
                "<p class=\"x\"><img src=\"i.png\" alt=\"I\"></p>",
                "![I](i.png)",
            ),
            ("<p>unclosed <b>bold", "unclosed **bold"),
        ] {
            assert_eq!(to_markdown(html), markdown, "{html}");
        }
        assert_eq!(to_html("5 * 3 and **open"), "<p>5 * 3 and **open</p>");
    }
}
