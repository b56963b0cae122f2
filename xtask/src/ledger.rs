//! The two written-down lists: operations left out, and disagreements with the official descriptions.

use crate::{
    compare::{Aspect, Difference},
    description::{Description, skeleton},
};
use catalog::{Catalog, Method};
use serde::Deserialize;
use std::collections::{BTreeSet, HashSet};

/// Operations that the catalog leaves out, for one reason.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exclusion {
    reason: String,
    operations: BTreeSet<String>,
}

/// A difference that is meant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Disagreement {
    operation: String,
    #[serde(default)]
    parameter: String,
    differs: Aspect,
    reason: String,
}

impl Disagreement {
    fn covers(&self, difference: &Difference) -> bool {
        self.operation == difference.operation
            && self.parameter == difference.parameter
            && self.differs == difference.aspect
    }
}

/// Faults of `disagreements.yaml`: differences it lacks, entries that are stale or without a reason.
pub(crate) fn check_disagreements(written: &[Disagreement], found: &[Difference]) -> Vec<String> {
    let unwritten = found
        .iter()
        .filter(|difference| !written.iter().any(|entry| entry.covers(difference)));
    let lines = unwritten.map(|one| {
        format!(
            "{} `{}` {:?}: {}",
            one.operation, one.parameter, one.aspect, one.told
        )
    });
    let stale = written.iter().filter(|entry| {
        entry.reason.is_empty() || !found.iter().any(|difference| entry.covers(difference))
    });
    let entries = stale.map(|entry| {
        let fault = if entry.reason.is_empty() {
            "has no reason"
        } else {
            "is stale: nothing differs"
        };
        format!(
            "catalog/disagreements.yaml: {} `{}` {:?} {fault}",
            entry.operation, entry.parameter, entry.differs
        )
    });
    lines.chain(entries).collect()
}

/// Faults of `excluded.yaml`: operations in neither file, in both, twice, unknown, or without a reason.
pub(crate) fn check_exclusions(
    excluded: &[Exclusion],
    catalog: &Catalog,
    newest: &Description,
) -> Vec<String> {
    let ours: HashSet<(Method, String)> = catalog
        .operations()
        .map(|(_, one)| (one.method(), skeleton(one.path())))
        .collect();
    let mut theirs: BTreeSet<String> = newest
        .lines()
        .map(|(method, path)| format!("{method} {path}"))
        .collect();
    let mut faults = Vec::new();
    for exclusion in excluded {
        if exclusion.reason.is_empty() {
            faults.push("catalog/excluded.yaml: a group has no reason".to_owned());
        }
        for line in &exclusion.operations {
            let carried = line
                .split_once(' ')
                .and_then(|(method, path)| Some((method.parse().ok()?, skeleton(path))));
            if carried.is_some_and(|carried| ours.contains(&carried)) {
                faults.push(format!(
                    "catalog/excluded.yaml: {line} is stale: the catalog has it"
                ));
            } else if !theirs.remove(line) {
                faults.push(format!(
                    "catalog/excluded.yaml: {line} stands there twice, or the description lacks it"
                ));
            }
        }
    }
    let carried = |line: &(Method, &str)| ours.contains(&(line.0, skeleton(line.1)));
    let left = newest
        .lines()
        .filter(|line| !carried(line))
        .map(|(method, path)| format!("{method} {path}"));
    faults.extend(
        left.filter(|line| theirs.contains(line))
            .map(|line| format!("{line} is neither in the catalog nor in catalog/excluded.yaml")),
    );
    faults
}

/// How many operations are left out.
pub(crate) fn count(excluded: &[Exclusion]) -> usize {
    excluded.iter().map(|one| one.operations.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disagreements_are_written_down_exactly() {
        let found = |aspect| Difference {
            operation: "get_tag".into(),
            parameter: "id".into(),
            aspect,
            told: "x".into(),
        };
        let written: Vec<Disagreement> = serde_saphyr::from_str(
            "[{operation: get_tag, parameter: id, differs: type, reason: It is so.}]",
        )
        .unwrap();
        assert_eq!(
            check_disagreements(&written, &[found(Aspect::Type)]),
            Vec::<String>::new()
        );
        assert!(check_disagreements(&written, &[])[0].contains("stale"));
        let both = check_disagreements(&written, &[found(Aspect::Type), found(Aspect::Enum)]);
        assert_eq!(both, ["get_tag `id` Enum: x"]);
        let bare: Vec<Disagreement> = serde_saphyr::from_str(
            "[{operation: get_tag, parameter: id, differs: type, reason: ''}]",
        )
        .unwrap();
        assert!(check_disagreements(&bare, &[found(Aspect::Type)])[0].contains("has no reason"));
    }

    #[test]
    fn every_operation_is_carried_or_left_out_once() {
        let ours = "toolset: tags\ntitle: Tags\nabout: Labels.\noperations:\n- {name: list_tags, title: T, about: A, http: GET /tags, risk: read}\n";
        let catalog = Catalog::parse([("tags.yaml", ours)]).unwrap();
        let newest =
            Description::parse("paths: {/tags: {get: {}, post: {}}, '/tags/{id}': {delete: {}}}")
                .unwrap();
        let check = |yaml: &str| {
            check_exclusions(
                &serde_saphyr::from_str::<Vec<Exclusion>>(yaml).unwrap(),
                &catalog,
                &newest,
            )
            .join("; ")
        };
        for (yaml, expected) in [
            (
                "[{reason: Later., operations: [POST /tags, 'DELETE /tags/{id}']}]",
                "",
            ),
            (
                "[{reason: Later., operations: [POST /tags]}]",
                "DELETE /tags/{id} is neither in the catalog",
            ),
            (
                "[{reason: Later., operations: [POST /tags, GET /tags, 'DELETE /tags/{id}']}]",
                "GET /tags is stale",
            ),
            (
                "[{reason: Later., operations: [POST /tags, PUT /tags, 'DELETE /tags/{id}']}]",
                "PUT /tags stands there twice, or",
            ),
            (
                "[{reason: '', operations: [POST /tags, 'DELETE /tags/{id}']}]",
                "has no reason",
            ),
        ] {
            let got = check(yaml);
            assert!(
                got.contains(expected) && got.is_empty() == expected.is_empty(),
                "{yaml}: {got}"
            );
        }
    }
}
