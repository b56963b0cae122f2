//! What there is to call: the built-in catalog, what was imported, and the tools of the user's own.

use crate::Error;
use crate::config::Config;
use catalog::{Catalog, LoadError, openapi};
use gateway::Registry;
use std::path::{Path, PathBuf};

/// All tools that the configuration makes.
pub(crate) fn registry(config: &Config) -> Result<Registry, Error> {
    Registry::new(&catalog(config, None)?).map_err(Error::Build)
}

/// The catalog with everything that the configuration adds to it, but for one file.
pub(crate) fn catalog(config: &Config, but: Option<&Path>) -> Result<Catalog, Error> {
    let mut catalog = builtin()?;
    let kept = imported(config)?;
    for path in kept.iter().chain(&config.openapi) {
        if but != Some(path) {
            let import = openapi::import(&path.display().to_string(), &read(path)?, &catalog);
            catalog
                .join(import.map_err(setting)?.toolset)
                .map_err(setting)?;
        }
    }
    for path in &config.tool_files {
        let text = read(path)?;
        catalog
            .add_tools(&path.display().to_string(), &text)
            .map_err(setting)?;
    }
    Ok(catalog)
}

/// Refuses names that nothing has: a misspelled toolset or tool would silently change what is allowed.
pub(crate) fn known_names(
    registry: &Registry,
    toolsets: &[String],
    allow: &[String],
    deny: &[String],
) -> Result<(), Error> {
    let known: Vec<&str> = registry.toolsets().map(|(name, ..)| name).collect();
    let unknown = |place: &str, reason: String| Error::Setting {
        place: place.into(),
        reason,
    };
    for name in toolsets {
        if name != "all" && !known.contains(&name.as_str()) {
            let known = known.join(", ");
            let reason = format!("there is no toolset `{name}`; there are all, {known}");
            return Err(unknown("toolsets", reason));
        }
    }
    for (place, names) in [("allow", allow), ("deny", deny)] {
        if let Some(name) = names
            .iter()
            .find(|name| registry.get(name).is_none_or(|tool| tool.name != **name))
        {
            let reason = format!(
                "there is no tool `{name}`; `frontdesk tools list --toolsets all` shows them"
            );
            return Err(unknown(place, reason));
        }
    }
    Ok(())
}

/// The catalog that Frontdesk ships.
pub(crate) fn builtin() -> Result<Catalog, Error> {
    Catalog::builtin().map_err(|error| Error::Build(error.to_string()))
}

/// Where `tools import` keeps descriptions.
pub(crate) fn import_folder(config: &Config) -> PathBuf {
    config.state_folder().join("openapi")
}

/// The text of a file that a setting or the command line names.
pub(crate) fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|source| Error::Unreadable {
        path: path.to_owned(),
        source,
    })
}

/// A fault of a file as an error with its place.
pub(crate) fn setting(error: LoadError) -> Error {
    Error::Setting {
        place: format!("{}:{}", error.file, error.line),
        reason: error.reason,
    }
}

/// The descriptions that were imported, in the order of their names.
fn imported(config: &Config) -> Result<Vec<PathBuf>, Error> {
    let folder = import_folder(config);
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => {
            return Err(Error::Unreadable {
                path: folder,
                source,
            });
        }
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|kind| kind == "json") {
            paths.push(path);
        }
    }
    paths.sort_unstable();
    Ok(paths)
}
