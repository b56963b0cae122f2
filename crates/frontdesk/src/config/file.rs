//! The configuration file: YAML, two levels, every value under a section.

use super::{Config, keys};
use crate::Error;
use serde::{Deserialize, Deserializer, de};
use serde_saphyr::Spanned;
use std::{collections::BTreeMap, fmt, path::Path};

type Section = BTreeMap<String, Spanned<Plain>>;

/// Reads a file into the configuration; an unknown key or a wrong value is an error with its line.
pub(super) fn apply(config: &mut Config, path: &Path) -> Result<(), Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    if text.trim().is_empty() {
        return Ok(());
    }
    let sections: BTreeMap<String, Spanned<Option<Section>>> = serde_saphyr::from_str(&text)
        .map_err(|error| Error::Setting {
            place: path.display().to_string(),
            reason: format!("{error}"),
        })?;
    for (name, section) in &sections {
        let known = keys::sections().any(|known| known == name);
        if !known {
            return Err(Error::Setting {
                place: format!("{}:{}", path.display(), section.referenced.line()),
                reason: format!(
                    "there is no section `{name}`; there are {}",
                    keys::sections().collect::<Vec<_>>().join(", ")
                ),
            });
        }
        for (key, value) in section.value.iter().flatten() {
            let place = format!("{}:{}", path.display(), value.referenced.line());
            let full = format!("{name}.{key}");
            let Some(found) = keys::find(&full) else {
                return Err(Error::Setting {
                    place,
                    reason: format!("there is no setting `{full}`; {}", keys::of_section(name)),
                });
            };
            found.set(config, &value.value.0, &place)?;
        }
    }
    Ok(())
}

/// A scalar as text, or a list of them with commas between.
struct Plain(String);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PlainVisitor).map(Plain)
    }
}

struct PlainVisitor;

impl<'de> de::Visitor<'de> for PlainVisitor {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, true, false, a list of texts, or a map of them")
    }

    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_bool<E>(self, value: bool) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_i64<E>(self, value: i64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_u64<E>(self, value: u64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_f64<E>(self, value: f64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_unit<E>(self) -> Result<String, E> {
        Ok(String::new())
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<String, A::Error> {
        let mut items = Vec::new();
        while let Some((Plain(key), Plain(value))) = map.next_entry()? {
            items.push(format!("{key}={value}"));
        }
        Ok(items.join(","))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<String, A::Error> {
        let mut items = Vec::new();
        while let Some(Plain(item)) = list.next_element()? {
            items.push(item);
        }
        Ok(items.join(","))
    }
}
