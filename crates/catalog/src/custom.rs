//! Tools of the user's own: parameters, and a short list of calls of other tools with values passed along.
//!
//! A file is written in the catalog's format, or in that of tool files with `name`, `version` and a map of `tools`.
//! Everything is checked when it is read; a fault names file, line and reason.

mod check;
mod kind;
mod read;
mod template;
#[cfg(test)]
mod tests;

pub use template::{Piece, Reference, Scope, Template};

use crate::node::{self, Fault, Node};
use crate::{Catalog, LoadError, Param, Risk, Toolset};
use indexmap::IndexMap;
use serde_json::Value;

/// A tool of the user's own.
#[derive(Clone, Debug)]
pub struct CustomTool {
    /// Unique `snake_case` name, at most 64 characters.
    pub name: String,
    /// A few words for a person.
    pub title: String,
    /// What it does and when to choose it, for a model.
    pub about: String,
    /// Arguments by name.
    pub params: IndexMap<String, Param>,
    /// What it calls, one after the other.
    pub steps: Vec<Step>,
    /// What it answers; the last call's answer when left out.
    pub result: Option<Template>,
    /// The worst of what it calls, or worse.
    pub risk: Risk,
    /// Whether a customer can see or be notified of the effect.
    pub reaches_customer: bool,
    /// The operations that all of its calls may use.
    pub uses: Vec<String>,
    /// The tools that it calls, also through others.
    pub calls: Vec<String>,
}

/// One call of a tool of the user's own.
#[derive(Clone, Debug)]
pub struct Step {
    /// The name under which later steps know its answer.
    pub id: String,
    /// The tool that is called.
    pub call: String,
    /// Its arguments.
    pub with: IndexMap<String, Template>,
}

impl CustomTool {
    /// The schema of its arguments.
    pub fn input_schema(&self) -> Value {
        crate::input_schema(&self.params, None)
    }
}

impl Catalog {
    /// Takes the tools of a user's file in; a fault takes none of them.
    pub fn add_tools(&mut self, file: &str, text: &str) -> Result<(), LoadError> {
        let root: Value =
            serde_saphyr::from_str(text).map_err(|error| node::unreadable(file, &error))?;
        let top = Node {
            value: &root,
            at: String::new(),
        };
        let (toolset, tools) = self
            .read_tools(file, &top)
            .map_err(|fault| fault.in_file(file, text))?;
        self.join_custom(toolset, tools);
        Ok(())
    }

    fn read_tools(&self, file: &str, top: &Node<'_>) -> Result<(Toolset, Vec<CustomTool>), Fault> {
        let (toolset, drafts) = read::file(file, top)?;
        let tools = check::Checker::new(self, &drafts)?.tools()?;
        Ok((toolset, tools))
    }
}
