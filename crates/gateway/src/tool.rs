//! What MCP shows: operations and native tools under one name each, made from the catalog.

use crate::dialect::Dialect;
use crate::index::{Described, Index};
use crate::tools::{self, Run};
use catalog::custom::CustomTool;
use catalog::{Catalog, NativeTool, Operation, PagingKind, Param, Risk, Toolset};
use indexmap::{IndexMap, map::Entry};
use intercom::Urgency;
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use std::sync::{Arc, OnceLock};

/// The tool that finds tools, the one that explains them, and the one that calls any of them.
pub(crate) const SEARCH_TOOLS: &str = "search_tools";
pub(crate) const GET_TOOL_DETAILS: &str = "get_tool_details";
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
    harmless_without: Option<String>,
    /// The dialect that has a name of its own for it, which chooses it as a toolset would.
    pub(crate) dialect: Option<String>,
    validator: OnceLock<Validator>,
}

/// What a tool runs.
#[derive(Clone)]
pub(crate) enum ToolKind {
    Operation(Arc<Operation>),
    /// Work of ours, limited to the operations it declares.
    Native {
        uses: Vec<String>,
        run: Run,
    },
    /// Calls of other tools, as a user's file lists them.
    Custom(Arc<CustomTool>),
    /// Nothing: it stands for tools of ours under another server's name.
    Front {
        repeats_safely: bool,
    },
}

impl Tool {
    /// Whether the tool may use an operation.
    pub(crate) fn uses(&self, operation: &str) -> bool {
        match &self.kind {
            ToolKind::Operation(own) => own.name == operation,
            ToolKind::Native { uses, .. } => uses.iter().any(|used| used == operation),
            ToolKind::Custom(tool) => tool.uses.iter().any(|used| used == operation),
            ToolKind::Front { .. } => false,
        }
    }

    /// The tools and operations that a user's own tool is made of: without one of them it is half a tool.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &str> {
        let custom = match &self.kind {
            ToolKind::Custom(tool) => Some(tool),
            _ => None,
        };
        let names = custom
            .into_iter()
            .flat_map(|tool| tool.calls.iter().chain(&tool.uses));
        names.map(String::as_str)
    }

    /// Whether a second call with the same arguments changes nothing more.
    pub fn repeats_safely(&self) -> bool {
        match &self.kind {
            ToolKind::Operation(operation) => matches!(
                operation.method(),
                catalog::Method::Get | catalog::Method::Put | catalog::Method::Delete
            ),
            ToolKind::Native { .. } | ToolKind::Custom(_) => self.risk == Risk::Read,
            ToolKind::Front { repeats_safely } => *repeats_safely,
        }
    }

    /// What this very call may do: a dry run only reads, and cannot do more.
    pub fn risk_of(&self, arguments: &Map<String, Value>) -> Risk {
        match &self.harmless_without {
            Some(name) if !arguments.contains_key(name) => Risk::Read,
            _ => self.risk,
        }
    }

    /// Whether its changes are counted one by one as they are made: a change to many, or steps of a user's own.
    pub(crate) fn is_composite(&self) -> bool {
        self.harmless_without.is_some() || matches!(self.kind, ToolKind::Custom(_))
    }

    /// Who goes first when the allowance is short: what a dry run froze is carried out behind everything else.
    pub(crate) fn urgency_of(&self, arguments: &Map<String, Value>) -> Urgency {
        match &self.harmless_without {
            Some(name) if arguments.contains_key(name) => Urgency::Bulk,
            _ => Urgency::Interactive,
        }
    }

    /// Whether a call may tell how far it is; one operation has nothing to tell.
    pub fn may_report(&self) -> bool {
        !matches!(self.kind, ToolKind::Operation(_))
    }

    /// Whether it is work of ours, and not one operation.
    pub(crate) fn is_native(&self) -> bool {
        matches!(self.kind, ToolKind::Native { .. })
    }

    /// Whether its answer holds a secret.
    pub(crate) fn gives_secret(&self) -> bool {
        matches!(&self.kind, ToolKind::Operation(operation) if operation.secret)
    }

    /// Whether it is in one of these toolsets; `all` stands for every one.
    pub(crate) fn is_in(&self, toolsets: &[String]) -> bool {
        toolsets
            .iter()
            .any(|name| name == "all" || self.toolsets.contains(name))
    }

    /// Whether it leads to tools that are not listed.
    pub(crate) fn is_doorway(&self) -> bool {
        [SEARCH_TOOLS, GET_TOOL_DETAILS, CALL_TOOL].contains(&self.name.as_str())
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

    fn of_operation(toolsets: Vec<String>, operation: &Arc<Operation>) -> Self {
        let is_list = operation.paging.kind != PagingKind::None;
        Self {
            name: operation.name.clone(),
            title: operation.title.clone(),
            about: operation.about.clone(),
            toolsets,
            risk: operation.risk,
            reaches_customer: operation.reaches_customer,
            input_schema: operation.input_schema(),
            output_schema: is_list.then(|| json!({"type": "object", "required": ["items"]})),
            kind: ToolKind::Operation(Arc::clone(operation)),
            params: operation.params.clone(),
            needs: operation.needs.clone(),
            harmless_without: None,
            dialect: None,
            validator: OnceLock::new(),
        }
    }

    /// The same again, with a schema that is not compiled yet.
    pub(crate) fn copied(&self) -> Self {
        Self {
            name: self.name.clone(),
            title: self.title.clone(),
            about: self.about.clone(),
            toolsets: self.toolsets.clone(),
            input_schema: self.input_schema.clone(),
            output_schema: self.output_schema.clone(),
            kind: self.kind.clone(),
            params: self.params.clone(),
            needs: self.needs.clone(),
            harmless_without: self.harmless_without.clone(),
            dialect: self.dialect.clone(),
            validator: OnceLock::new(),
            ..*self
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
            harmless_without: native.harmless_without.clone(),
            dialect: None,
            validator: OnceLock::new(),
        }
    }
}

impl Tool {
    fn of_custom(toolset: &Toolset, custom: &CustomTool) -> Self {
        Self {
            name: custom.name.clone(),
            title: custom.title.clone(),
            about: custom.about.clone(),
            toolsets: vec![toolset.toolset.clone()],
            risk: custom.risk,
            reaches_customer: custom.reaches_customer,
            input_schema: custom.input_schema(),
            output_schema: None,
            kind: ToolKind::Custom(Arc::new(custom.clone())),
            params: custom.params.clone(),
            needs: Vec::new(),
            harmless_without: None,
            dialect: None,
            validator: OnceLock::new(),
        }
    }
}

/// All tools by name, in the order of the catalog, and the operations behind them.
pub struct Registry {
    tools: IndexMap<String, Arc<Tool>>,
    operations: IndexMap<String, Arc<Operation>>,
    /// Operations whose name a native tool took.
    behind: IndexMap<String, Arc<Tool>>,
    toolsets: Vec<(String, String, String)>,
    index: OnceLock<Index>,
    dialects: IndexMap<&'static str, OnceLock<Arc<Dialect>>>,
}

impl Registry {
    /// The tools of a catalog, native ones first; fails when a native tool has no code.
    pub fn new(catalog: &Catalog) -> Result<Self, String> {
        let mut tools = IndexMap::new();
        let mut operations = IndexMap::new();
        let mut behind = IndexMap::new();
        for toolset in catalog.toolsets() {
            for native in &toolset.tools {
                let run = tools::run_of(&native.name)
                    .ok_or_else(|| format!("the native tool `{}` has no code", native.name))?;
                tools.insert(native.name.clone(), Tool::of_native(toolset, native, run));
            }
        }
        for (toolset, operation) in catalog.operations() {
            let operation = Arc::new(operation.clone());
            let tool = Tool::of_operation(vec![toolset.toolset.clone()], &operation);
            operations.insert(operation.name.clone(), Arc::clone(&operation));
            // Behind a native tool of its name an operation serves other tools, but is none itself.
            match tools.entry(operation.name.clone()) {
                Entry::Vacant(place) => {
                    place.insert(tool);
                }
                Entry::Occupied(mut native) => {
                    native.get_mut().toolsets.extend_from_slice(&tool.toolsets);
                    behind.insert(operation.name.clone(), tool);
                }
            }
        }
        for toolset in catalog.toolsets() {
            for custom in &toolset.custom {
                tools.insert(custom.name.clone(), Tool::of_custom(toolset, custom));
            }
            for member in &toolset.members {
                if let Some(tool) = tools.get_mut(member) {
                    tool.toolsets.push(toolset.toolset.clone());
                }
            }
        }
        for (name, tool) in &mut behind {
            // Offered wherever the tool of its name is.
            tool.toolsets.clone_from(&tools[name].toolsets);
        }
        let shared = |tools: IndexMap<String, Tool>| {
            let shared = tools.into_iter().map(|(name, tool)| (name, Arc::new(tool)));
            shared.collect()
        };
        let toolsets = catalog
            .toolsets()
            .iter()
            .map(|set| (set.toolset.clone(), set.title.clone(), set.about.clone()))
            .collect();
        Ok(Self {
            tools: shared(tools),
            behind: shared(behind),
            operations,
            toolsets,
            index: OnceLock::new(),
            dialects: catalog::Dialect::names()
                .map(|name| (name, OnceLock::new()))
                .collect(),
        })
    }

    /// The tool of that name.
    pub fn get(&self, name: &str) -> Option<&Arc<Tool>> {
        self.tools.get(name)
    }

    /// The tool of that name; asked for raw answers, the operation itself, also one behind a native tool.
    pub(crate) fn find(&self, name: &str, raw: bool) -> Option<&Arc<Tool>> {
        if !raw {
            return self.get(name);
        }
        let itself = |tool: &&Arc<Tool>| matches!(tool.kind, ToolKind::Operation(_));
        self.behind
            .get(name)
            .or_else(|| self.tools.get(name).filter(itself))
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

    /// The words of all tools but the doorways, read at the first search.
    pub(crate) fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let toolset = |tool: &Tool| {
                let home = tool.toolsets.first();
                let found = self.toolsets.iter().find(|(name, ..)| Some(name) == home);
                found.map_or_else(String::new, |(_, title, about)| format!("{title} {about}"))
            };
            let described: Vec<Described<'_>> = self
                .tools()
                .filter(|tool| !tool.is_doorway())
                .map(|tool| Described {
                    tool,
                    hidden: self.operation(&tool.name).filter(|_| tool.is_native()),
                    toolset: toolset(tool),
                })
                .collect();
            Index::new(&described)
        })
    }

    /// Whether a dialect is there, and sound; an endpoint of it is then ready.
    pub fn check_dialect(&self, name: &str) -> Result<(), String> {
        self.dialect(name).map(|_| ())
    }

    /// The dialect of that name, made when it is first asked for.
    pub(crate) fn dialect(&self, name: &str) -> Result<Arc<Dialect>, String> {
        let place = self.dialects.get(name);
        if let Some(made) = place.and_then(OnceLock::get) {
            return Ok(Arc::clone(made));
        }
        let made = Arc::new(Dialect::new(name, self)?);
        Ok(match place {
            Some(place) => Arc::clone(place.get_or_init(|| made)),
            None => made,
        })
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
