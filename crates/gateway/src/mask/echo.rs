//! Masked values that come back as arguments: written, they would destroy what they stand for.

use super::{MaskRules, WHOLE};
use serde_json::{Map, Value};

/// The fewest stars of a masked number; Markdown has at most three in a row.
const STARS: usize = 5;

impl MaskRules {
    /// The argument that holds a masked value; none where all are good.
    pub(crate) fn echoed(&self, arguments: &Map<String, Value>) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        arguments
            .iter()
            .find_map(|(name, value)| self.echo_in(name, value))
    }

    fn echo_in(&self, place: &str, value: &Value) -> Option<String> {
        match value {
            Value::String(text) => self.is_echo(text).then(|| place.to_owned()),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .find_map(|(index, item)| self.echo_in(&format!("{place}[{index}]"), item)),
            Value::Object(map) => map
                .iter()
                .find_map(|(key, value)| self.echo_in(&format!("{place}.{key}"), value)),
            _ => None,
        }
    }

    fn is_echo(&self, text: &str) -> bool {
        self.email && has_masked_address(text)
            || (self.phone || self.card) && has_masked_number(text)
            || !self.fields.is_empty() && text.contains(WHOLE)
    }
}

/// A letter, three stars, an at sign, and a domain.
fn has_masked_address(text: &str) -> bool {
    ["***@", "***%40", "***&#64;"].iter().any(|mark| {
        text.match_indices(mark).any(|(at, mark)| {
            let before = text[..at].chars().next_back();
            let after = text[at + mark.len()..].chars().next();
            before.is_some_and(|c| !c.is_whitespace() && c != '*')
                && after.is_some_and(char::is_alphanumeric)
        })
    })
}

/// Many stars in groups, and two to four digits behind them.
fn has_masked_number(text: &str) -> bool {
    let part = |c: char| c == '*' || c.is_ascii_digit() || " -.()+".contains(c);
    text.split(|c| !part(c)).any(|run| {
        let Some(last) = run.rfind('*') else {
            return false;
        };
        let stars = run.matches('*').count();
        let behind = run[last + 1..].chars().filter(char::is_ascii_digit).count();
        stars >= STARS && behind >= 2
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn masked_values_are_known_again_and_others_are_not_taken_for_them() {
        let rules = MaskRules {
            email: true,
            phone: true,
            card: true,
            fields: vec!["vat".into()],
        };
        for (arguments, expected) in [
            (json!({"email": "j***@example.com"}), Some("email")),
            (json!({"body": "see ?e=j***%40example.com"}), Some("body")),
            (
                json!({"set": {"phone": "+** ** **** **58"}}),
                Some("set.phone"),
            ),
            (json!({"x": ["", "**** **** **** 1111"]}), Some("x[1]")),
            (json!({"phone": "*********56"}), Some("phone")),
            (json!({"vat": "[masked]"}), Some("vat")),
            (json!({"email": "john@example.com"}), None),
            (
                json!({"body": "**bold** and ***both***, *** and ** 12 **"}),
                None,
            ),
            (json!({"body": "***\n12 items\n***"}), None),
            (json!({"body": "mail ***@home, 4 *** hotels 2026"}), None),
        ] {
            let got = rules.echoed(arguments.as_object().unwrap());
            assert_eq!(got.as_deref(), expected, "{arguments}");
        }
        let email = json!({"email": "j***@example.com"});
        assert_eq!(
            MaskRules::default().echoed(email.as_object().unwrap()),
            None
        );
    }

    #[test]
    fn what_is_masked_is_what_is_known_again() {
        let rules = MaskRules {
            email: true,
            phone: true,
            card: true,
            fields: Vec::new(),
        };
        for text in [
            "write to john@example.com",
            "call +44 20 7946 0958",
            "(555) 123-4567",
            "4111 1111 1111 1111",
            "4111111111111111",
            "1-800-555-0199",
        ] {
            let masked = rules.text(text).into_owned();
            let arguments = Map::from_iter([("body".to_owned(), Value::from(masked.as_str()))]);
            assert!(rules.echoed(&arguments).is_some(), "{masked}");
        }
    }
}
