//! What may leave: HTML that is written here from plain words, links to known sites alone, and tools that are bound to
//! one conversation and one contact before a word of it is read.

use crate::settings::{self, Settings};
use crate::{Passage, Reply};
use gateway::{Allowed, Bound};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use unicode_normalization::UnicodeNormalization;

/// HTML that only this module makes: paragraphs, line breaks, emphasis, lists, and links to known sites.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Html(String);

/// Sites that may be linked to, with their subdomains.
#[derive(Clone, Debug, Default)]
pub struct Domains(Vec<String>);

/// What stands in the place of a link to elsewhere.
const REMOVED: &str = "[link removed]";
/// Schemes that need no `//`.
const SCHEMES: [&str; 7] = [
    "javascript:",
    "data:",
    "mailto:",
    "tel:",
    "sms:",
    "file:",
    "vbscript:",
];
/// Endings of files and products, which are no top-level domains: every other word with such a dot may become a link.
const NO_DOMAINS: [&str; 22] = [
    "js", "ts", "pdf", "csv", "json", "html", "htm", "txt", "xml", "jpg", "jpeg", "png", "gif",
    "doc", "docx", "xls", "xlsx", "ppt", "pptx", "exe", "ics", "svg",
];

impl Domains {
    /// The sites of the settings, and those of the articles that are cited: the help center itself.
    pub fn new(configured: &[String], passages: &[Passage]) -> Self {
        let cited = passages
            .iter()
            .filter_map(|passage| host(passage.url.as_deref()?));
        let configured = configured.iter().map(|domain| domain.trim().to_lowercase());
        Self(
            configured
                .chain(cited)
                .filter(|domain| !domain.is_empty())
                .collect(),
        )
    }

    /// Whether an address leads to one of them.
    pub fn admit(&self, url: &str) -> bool {
        let Some(host) = host(url) else { return false };
        self.0.iter().any(|domain| {
            host == *domain
                || host
                    .strip_suffix(domain)
                    .is_some_and(|rest| rest.ends_with('.'))
        })
    }
}

impl Html {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a paragraph of plain words; links to elsewhere are taken out.
    #[must_use]
    pub fn paragraph(mut self, text: &str, domains: &Domains) -> Self {
        for part in text
            .split("\n\n")
            .map(str::trim)
            .filter(|part| !part.is_empty())
        {
            self.0.push_str("<p>");
            self.words(part, domains);
            self.0.push_str("</p>");
        }
        self
    }

    /// Adds a line that begins with emphasized words.
    #[must_use]
    pub fn fact(mut self, name: &str, text: &str, domains: &Domains) -> Self {
        self.0.push_str("<p><b>");
        self.words(name, domains);
        self.0.push_str(":</b> ");
        self.words(text, domains);
        self.0.push_str("</p>");
        self
    }

    /// Adds links, numbered from 1, each with a title; an address of elsewhere is left out, its title stays.
    #[must_use]
    pub fn sources<'a>(
        mut self,
        links: impl Iterator<Item = (&'a str, Option<&'a str>)>,
        domains: &Domains,
    ) -> Self {
        self.0.push_str("<ol>");
        for (title, url) in links {
            self.0.push_str("<li>");
            match url.filter(|url| domains.admit(url)) {
                Some(url) => {
                    let _ = write!(
                        self.0,
                        "<a href=\"{}\">{}</a>",
                        escaped(url),
                        escaped(&visible(title))
                    );
                }
                None => self.words(title, domains),
            }
            self.0.push_str("</li>");
        }
        self.0.push_str("</ol>");
        self
    }

    /// Adds what was made before.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.0.push_str(&other.0);
        self
    }

    /// What is said, without marks: by this a part is known again.
    pub fn fingerprint(&self) -> String {
        fingerprint(&gateway::message_text(&self.0))
    }

    /// The HTML.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn words(&mut self, text: &str, domains: &Domains) {
        let clean = without_foreign_links(&visible(text), domains);
        self.0.push_str(&escaped(&clean).replace('\n', "<br>"));
    }
}

/// A reply as HTML: its sentences, each with the number of its source, and the sources.
pub fn reply(reply: &Reply, passages: &[Passage], domains: &Domains) -> Html {
    let cited: Vec<usize> = reply
        .cited()
        .into_iter()
        .filter(|index| *index < passages.len())
        .collect();
    let mut text = String::new();
    for sentence in &reply.sentences {
        let words = sentence.text.trim_end();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push(' ');
        }
        text.push_str(words);
        let place = sentence
            .passage
            .and_then(|index| cited.iter().position(|one| *one == index));
        if let Some(place) = place {
            let _ = write!(text, " [{}]", place + 1);
        }
        if sentence.text.ends_with('\n') {
            text.push_str("\n\n");
        }
    }
    let html = Html::new().paragraph(&text, domains);
    if cited.is_empty() {
        return html;
    }
    let links = cited.iter().map(|index| {
        let passage = &passages[*index];
        (passage.title.as_str(), passage.url.as_deref())
    });
    html.sources(links, domains)
}

/// The tools of one turn on a ticket: reading, and notes that its customer does not see.
pub fn bound_to_ticket(ticket: &str, contact: Option<&str>) -> Bound {
    let this = || Allowed::only(ticket);
    let bound = Bound::default()
        .allow("get_ticket", [("ticket_id", this())])
        .allow(
            "reply_ticket",
            [
                ("ticket_id", this()),
                ("message_type", Allowed::only("note")),
                ("type", Allowed::only("admin")),
                ("body", Allowed::Any),
            ],
        );
    match contact {
        None => bound,
        Some(contact) => bound.allow("get_contact", [("contact_id", Allowed::only(contact))]),
    }
}

/// The tools of one turn, and whom they may touch.
pub fn bound(conversation: &str, contact: Option<&str>, settings: &Settings) -> Bound {
    let this = || Allowed::only(conversation);
    let tags = settings::tags(settings);
    let teams = settings.teams.values().cloned().collect();
    let bound = Bound::default()
        .allow("get_conversation", [("conversation_id", this())])
        .allow(
            "reply_to_conversation",
            [("conversation_id", this()), ("body", Allowed::Any)],
        )
        .allow(
            "add_internal_note",
            [("conversation_id", this()), ("body", Allowed::Any)],
        )
        .allow(
            "assign_conversation",
            [("conversation_id", this()), ("team", Allowed::Only(teams))],
        )
        .allow(
            "tag_conversation",
            [
                ("conversation_id", this()),
                ("tag", Allowed::Only(tags.clone())),
            ],
        )
        .allow("create_or_update_tag", [("name", Allowed::Only(tags))]);
    match contact {
        None => bound,
        Some(contact) => bound
            .allow("get_contact", [("contact_id", Allowed::only(contact))])
            .allow(
                "update_contact",
                [
                    ("contact_id", Allowed::only(contact)),
                    ("custom_attributes", Allowed::field("churn_risk", "high")),
                ],
            ),
    }
}

/// Letters and digits alone, in lower case.
pub(crate) fn fingerprint(text: &str) -> String {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// Without characters that nobody sees, which hide addresses and turn texts around.
fn visible(text: &str) -> String {
    let seen = |c: &char| {
        let hidden = matches!(*c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
        !hidden && (*c == '\n' || !c.is_control())
    };
    text.chars().filter(seen).collect()
}

fn without_foreign_links(text: &str, domains: &Domains) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        if is_address(bare)
            && !domains.admit(bare.trim_matches(|c: char| !c.is_alphanumeric() && c != '/'))
        {
            out.push_str(REMOVED);
            out.push_str(&word[bare.len()..]);
        } else {
            out.push_str(word);
        }
    }
    out
}

/// Whether a reader, or a program that makes links of words, may take this for an address.
fn is_address(word: &str) -> bool {
    let low = word.nfkc().collect::<String>().to_lowercase();
    if low.contains("//") || low.contains("www.") || low.contains("\\\\") {
        return true;
    }
    if SCHEMES.iter().any(|scheme| low.contains(scheme)) {
        return true;
    }
    // An ideographic full stop is a dot to a browser, and ends sentences elsewhere.
    is_dotted(&low, char::is_alphabetic)
        || is_dotted(&low.replace('\u{3002}', "."), |c| c.is_ascii_alphabetic())
}

/// Whether a part of it looks like `host.ending`, with an ending of such letters.
fn is_dotted(low: &str, letter: fn(char) -> bool) -> bool {
    low.split(|c: char| !c.is_alphanumeric() && !".-".contains(c))
        .any(|piece| {
            let mut labels = piece.trim_matches(['.', '-']).rsplit('.');
            let ending = labels.next().unwrap_or_default();
            let domain = ending.chars().count() > 1
                && ending.chars().all(letter)
                && !NO_DOMAINS.contains(&ending);
            labels.next().is_some_and(|label| label.len() > 1)
                && (domain || ending.starts_with("xn--"))
        })
}

/// The host of an `http` address; none where it names a user, or is no address.
fn host(url: &str) -> Option<String> {
    let low = url.trim().to_lowercase();
    let rest = match low.split_once("://") {
        Some(("http" | "https", rest)) => rest,
        Some(_) => return None,
        None => &low,
    };
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let host = authority.split(':').next()?.trim_end_matches('.');
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
    (!host.is_empty() && !authority.contains('@') && host.chars().all(plain))
        .then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Audience, Sentence};

    fn passage(url: &str) -> Passage {
        Passage {
            article_id: "1".into(),
            title: "Refunds & <returns>".into(),
            heading: None,
            text: String::new(),
            url: Some(url.into()),
            audience: Audience::Public,
            score: 1.0,
            similarity: 0.9,
        }
    }

    #[test]
    fn nothing_leads_elsewhere() {
        let domains = Domains::new(&["shop.example".into()], &[]);
        for (text, expected) in [
            (
                "Plain words, 3.5 km, e.g. this.",
                "Plain words, 3.5 km, e.g. this.",
            ),
            (
                "See https://shop.example/a?b=c.",
                "See https://shop.example/a?b=c.",
            ),
            (
                "See help.shop.example/refund",
                "See help.shop.example/refund",
            ),
            (
                "See https://evil.example/?q=secret now",
                "See [link removed] now",
            ),
            ("https://shop.example.evil.com", REMOVED),
            ("https://evilshop.example", REMOVED),
            ("https://shop.example@evil.com/", REMOVED),
            ("//evil.com/x.png", REMOVED),
            ("![](https://evil.com/a.png)", REMOVED),
            ("[a](https://evil.com)", REMOVED),
            ("go to evil.com", "go to [link removed]"),
            ("evil\u{3002}com", REMOVED),
            ("ｅｖｉｌ．ｅｘａｍｐｌｅ", REMOVED),
            ("evil.zip, evil.рф", "[link removed] [link removed]"),
            ("你好\u{3002}谢谢", "你好\u{3002}谢谢"),
            ("See invoice.pdf", "See invoice.pdf"),
            ("ev\u{200b}il.com", REMOVED),
            ("java\u{200b}script:alert(1)", REMOVED),
            ("http://[::1]/", REMOVED),
            ("ftp://shop.example/", REMOVED),
            (
                "Node.js and a.m. and version 2.0",
                "Node.js and a.m. and version 2.0",
            ),
        ] {
            assert_eq!(
                without_foreign_links(&visible(text), &domains),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn a_reply_is_written_from_words_and_sources() {
        let passages = [
            passage("https://help.shop.example/1"),
            passage("https://help.shop.example/2"),
        ];
        let domains = Domains::new(&[], &passages);
        let words = |text: &str, passage| Sentence {
            text: text.into(),
            passage,
        };
        let given = Reply {
            sentences: vec![
                words("Hello <img src=x onerror=alert(1)>!", None),
                words("Refunds take 5 days.", Some(1)),
                words("Ask https://evil.com", Some(9)),
            ],
        };
        assert_eq!(
            reply(&given, &passages, &domains).as_str(),
            "<p>Hello &lt;img src=x onerror=alert(1)&gt;! Refunds take 5 days. [1] Ask [link removed]</p>\
             <ol><li><a href=\"https://help.shop.example/2\">Refunds &amp; &lt;returns&gt;</a></li></ol>"
        );
    }

    #[test]
    fn a_part_is_known_by_its_words() {
        let html = Html::new().paragraph("One & two.\nThree", &Domains::default());
        assert_eq!(html.as_str(), "<p>One &amp; two.<br>Three</p>");
        assert_eq!(html.fingerprint(), fingerprint("one two three"));
    }
}
