//! Holds the whole catalog against the official descriptions of Intercom's API.

use crate::{
    compare::{Aspect, Difference, compare},
    description::Description,
    error::{Error, read},
    ledger::{self, Disagreement, Exclusion},
};
use catalog::{ApiVersion, Catalog, Operation, is_toolset_file};
use serde::de::DeserializeOwned;
use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// The versions whose descriptions are at hand, oldest first.
const VERSIONS: [ApiVersion; 4] = [
    ApiVersion::V2_11,
    ApiVersion::V2_14,
    ApiVersion::V2_15,
    ApiVersion::V2_16,
];

/// Runs the check and answers with its summary.
pub(crate) fn run(workspace: &Path, require: bool) -> Result<String, Error> {
    let folder = env::var_os("FRONTDESK_DESCRIPTIONS").map_or_else(
        || workspace.join("../shared/intercom/openapi"),
        PathBuf::from,
    );
    if !folder.join("2.16.yaml").exists() {
        return if require {
            Err(Error::NoDescriptions(folder))
        } else {
            Ok(format!(
                "skipped: no official descriptions in {}",
                folder.display()
            ))
        };
    }
    let descriptions = descriptions(&folder)?;
    let catalog = catalog(&workspace.join("catalog"))?;
    let excluded: Vec<Exclusion> = list(&workspace.join("catalog/excluded.yaml"))?;
    let written: Vec<Disagreement> = list(&workspace.join("catalog/disagreements.yaml"))?;

    let differences: Vec<Difference> = catalog
        .operations()
        .flat_map(|(_, operation)| differences(operation, &descriptions))
        .collect();
    let mut faults = ledger::check_disagreements(&written, &differences);
    let Some((_, newest)) = descriptions.last() else {
        return Err(Error::NoDescriptions(folder));
    };
    faults.extend(ledger::check_exclusions(&excluded, &catalog, newest));
    if faults.is_empty() {
        let (agree, all) = (catalog.operations().count(), newest.lines().count());
        let (meant, out) = (written.len(), ledger::count(&excluded));
        Ok(format!(
            "{agree} operations agree, {meant} disagreements written down, {out} of {all} excluded"
        ))
    } else {
        faults.push(format!(
            "{} faults: mend the catalog, or write each down with its reason",
            faults.len()
        ));
        Err(Error::Faults(faults))
    }
}

/// The differences of one operation: with the newest description that has it, and in the versions that have it.
fn differences(
    operation: &Operation,
    descriptions: &[(ApiVersion, Description)],
) -> Vec<Difference> {
    let difference = |aspect, told| Difference {
        operation: operation.name.clone(),
        parameter: String::new(),
        aspect,
        told,
    };
    let having: Vec<_> = descriptions
        .iter()
        .filter_map(|(version, description)| {
            Some((
                version,
                description,
                description.operation(operation.method(), operation.path())?,
            ))
        })
        .collect();
    let (Some((since, ..)), Some((until, newest, described))) = (having.first(), having.last())
    else {
        return vec![difference(
            Aspect::Operation,
            "no description has this method and path".into(),
        )];
    };
    let mut found = compare(operation, described, newest);
    if **since != operation.since {
        found.push(difference(
            Aspect::Since,
            format!("ours says {}, theirs {since}", operation.since),
        ));
    }
    let last = descriptions
        .last()
        .map(|(version, _)| version)
        .filter(|version| version != until)
        .map(|_| **until);
    if last != operation.until {
        found.push(difference(
            Aspect::Since,
            format!("the last version that has it is {until}: say so in `until`"),
        ));
    }
    found
}

fn descriptions(folder: &Path) -> Result<Vec<(ApiVersion, Description)>, Error> {
    let parsed = VERSIONS.map(|version| {
        let path = folder.join(format!("{version}.yaml"));
        let description = Description::parse(&read(&path)?)
            .map_err(|reason| Error::Malformed { path, reason })?;
        Ok((version, description))
    });
    parsed.into_iter().collect()
}

/// The catalog as it stands in the folder, which may be newer than what was compiled in.
fn catalog(folder: &Path) -> Result<Catalog, Error> {
    let unreadable = |source| Error::Unreadable {
        path: folder.to_owned(),
        source,
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default()
            .to_owned();
        if is_toolset_file(&name) {
            files.push((name, read(&path)?));
        }
    }
    files.sort_unstable();
    Ok(Catalog::parse(
        files
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str())),
    )?)
}

fn list<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, Error> {
    serde_saphyr::from_str(&read(path)?).map_err(|error| Error::Malformed {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aspects(header: &str, having: [bool; 4]) -> Vec<Aspect> {
        let ours = format!(
            "toolset: tags\ntitle: T\nabout: A\noperations:\n- {{name: list_tags, title: T, about: A, http: GET /tags, risk: read{header}}}\n"
        );
        let catalog = Catalog::parse([("tags.yaml", ours.as_str())]).unwrap();
        let texts = having.map(|has| {
            if has {
                "paths: {/tags: {get: {}}}"
            } else {
                "paths: {}"
            }
        });
        let descriptions: Vec<_> = VERSIONS
            .into_iter()
            .zip(texts)
            .map(|(version, text)| (version, Description::parse(text).unwrap()))
            .collect();
        differences(catalog.operation("list_tags").unwrap(), &descriptions)
            .into_iter()
            .map(|one| one.aspect)
            .collect()
    }

    #[test]
    fn versions_are_held_too() {
        for (header, having, expected) in [
            ("", [true, true, true, true], vec![]),
            (", since: '2.15'", [false, false, true, true], vec![]),
            ("", [false, true, true, true], vec![Aspect::Since]),
            (
                ", since: '2.16'",
                [true, true, true, true],
                vec![Aspect::Since],
            ),
            ("", [true, false, false, false], vec![Aspect::Since]),
            (", until: '2.11'", [true, false, false, false], vec![]),
            (
                ", until: '2.15'",
                [true, true, true, true],
                vec![Aspect::Since],
            ),
            ("", [false, false, false, false], vec![Aspect::Operation]),
        ] {
            assert_eq!(aspects(header, having), expected, "{header} {having:?}");
        }
    }

    #[test]
    fn absent_descriptions_are_skipped_or_required() {
        let nowhere = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/nowhere");
        // The variable would lead past the empty folder.
        if env::var_os("FRONTDESK_DESCRIPTIONS").is_none() {
            assert!(run(&nowhere, false).unwrap().starts_with("skipped"));
            assert!(matches!(run(&nowhere, true), Err(Error::NoDescriptions(_))));
        }
    }
}
