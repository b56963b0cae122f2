//! Cuts an article into passages: a new one at each heading, and within a long section at ends of sentences.

/// Letters of a passage, title and heading not counted.
const LONGEST: usize = 700;

/// A part of an article under one heading.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) heading: Option<String>,
    pub(super) text: String,
}

/// The passages of a Markdown text, in order.
pub(super) fn chunks(body: &str) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let mut heading = None;
    let mut section = String::new();
    for line in body.lines() {
        if let Some(title) = title(line) {
            cut(heading.as_deref(), &section, &mut chunks);
            section.clear();
            heading = Some(title.to_owned());
        } else {
            section.push_str(line);
            section.push('\n');
        }
    }
    cut(heading.as_deref(), &section, &mut chunks);
    chunks
}

fn title(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let after = line.trim_start_matches('#');
    let depth = line.len() - after.len();
    ((1..=6).contains(&depth) && after.starts_with(' ')).then(|| after.trim().trim_matches('*'))
}

fn cut(heading: Option<&str>, section: &str, chunks: &mut Vec<Chunk>) {
    let mut text = String::new();
    let mut flush = |text: &mut String| {
        if !text.trim().is_empty() {
            chunks.push(Chunk {
                heading: heading.map(str::to_owned),
                text: text.trim().to_owned(),
            });
        }
        text.clear();
    };
    for line in section.lines() {
        for piece in pieces(line) {
            if !text.is_empty() && text.chars().count() + piece.chars().count() > LONGEST {
                flush(&mut text);
            }
            text.push_str(piece);
        }
        text.push('\n');
    }
    flush(&mut text);
}

/// A line's sentences with the spaces after them; one that is longer than a passage is cut where it must.
fn pieces(line: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut length, mut before) = (0, 0, ' ');
    for (at, c) in line.char_indices() {
        if length >= LONGEST || (c.is_whitespace() && matches!(before, '.' | '!' | '?' | ':')) {
            pieces.push(&line[start..at]);
            (start, length) = (at, 0);
        }
        length += 1;
        before = c;
    }
    pieces.push(&line[start..]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_and_length_cut() {
        let long = "One sentence of some length, again. ".repeat(50);
        let found = chunks(&format!(
            "Before.\n\n## **Refunds**\n{long}\n#hash tag\n# End\n"
        ));
        assert_eq!(
            found[0],
            Chunk {
                heading: None,
                text: "Before.".into()
            }
        );
        assert!(found.len() > 3);
        assert!(
            found[1..]
                .iter()
                .all(|chunk| chunk.heading.as_deref() == Some("Refunds"))
        );
        assert!(
            found
                .iter()
                .all(|chunk| chunk.text.chars().count() <= LONGEST)
        );
        assert!(
            found
                .last()
                .is_some_and(|chunk| chunk.text.ends_with("#hash tag"))
        );
        assert!(
            chunks(&"x".repeat(2000))
                .iter()
                .all(|chunk| chunk.text.len() <= LONGEST)
        );
    }
}
