//! What changed in a tool's parameters, and which of it breaks a client.

use super::diff::{Note, words};
use catalog::{Param, ParamType};
use indexmap::IndexMap;
use serde_json::Value;

/// Compares all parameters of a tool, or all fields of one.
pub(super) fn compare_all(
    old: &IndexMap<String, Param>,
    new: &IndexMap<String, Param>,
) -> Vec<Note> {
    compare_under("", old, new)
}

fn compare_under(
    path: &str,
    old: &IndexMap<String, Param>,
    new: &IndexMap<String, Param>,
) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut known = Vec::new();
    for (name, before) in old {
        let place = format!("parameter `{path}{name}`");
        let Some((now, after)) = successor(name, new) else {
            notes.push(Note::breaking(format!("{place} is gone")));
            continue;
        };
        known.push(now);
        if now != name {
            notes.push(Note::harmless(format!(
                "{place} is called `{path}{now}`, and its old name is accepted"
            )));
        }
        let lost = before
            .aliases
            .iter()
            .filter(|alias| successor(alias, new).is_none());
        notes.extend(
            lost.map(|alias| Note::breaking(format!("{place} is no longer accepted as `{alias}`"))),
        );
        notes.extend(compare(&format!("{path}{now}"), before, after));
    }
    for (name, param) in new.iter().filter(|(name, _)| !known.contains(name)) {
        let place = format!("parameter `{path}{name}` is new");
        notes.push(if must_be_given(param) {
            Note::breaking(format!("{place} and required"))
        } else {
            Note::harmless(place)
        });
    }
    notes
}

/// The parameter that takes what this name gave.
fn successor<'a>(
    name: &String,
    new: &'a IndexMap<String, Param>,
) -> Option<(&'a String, &'a Param)> {
    new.get_key_value(name)
        .or_else(|| new.iter().find(|(_, param)| param.aliases.contains(name)))
}

fn must_be_given(param: &Param) -> bool {
    param.required && param.default.is_none()
}

fn compare(path: &str, old: &Param, new: &Param) -> Vec<Note> {
    let mut notes: Vec<Note> = presence(old, new)
        .into_iter()
        .chain(kind(old, new))
        .chain(values(old, new))
        .chain(bounds(old, new))
        .chain(words("about", &old.about, &new.about))
        .map(|note| Note {
            text: format!("parameter `{path}` {}", note.text),
            ..note
        })
        .collect();
    match (&old.items, &new.items) {
        (Some(before), Some(after)) => {
            notes.extend(compare(&format!("{path}[]"), before, after));
        }
        (None, Some(_)) if old.kind == new.kind => notes.push(Note::breaking(format!(
            "parameter `{path}` says what its items are now"
        ))),
        _ => {}
    }
    if !old.fields.is_empty() && new.fields.is_empty() {
        notes.push(Note::harmless(format!(
            "parameter `{path}` no longer says what its fields are"
        )));
    } else {
        notes.extend(compare_under(&format!("{path}."), &old.fields, &new.fields));
    }
    notes
}

fn presence(old: &Param, new: &Param) -> Vec<Note> {
    let mut notes = Vec::new();
    match (must_be_given(old), must_be_given(new)) {
        (false, true) => notes.push(Note::breaking("is required now")),
        (true, false) => notes.push(Note::harmless("is optional now")),
        _ => {}
    }
    match (old.nullable, new.nullable) {
        (true, false) => notes.push(Note::breaking("takes null no more")),
        (false, true) => notes.push(Note::harmless("takes null too")),
        _ => {}
    }
    match (old.hidden, new.hidden) {
        (true, false) => notes.push(Note::harmless("is shown to models now")),
        (false, true) => notes.push(Note::harmless("is hidden from models now")),
        _ => {}
    }
    if old.default != new.default {
        let say = |value: &Option<Value>| {
            let value = value.as_ref().map(ToString::to_string);
            value.unwrap_or_else(|| "none".into())
        };
        notes.push(Note::harmless(format!(
            "default: {} → {}",
            say(&old.default),
            say(&new.default)
        )));
    }
    notes
}

fn kind(old: &Param, new: &Param) -> Option<Note> {
    if old.schema != new.schema {
        return Some(Note::breaking(
            "has another JSON Schema: compare them by hand",
        ));
    }
    if (old.kind, &old.of) == (new.kind, &new.of) {
        return None;
    }
    Some(Note {
        breaks: !takes_all_of(new, old),
        text: format!("type: {} → {}", name_of(old), name_of(new)),
    })
}

fn name_of(param: &Param) -> String {
    let kind = format!("{:?}", param.kind);
    match &param.of {
        Some(of) => format!("{kind} of {of}"),
        None => kind,
    }
}

/// Whether every value of the old type is one of the new type.
fn takes_all_of(new: &Param, old: &Param) -> bool {
    use ParamType::{Any, Id, Integer, IntegerId, Map, Number, Object, String};
    match (old.kind, new.kind) {
        (_, Any) | (Integer, Number) | (Object, Map) => true,
        // An id is text too, but a text such as a prefixed id of another kind need not be an id.
        (Id | IntegerId, Id | IntegerId) => new.of.is_none() || new.of == old.of,
        (Integer, IntegerId | Id) | (String, Id) => new.of.is_none(),
        (one, other) => one == other && new.of.is_none(),
    }
}

fn values(old: &Param, new: &Param) -> Vec<Note> {
    let missing = |from: &[Value], to: &[Value]| -> Vec<String> {
        let lost = from.iter().filter(|value| !to.contains(value));
        lost.map(ToString::to_string).collect()
    };
    match (old.values.as_slice(), new.values.as_slice()) {
        ([], []) => vec![],
        ([], some) => vec![Note::breaking(format!(
            "takes only {} now",
            missing(some, &[]).join(", ")
        ))],
        (_, []) => vec![Note::harmless("takes any value of its type now")],
        (before, after) => {
            let (gone, come) = (missing(before, after), missing(after, before));
            let gone = (!gone.is_empty())
                .then(|| Note::breaking(format!("takes {} no more", gone.join(", "))));
            let come = (!come.is_empty())
                .then(|| Note::harmless(format!("takes {} too", come.join(", "))));
            gone.into_iter().chain(come).collect()
        }
    }
}

fn bounds(old: &Param, new: &Param) -> Vec<Note> {
    // A missing bound is the widest: below every minimum, above every maximum.
    let lowest = |param: &Param| param.min.unwrap_or(i64::MIN);
    let highest = |param: &Param| param.max.unwrap_or(i64::MAX);
    let say = |bound: Option<i64>| bound.map_or_else(|| "none".into(), |bound| bound.to_string());
    let mut notes = Vec::new();
    if old.min != new.min {
        notes.push(Note {
            breaks: lowest(new) > lowest(old),
            text: format!("min: {} → {}", say(old.min), say(new.min)),
        });
    }
    if old.max != new.max {
        notes.push(Note {
            breaks: highest(new) < highest(old),
            text: format!("max: {} → {}", say(old.max), say(new.max)),
        });
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes(old: &str, new: &str) -> Vec<Note> {
        let params = |text: &str| -> IndexMap<String, Param> {
            serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
        };
        compare_all(&params(old), &params(new))
    }

    /// What was, what is, whether it breaks, and what is told.
    const CHANGES: [(&str, &str, bool, &str); 20] = [
        ("{a: {}}", "{}", true, "`a` is gone"),
        ("{}", "{a: {}}", false, "`a` is new"),
        (
            "{}",
            "{a: {required: true}}",
            true,
            "`a` is new and required",
        ),
        (
            "{}",
            "{a: {required: true, default: 1}}",
            false,
            "`a` is new",
        ),
        (
            "{a: {}}",
            "{a: {required: true}}",
            true,
            "`a` is required now",
        ),
        (
            "{a: {required: true}}",
            "{a: {}}",
            false,
            "`a` is optional now",
        ),
        ("{a: {}}", "{b: {aliases: [a]}}", false, "`a` is called `b`"),
        (
            "{a: {aliases: [b]}}",
            "{a: {}}",
            true,
            "no longer accepted as `b`",
        ),
        (
            "{a: {nullable: true}}",
            "{a: {}}",
            true,
            "takes null no more",
        ),
        (
            "{a: {}}",
            "{a: {hidden: true}}",
            false,
            "hidden from models",
        ),
        (
            "{a: {default: 1}}",
            "{a: {default: 2}}",
            false,
            "default: 1 → 2",
        ),
        (
            "{a: {about: x}}",
            "{a: {about: y}}",
            false,
            "about: \"x\" → \"y\"",
        ),
        (
            "{a: {enum: [x, z]}}",
            "{a: {enum: [x]}}",
            true,
            "takes \"z\" no more",
        ),
        (
            "{a: {enum: [x]}}",
            "{a: {enum: [x, z]}}",
            false,
            "takes \"z\" too",
        ),
        ("{a: {}}", "{a: {enum: [x]}}", true, "takes only \"x\" now"),
        ("{a: {enum: [x]}}", "{a: {}}", false, "takes any value"),
        ("{a: {max: 9}}", "{a: {max: 8}}", true, "max: 9 → 8"),
        ("{a: {max: 9}}", "{a: {}}", false, "max: 9 → none"),
        ("{a: {}}", "{a: {min: 1}}", true, "min: none → 1"),
        (
            "{a: {schema: {type: object}}}",
            "{a: {}}",
            true,
            "another JSON Schema",
        ),
    ];

    #[test]
    fn each_change_is_told_and_weighed() {
        for (old, new, breaks, told) in CHANGES {
            let found = notes(old, new);
            assert_eq!(found.len(), 1, "{old} {new}: {found:?}");
            assert_eq!(found[0].breaks, breaks, "{old} {new}");
            assert!(found[0].text.contains(told), "{:?} lacks {told}", found[0]);
        }
    }

    #[test]
    fn a_type_that_takes_more_breaks_nobody() {
        for (old, new, breaks) in [
            ("integer", "number", false),
            ("number", "integer", true),
            ("string", "any", false),
            ("any", "string", true),
            ("object", "map", false),
            ("string", "timestamp", true),
            ("string", "id", false),
            ("id", "string", true),
            ("id, of: contact", "id, of: ticket", true),
            ("id, of: contact", "integer_id, of: contact", false),
            ("id, of: contact", "id", false),
            ("query, of: contacts", "query, of: tickets", true),
        ] {
            let param = |kind: &str| format!("{{a: {{type: {kind}}}}}");
            let found = notes(&param(old), &param(new));
            assert_eq!(found.len(), 1, "{old} → {new}");
            assert_eq!(found[0].breaks, breaks, "{old} → {new}");
        }
    }

    #[test]
    fn fields_and_items_are_compared_too() {
        let deep = "{a: {type: object, fields: {b: {type: array, items: {enum: [x, z]}}}}}";
        let found = notes(deep, &deep.replace("[x, z]", "[x]"));
        assert_eq!(
            found,
            [Note::breaking("parameter `a.b[]` takes \"z\" no more")]
        );
        let found = notes(deep, &deep.replace("b:", "c:"));
        assert_eq!(found.len(), 2);
        assert!(found[0].breaks && !found[1].breaks);
        let free = "{a: {type: object}}";
        assert!(notes(free, deep).iter().all(|note| !note.breaks));
        assert_eq!(notes(deep, deep), []);
    }
}
