//! Toolsets: the files of the catalog, and the native tools in them.

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
