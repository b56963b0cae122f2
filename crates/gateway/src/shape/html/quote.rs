//! Quoted mail: what a mail program adds under an answer, which the thread has said already.

use super::FOLDED;
use super::token::Tag;

/// Classes and ids that mail programs give to quoted mail.
const QUOTED: [&str; 7] = [
    "gmail_quote",
    "gmail_extra",
    "yahoo_quoted",
    "moz-cite-prefix",
    "protonmail_quote",
    "zmail_extra",
    "intercom-quoted",
];
/// Ids after which nothing but quoted mail follows.
const TAILS: [&str; 3] = [
    "appendonsend",
    "divRplyFwdMsg",
    "mail-editor-reference-message-container",
];
/// How the line above quoted mail ends, in the languages that mail programs write it in.
const ATTRIBUTIONS: [&str; 9] = [
    " wrote:",
    " schrieb:",
    " a écrit :",
    " a écrit:",
    " escribió:",
    " escreveu:",
    " ha scritto:",
    " schreef:",
    " skrev:",
];
/// How quoted mail is headed where its lines bear no mark.
const HEADS: [&str; 4] = [
    "-----Original Message-----",
    "-----Ursprüngliche Nachricht-----",
    "-----Message d'origine-----",
    "-----Mensaje original-----",
];
/// How far an attribution may stand from its beginning, in bytes; mail programs break long ones.
const LONGEST_ATTRIBUTION: usize = 240;

/// Whether the element holds quoted mail.
pub(super) fn is_quoted_mail(name: &str, tag: &Tag<'_>) -> bool {
    let marked = ["class", "id"].iter().any(|attribute| {
        tag.attribute(attribute).is_some_and(|value| {
            value
                .split_ascii_whitespace()
                .any(|word| QUOTED.iter().any(|quoted| word.starts_with(quoted)))
        })
    });
    marked
        || name == "blockquote"
            && tag
                .attribute("type")
                .is_some_and(|kind| kind.eq_ignore_ascii_case("cite"))
}

/// Whether everything from this tag on is quoted mail.
pub(super) fn begins_tail(tag: &Tag<'_>) -> bool {
    tag.attribute("id").is_some_and(|id| TAILS.contains(&id))
}

/// Whether the quoted mail that follows was forwarded: then it is the message, not an echo.
pub(super) fn is_forwarded(html: &str) -> bool {
    let mut end = html.len().min(600);
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    let head = html[..end].to_ascii_lowercase();
    head.contains("forwarded message") || head.contains("begin forwarded")
}

/// Folds quoted mail that only its words betray; what was written between and under the quotes stays.
pub(super) fn fold(text: String) -> String {
    let suspicious = text.contains("\n>")
        || text.starts_with('>')
        || ATTRIBUTIONS.iter().any(|end| text.contains(end))
        || HEADS.iter().any(|head| text.contains(head));
    if !suspicious || is_forwarded(&text) {
        return text;
    }
    let lines: Vec<&str> = text.lines().collect();
    let mut kept: Vec<&str> = Vec::with_capacity(lines.len());
    let mut index = 0;
    while index < lines.len() {
        if HEADS
            .iter()
            .any(|head| lines[index].trim_start().starts_with(head))
        {
            push_folded(&mut kept);
            break;
        }
        let Some(after) = attribution(&lines, index) else {
            kept.push(lines[index]);
            index += 1;
            continue;
        };
        push_folded(&mut kept);
        let body = skip_while(&lines, after, |line| line.trim().is_empty());
        if !is_echo(lines.get(body)) {
            // No marks: nobody can tell the echo from new words, and new words stand above it.
            break;
        }
        index = skip_while(&lines, body, |line| {
            line.trim().is_empty() || is_echo(Some(&line))
        });
    }
    kept.join("\n").trim_end().to_owned()
}

fn push_folded(kept: &mut Vec<&str>) {
    while kept.last().is_some_and(|line| line.trim().is_empty()) {
        kept.pop();
    }
    if kept.last() != Some(&FOLDED) {
        kept.push(FOLDED);
    }
}

fn is_echo(line: Option<&&str>) -> bool {
    line.is_some_and(|line| line.trim_start().starts_with('>') || line.trim() == FOLDED)
}

fn skip_while(lines: &[&str], from: usize, skips: impl Fn(&str) -> bool) -> usize {
    lines[from..]
        .iter()
        .position(|line| !skips(line))
        .map_or(lines.len(), |offset| from + offset)
}

/// Where the lines after an attribution begin, when one stands here: "On Tuesday, Ana wrote:", on up to three lines.
fn attribution(lines: &[&str], index: usize) -> Option<usize> {
    let first = lines[index].trim();
    let begins = ["On ", "Am ", "Le ", "El ", "Em ", "Il ", "Op ", "Den "]
        .iter()
        .any(|word| first.starts_with(word));
    if !begins {
        return None;
    }
    let mut length = 0;
    for (offset, line) in lines[index..].iter().take(3).enumerate() {
        length += line.len();
        let padded = format!(" {}", line.trim());
        if length <= LONGEST_ATTRIBUTION && ATTRIBUTIONS.iter().any(|end| padded.ends_with(end)) {
            // A year or an address tells an attribution from a story.
            let dated = lines[index..=index + offset].iter().any(|line| {
                line.contains(['@', ',']) || line.contains(|c: char| c.is_ascii_digit())
            });
            return dated.then_some(index + offset + 1);
        }
    }
    None
}
