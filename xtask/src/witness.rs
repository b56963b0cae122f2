//! Holds the whole catalog against the official descriptions of Intercom's API.

use crate::{
    compare::{Aspect, Difference, compare},
    coverage::{self, Coverage, Exclusion},
    description::Description,
    error::{Error, read},
    ledger::{self, Disagreement},
};
use catalog::{ApiVersion, Catalog, Operation, is_toolset_file};
use serde::de::DeserializeOwned;
use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// The versions whose descriptions are at hand, oldest first.
const VERSIONS: [ApiVersion; 5] = [
    ApiVersion::V2_11,
    ApiVersion::V2_14,
    ApiVersion::V2_15,
    ApiVersion::V2_16,
    ApiVersion::Preview,
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
    let coverage = Coverage::of(&catalog, &descriptions);
    faults.extend(coverage.faults(&excluded));
    if faults.is_empty() {
        Ok(format!(
            "{} operations agree; {} disagreements written down, {} left out with a reason",
            coverage.summary(),
            written.len(),
            coverage::count(&excluded)
        ))
    } else {
        faults.push(format!(
            "{} faults: mend the catalog, or write each down with its reason",
            faults.len()
        ));
        Err(Error::Faults(faults))
    }
}

/// The differences of one operation: with the newest released description that has it, or with Preview's where it is
/// there alone; and in the versions that have it.
fn differences(
    operation: &Operation,
    descriptions: &[(ApiVersion, Description)],
) -> Vec<Difference> {
    let having: Vec<_> = descriptions
        .iter()
        .filter_map(|(version, description)| {
            let described = description.operation(operation.method(), operation.path())?;
            Some((*version, description, described))
        })
        .collect();
    let released = having
        .iter()
        .rfind(|(version, ..)| *version != ApiVersion::Preview);
    let difference = |aspect, told| Difference {
        operation: operation.name.clone(),
        parameter: String::new(),
        aspect,
        told,
    };
    let Some((_, description, described)) = released.or(having.last()) else {
        let told = "no description has this method and path".into();
        return vec![difference(Aspect::Operation, told)];
    };
    let mut found = compare(operation, described, description);
    let versions: Vec<ApiVersion> = having.iter().map(|(version, ..)| *version).collect();
    let all: Vec<ApiVersion> = descriptions.iter().map(|(version, _)| *version).collect();
    found.extend(
        lifetime_fault(operation, &versions, &all).map(|told| difference(Aspect::Since, told)),
    );
    found
}

/// How `since` and `until` differ from the versions that have the operation.
fn lifetime_fault(
    operation: &Operation,
    having: &[ApiVersion],
    all: &[ApiVersion],
) -> Option<String> {
    let since = having.first().copied();
    let until = having
        .last()
        .copied()
        .filter(|last| all.last() != Some(last));
    let whole = all
        .iter()
        .all(|version| operation.exists_in(*version) == having.contains(version));
    if since == Some(operation.since) && until == operation.until && whole {
        return None;
    }
    let words: Vec<String> = having.iter().map(ApiVersion::to_string).collect();
    let ours = operation
        .until
        .map_or_else(String::new, |last| format!(", until {last}"));
    Some(format!(
        "ours says since {}{ours}; the versions that have it are {}",
        operation.since,
        words.join(", ")
    ))
}

fn descriptions(folder: &Path) -> Result<Vec<(ApiVersion, Description)>, Error> {
    let parsed = VERSIONS.map(|version| {
        let path = folder.join(format!("{version}.yaml").to_lowercase());
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

    fn aspects<'a>(header: &str, texts: impl Iterator<Item = &'a str>) -> Vec<Aspect> {
        let ours = format!(
            "toolset: tags\ntitle: T\nabout: A\noperations:\n- {{name: list_tags, title: T, about: A, http: GET /tags, risk: read{header}}}\n"
        );
        let catalog = Catalog::parse([("tags.yaml", ours.as_str())]).unwrap();
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
            ("", "11111", vec![]),
            (", since: '2.15'", "00111", vec![]),
            (", since: Preview", "00001", vec![]),
            (", until: '2.16'", "11110", vec![]),
            (", until: '2.11'", "10000", vec![]),
            ("", "01111", vec![Aspect::Since]),
            ("", "11011", vec![Aspect::Since]),
            ("", "11110", vec![Aspect::Since]),
            ("", "00001", vec![Aspect::Since]),
            ("", "10000", vec![Aspect::Since]),
            (", since: '2.16'", "11111", vec![Aspect::Since]),
            (", since: '2.12'", "01111", vec![Aspect::Since]),
            (", since: Preview", "00011", vec![Aspect::Since]),
            (", until: '2.15'", "11111", vec![Aspect::Since]),
            ("", "00000", vec![Aspect::Operation]),
        ] {
            let (has, bare) = ("paths: {/tags: {get: {}}}", "paths: {}");
            let texts = having
                .chars()
                .map(|flag| if flag == '1' { has } else { bare });
            assert_eq!(aspects(header, texts), expected, "{header} {having}");
        }
    }

    #[test]
    fn parameters_are_held_against_the_newest_release_or_preview_alone() {
        let with = "paths: {/tags: {get: {parameters: [{name: deep, in: query, schema: {type: boolean}}]}}}";
        let (bare, none) = ("paths: {/tags: {get: {}}}", "paths: {}");
        let agree = aspects("", [bare, bare, bare, bare, with].into_iter());
        assert_eq!(agree, vec![]);
        let stale = aspects("", [bare, bare, bare, with, bare].into_iter());
        assert_eq!(stale, vec![Aspect::Missing]);
        let alone = aspects(
            ", since: Preview",
            [none, none, none, none, with].into_iter(),
        );
        assert_eq!(alone, vec![Aspect::Missing]);
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
