//! Whether every operation of every description is in the catalog, or left out with a reason.

use crate::description::{Description, skeleton};
use catalog::{ApiVersion, Catalog, Method};
use serde::Deserialize;
use std::collections::{BTreeSet, HashSet};

/// Operations that the catalog leaves out, for one reason.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exclusion {
    reason: String,
    operations: BTreeSet<String>,
}

/// An operation by its method and the shape of its path, whatever the placeholders are called.
type Line = (Method, String);

/// What the catalog has beside what the descriptions have.
pub(crate) struct Coverage {
    ours: HashSet<Line>,
    /// The lines of each description as it writes them, oldest first.
    theirs: Vec<(ApiVersion, Vec<(Line, String)>)>,
}

impl Coverage {
    /// Looks up the operations of both.
    pub(crate) fn of(catalog: &Catalog, descriptions: &[(ApiVersion, Description)]) -> Self {
        let lines = |description: &Description| {
            let lines = description.lines();
            lines
                .map(|(method, path)| ((method, skeleton(path)), format!("{method} {path}")))
                .collect()
        };
        Self {
            ours: catalog
                .operations()
                .map(|(_, one)| (one.method(), skeleton(one.path())))
                .collect(),
            theirs: descriptions
                .iter()
                .map(|(version, description)| (*version, lines(description)))
                .collect(),
        }
    }

    /// Faults of `excluded.yaml`: operations in neither file, in both, twice, unknown, or without a reason.
    pub(crate) fn faults(&self, excluded: &[Exclusion]) -> Vec<String> {
        let mut faults = Vec::new();
        let mut left_out = HashSet::new();
        for exclusion in excluded {
            if exclusion.reason.is_empty() {
                faults.push("catalog/excluded.yaml: a group has no reason".to_owned());
            }
            for text in &exclusion.operations {
                let told = match line_of(text) {
                    Some(line) if self.ours.contains(&line) => "is stale: the catalog has it",
                    Some(line) if !self.is_described(&line) => "is in no description",
                    Some(line) if !left_out.insert(line.clone()) => "stands there twice",
                    Some(_) => continue,
                    None => "is not a method and a path",
                };
                faults.push(format!("catalog/excluded.yaml: {text} {told}"));
            }
        }
        let mut seen = HashSet::new();
        for (version, lines) in self.theirs.iter().rev() {
            let absent = lines.iter().filter(|(line, _)| {
                !self.ours.contains(line) && !left_out.contains(line) && seen.insert(line.clone())
            });
            faults.extend(absent.map(|(_, text)| {
                format!("{text} ({version}) is neither in the catalog nor in catalog/excluded.yaml")
            }));
        }
        faults
    }

    /// How much of the newest released version the catalog has, and of what only Preview adds to it.
    pub(crate) fn summary(&self) -> String {
        let newest = |preview: bool| {
            let mut versions = self.theirs.iter().rev();
            versions.find(|(version, _)| (*version == ApiVersion::Preview) == preview)
        };
        let released: HashSet<&Line> = newest(false)
            .into_iter()
            .flat_map(|(_, lines)| lines.iter().map(|(line, _)| line))
            .collect();
        [newest(false), newest(true)]
            .into_iter()
            .flatten()
            .map(|(version, lines)| {
                let own: Vec<&Line> = lines
                    .iter()
                    .map(|(line, _)| line)
                    .filter(|line| *version != ApiVersion::Preview || !released.contains(line))
                    .collect();
                let carried = own.iter().filter(|line| self.ours.contains(**line)).count();
                format!("{carried} of {} ({version})", own.len())
            })
            .collect::<Vec<_>>()
            .join(", ")
    }

    fn is_described(&self, line: &Line) -> bool {
        let mut all = self.theirs.iter().flat_map(|(_, lines)| lines);
        all.any(|(theirs, _)| theirs == line)
    }
}

/// How many operations are left out.
pub(crate) fn count(excluded: &[Exclusion]) -> usize {
    excluded.iter().map(|one| one.operations.len()).sum()
}

fn line_of(text: &str) -> Option<Line> {
    let (method, path) = text.split_once(' ')?;
    Some((method.parse().ok()?, skeleton(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "
toolset: tags
title: Tags
about: Labels.
operations:
- {name: list_tags, title: T, about: A, http: GET /tags, risk: read}
- {name: merge_tags, title: T, about: A, http: POST /tags/merge, risk: write, since: Preview}
";
    const DESCRIPTIONS: [(ApiVersion, &str); 3] = [
        (
            ApiVersion::V2_11,
            "paths: {/tags: {get: {}}, '/tags/{id}/rules': {post: {}}}",
        ),
        (
            ApiVersion::V2_16,
            "paths: {/tags: {get: {}, post: {}}, '/tags/{id}': {delete: {}}}",
        ),
        (
            ApiVersion::Preview,
            "paths: {/tags: {get: {}, post: {}}, '/tags/{tag_id}': {delete: {}}, /tags/merge: {post: {}}, /tags/split: {post: {}}}",
        ),
    ];
    const WHOLE: &str = "[{reason: Later., operations: [POST /tags, 'DELETE /tags/{id}', POST /tags/split]}, {reason: Gone., operations: ['POST /tags/{id}/rules']}]";

    fn coverage() -> Coverage {
        let catalog = Catalog::parse([("tags.yaml", OURS)]).unwrap();
        let descriptions =
            DESCRIPTIONS.map(|(version, text)| (version, Description::parse(text).unwrap()));
        Coverage::of(&catalog, &descriptions)
    }

    #[test]
    fn every_operation_is_carried_or_left_out_once() {
        for (from, to, expected) in [
            ("Later.", "Later.", &[][..]),
            (
                ", POST /tags/split",
                "",
                &["POST /tags/split (Preview) is neither in the catalog"],
            ),
            (
                "[POST /tags, 'DELETE /tags/{id}', ",
                "[POST /tags, ",
                &["DELETE /tags/{tag_id} (Preview) is neither"],
            ),
            (
                "'POST /tags/{id}/rules'",
                "",
                &["POST /tags/{id}/rules (2.11) is neither"],
            ),
            (
                "[POST /tags,",
                "[POST /tags, GET /tags,",
                &["GET /tags is stale"],
            ),
            (
                "[POST /tags,",
                "[POST /tags, PUT /tags,",
                &["PUT /tags is in no description"],
            ),
            (
                "['POST /tags/{id}/rules'",
                "['POST /tags/{id}/rules', 'POST /tags'",
                &["POST /tags stands there twice"],
            ),
            (
                "[POST /tags,",
                "[POST /tags, tags,",
                &["tags is not a method"],
            ),
            ("Later.", "''", &["has no reason"]),
        ] {
            assert!(WHOLE.contains(from), "{from}");
            let excluded: Vec<Exclusion> =
                serde_saphyr::from_str(&WHOLE.replacen(from, to, 1)).unwrap();
            let faults = coverage().faults(&excluded);
            assert_eq!(faults.len(), expected.len(), "{from} -> {to}: {faults:?}");
            for (fault, part) in faults.iter().zip(expected) {
                assert!(fault.contains(part), "{fault} lacks {part}");
            }
        }
    }

    #[test]
    fn the_summary_counts_what_is_carried() {
        assert_eq!(coverage().summary(), "1 of 3 (2.16), 1 of 2 (Preview)");
    }
}
