//! What an id means: prefixed, inside a URL, or bare.

/// What can be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Conversation,
    Contact,
    Company,
    Article,
    Ticket,
}

/// One object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) kind: Kind,
    pub(super) id: String,
}

/// Words that name a kind, in prefixes and in paths.
const WORDS: [(&str, Kind); 13] = [
    ("conversation", Kind::Conversation),
    ("conversations", Kind::Conversation),
    ("contact", Kind::Contact),
    ("contacts", Kind::Contact),
    ("user", Kind::Contact),
    ("users", Kind::Contact),
    ("lead", Kind::Contact),
    ("company", Kind::Company),
    ("companies", Kind::Company),
    ("article", Kind::Article),
    ("articles", Kind::Article),
    ("ticket", Kind::Ticket),
    ("tickets", Kind::Ticket),
];
/// Digits of the ids that contacts and companies have.
const HEX_ID: usize = 24;

impl Kind {
    /// The prefix of ids of this kind.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Conversation => "conversation",
            Self::Contact => "contact",
            Self::Company => "company",
            Self::Article => "article",
            Self::Ticket => "ticket",
        }
    }
}

/// Reads an id; a bare one is of the kind that is usual there, or a contact where only contacts look like it.
pub(super) fn parse(text: &str, usual: Kind) -> Reference {
    let text = text.trim();
    if let Some((scheme, path)) = text.split_once("://") {
        let path = path.split(['?', '#']).next().unwrap_or(path);
        // The host of a web page is no part of the path; `intercom://conversation/1` has none.
        let path = if scheme == "intercom" {
            path
        } else {
            path.split_once('/').map_or("", |(_, path)| path)
        };
        if let Some(found) = in_path(path) {
            return found;
        }
    }
    if let Some((word, id)) = text.split_once('_')
        && let Some(kind) = named(word)
    {
        return Reference {
            kind,
            id: id.to_owned(),
        };
    }
    let is_hex = text.len() == HEX_ID && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let kind = if is_hex && usual == Kind::Conversation {
        Kind::Contact
    } else {
        usual
    };
    Reference {
        kind,
        id: text.to_owned(),
    }
}

fn named(word: &str) -> Option<Kind> {
    WORDS
        .iter()
        .find(|(known, _)| *known == word)
        .map(|(_, kind)| *kind)
}

/// The last place in a path where a kind is followed by an id.
fn in_path(path: &str) -> Option<Reference> {
    let segments: Vec<&str> = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    segments.windows(2).rev().find_map(|pair| {
        let kind = named(pair[0])?;
        let id = match kind {
            // A page of a help center: `45-refund-times`.
            Kind::Article => pair[1].split('-').next().unwrap_or_default(),
            _ => pair[1],
        };
        id.starts_with(|c: char| c.is_ascii_hexdigit())
            .then(|| id.contains(|c: char| c.is_ascii_digit()))
            .filter(|has| *has)?;
        Some(Reference {
            kind,
            id: id.to_owned(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_in_every_form() {
        for (text, kind, id) in [
            ("conversation_215", Kind::Conversation, "215"),
            ("215470000000042", Kind::Conversation, "215470000000042"),
            (
                "66f0aa00bb11cc22dd33ee55",
                Kind::Contact,
                "66f0aa00bb11cc22dd33ee55",
            ),
            ("company_66f1", Kind::Company, "66f1"),
            ("ticket_9", Kind::Ticket, "9"),
            (
                "https://app.intercom.com/a/inbox/w1abc2/inbox/shared/all/conversation/215470000000042?view=List",
                Kind::Conversation,
                "215470000000042",
            ),
            (
                "https://app.eu.intercom.com/a/apps/w1abc2/users/66f0aa00bb11cc22dd33ee55/all-conversations",
                Kind::Contact,
                "66f0aa00bb11cc22dd33ee55",
            ),
            (
                "https://app.intercom.com/a/apps/w1abc2/companies/66f1aa00bb11cc22dd33ee44",
                Kind::Company,
                "66f1aa00bb11cc22dd33ee44",
            ),
            (
                "https://app.intercom.com/a/apps/w1abc2/articles/articles/45/show",
                Kind::Article,
                "45",
            ),
            (
                "https://help.example/en/articles/45-refund-times",
                Kind::Article,
                "45",
            ),
            ("intercom://conversation/215", Kind::Conversation, "215"),
        ] {
            assert_eq!(
                parse(text, Kind::Conversation),
                Reference {
                    kind,
                    id: id.into()
                },
                "{text}"
            );
        }
    }
}
