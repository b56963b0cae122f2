//! Toolsets: the files of the catalog, and the native tools in them.

use crate::custom::CustomTool;
use crate::{Operation, Param, Risk};
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;

/// One file of the catalog: a named group of operations and native tools.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Toolset {
    /// The toolset's name; also the name of its file.
    pub toolset: String,
    /// A few words for a person.
    pub title: String,
    /// One sentence for a model: what these tools are for.
    pub about: String,
    /// Operations of Intercom's REST API.
    #[serde(default)]
    pub operations: Vec<Operation>,
    /// Tools that are more than one operation.
    #[serde(default)]
    pub tools: Vec<NativeTool>,
    /// Tools of other toolsets that are listed here too.
    #[serde(default)]
    pub members: Vec<String>,
    /// Tools of the user's own; they come from files of theirs.
    #[serde(skip)]
    pub custom: Vec<CustomTool>,
    /// Other toolsets whose tools are all listed here too; once loaded, they stand in `members`.
    #[serde(default)]
    pub includes: Vec<String>,
}

impl Toolset {
    /// The tools that stand in it: its own, and its members.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let operations = self
            .operations
            .iter()
            .map(|operation| operation.name.as_str());
        let tools = self.tools.iter().map(|tool| tool.name.as_str());
        let members = self.members.iter().map(String::as_str);
        let custom = self.custom.iter().map(|tool| tool.name.as_str());
        operations.chain(tools).chain(custom).chain(members)
    }
}

/// A tool whose work is written in Rust, under this name, in `gateway`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NativeTool {
    /// Unique `snake_case` name; an operation of the same name is hidden behind it.
    pub name: String,
    /// A few words for a person.
    pub title: String,
    /// What it does and when to choose it, for a model.
    pub about: String,
    /// The operations it may use; it is authorized against all of them.
    #[serde(default)]
    pub uses: Vec<String>,
    /// Of `uses`, those that it calls only in ways that no customer sees, such as a reply that is a note.
    #[serde(default)]
    pub unseen: Vec<String>,
    /// What a call may do to the workspace.
    pub risk: Risk,
    /// Whether a customer can see or be notified of the effect.
    #[serde(default)]
    pub reaches_customer: bool,
    /// An argument without which a call only reads, and tells what it would do.
    #[serde(default)]
    pub harmless_without: Option<String>,
    /// Arguments by name.
    #[serde(default)]
    pub params: IndexMap<String, Param>,
    /// Sets of arguments of which at least one must be given whole.
    #[serde(default)]
    pub needs: Vec<Vec<String>>,
    /// JSON Schema of the structured answer; a general one when left out.
    #[serde(default)]
    pub output: Option<Value>,
}
