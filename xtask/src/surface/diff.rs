//! What changed between two surfaces, tool by tool, and which of it breaks a client.

use super::{Listed, Road, Surface, parameter, risk_word};
use indexmap::IndexMap;
use std::collections::BTreeSet;

/// A removed tool and an added one with this much in common may be one tool with a new name.
const ALIKE: f64 = 0.5;

/// What became of one tool.
pub(super) struct Difference {
    pub(super) name: String,
    pub(super) fate: Fate,
    pub(super) notes: Vec<Note>,
}

/// The kinds of difference, in the order of a report.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is gone.
    Removed,
    /// It is gone, and this one looks like it.
    Renamed(String),
    /// It is there still.
    Changed,
    /// It is new.
    Added,
}

/// One change of a tool.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Note {
    /// Whether a call that was right may fail now, or do more than it did.
    pub(super) breaks: bool,
    pub(super) text: String,
}

impl Note {
    pub(super) fn breaking(text: impl Into<String>) -> Self {
        Self {
            breaks: true,
            text: text.into(),
        }
    }

    pub(super) fn harmless(text: impl Into<String>) -> Self {
        Self {
            breaks: false,
            text: text.into(),
        }
    }
}

impl Difference {
    /// Whether a client of the old surface can notice.
    pub(super) fn breaks(&self) -> bool {
        matches!(self.fate, Fate::Removed | Fate::Renamed(_))
            || self.notes.iter().any(|note| note.breaks)
    }
}

/// Compares two surfaces: what is gone first, what is new last.
pub(super) fn compare(before: &Surface, after: &Surface) -> Vec<Difference> {
    let mut added: Vec<&Listed> = absent(after, before).collect();
    let mut gone = Vec::new();
    let mut renamed = Vec::new();
    for old in absent(before, after) {
        if let Some(new) = take_successor(old, &mut added) {
            renamed.push(Difference {
                name: old.name.clone(),
                fate: Fate::Renamed(new.name.clone()),
                notes: changes(old, new),
            });
        } else {
            gone.push(whole(old, Fate::Removed));
        }
    }
    let changed = before.tools.values().filter_map(|old| {
        let notes = changes(old, after.tools.get(&old.name)?);
        (!notes.is_empty()).then(|| Difference {
            name: old.name.clone(),
            fate: Fate::Changed,
            notes,
        })
    });
    gone.into_iter()
        .chain(renamed)
        .chain(changed)
        .chain(added.into_iter().map(|new| whole(new, Fate::Added)))
        .collect()
}

/// The tools of one surface whose names the other does not have.
fn absent<'a>(here: &'a Surface, there: &'a Surface) -> impl Iterator<Item = &'a Listed> {
    let tools = here.tools.values();
    tools.filter(|tool| !there.tools.contains_key(&tool.name))
}

fn whole(tool: &Listed, fate: Fate) -> Difference {
    let reach = if tool.reaches_customer {
        ", reaches a customer"
    } else {
        ""
    };
    let text = format!("{}: {}{reach}", tool.title, risk_word(tool.risk));
    Difference {
        name: tool.name.clone(),
        fate,
        notes: vec![Note::harmless(text)],
    }
}

/// The added tool that looks most like a removed one; no other may claim it.
fn take_successor<'a>(old: &Listed, added: &mut Vec<&'a Listed>) -> Option<&'a Listed> {
    let (index, _) = added
        .iter()
        .enumerate()
        .map(|(index, new)| (index, likeness(old, new)))
        .filter(|(_, likeness)| *likeness >= ALIKE)
        .max_by(|(_, one), (_, other)| one.total_cmp(other))?;
    Some(added.remove(index))
}

/// How much two tools have in common, from 0 to 1; the same method and path are the same tool.
fn likeness(old: &Listed, new: &Listed) -> f64 {
    let words =
        |tool: &Listed| -> BTreeSet<String> { tool.name.split('_').map(str::to_owned).collect() };
    let names = |tool: &Listed| -> BTreeSet<String> { tool.arguments().keys().cloned().collect() };
    match (&old.road, &new.road) {
        (Road::Operation { http: one, .. }, Road::Operation { http: other, .. }) => {
            f64::from(u8::from(one == other))
        }
        _ if old.risk != new.risk => 0.0,
        _ => shared(&words(old), &words(new)).min(shared(&names(old), &names(new))),
    }
}

fn shared(one: &BTreeSet<String>, other: &BTreeSet<String>) -> f64 {
    let count = |set: BTreeSet<&String>| f64::from(u16::try_from(set.len()).unwrap_or(u16::MAX));
    let all: BTreeSet<_> = one.union(other).collect();
    if all.is_empty() {
        return 1.0;
    }
    count(one.intersection(other).collect()) / count(all)
}

fn changes(old: &Listed, new: &Listed) -> Vec<Note> {
    let mut notes = reach(old, new);
    notes.extend(parameter::compare_all(&old.arguments(), &new.arguments()));
    notes.extend(needs(old, new));
    notes.extend(toolsets(old, new));
    if let (Road::Operation { .. }, Road::Operation { .. }) = (&old.road, &new.road)
        && road(old) != road(new)
    {
        notes.push(Note::harmless(format!("{} → {}", road(old), road(new))));
    }
    if old.output != new.output {
        notes.push(Note::harmless("the schema of its answer changed"));
    }
    notes.extend(words("title", &old.title, &new.title));
    notes.extend(words("about", &old.about, &new.about));
    notes
}

fn reach(old: &Listed, new: &Listed) -> Vec<Note> {
    let mut notes = Vec::new();
    if old.risk != new.risk {
        notes.push(Note {
            breaks: new.risk > old.risk,
            text: format!("risk: {} → {}", risk_word(old.risk), risk_word(new.risk)),
        });
    }
    match (old.reaches_customer, new.reaches_customer) {
        (false, true) => notes.push(Note::breaking("reaches a customer now")),
        (true, false) => notes.push(Note::harmless("reaches a customer no more")),
        _ => {}
    }
    notes
}

/// A call that met an old set must meet a new one.
fn needs(old: &Listed, new: &Listed) -> Option<Note> {
    if old.needs == new.needs {
        return None;
    }
    let meets = |given: &Vec<String>| {
        let mut sets = new.needs.iter();
        sets.any(|set| set.iter().all(|name| given.contains(name)))
    };
    let stricter = !new.needs.is_empty() && (old.needs.is_empty() || !old.needs.iter().all(meets));
    Some(Note {
        breaks: stricter,
        text: format!("needs: {} → {}", sets(&old.needs), sets(&new.needs)),
    })
}

fn sets(needs: &[Vec<String>]) -> String {
    if needs.is_empty() {
        return "nothing more".into();
    }
    let sets: Vec<String> = needs.iter().map(|set| set.join(" and ")).collect();
    sets.join(", or ")
}

fn toolsets(old: &Listed, new: &Listed) -> Option<Note> {
    let of = |tool: &Listed| -> BTreeSet<String> { tool.toolsets.iter().cloned().collect() };
    let (before, after) = (of(old), of(new));
    let named = |verb: &str, names: BTreeSet<String>| {
        (!names.is_empty()).then(|| format!("{verb} {}", Vec::from_iter(names).join(", ")))
    };
    let parts: Vec<String> = [
        named("leaves", &before - &after),
        named("joins", &after - &before),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| Note::harmless(format!("toolsets: {}", parts.join("; "))))
}

fn road(tool: &Listed) -> String {
    match &tool.road {
        Road::Operation { http, since, until } => {
            let until = until.map(|last| format!(" until {last}"));
            format!("{http} since {since}{}", until.unwrap_or_default())
        }
        Road::Native(uses) => uses.join(", "),
    }
}

/// A note that words changed, with both.
pub(super) fn words(what: &str, old: &str, new: &str) -> Option<Note> {
    (old != new).then(|| Note::harmless(format!("{what}: {old:?} → {new:?}")))
}

/// Counts differences by what became of their tools.
pub(super) fn counts(differences: &[Difference]) -> IndexMap<&'static str, usize> {
    let mut counts: IndexMap<_, _> = ["removed", "renamed", "changed", "added"]
        .map(|word| (word, 0))
        .into();
    for difference in differences {
        let word = match difference.fate {
            Fate::Removed => "removed",
            Fate::Renamed(_) => "renamed",
            Fate::Changed => "changed",
            Fate::Added => "added",
        };
        *counts.entry(word).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surface(tools: &str) -> Surface {
        let file = format!("{{toolset: tags, title: T, about: A, operations: [{tools}]}}");
        Surface::of(&[serde_saphyr::from_str(&file).unwrap_or_else(|error| panic!("{error}"))])
    }

    const OLD: &str = "{name: get_tag, title: G, about: A, http: GET /tags/1, risk: read, params: {id: {required: true}}}";

    #[test]
    fn each_change_is_told_and_weighed() {
        for (from, to, breaks, told) in [
            ("title: G", "title: H", false, "title: \"G\" → \"H\""),
            ("about: A", "about: B", false, "about: \"A\" → \"B\""),
            ("risk: read", "risk: write", true, "risk: read → write"),
            (
                "risk: read",
                "risk: read, reaches_customer: true",
                true,
                "reaches a customer now",
            ),
            (
                "risk: read",
                "risk: read, needs: [[id]]",
                true,
                "needs: nothing more → id",
            ),
            (
                "risk: read",
                "risk: read, paging: {kind: cursor, max: 60}",
                false,
                "parameter `limit` is new",
            ),
            (
                "GET /tags/1",
                "GET /tags/2",
                false,
                "GET /tags/1 since 2.11 → GET /tags/2 since 2.11",
            ),
            (
                "{id: {required: true}}",
                "{}",
                true,
                "parameter `id` is gone",
            ),
        ] {
            let found = compare(&surface(OLD), &surface(&OLD.replace(from, to)));
            assert_eq!(found.len(), 1, "{to}");
            assert_eq!(found[0].fate, Fate::Changed);
            assert_eq!(found[0].breaks(), breaks, "{to}");
            assert_eq!(found[0].notes[0].text, told);
        }
        assert!(compare(&surface(OLD), &surface(OLD)).is_empty());
    }

    #[test]
    fn a_milder_tool_breaks_nobody() {
        let strict = OLD.replace(
            "risk: read",
            "risk: write, reaches_customer: true, needs: [[id]]",
        );
        let found = compare(&surface(&strict), &surface(OLD));
        assert_eq!(found[0].notes.len(), 3);
        assert!(!found[0].breaks());
    }

    #[test]
    fn tools_come_go_and_change_their_names() {
        let renamed = OLD.replace("get_tag", "read_label");
        let other = OLD.replace("get_tag", "drop_it").replace("/tags/1", "/x");
        for (old, new, fate, breaks) in [
            (OLD, "", Fate::Removed, true),
            ("", OLD, Fate::Added, false),
            (OLD, &renamed, Fate::Renamed("read_label".into()), true),
            (OLD, &other, Fate::Removed, true),
        ] {
            let found = compare(&surface(old), &surface(new));
            assert_eq!((&found[0].fate, found[0].breaks()), (&fate, breaks));
        }
    }

    #[test]
    fn native_tools_are_known_again_by_words_and_parameters() {
        let native = |name: &str, risk: &str, params: &str| {
            let file = format!(
                "{{toolset: t, title: T, about: A, tools: [{{name: {name}, title: T, about: A, risk: {risk}, params: {params}}}]}}"
            );
            Surface::of(&[serde_saphyr::from_str(&file).unwrap()])
        };
        let old = native(
            "find_rated_conversations",
            "read",
            "{limit: {}, rating: {}}",
        );
        for (name, risk, params, expected) in [
            (
                "list_rated_conversations",
                "read",
                "{limit: {}, rating: {}}",
                true,
            ),
            (
                "list_rated_conversations",
                "write",
                "{limit: {}, rating: {}}",
                false,
            ),
            ("list_rated_conversations", "read", "{body: {}}", false),
            ("get_article", "read", "{limit: {}, rating: {}}", false),
        ] {
            let found = compare(&old, &native(name, risk, params));
            let is_rename = matches!(found[0].fate, Fate::Renamed(_));
            assert_eq!(is_rename, expected, "{name} {risk} {params}");
        }
    }
}
