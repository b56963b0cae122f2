//! The tools that a client sees, made from the catalog's files as the gateway makes them, and `cargo xtask surface-diff`.

mod diff;
mod parameter;
mod report;
mod revision;

use crate::error::Error;
use catalog::{ApiVersion, Catalog, NativeTool, Operation, Param, ParamType, Risk, Toolset};
use indexmap::{IndexMap, map::Entry};
use serde_json::Value;
use std::path::Path;

/// All tools by name, and the operations behind them.
#[derive(Default)]
pub(crate) struct Surface {
    pub(crate) tools: IndexMap<String, Listed>,
    pub(crate) operations: IndexMap<String, Operation>,
}

/// One tool as a client sees it.
pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) about: String,
    /// The toolsets that list it, its own first.
    pub(crate) toolsets: Vec<String>,
    pub(crate) risk: Risk,
    pub(crate) reaches_customer: bool,
    /// What it accepts; paging's `limit` and `cursor` are not among them.
    pub(crate) params: IndexMap<String, Param>,
    pub(crate) needs: Vec<Vec<String>>,
    /// The largest `limit`, where paging adds `limit` and `cursor`.
    pub(crate) page_max: Option<u32>,
    pub(crate) output: Option<Value>,
    pub(crate) road: Road,
}

/// How a tool reaches Intercom.
pub(crate) enum Road {
    /// By one operation.
    Operation {
        http: String,
        since: ApiVersion,
        until: Option<ApiVersion>,
    },
    /// By these operations, in code of ours.
    Native(Vec<String>),
}

impl Surface {
    /// The tools of toolsets, native ones before the operations that they hide.
    pub(crate) fn of(toolsets: &[Toolset]) -> Self {
        let mut surface = Self::default();
        for toolset in toolsets {
            for native in &toolset.tools {
                let listed = Listed::native(&toolset.toolset, native);
                surface.tools.insert(native.name.clone(), listed);
            }
        }
        for toolset in toolsets {
            for operation in &toolset.operations {
                match surface.tools.entry(operation.name.clone()) {
                    Entry::Vacant(place) => {
                        place.insert(Listed::operation(&toolset.toolset, operation));
                    }
                    Entry::Occupied(mut native) => {
                        native.get_mut().join(&toolset.toolset);
                    }
                }
                surface
                    .operations
                    .insert(operation.name.clone(), operation.clone());
            }
        }
        for toolset in toolsets {
            for member in &toolset.members {
                if let Some(tool) = surface.tools.get_mut(member) {
                    tool.join(&toolset.toolset);
                }
            }
        }
        surface
    }
}

impl Listed {
    /// Everything a call may give, with what paging adds.
    pub(crate) fn arguments(&self) -> IndexMap<String, Param> {
        let mut arguments: IndexMap<_, _> = self
            .params
            .iter()
            .filter(|(_, param)| param.fixed.is_none())
            .map(|(name, param)| (name.clone(), param.clone()))
            .collect();
        if let Some(max) = self.page_max {
            let limit = Param {
                kind: ParamType::Integer,
                min: Some(1),
                max: Some(max.into()),
                ..Param::default()
            };
            arguments.insert("limit".into(), limit);
            arguments.insert("cursor".into(), Param::default());
        }
        arguments
    }

    fn native(toolset: &str, native: &NativeTool) -> Self {
        Self {
            name: native.name.clone(),
            title: native.title.clone(),
            about: native.about.clone(),
            toolsets: vec![toolset.to_owned()],
            risk: native.risk,
            reaches_customer: native.reaches_customer,
            params: native.params.clone(),
            needs: native.needs.clone(),
            page_max: None,
            output: native.output.clone(),
            road: Road::Native(native.uses.clone()),
        }
    }

    fn operation(toolset: &str, operation: &Operation) -> Self {
        Self {
            name: operation.name.clone(),
            title: operation.title.clone(),
            about: operation.about.clone(),
            toolsets: vec![toolset.to_owned()],
            risk: operation.risk,
            reaches_customer: operation.reaches_customer,
            params: operation.params.clone(),
            needs: operation.needs.clone(),
            page_max: operation.page_max(),
            output: None,
            road: Road::Operation {
                http: http(operation),
                since: operation.since,
                until: operation.until,
            },
        }
    }

    fn join(&mut self, toolset: &str) {
        if !self.toolsets.iter().any(|own| own == toolset) {
            self.toolsets.push(toolset.to_owned());
        }
    }
}

/// Method and path of an operation.
pub(crate) fn http(operation: &Operation) -> String {
    format!("{} {}", operation.method(), operation.path())
}

/// The word for a risk.
pub(crate) fn risk_word(risk: Risk) -> &'static str {
    match risk {
        Risk::Read => "read",
        Risk::Write => "write",
        Risk::Destructive => "destructive",
    }
}

/// Tells how the tools differ between two revisions; without a new one, from the old one to the files as they are.
pub(crate) fn run(
    workspace: &Path,
    old: &str,
    new: Option<&str>,
    deny_breaking: bool,
) -> Result<String, Error> {
    let before = Surface::of(&revision::toolsets(workspace, old)?);
    // What is compiled in is current: a changed file of the catalog builds it again.
    let after = match new {
        Some(new) => Surface::of(&revision::toolsets(workspace, new)?),
        None => Surface::of(Catalog::builtin()?.toolsets()),
    };
    let differences = diff::compare(&before, &after);
    let text = report::text(old, new.unwrap_or("the working tree"), &differences);
    let breaks = differences.iter().any(diff::Difference::breaks);
    if breaks && deny_breaking {
        Err(Error::Faults(vec![text]))
    } else {
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: [&str; 2] = [
        "{toolset: inbox, title: T, about: A, members: [list_tags], tools: [{name: get_tag, title: N, about: A, uses: [get_tag], risk: read}]}",
        "{toolset: tags, title: T, about: A, operations: [{name: get_tag, title: O, about: A, http: 'GET /tags/{id}', risk: read}, {name: list_tags, title: L, about: A, http: GET /tags, risk: read, params: {x: {fixed: 1}}, paging: {kind: cursor, max: 60}}]}",
    ];

    #[test]
    fn tools_stand_as_the_gateway_lists_them() {
        let toolsets = FILES.map(|file| serde_saphyr::from_str(file).unwrap());
        let surface = Surface::of(&toolsets);
        let names: Vec<_> = surface.tools.keys().collect();
        assert_eq!(names, ["get_tag", "list_tags"]);
        let native = &surface.tools["get_tag"];
        assert_eq!(native.title, "N", "a native tool hides its operation");
        assert_eq!(native.toolsets, ["inbox", "tags"]);
        let list = &surface.tools["list_tags"];
        assert_eq!(list.toolsets, ["tags", "inbox"]);
        let arguments: Vec<_> = list.arguments().into_keys().collect();
        assert_eq!(arguments, ["limit", "cursor"]);
    }
}
