//! The text of a key file: one key a line, its state, its id, and its bytes, plain or as a service wrapped them.

use super::cipher::{KEY, KeyBytes};
use super::key::{KeyId, KeyState};
use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};

/// The scheme of a key that lies there unwrapped.
pub(super) const PLAIN: &str = "plain";
const HEAD: &str = "\
# Frontdesk's key-encryption keys. Keep a copy apart from the database: without them no stored credential opens.
# One a line: state (primary, active or retired), id, and the key (plain:BASE64, or as a KMS wrapped it).
";

/// A key file's lines.
pub(super) struct KeyText {
    lines: Vec<Line>,
}

enum Line {
    Note(String),
    Key(Entry),
}

/// One key of the file.
pub(super) struct Entry {
    pub(super) state: KeyState,
    pub(super) id: KeyId,
    /// [`PLAIN`], or the service that unwraps it.
    pub(super) scheme: String,
    pub(super) material: SecretString,
}

impl Entry {
    /// A plain key.
    pub(super) fn plain(state: KeyState, id: KeyId, key: &[u8; KEY]) -> Self {
        Self {
            state,
            id,
            scheme: PLAIN.into(),
            material: BASE64_STANDARD.encode(key).into(),
        }
    }
}

impl KeyText {
    /// A new file with one key.
    pub(super) fn new(entry: Entry) -> Self {
        let head = HEAD.lines().map(|line| Line::Note(line.into()));
        Self {
            lines: head.chain([Line::Key(entry)]).collect(),
        }
    }

    /// Reads a file's text; a fault names its line, and never what is in it.
    pub(super) fn parse(text: &str) -> Result<Self, (usize, String)> {
        let mut parsed = Self { lines: Vec::new() };
        for (index, line) in text.lines().enumerate() {
            let line = if line.trim().is_empty() || line.starts_with('#') {
                Line::Note(line.to_owned())
            } else {
                let entry = entry(line).map_err(|problem| (index + 1, problem.into()))?;
                if parsed.entry(entry.id.as_str()).is_some() {
                    return Err((index + 1, format!("the key `{}` is there twice", entry.id)));
                }
                Line::Key(entry)
            };
            parsed.lines.push(line);
        }
        let primaries = parsed
            .entries()
            .filter(|entry| entry.state == KeyState::Primary)
            .count();
        if primaries != 1 {
            return Err((
                parsed.lines.len(),
                format!(
                    "{primaries} keys are `primary`: exactly one must be, the others `active` or `retired`"
                ),
            ));
        }
        Ok(parsed)
    }

    /// The file's text.
    pub(super) fn render(&self) -> Zeroizing<String> {
        let lengths = self.lines.iter().map(|line| match line {
            Line::Note(note) => note.len() + 1,
            Line::Key(entry) => entry.scheme.len() + entry.material.expose_secret().len() + 64,
        });
        // Enough from the start: a growing buffer would leave pieces of the keys behind.
        let mut text = Zeroizing::new(String::with_capacity(lengths.sum()));
        for line in &self.lines {
            match line {
                Line::Note(note) => text.push_str(note),
                Line::Key(entry) => {
                    let state = KeyState::NAMES.iter().find(|(one, _)| *one == entry.state);
                    text.push_str(state.map_or("", |(_, name)| name));
                    text.push(' ');
                    text.push_str(entry.id.as_str());
                    text.push(' ');
                    text.push_str(&entry.scheme);
                    text.push(':');
                    text.push_str(entry.material.expose_secret());
                }
            }
            text.push('\n');
        }
        text
    }

    /// The keys, in the file's order.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.lines.iter().filter_map(|line| match line {
            Line::Key(entry) => Some(entry),
            Line::Note(_) => None,
        })
    }

    /// The key of that id.
    pub(super) fn entry(&self, id: &str) -> Option<&Entry> {
        self.entries().find(|entry| entry.id.as_str() == id)
    }

    /// The key of that id, to change it.
    pub(super) fn entry_mut(&mut self, id: &str) -> Option<&mut Entry> {
        self.entries_mut().find(|entry| entry.id.as_str() == id)
    }

    /// Adds a primary key; the one before stays active.
    pub(super) fn add_primary(&mut self, entry: Entry) {
        for old in self.entries_mut() {
            if old.state == KeyState::Primary {
                old.state = KeyState::Active;
            }
        }
        self.lines.push(Line::Key(entry));
    }

    fn entries_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.lines.iter_mut().filter_map(|line| match line {
            Line::Key(entry) => Some(entry),
            Line::Note(_) => None,
        })
    }
}

fn entry(line: &str) -> Result<Entry, &'static str> {
    let mut words = line.split_whitespace();
    let (Some(state), Some(id), Some(key), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err("a key is `STATE ID plain:BASE64`, three words");
    };
    let state = KeyState::NAMES.iter().find(|(_, name)| *name == state);
    let (state, _) = state.ok_or("the first word must be `primary`, `active` or `retired`")?;
    let id = KeyId::parse(id)
        .ok_or("an id has letters, digits, `-`, `_` and `.`, at most 32 of them")?;
    let (scheme, material) = key
        .split_once(':')
        .ok_or("the key must be `plain:BASE64`, or as a KMS wrapped it")?;
    if scheme == PLAIN {
        key_bytes(material)?;
    }
    Ok(Entry {
        state: *state,
        id,
        scheme: scheme.to_owned(),
        material: material.to_owned().into(),
    })
}

/// The key of this Base64 text.
pub(super) fn key_bytes(text: &str) -> Result<KeyBytes, &'static str> {
    // Decoding wants room for a multiple of three bytes.
    let mut buffer = Zeroizing::new([0; KEY + 1]);
    let mut key = KeyBytes::default();
    match BASE64_STANDARD.decode_slice(text.trim(), buffer.as_mut_slice()) {
        Ok(KEY) => key.copy_from_slice(&buffer[..KEY]),
        _ => return Err("the key must be 32 bytes in Base64: `openssl rand -base64 32` makes one"),
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(state: &str, id: &str, byte: u8) -> String {
        format!(
            "{state} {id} plain:{}\n",
            BASE64_STANDARD.encode([byte; KEY])
        )
    }

    #[test]
    fn what_is_parsed_is_rendered_again_with_its_notes() {
        let text = format!(
            "# mine\n\n{}active k2 transit:vault:v1:abc=\n{}",
            line("retired", "k1", 1),
            line("primary", "k3", 3)
        );
        let parsed = KeyText::parse(&text).unwrap();
        assert_eq!(*parsed.render(), text);
        let wrapped = parsed.entry("k2").unwrap();
        assert_eq!(wrapped.scheme, "transit");
        assert_eq!(wrapped.material.expose_secret(), "vault:v1:abc=");
    }

    #[test]
    fn a_new_primary_leaves_the_old_one_active() {
        let mut text = KeyText::parse(&line("primary", "k1", 1)).unwrap();
        let id = KeyId::parse("k2").unwrap();
        text.add_primary(Entry::plain(KeyState::Primary, id, &[2; KEY]));
        assert_eq!(
            *text.render(),
            line("active", "k1", 1) + &line("primary", "k2", 2)
        );
    }

    #[test]
    fn faults_name_their_line_and_not_the_key() {
        let short = BASE64_STANDARD.encode([7; 16]);
        for (text, number, expected) in [
            (String::new(), 0, "0 keys are `primary`"),
            ("# only a note\n".into(), 1, "0 keys are `primary`"),
            (line("active", "k1", 1), 1, "0 keys are `primary`"),
            (
                line("primary", "k1", 1) + &line("primary", "k2", 2),
                2,
                "2 keys are `primary`",
            ),
            (
                line("primary", "k1", 1) + &line("active", "k1", 2),
                2,
                "the key `k1` is there twice",
            ),
            (line("first", "k1", 1), 1, "the first word must be"),
            (line("primary", "k/1", 1), 1, "an id has letters"),
            (line("primary", &"k".repeat(33), 1), 1, "an id has letters"),
            ("primary k1\n".into(), 1, "a key is `STATE ID plain:BASE64`"),
            (
                format!("primary k1 {short}\n"),
                1,
                "the key must be `plain:BASE64`",
            ),
            (
                format!("primary k1 plain:{short}\n"),
                1,
                "the key must be 32 bytes",
            ),
            (
                "primary k1 plain:****\n".into(),
                1,
                "the key must be 32 bytes",
            ),
        ] {
            let (line, problem) = KeyText::parse(&text).err().unwrap();
            assert!(
                line == number && problem.starts_with(expected),
                "{text:?}: {line}: {problem}"
            );
            assert!(!problem.contains(&short), "{problem}");
        }
    }
}
