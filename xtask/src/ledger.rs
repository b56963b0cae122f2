//! The written-down list of disagreements with the official descriptions.

use crate::compare::{Aspect, Difference};
use serde::Deserialize;

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
}
