//! What MCP shows: operations and native tools under one name each, made from the catalog.

use crate::tools::{self, Run};
use catalog::{Catalog, NativeTool, Operation, PagingKind, Param, Risk, Toolset};
use indexmap::{IndexMap, map::Entry};
use jsonschema::Validator;
use serde_json::{Value, json};
use std::sync::{Arc, OnceLock};

/// The tool that finds tools, and the one that calls any of them.
pub(crate) const SEARCH_TOOLS: &str = "search_tools";
pub(crate) const CALL_TOOL: &str = "call_tool";

/// One tool.
pub struct Tool {
    /// Its name.
    pub name: String,
    /// A few words for a person.
    pub title: String,
    /// What it does and when to choose it, for a model.
    pub about: String,
    /// The toolsets that list it.
    pub toolsets: Vec<String>,
    /// What a call may do.
    pub risk: Risk,
    /// Whether a customer can see or be notified of the effect.
    pub reaches_customer: bool,
    /// JSON Schema of its arguments.
    pub input_schema: Value,
    /// JSON Schema of its structured answer; none when the answer is text alone.
    pub output_schema: Option<Value>,
    pub(crate) kind: ToolKind,
    pub(crate) params: IndexMap<String, Param>,
    pub(crate) needs: Vec<Vec<String>>,
    validator: OnceLock<Validator>,
}

/// What a tool runs.
pub(crate) enum ToolKind {
    Operation(Arc<Operation>),
    /// Work of ours, limited to the operations it declares.
    Native {
        uses: Vec<String>,
        run: Run,
    },
}

impl Tool {
    /// Whether the tool may use an operation.
    pub(crate) fn uses(&self, operation: &str) -> bool {
        match &self.kind {
            ToolKind::Operation(own) => own.name == operation,
            ToolKind::Native { uses, .. } => uses.iter().any(|used| used == operation),
        }
    }

    /// Whether a second call with the same arguments changes nothing more.
    pub fn repeats_safely(&self) -> bool {
        match &self.kind {
            ToolKind::Operation(operation) => matches!(
                operation.method(),
                catalog::Method::Get | catalog::Method::Put | catalog::Method::Delete
            ),
            ToolKind::Native { .. } => self.risk == Risk::Read,
        }
    }

    /// Whether a call may tell how far it is; one operation has nothing to tell.
    pub fn may_report(&self) -> bool {
        matches!(self.kind, ToolKind::Native { .. })
    }

    /// Whether it leads to tools that are not listed.
    pub(crate) fn is_doorway(&self) -> bool {
        self.name == SEARCH_TOOLS || self.name == CALL_TOOL
    }

    /// The compiled schema, made at the first use: start-up compiles none.
    pub(crate) fn validator(&self) -> &Validator {
        self.validator.get_or_init(|| {
            jsonschema::validator_for(&self.input_schema).unwrap_or_else(|error| {
                unreachable!(
                    "the registry's test compiles the schema of {}: {error}",
                    self.name
                )
            })
        })
    }

    fn of_operation(toolset: &Toolset, operation: &Operation) -> Self {
        let is_list = operation.paging.kind != PagingKind::None;
        Self {
            name: operation.name.clone(),
            title: operation.title.clone(),
            about: operation.about.clone(),
            toolsets: vec![toolset.toolset.clone()],
            risk: operation.risk,
            reaches_customer: operation.reaches_customer,
            input_schema: operation.input_schema(),
            output_schema: is_list.then(|| json!({"type": "object", "required": ["items"]})),
            kind: ToolKind::Operation(Arc::new(operation.clone())),
            params: operation.params.clone(),
            needs: operation.needs.clone(),
            validator: OnceLock::new(),
        }
    }

    fn of_native(toolset: &Toolset, native: &NativeTool, run: Run) -> Self {
        Self {
            name: native.name.clone(),
            title: native.title.clone(),
            about: native.about.clone(),
            toolsets: vec![toolset.toolset.clone()],
            risk: native.risk,
            reaches_customer: native.reaches_customer,
            input_schema: catalog::input_schema(&native.params, None),
            output_schema: native.output.clone(),
            kind: ToolKind::Native {
                uses: native.uses.clone(),
                run,
            },
            params: native.params.clone(),
            needs: native.needs.clone(),
            validator: OnceLock::new(),
        }
    }
}

/// All tools by name, in the order of the catalog, and the operations behind them.
pub struct Registry {
    tools: IndexMap<String, Arc<Tool>>,
    operations: IndexMap<String, Arc<Operation>>,
    toolsets: Vec<(String, String, String)>,
}

impl Registry {
    /// The tools of a catalog, native ones first; fails when a native tool has no code.
    pub fn new(catalog: &Catalog) -> Result<Self, String> {
        let mut tools = IndexMap::new();
        let mut operations = IndexMap::new();
        for toolset in catalog.toolsets() {
            for native in &toolset.tools {
                let run = tools::run_of(&native.name)
                    .ok_or_else(|| format!("the native tool `{}` has no code", native.name))?;
                tools.insert(native.name.clone(), Tool::of_native(toolset, native, run));
            }
        }
        for (toolset, operation) in catalog.operations() {
            let tool = Tool::of_operation(toolset, operation);
            if let ToolKind::Operation(shared) = &tool.kind {
                operations.insert(operation.name.clone(), Arc::clone(shared));
            }
            // Behind a native tool of its name an operation serves other tools, but is none itself.
            match tools.entry(operation.name.clone()) {
                Entry::Vacant(place) => {
                    place.insert(tool);
                }
                Entry::Occupied(mut native) => native.get_mut().toolsets.extend(tool.toolsets),
            }
        }
        for toolset in catalog.toolsets() {
            for member in &toolset.members {
                if let Some(tool) = tools.get_mut(member) {
                    tool.toolsets.push(toolset.toolset.clone());
                }
            }
        }
        let toolsets = catalog
            .toolsets()
            .iter()
            .map(|set| (set.toolset.clone(), set.title.clone(), set.about.clone()))
            .collect();
        Ok(Self {
            tools: tools
                .into_iter()
                .map(|(name, tool)| (name, Arc::new(tool)))
                .collect(),
            operations,
            toolsets,
        })
    }

    /// The tool of that name.
    pub fn get(&self, name: &str) -> Option<&Arc<Tool>> {
        self.tools.get(name)
    }

    /// All tools, in a fixed order.
    pub fn tools(&self) -> impl Iterator<Item = &Arc<Tool>> {
        self.tools.values()
    }

    /// The toolsets: name, title, and one sentence.
    pub fn toolsets(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.toolsets
            .iter()
            .map(|(name, title, about)| (name.as_str(), title.as_str(), about.as_str()))
    }

    /// The operation of that name, also one hidden behind a native tool.
    pub(crate) fn operation(&self, name: &str) -> Option<&Arc<Operation>> {
        self.operations.get(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_tool_has_code_and_a_schema_that_compiles() {
        let registry = Registry::new(&Catalog::builtin().unwrap()).unwrap();
        for tool in registry.tools() {
            jsonschema::validator_for(&tool.input_schema)
                .unwrap_or_else(|error| panic!("{}: {error}", tool.name));
        }
    }
}
