//! Parses and checks the catalog's files; every fault names file, line and reason.

use crate::custom::CustomTool;
use crate::{NativeTool, Operation, Param, Place, Risk, Toolset};
use include_dir::{Dir, include_dir};
use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use std::{collections::HashSet, path::Path};

pub(crate) static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../catalog");
/// Files of the folder that are not toolsets.
const NOT_TOOLSETS: [&str; 4] = [
    "search.yaml",
    "synonyms.yaml",
    "excluded.yaml",
    "disagreements.yaml",
];

/// A fault of a catalog file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {reason}")]
pub struct LoadError {
    /// The file's name.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong and what would be right.
    pub reason: String,
}

/// Everything that Intercom can do, by name.
#[derive(Debug)]
pub struct Catalog {
    toolsets: Vec<Toolset>,
    operations: IndexMap<String, (usize, usize)>,
    tools: IndexMap<String, (usize, usize)>,
    custom: IndexMap<String, (usize, usize)>,
}

impl Catalog {
    /// The catalog that Frontdesk ships.
    pub fn builtin() -> Result<Self, LoadError> {
        let mut files: Vec<(&str, &str)> = FILES
            .files()
            .filter_map(|file| Some((file.path().file_name()?.to_str()?, file.contents_utf8()?)))
            .filter(|(name, _)| is_toolset_file(name))
            .collect();
        files.sort_unstable();
        Self::parse(files)
    }

    /// A catalog of named files, in the order given.
    pub fn parse<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, LoadError> {
        let mut catalog = Self {
            toolsets: Vec::new(),
            operations: IndexMap::new(),
            tools: IndexMap::new(),
            custom: IndexMap::new(),
        };
        let mut sources = Vec::new();
        for (file, text) in files {
            let source = Source { file, text };
            catalog.add(&source, source.parse()?)?;
            sources.push(source);
        }
        for (source, toolset) in sources.iter().zip(&catalog.toolsets) {
            catalog.check_references(source, toolset)?;
        }
        catalog.include(&sources)?;
        Ok(catalog)
    }

    /// Takes a toolset that was made elsewhere, such as an import's, in behind its own.
    pub fn join(&mut self, toolset: Toolset) -> Result<(), LoadError> {
        let file = format!("{}.yaml", toolset.toolset);
        let source = Source {
            file: &file,
            text: "",
        };
        self.add(&source, toolset)
    }

    /// Takes a user's tools in; a toolset that is there gets them behind its own.
    pub(crate) fn join_custom(&mut self, toolset: Toolset, tools: Vec<CustomTool>) {
        let mut sets = self.toolsets.iter();
        let set = sets.position(|set| set.toolset == toolset.toolset);
        let set = set.unwrap_or_else(|| {
            self.toolsets.push(toolset);
            self.toolsets.len() - 1
        });
        for tool in tools {
            let index = self.toolsets[set].custom.len();
            self.custom.insert(tool.name.clone(), (set, index));
            self.toolsets[set].custom.push(tool);
        }
    }

    /// The names of all operations and tools.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let operations = self.operations.keys();
        let tools = self.tools.keys().chain(self.custom.keys());
        operations.chain(tools).map(String::as_str)
    }

    /// The user's own tool of that name.
    pub fn custom(&self, name: &str) -> Option<&CustomTool> {
        self.custom
            .get(name)
            .map(|&(set, index)| &self.toolsets[set].custom[index])
    }

    /// The toolsets, in the order of their files.
    pub fn toolsets(&self) -> &[Toolset] {
        &self.toolsets
    }

    /// The operation of that name.
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations
            .get(name)
            .map(|&(set, index)| &self.toolsets[set].operations[index])
    }

    /// The native tool of that name.
    pub fn native(&self, name: &str) -> Option<&NativeTool> {
        self.tools
            .get(name)
            .map(|&(set, index)| &self.toolsets[set].tools[index])
    }

    /// All operations, each with the toolset it stands in.
    pub fn operations(&self) -> impl Iterator<Item = (&Toolset, &Operation)> {
        self.operations
            .values()
            .map(|&(set, index)| (&self.toolsets[set], &self.toolsets[set].operations[index]))
    }

    fn add(&mut self, source: &Source<'_>, toolset: Toolset) -> Result<(), LoadError> {
        let stem = source.file.trim_end_matches(".yaml");
        if toolset.toolset != stem {
            return Err(source.fault(
                "toolset:",
                format!(
                    "the toolset is called `{}`, but the file {stem}",
                    toolset.toolset
                ),
            ));
        }
        let set = self.toolsets.len();
        for (index, operation) in toolset.operations.iter().enumerate() {
            check_operation(operation)
                .map_err(|reason| source.fault_at(&operation.name, &reason))?;
            if self
                .operations
                .insert(operation.name.clone(), (set, index))
                .is_some()
            {
                return Err(source.fault_at(&operation.name, "another operation has this name"));
            }
        }
        for (index, tool) in toolset.tools.iter().enumerate() {
            check_words(&tool.name, &tool.title, &tool.about)
                .and_then(|()| check_params(&tool.params, &tool.needs))
                .and_then(|()| check_catch(tool))
                .map_err(|reason| source.fault_at(&tool.name, &reason))?;
            if self.tools.insert(tool.name.clone(), (set, index)).is_some() {
                return Err(source.fault_at(&tool.name, "another native tool has this name"));
            }
        }
        self.toolsets.push(toolset);
        Ok(())
    }

    /// Makes the tools of included toolsets members.
    fn include(&mut self, sources: &[Source<'_>]) -> Result<(), LoadError> {
        for (place, source) in sources.iter().enumerate() {
            let mut included = Vec::new();
            for name in &self.toolsets[place].includes {
                let other = self
                    .toolsets
                    .iter()
                    .find(|other| other.toolset == *name && other.includes.is_empty());
                let Some(other) = other else {
                    let reason = format!("`{name}` is no toolset of tools of its own");
                    return Err(source.fault("includes:", reason));
                };
                included.extend(other.names().map(str::to_owned));
            }
            let members = &mut self.toolsets[place].members;
            included.retain(|name| !members.contains(name));
            members.extend(included);
        }
        Ok(())
    }

    fn check_references(&self, source: &Source<'_>, toolset: &Toolset) -> Result<(), LoadError> {
        for tool in &toolset.tools {
            for used in &tool.uses {
                let Some(operation) = self.operation(used) else {
                    return Err(
                        source.fault_at(&tool.name, &format!("uses `{used}`, which no file has"))
                    );
                };
                if operation.risk > tool.risk
                    || operation.reaches_customer
                        && !tool.unseen.contains(used)
                        && !tool.reaches_customer
                        && tool.risk != Risk::Read
                {
                    let reason = format!(
                        "uses `{used}`, which may do more than this tool says it does: raise its risk or reaches_customer, or name it in `unseen`"
                    );
                    return Err(source.fault_at(&tool.name, &reason));
                }
            }
        }
        match toolset
            .members
            .iter()
            .find(|name| self.operation(name).is_none() && self.native(name).is_none())
        {
            Some(stranger) => Err(source.fault(
                stranger,
                format!("`{stranger}` is neither an operation nor a native tool"),
            )),
            None => Ok(()),
        }
    }
}

/// Whether a file of that name in the catalog's folder holds a toolset.
pub fn is_toolset_file(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|extension| extension == "yaml")
        && !NOT_TOOLSETS.contains(&name)
}

/// A file of the catalog, for faults that name their place.
pub(crate) struct Source<'a> {
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
}

impl Source<'_> {
    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<T, LoadError> {
        serde_saphyr::from_str(self.text).map_err(|error| LoadError {
            file: self.file.to_owned(),
            line: error
                .location()
                .map_or(1, |location| location.line().try_into().unwrap_or(1)),
            reason: error.to_string(),
        })
    }

    pub(crate) fn fault(&self, needle: &str, reason: String) -> LoadError {
        let line = self
            .text
            .lines()
            .position(|line| line.contains(needle))
            .map_or(1, |index| index + 1);
        LoadError {
            file: self.file.to_owned(),
            line,
            reason,
        }
    }

    pub(crate) fn fault_at(&self, name: &str, reason: &str) -> LoadError {
        let entry = format!("- name: {name}");
        let line = self
            .text
            .lines()
            .position(|line| line.trim() == entry)
            .map_or(1, |index| index + 1);
        LoadError {
            file: self.file.to_owned(),
            line,
            reason: format!("`{name}`: {reason}"),
        }
    }
}

fn check_operation(operation: &Operation) -> Result<(), String> {
    check_words(&operation.name, &operation.title, &operation.about)?;
    check_params(&operation.params, &operation.needs)?;
    for placeholder in operation.placeholders() {
        let found = operation.params.iter().any(|(name, param)| {
            param.wire_name(name) == placeholder && operation.place_of(name, param) == Place::Path
        });
        if !found {
            return Err(format!(
                "the path has {{{placeholder}}}, but no parameter fills it"
            ));
        }
    }
    if let Some(name) = operation.page_max().and_then(|_| {
        ["limit", "cursor"]
            .into_iter()
            .find(|name| operation.params.contains_key(*name))
    }) {
        return Err(format!(
            "`{name}` comes from `paging`: leave it out of `params`"
        ));
    }
    Ok(())
}

pub(crate) fn check_words(name: &str, title: &str, about: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
        return Err("a name is at most 64 lower-case letters, digits and underscores".into());
    }
    if title.is_empty() || about.is_empty() {
        return Err("title and about must say something".into());
    }
    Ok(())
}

fn check_catch(tool: &NativeTool) -> Result<(), String> {
    match &tool.harmless_without {
        Some(name) if !tool.params.contains_key(name) => Err(format!(
            "is harmless without `{name}`, which is no parameter"
        )),
        _ => Ok(()),
    }
}

pub(crate) fn check_params(
    params: &IndexMap<String, Param>,
    needs: &[Vec<String>],
) -> Result<(), String> {
    let mut spellings = HashSet::new();
    for (name, param) in params {
        if let Some(twice) = std::iter::once(name)
            .chain(&param.aliases)
            .find(|spelling| !spellings.insert(spelling.as_str()))
        {
            return Err(format!("two parameters are spelled `{twice}`"));
        }
        if param.required && param.hidden && param.default.is_none() {
            return Err(format!(
                "`{name}` is required and hidden, so no call could be right"
            ));
        }
    }
    match needs
        .iter()
        .flatten()
        .find(|name| !params.contains_key(*name))
    {
        Some(stranger) => Err(format!("needs `{stranger}`, which is no parameter")),
        None => Ok(()),
    }
}

impl Operation {
    /// The names in braces of the path.
    pub fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.path()
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
    }

    /// Where a parameter travels.
    pub fn place_of(&self, name: &str, param: &Param) -> Place {
        let wire = param.wire_name(name);
        param.place.unwrap_or_else(|| {
            if self.placeholders().any(|placeholder| placeholder == wire) {
                Place::Path
            } else if self.method() == crate::Method::Get {
                Place::Query
            } else {
                Place::Body
            }
        })
    }
}

impl Param {
    /// Its name on the wire.
    pub fn wire_name<'a>(&'a self, name: &'a str) -> &'a str {
        self.wire.as_deref().unwrap_or(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "toolset: tags\ntitle: Tags\nabout: Labels.\noperations:\n- name: get_tag\n  title: Get a tag\n  about: One tag.\n  http: GET /tags/{tag_id}\n  risk: read\n  params:\n    tag_id: {type: id, required: true}\n";

    #[test]
    fn the_shipped_catalog_is_sound() {
        let catalog = Catalog::builtin().unwrap_or_else(|error| panic!("{error}"));
        assert!(catalog.operations().count() > 0);
    }

    #[test]
    fn a_good_file_loads() {
        let catalog = Catalog::parse([("tags.yaml", GOOD)]).unwrap();
        assert_eq!(
            catalog.operation("get_tag").unwrap().path(),
            "/tags/{tag_id}"
        );
    }

    #[test]
    fn a_toolset_may_be_made_of_others() {
        let both = |includes: &str| {
            let desk = format!("toolset: desk\ntitle: D\nabout: A\nincludes: [{includes}]\n");
            Catalog::parse([("desk.yaml", desk.as_str()), ("tags.yaml", GOOD)])
        };
        assert_eq!(both("tags").unwrap().toolsets()[0].members, ["get_tag"]);
        for wrong in ["nonsense", "desk"] {
            let error = both(wrong).unwrap_err().to_string();
            assert!(error.starts_with("desk.yaml:4: "), "{error}");
        }
    }

    #[test]
    fn faults_name_file_line_and_reason() {
        for (from, to, line, reason) in [
            ("tag_id: {", "id: {", 5, "the path has {tag_id}"),
            ("risk: read", "risk: harmless", 9, "harmless"),
            ("get_tag", "Get-Tag", 5, "lower-case letters"),
            ("toolset: tags", "toolset: labels", 1, "the file tags"),
            (
                "  risk: read",
                "  risk: read\n  needs: [[colour]]",
                5,
                "which is no parameter",
            ),
            (
                "type: id, ",
                "type: id, hidden: true, ",
                5,
                "no call could be right",
            ),
            ("GET /", "FETCH /", 8, "not one of GET"),
        ] {
            let error =
                Catalog::parse([("tags.yaml", GOOD.replacen(from, to, 1).as_str())]).unwrap_err();
            assert_eq!(
                (error.file.as_str(), error.line),
                ("tags.yaml", line),
                "{error}"
            );
            assert!(error.reason.contains(reason), "{error} lacks {reason}");
        }
    }
}
