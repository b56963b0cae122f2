//! Who takes part in a thread: told once with id and e-mail, then called by a short name.

use serde_json::{Map, Value};
use std::borrow::Cow;

/// The people of one thread, in the order in which they appear.
#[derive(Default)]
pub(crate) struct People<'a> {
    people: Vec<Person<'a>>,
}

struct Person<'a> {
    id: Cow<'a, str>,
    kind: &'a str,
    name: Option<&'a str>,
    email: Option<&'a str>,
    ai: bool,
}

impl<'a> People<'a> {
    /// Takes note of an author.
    pub(crate) fn meet(&mut self, author: &'a Value) {
        let Some(id) = id_of(author) else { return };
        let text = |key| {
            author
                .get(key)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
        };
        let kind = text("type").unwrap_or_default();
        let ai = author.get("from_ai_agent").and_then(Value::as_bool) == Some(true);
        let (name, email) = (text("name"), text("email"));
        match self
            .people
            .iter_mut()
            .find(|person| person.id == id && same_kind(person.kind, kind))
        {
            Some(known) => {
                known.name = known.name.or(name);
                known.email = known.email.or(email);
                known.ai |= ai;
            }
            None => self.people.push(Person {
                id,
                kind,
                name,
                email,
                ai,
            }),
        }
    }

    /// What an author is called in the lines of the thread.
    pub(crate) fn call(&self, author: &Value) -> String {
        let kind = author
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        match id_of(author) {
            Some(id) => self.name_of(kind, &id),
            None if kind.is_empty() => "somebody".into(),
            None => kind.into(),
        }
    }

    /// What the person of that kind and id is called.
    pub(crate) fn name_of(&self, kind: &str, id: &str) -> String {
        let known = self
            .people
            .iter()
            .find(|person| person.id == id && same_kind(person.kind, kind));
        let Some(person) = known else {
            return format!("{kind} {id}");
        };
        let Some(name) = person.name else {
            return person
                .email
                .map_or_else(|| format!("{} {id}", person.kind), str::to_owned);
        };
        let namesakes = self
            .people
            .iter()
            .filter(|other| other.name == Some(name))
            .count();
        if namesakes > 1 {
            format!("{name} ({id})")
        } else {
            name.to_owned()
        }
    }

    /// Everybody by id: name, e-mail, role.
    pub(crate) fn legend(&self) -> Map<String, Value> {
        self.people
            .iter()
            .map(|person| {
                (
                    person.id.clone().into_owned(),
                    Value::from(person.describe()),
                )
            })
            .collect()
    }
}

impl Person<'_> {
    fn describe(&self) -> String {
        let mut words = self.name.unwrap_or_default().to_owned();
        // A bot's e-mail is an address of the machinery.
        if let Some(email) = self.email.filter(|_| self.kind != "bot") {
            if !words.is_empty() {
                words.push(' ');
            }
            words.extend(["<", email, ">"]);
        }
        if !self.kind.is_empty() {
            if !words.is_empty() {
                words.push_str(", ");
            }
            words.push_str(self.kind);
        }
        if self.ai {
            words.push_str(", AI agent");
        }
        words
    }
}

/// Users and leads are contacts of one id space; admins, teams and bots have their own.
fn same_kind(one: &str, other: &str) -> bool {
    let contact = |kind: &str| matches!(kind, "user" | "lead" | "contact" | "visitor");
    one == other || contact(one) && contact(other)
}

/// An object's id as text.
pub(crate) fn id_of(value: &Value) -> Option<Cow<'_, str>> {
    match value.get("id")? {
        Value::String(id) if !id.is_empty() => Some(Cow::Borrowed(id)),
        Value::Number(id) => Some(Cow::Owned(id.to_string())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn people_are_told_once_and_called_by_name() {
        let authors = [
            json!({"type": "user", "id": "66f0", "name": "Ana Silva", "email": "ana@example.com"}),
            json!({"type": "admin", "id": "7", "name": "Rui", "email": "rui@acme.example"}),
            json!({"type": "bot", "id": "8", "name": "Fin", "email": "x@intercom.io", "from_ai_agent": true}),
            json!({"type": "admin", "id": "9", "name": "Rui", "email": "rui2@acme.example"}),
            json!({"type": "lead", "id": "66f1", "name": null, "email": "b@example.com"}),
        ];
        let mut people = People::default();
        authors
            .iter()
            .chain(&authors)
            .for_each(|author| people.meet(author));
        let called: Vec<String> = authors.iter().map(|author| people.call(author)).collect();
        assert_eq!(
            called,
            ["Ana Silva", "Rui (7)", "Fin", "Rui (9)", "b@example.com"]
        );
        assert_eq!(people.name_of("admin", "12"), "admin 12");
        assert_eq!(
            Value::Object(people.legend()),
            json!({"66f0": "Ana Silva <ana@example.com>, user", "7": "Rui <rui@acme.example>, admin", "8": "Fin, bot, AI agent",
                "9": "Rui <rui2@acme.example>, admin", "66f1": "<b@example.com>, lead"})
        );
    }
}
