//! One change to one object, as data: how it is written, how it is seen, and what turns it around.

use crate::shape::{id_of, moment, scalar};
use crate::tools::{Arguments, object};
use serde_json::{Map, Value, json};

/// A change to a conversation or a contact. One change is one write.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    /// Puts a tag on a conversation.
    Tag(Label),
    /// Takes a tag off a conversation.
    Untag(Label),
    /// Closes a conversation.
    Close,
    /// Opens a conversation.
    Open,
    /// Puts a conversation away until that second.
    Snooze(i64),
    /// Gives a conversation to a team or an admin; id 0 is nobody.
    Assign {
        /// `team` or `admin`.
        kind: String,
        /// The team or the admin.
        to: Label,
    },
    /// Sets fields of a contact.
    Update(Map<String, Value>),
}

/// Something with an id and a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    /// Its id.
    pub(crate) id: String,
    /// Its name.
    pub(crate) name: String,
}

impl Change {
    /// The operation that reads an object of that kind, and its argument.
    pub(super) fn reading(&self, id: &str) -> (&'static str, Arguments) {
        match self {
            Self::Update(_) => ("get_contact", object(json!({"contact_id": id}))),
            _ => ("get_conversation", object(json!({"conversation_id": id}))),
        }
    }

    /// The operation that makes the change, and its arguments.
    pub(super) fn writing(&self, id: &str) -> (&'static str, Arguments) {
        let manage = |more: Value| {
            let mut asked = object(json!({"conversation_id": id}));
            asked.extend(object(more));
            ("manage_conversation", asked)
        };
        match self {
            Self::Tag(tag) => (
                "attach_tag_to_conversation",
                object(json!({"conversation_id": id, "tag_id": tag.id})),
            ),
            Self::Untag(tag) => (
                "detach_tag_from_conversation",
                object(json!({"conversation_id": id, "tag_id": tag.id})),
            ),
            Self::Close => manage(json!({"message_type": "close"})),
            Self::Snooze(until) if *until > moment::now() => {
                manage(json!({"message_type": "snoozed", "snoozed_until": until}))
            }
            Self::Open | Self::Snooze(_) => manage(json!({"message_type": "open"})),
            Self::Assign { kind, to } => {
                manage(json!({"message_type": "assignment", "type": kind, "assignee_id": to.id}))
            }
            Self::Update(fields) => {
                let mut asked = object(json!({"contact_id": id}));
                asked.extend(fields.clone());
                ("update_contact", asked)
            }
        }
    }

    /// The tool that makes the same change to one thing, and its arguments: rules on it hold for each item.
    pub(super) fn as_tool(&self, id: &str) -> (&'static str, Arguments) {
        let talk = |name, more: Value| {
            let mut given = object(json!({"conversation_id": id}));
            given.extend(object(more));
            (name, given)
        };
        match self {
            Self::Tag(tag) => talk("tag_conversation", json!({"tag": tag.id})),
            Self::Untag(tag) => talk("untag_conversation", json!({"tag": tag.id})),
            Self::Close => talk("close_conversation", json!({})),
            Self::Snooze(until) if *until > moment::now() => {
                talk("snooze_conversation", json!({"until": until}))
            }
            Self::Open | Self::Snooze(_) => talk("reopen_conversation", json!({})),
            Self::Assign { kind, to } => talk("assign_conversation", json!({kind: to.id})),
            Self::Update(_) => self.writing(id),
        }
    }

    /// What the change is about, as it stands: an object that stands otherwise than it did was changed by others.
    pub(super) fn standing(&self, found: &Value) -> Value {
        match self {
            Self::Tag(tag) | Self::Untag(tag) => json!({"tagged": has_tag(found, &tag.id)}),
            Self::Close | Self::Open | Self::Snooze(_) => json!({
                "state": found.get("state"),
                "snoozed_until": found.get("snoozed_until"),
                "last_contact_reply_at": found.pointer("/statistics/last_contact_reply_at"),
                "last_close_at": found.pointer("/statistics/last_close_at"),
            }),
            Self::Assign { kind, .. } => json!({kind: assignee(found, kind)}),
            Self::Update(fields) => current(fields, found).into(),
        }
    }

    /// Whether something that stands like this is as the change would leave it.
    pub(super) fn is_met(&self, standing: &Value) -> bool {
        let state = || standing.get("state").and_then(Value::as_str);
        match self {
            Self::Tag(_) => standing["tagged"] == true,
            Self::Untag(_) => standing["tagged"] == false,
            Self::Close => state() == Some("closed"),
            Self::Open => state() == Some("open"),
            Self::Snooze(_) => matches!(state(), Some("open" | "snoozed")),
            Self::Assign { kind, to } => standing[kind] == to.id.as_str(),
            Self::Update(fields) => fields
                .iter()
                .all(|(name, wanted)| alike(wanted, &standing[name])),
        }
    }

    /// The change that puts back what stood like this before.
    pub(super) fn inverse(&self, before: &Value, names: &[Label]) -> Self {
        match self {
            Self::Tag(tag) => Self::Untag(tag.clone()),
            Self::Untag(tag) => Self::Tag(tag.clone()),
            Self::Close => match before["snoozed_until"].as_i64() {
                Some(until) if before["state"] == "snoozed" => Self::Snooze(until),
                _ => Self::Open,
            },
            Self::Open | Self::Snooze(_) => Self::Close,
            Self::Assign { kind, .. } => Self::Assign {
                kind: kind.clone(),
                to: named(before[kind].as_str().unwrap_or("0"), names),
            },
            Self::Update(_) => Self::Update(before.as_object().cloned().unwrap_or_default()),
        }
    }

    /// What the change does, in a few words.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Tag(tag) => format!("tag with {}", tag.name),
            Self::Untag(tag) => format!("take the tag {} off", tag.name),
            Self::Close => "close".into(),
            Self::Open => "reopen".into(),
            Self::Snooze(until) => {
                format!("snooze until {}", moment::iso(*until).unwrap_or_default())
            }
            Self::Assign { kind, to } if to.id == "0" => format!("assign to no {kind}"),
            Self::Assign { kind, to } => format!("assign to {kind} {}", to.name),
            Self::Update(fields) => {
                let told: Vec<String> = flat(fields)
                    .map(|(name, value)| format!("{name} = {}", scalar(value)))
                    .collect();
                format!("set {}", told.join(", "))
            }
        }
    }

    /// How something stands, in a few words.
    pub(super) fn told(&self, standing: &Value, names: &[Label]) -> String {
        match self {
            Self::Tag(_) | Self::Untag(_) if standing["tagged"] == true => "tagged".into(),
            Self::Tag(_) | Self::Untag(_) => "not tagged".into(),
            Self::Close | Self::Open | Self::Snooze(_) => {
                let replied = standing["last_contact_reply_at"]
                    .as_i64()
                    .and_then(moment::iso);
                let state = scalar(&standing["state"]);
                match replied {
                    Some(at) => format!("{state}, last written by the customer at {at}"),
                    None => state,
                }
            }
            Self::Assign { kind, .. } => match standing[kind].as_str() {
                None | Some("0") => format!("no {kind}"),
                Some(id) => format!("{kind} {}", named(id, names).name),
            },
            Self::Update(_) => {
                let fields = standing.as_object();
                let told: Vec<String> = fields
                    .into_iter()
                    .flat_map(flat)
                    .map(|(name, value)| format!("{name} = {}", scalar(value)))
                    .collect();
                told.join(", ")
            }
        }
    }

    /// What many objects have in common before the change, for a summary of it.
    pub(super) fn kind_of(&self, standing: &Value, names: &[Label]) -> String {
        match self {
            Self::Close | Self::Open | Self::Snooze(_) => scalar(&standing["state"]),
            _ => self.told(standing, names),
        }
    }
}

fn named(id: &str, names: &[Label]) -> Label {
    let known = names.iter().find(|label| label.id == id);
    known.cloned().unwrap_or_else(|| Label {
        id: id.to_owned(),
        name: id.to_owned(),
    })
}

fn has_tag(conversation: &Value, tag: &str) -> bool {
    let tags = conversation.pointer("/tags/tags").and_then(Value::as_array);
    tags.into_iter()
        .flatten()
        .any(|one| id_of(one).is_some_and(|id| id == tag))
}

/// The assignee's id as text; `0` is nobody.
fn assignee(conversation: &Value, kind: &str) -> String {
    match conversation.get(format!("{kind}_assignee_id")) {
        None | Some(Value::Null) => "0".into(),
        Some(id) => scalar(id),
    }
}

/// What a contact holds in these fields; of the custom attributes, only the ones named.
fn current(fields: &Map<String, Value>, contact: &Value) -> Map<String, Value> {
    let held = |place: &Value, name: &str| place.get(name).cloned().unwrap_or_default();
    fields
        .iter()
        .map(|(name, wanted)| {
            let now = match wanted.as_object() {
                Some(inner) if name == "custom_attributes" => {
                    let attributes = held(contact, name);
                    let own = inner
                        .keys()
                        .map(|key| (key.clone(), held(&attributes, key)));
                    own.collect::<Map<_, _>>().into()
                }
                _ => held(contact, name),
            };
            (name.clone(), now)
        })
        .collect()
}

/// Fields with those of `custom_attributes` among them.
fn flat(fields: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    fields.iter().flat_map(|(name, value)| match value {
        Value::Object(inner) => inner.iter().collect(),
        _ => vec![(name, value)],
    })
}

/// Intercom answers numbers as text at times, and the other way round.
fn alike(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Object(wanted), _) => wanted
            .iter()
            .all(|(name, value)| alike(value, found.get(name).unwrap_or(&Value::Null))),
        (Value::Number(_), _) | (_, Value::Number(_)) => {
            let number = |value: &Value| scalar(value).parse::<f64>().ok();
            number(wanted).is_some() && number(wanted) == number(found)
        }
        _ => wanted == found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(id: &str, name: &str) -> Label {
        Label {
            id: id.into(),
            name: name.into(),
        }
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of cases is long")]
    fn every_change_is_seen_and_turned_around() {
        let names = [label("7", "Rui"), label("9", "Maya")];
        let conversation = json!({"id": "1", "state": "snoozed", "snoozed_until": 4_000_000_000_u32,
            "admin_assignee_id": 7, "team_assignee_id": null, "tags": {"tags": [{"id": "5", "name": "vip"}]}});
        let contact =
            json!({"id": "c", "owner_id": 7, "custom_attributes": {"plan": "pro", "seats": 3}});
        let assign = |kind: &str, id: &str| Change::Assign {
            kind: kind.into(),
            to: label(id, "?"),
        };
        let set = |value: Value| Change::Update(object(value));
        for (change, object, met, words, before, inverse) in [
            (
                Change::Tag(label("5", "vip")),
                &conversation,
                true,
                "tag with vip",
                "tagged",
                Change::Untag(label("5", "vip")),
            ),
            (
                Change::Tag(label("6", "new")),
                &conversation,
                false,
                "tag with new",
                "not tagged",
                Change::Untag(label("6", "new")),
            ),
            (
                Change::Untag(label("5", "vip")),
                &conversation,
                false,
                "take the tag vip off",
                "tagged",
                Change::Tag(label("5", "vip")),
            ),
            (
                Change::Close,
                &conversation,
                false,
                "close",
                "snoozed",
                Change::Snooze(4_000_000_000),
            ),
            (
                Change::Open,
                &conversation,
                false,
                "reopen",
                "snoozed",
                Change::Close,
            ),
            (
                assign("admin", "9"),
                &conversation,
                false,
                "assign to admin ?",
                "admin Rui",
                Change::Assign {
                    kind: "admin".into(),
                    to: label("7", "Rui"),
                },
            ),
            (
                assign("admin", "7"),
                &conversation,
                true,
                "assign to admin ?",
                "admin Rui",
                Change::Assign {
                    kind: "admin".into(),
                    to: label("7", "Rui"),
                },
            ),
            (
                assign("team", "0"),
                &conversation,
                true,
                "assign to no team",
                "no team",
                Change::Assign {
                    kind: "team".into(),
                    to: label("0", "0"),
                },
            ),
            (
                set(json!({"owner_id": "7", "custom_attributes": {"seats": 3}})),
                &contact,
                true,
                "set owner_id = 7, seats = 3",
                "owner_id = 7, seats = 3",
                set(json!({"owner_id": 7, "custom_attributes": {"seats": 3}})),
            ),
            (
                set(json!({"custom_attributes": {"plan": "team", "tier": 1}})),
                &contact,
                false,
                "set plan = team, tier = 1",
                "plan = pro, tier = null",
                set(json!({"custom_attributes": {"plan": "pro", "tier": null}})),
            ),
        ] {
            let standing = change.standing(object);
            assert_eq!(change.is_met(&standing), met, "{change:?} of {standing}");
            assert_eq!(change.words(), words);
            assert_eq!(change.told(&standing, &names), before);
            assert_eq!(change.inverse(&standing, &names), inverse, "{change:?}");
        }
    }
}
