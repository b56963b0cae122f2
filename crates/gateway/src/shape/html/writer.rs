//! Writes Markdown while the tags go by.

use super::FOLDED;
use super::entity;
use super::token::Tag;

/// Quotes inside quotes that are told apart; deeper ones are ever the same mail.
const DEEPEST_QUOTE: usize = 6;

/// Markdown in the making.
pub(super) struct Writer {
    out: String,
    /// Line breaks owed before the next text.
    breaks: usize,
    /// Whether white space is owed before the next text.
    space: bool,
    lists: Vec<List>,
    /// Links under way: address, and where their text begins.
    links: Vec<(String, usize)>,
    /// Where block quotes under way begin.
    quotes: Vec<usize>,
    preformatted: usize,
}

struct List {
    /// The number of the next item; none in a list without numbers.
    next: Option<u32>,
}

impl Writer {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            out: String::with_capacity(capacity),
            breaks: 0,
            space: false,
            lists: Vec::new(),
            links: Vec::new(),
            quotes: Vec::new(),
            preformatted: 0,
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        if self.preformatted > 0 {
            self.settle();
            entity::decode_into(&mut self.out, text);
            return;
        }
        let decoded;
        let text = if text.contains('&') {
            decoded = entity::decode(text);
            &decoded
        } else {
            text
        };
        for word in text.split_inclusive(char::is_whitespace) {
            let bare = word.trim_end();
            if !bare.is_empty() {
                self.settle();
                self.out.push_str(bare);
            }
            self.space |= bare.len() < word.len();
        }
    }

    pub(super) fn open(&mut self, name: &str, tag: &Tag<'_>) {
        match name {
            "br" => self.breaks = (self.breaks + 1).min(2),
            "hr" => {
                self.block(2);
                self.settle();
                self.out.push_str("---");
                self.block(2);
            }
            "p" | "table" => self.block(2),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                self.block(2);
                self.settle();
                let level = usize::from(name.as_bytes()[1] - b'0');
                self.out.push_str(&"######"[..level]);
                self.space = true;
            }
            "div" | "tr" | "section" | "article" | "dt" | "dd" | "center" | "address" => {
                self.block(1);
            }
            "td" | "th" => self.cell(),
            "ul" | "ol" => {
                self.block(if self.lists.is_empty() { 2 } else { 1 });
                let next = (name == "ol").then(|| {
                    tag.attribute("start")
                        .and_then(|start| start.parse().ok())
                        .unwrap_or(1)
                });
                self.lists.push(List { next });
            }
            "li" => self.item(),
            "b" | "strong" => self.mark("**"),
            "code" if self.preformatted == 0 => self.mark("`"),
            "pre" => {
                self.block(2);
                self.settle();
                self.out.push_str("```\n");
                self.preformatted += 1;
            }
            "a" => {
                let address = entity::decode(tag.attribute("href").unwrap_or("").trim());
                self.settle_space();
                self.links.push((address, self.out.len()));
            }
            "img" => self.image(tag),
            "blockquote" if self.quotes.len() < DEEPEST_QUOTE => {
                self.block(1);
                self.settle();
                self.quotes.push(self.out.len());
            }
            _ => {}
        }
    }

    pub(super) fn close(&mut self, name: &str) {
        match name {
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "table" => self.block(2),
            "div" | "tr" | "section" | "article" | "dt" | "dd" | "center" | "address" | "li" => {
                self.block(1);
            }
            "ul" | "ol" => {
                self.lists.pop();
                self.block(if self.lists.is_empty() { 2 } else { 1 });
            }
            "b" | "strong" => self.unmark("**"),
            "code" if self.preformatted == 0 => self.unmark("`"),
            "pre" if self.preformatted > 0 => {
                self.preformatted -= 1;
                let end = self.out.trim_end().len();
                self.out.truncate(end);
                self.out.push_str("\n```");
                self.block(2);
            }
            "a" => self.end_link(),
            "blockquote" => self.end_quote(),
            _ => {}
        }
    }

    /// Says that quoted mail was here, once.
    pub(super) fn fold(&mut self) {
        if !self.out.ends_with(FOLDED) {
            self.breaks = 1;
            self.settle();
            self.out.push_str(FOLDED);
        }
        self.block(1);
    }

    pub(super) fn finish(mut self) -> String {
        while !self.links.is_empty() {
            self.end_link();
        }
        while !self.quotes.is_empty() {
            self.end_quote();
        }
        if self.preformatted > 0 {
            self.out.push_str("\n```");
        }
        let end = self.out.trim_end().len();
        self.out.truncate(end);
        self.out
    }

    /// At least that many line breaks before the next text.
    fn block(&mut self, breaks: usize) {
        self.breaks = self.breaks.max(breaks);
        self.space = false;
    }

    /// Writes the white space that is owed.
    fn settle(&mut self) {
        if self.breaks > 0 {
            let have = self.out.len() - self.out.trim_end_matches('\n').len();
            if !self.out.is_empty() {
                (have..self.breaks).for_each(|_| self.out.push('\n'));
            }
            self.breaks = 0;
            self.space = false;
        }
        self.settle_space();
    }

    fn settle_space(&mut self) {
        if self.breaks == 0
            && std::mem::take(&mut self.space)
            && !self.out.is_empty()
            && !self.out.ends_with(char::is_whitespace)
        {
            self.out.push(' ');
        }
    }

    fn item(&mut self) {
        self.block(1);
        self.settle();
        let depth = self.lists.len().saturating_sub(1);
        self.out.push_str(&"  ".repeat(depth.min(8)));
        match self.lists.last_mut().and_then(|list| list.next.as_mut()) {
            Some(number) => {
                self.out.push_str(&number.to_string());
                self.out.push('.');
                *number = number.saturating_add(1);
            }
            None => self.out.push('-'),
        }
        self.space = true;
    }

    fn cell(&mut self) {
        let line_has_text = self.breaks == 0 && !self.out.is_empty() && !self.out.ends_with('\n');
        if line_has_text && !self.out.ends_with("| ") {
            self.out.push_str(" | ");
            self.space = false;
        }
    }

    fn mark(&mut self, sign: &str) {
        self.settle();
        self.out.push_str(sign);
    }

    fn unmark(&mut self, sign: &str) {
        if self.out.ends_with(sign) {
            // Nothing stood between the marks.
            let end = self.out.len() - sign.len();
            self.out.truncate(end);
        } else {
            self.out.push_str(sign);
        }
    }

    fn image(&mut self, tag: &Tag<'_>) {
        let source = tag.attribute("src").unwrap_or("");
        let tiny = |name| matches!(tag.attribute(name), Some("0" | "1"));
        // Tracking pixels and images inside the message itself say nothing.
        if tiny("width") || tiny("height") || source.is_empty() {
            return;
        }
        self.settle();
        let words = entity::decode(tag.attribute("alt").unwrap_or(""));
        let shown = if source.starts_with("data:") || source.starts_with("cid:") {
            "embedded".to_owned()
        } else {
            entity::decode(source)
        };
        self.out.extend(["![", words.trim(), "](", &shown, ")"]);
    }

    fn end_link(&mut self) {
        let Some((address, start)) = self.links.pop() else {
            return;
        };
        let start = start.min(self.out.len());
        if address.is_empty() || address.starts_with('#') {
            return;
        }
        let words = self.out[start..].trim();
        let bare = |text: &str| {
            let text = text
                .trim_start_matches("mailto:")
                .trim_start_matches("tel:");
            let text = text
                .trim_start_matches("https://")
                .trim_start_matches("http://");
            text.trim_end_matches('/').to_owned()
        };
        if bare(words) == bare(&address) {
            return;
        }
        if words.is_empty() {
            self.settle();
            self.out.push_str(&address);
            return;
        }
        let lead = self.out[start..].len() - self.out[start..].trim_start().len();
        self.out.insert(start + lead, '[');
        self.out.extend(["](", &address, ")"]);
    }

    fn end_quote(&mut self) {
        let Some(start) = self.quotes.pop() else {
            return;
        };
        let inner = self.out.split_off(start.min(self.out.len()));
        let inner = inner.trim();
        for (index, line) in inner.lines().enumerate() {
            if index > 0 {
                self.out.push('\n');
            }
            self.out.push_str(if line.is_empty() { ">" } else { "> " });
            self.out.push_str(line);
        }
        self.block(2);
    }
}
