//! Where in a YAML or JSON text a JSON pointer leads: faults that are found after parsing get their line back.

use serde::{Deserialize, Deserializer, de};
use serde_saphyr::Spanned;
use std::fmt;

/// The line, counted from 1, of what a pointer names, or of the nearest thing around it.
pub(crate) fn line_of(text: &str, pointer: &str) -> usize {
    let options = serde_saphyr::options! {
        duplicate_keys: serde_saphyr::options::DuplicateKeyPolicy::LastWins,
    };
    let Ok(root) = serde_saphyr::from_str_with_options::<Spanned<Tree>>(text, options) else {
        return 1;
    };
    let (mut line, mut here) = (root.referenced.line(), &root.value);
    for segment in pointer.split('/').skip(1) {
        let Some((found, inner)) = here.step(&unescaped(segment)) else {
            break;
        };
        (line, here) = (found, inner);
    }
    usize::try_from(line).unwrap_or(1).max(1)
}

/// One more segment of a pointer.
pub(crate) fn escaped(segment: &str) -> String {
    segment.replace('~', "~0").replace('/', "~1")
}

/// A segment of a pointer as the name it stands for.
pub(crate) fn unescaped(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}

/// A document of which only the places matter.
enum Tree {
    Leaf,
    List(Vec<Spanned<Tree>>),
    Map(Vec<(Spanned<String>, Spanned<Tree>)>),
}

impl Tree {
    fn step(&self, segment: &str) -> Option<(u64, &Self)> {
        match self {
            Self::Leaf => None,
            Self::List(items) => {
                let item = items.get(segment.parse::<usize>().ok()?)?;
                Some((item.referenced.line(), &item.value))
            }
            Self::Map(entries) => {
                let (key, value) = entries.iter().rev().find(|(key, _)| key.value == segment)?;
                Some((key.referenced.line(), &value.value))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> de::Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_str<E>(self, _: &str) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Tree::List(items))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Tree::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_lead_to_lines() {
        let yaml = "a:\n  b:\n  - x: 1\n  - y: 2\n  200: z\nc/d: {e: f}\n";
        let json = "{\n \"a\": {\n  \"b\": [1,\n 2]}}";
        for (text, pointer, line) in [
            (yaml, "/a", 1),
            (yaml, "/a/b", 2),
            (yaml, "/a/b/1/y", 4),
            (yaml, "/a/200", 5),
            (yaml, "/c~1d/e", 6),
            (yaml, "/a/b/7", 2),
            (json, "/a/b/1", 4),
            ("a: [", "/a", 1),
        ] {
            assert_eq!(line_of(text, pointer), line, "{pointer}");
        }
    }
}
