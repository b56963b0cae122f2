//! What one request asks to be kept to. It takes away from what its endpoint offers, and never adds.

use crate::{Bound, Endpoint, Mode, Registry, Tool};
use catalog::Risk;

/// Limits of one request; every one of them holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Narrowing {
    /// Lists of toolsets: a tool must be in one of each list; `all` stands for every toolset.
    pub toolsets: Vec<Vec<String>>,
    /// Lists of tools: a tool must be named by each.
    pub tools: Vec<Vec<String>>,
    /// Whether only reading is allowed.
    pub read_only: bool,
    /// What the work at hand is bound to, for work of our own.
    pub bound: Option<Bound>,
}

impl Narrowing {
    /// The first name that is neither a toolset nor a tool, as a sentence.
    pub fn check(&self, registry: &Registry) -> Result<(), String> {
        for name in self.toolsets.iter().flatten() {
            if name != "all" && !registry.toolsets().any(|(known, ..)| known == name) {
                let known: Vec<&str> = registry.toolsets().map(|(known, ..)| known).collect();
                return Err(format!(
                    "there is no toolset `{name}`; there are all, {}",
                    known.join(", ")
                ));
            }
        }
        match self
            .tools
            .iter()
            .flatten()
            .find(|name| registry.get(name).is_none())
        {
            Some(name) => Err(format!("there is no tool `{name}`")),
            None => Ok(()),
        }
    }

    /// The endpoint as this request meets it.
    pub(crate) fn applied(&self, endpoint: &Endpoint) -> Endpoint {
        Endpoint {
            ceiling: if self.read_only {
                Risk::Read
            } else {
                endpoint.ceiling
            },
            narrowed: Some(self.clone()),
            ..endpoint.clone()
        }
    }

    /// Whether the request keeps this tool. A doorway leads only to tools that are kept, so toolsets do not close it,
    /// and where it is the only way, nothing does.
    pub(crate) fn keeps(&self, tool: &Tool, mode: Mode) -> bool {
        let doorway = tool.is_doorway();
        self.toolsets
            .iter()
            .all(|names| doorway || tool.is_in(names))
            && self
                .tools
                .iter()
                .all(|names| names.contains(&tool.name) || doorway && mode == Mode::Meta)
            && self
                .bound
                .as_ref()
                .is_none_or(|bound| bound.has(&tool.name))
    }
}
