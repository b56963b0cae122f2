//! JSON answers without their null fields: half of what Intercom sends of a person is null, and to whoever reads an
//! answer a null field and a missing one are the same.

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};
use std::{borrow::Cow, fmt};

/// Parses JSON; nulls in lists stay, so that places do not shift.
pub(crate) fn from_slice(bytes: &[u8]) -> serde_json::Result<Value> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = LeanSeed(WIDE).deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// Fields that the outermost object has room for from the start: a contact has about forty.
const WIDE: usize = 48;
/// Fields that objects inside it have room for, as the wrapper of a list needs.
const NARROW: usize = 7;

/// Reads a value whose object, if it is one, is expected to have that many fields.
#[derive(Clone, Copy)]
struct LeanSeed(usize);

impl<'de> DeserializeSeed<'de> for LeanSeed {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for LeanSeed {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = seq.next_element_seed(LeanSeed(NARROW))? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        // Growing would hash every key again.
        let mut object = Map::with_capacity(self.0);
        while let Some(Key(key)) = map.next_key()? {
            let value = map.next_value_seed(LeanSeed(NARROW))?;
            if !value.is_null() {
                object.insert(key.into_owned(), value);
            }
        }
        Ok(Value::Object(object))
    }
}

/// A key that is copied only when it is kept.
struct Key<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor).map(Key)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E: Error>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(key))
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn null_fields_are_left_out_and_all_else_stays() {
        for (text, expected) in [
            ("null", json!(null)),
            (
                r#"{"b":1,"a":null,"c":{"d":null}}"#,
                json!({"b": 1, "c": {}}),
            ),
            (
                r#"[null,{"e":null},-1,1.5,18446744073709551615,true,"x"]"#,
                json!([null, {}, -1, 1.5, u64::MAX, true, "x"]),
            ),
            (r#"{"k\n\u00e9":"v\t"}"#, json!({"k\né": "v\t"})),
        ] {
            assert_eq!(from_slice(text.as_bytes()).unwrap(), expected, "{text}");
        }
        let order = from_slice(br#"{"z":1,"y":null,"x":2}"#).unwrap();
        assert_eq!(order.to_string(), r#"{"z":1,"x":2}"#);
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in ["", "{", "{\"a\" 1}", "<html>", "{} x"] {
            assert!(from_slice(text.as_bytes()).is_err(), "{text}");
        }
        let deep = "[".repeat(1000);
        assert!(from_slice(deep.as_bytes()).is_err());
    }
}
