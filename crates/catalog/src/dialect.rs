//! Dialects: other servers' names for our tools, as data. Each tells what its tools take, what they run, and how the
//! answer looks; `catalog/dialects/` has one file for each.

mod answer;
mod argument;
mod check;
mod rule;
#[cfg(test)]
mod tests;

pub use answer::{Answer, ListOf, Pick};
pub use argument::{Argument, Filter};

use crate::load::{FILES, Source};
use crate::{Catalog, LoadError, Operation, Param, ParamType};
use indexmap::IndexMap;
use rule::NamingRule;
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;

/// Another server's tools, in terms of ours.
#[derive(Clone, Debug)]
pub struct Dialect {
    /// Its name; also the name of its file.
    pub name: String,
    /// Whose tools they are.
    pub title: String,
    /// What is particular about them.
    pub about: String,
    /// The tools, written ones first.
    pub tools: Vec<DialectTool>,
}

/// One tool of another server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DialectTool {
    /// Its name there.
    pub name: String,
    /// What it does, for a model; what it runs says it where empty.
    #[serde(default)]
    pub about: String,
    /// Its arguments by name.
    #[serde(default)]
    pub params: IndexMap<String, Param>,
    /// Further arguments, which are exactly those of what it runs.
    #[serde(default)]
    same: Vec<String>,
    /// More of them, which are accepted but not shown.
    #[serde(default)]
    accepts: Vec<String>,
    /// Arguments of which at least one is needed.
    #[serde(default)]
    pub one_of: Vec<String>,
    /// What it runs: the first whose `when` fits.
    pub runs: Vec<Run>,
    /// How the answer looks.
    #[serde(default)]
    pub answer: Answer,
    /// Whether only the toolsets that have its operation list it.
    #[serde(skip)]
    pub by_rule: bool,
}

/// One thing that a dialect's tool runs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The arguments, or their defaults, that choose it; the last one has none.
    #[serde(default)]
    pub when: IndexMap<String, Value>,
    /// A native tool.
    #[serde(default)]
    tool: Option<String>,
    /// Or an operation, also one hidden behind a native tool.
    #[serde(default)]
    operation: Option<String>,
    /// Where its arguments come from; those of the same name need no word.
    #[serde(default)]
    pub args: IndexMap<String, Argument>,
    /// An argument whose fields become arguments.
    #[serde(default)]
    pub spread: Option<Spread>,
}

/// An argument that is taken apart.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// The argument: an object.
    pub from: String,
    /// The argument that gathers the fields which are none.
    pub rest: String,
}

/// What a run refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// A native tool.
    Tool(&'a str),
    /// An operation.
    Operation(&'a str),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    dialect: String,
    title: String,
    about: String,
    #[serde(default)]
    tools: Vec<DialectTool>,
    #[serde(default)]
    rule: Option<NamingRule>,
}

impl Dialect {
    /// The names of the dialects that Frontdesk ships.
    pub fn names() -> impl Iterator<Item = &'static str> {
        files().filter_map(|(file, _)| file.strip_suffix(".yaml"))
    }

    /// The shipped dialect of that name, made for a catalog and checked against it.
    pub fn builtin(name: &str, catalog: &Catalog) -> Result<Option<Self>, LoadError> {
        files()
            .find(|(file, _)| file.strip_suffix(".yaml") == Some(name))
            .map(|(file, text)| Self::parse(file, text, catalog))
            .transpose()
    }

    /// A dialect out of a file's text, checked against a catalog.
    pub fn parse(file: &str, text: &str, catalog: &Catalog) -> Result<Self, LoadError> {
        let source = Source { file, text };
        let parsed: File = source.parse()?;
        if Some(parsed.dialect.as_str()) != file.strip_suffix(".yaml") {
            let reason = format!(
                "the dialect is called `{}`, but the file {file}",
                parsed.dialect
            );
            return Err(source.fault("dialect:", reason));
        }
        let mut tools = parsed.tools;
        for tool in &mut tools {
            check::references(tool, catalog)
                .and_then(|()| adopt(tool, catalog))
                .map_err(|reason| source.fault_at(&tool.name, &reason))?;
        }
        if let Some(rule) = &parsed.rule {
            let named = rule
                .apply(catalog)
                .map_err(|reason| source.fault("rule:", reason))?;
            tools.extend(named);
        }
        check::whole(&tools, catalog).map_err(|(name, reason)| source.fault_at(&name, &reason))?;
        Ok(Self {
            name: parsed.dialect,
            title: parsed.title,
            about: parsed.about,
            tools,
        })
    }
}

impl Run {
    /// A run of one operation.
    fn operation(name: &str, args: IndexMap<String, Argument>) -> Self {
        Self {
            when: IndexMap::new(),
            tool: None,
            operation: Some(name.to_owned()),
            args,
            spread: None,
        }
    }

    /// What it refers to.
    pub fn target(&self) -> Target<'_> {
        match (&self.tool, &self.operation) {
            (Some(tool), _) => Target::Tool(tool),
            (None, operation) => Target::Operation(operation.as_deref().unwrap_or_default()),
        }
    }

    /// The arguments of the tool that travel on under their own names.
    pub fn passes<'a>(
        &'a self,
        tool: &'a DialectTool,
        taken: &'a Taken<'_>,
    ) -> impl Iterator<Item = &'a str> {
        tool.params.keys().map(String::as_str).filter(|name| {
            taken.has(name)
                && !self.args.contains_key(*name)
                && !self.when.contains_key(*name)
                && !self.heads().contains(name)
        })
    }

    /// The arguments of the tool that are mentioned.
    fn heads(&self) -> Vec<&str> {
        let mut heads: Vec<&str> = self
            .spread
            .iter()
            .map(|spread| spread.from.as_str())
            .collect();
        for argument in self.args.values() {
            argument.heads(&mut heads);
        }
        heads
    }
}

impl Target<'_> {
    /// Its name in the catalog.
    pub fn name(&self) -> &str {
        match self {
            Self::Tool(name) | Self::Operation(name) => name,
        }
    }

    /// The arguments that it takes; none where the catalog has no such thing.
    pub fn takes<'a>(&self, catalog: &'a Catalog) -> Option<Taken<'a>> {
        match self {
            Self::Tool(name) => catalog.native(name).map(|tool| Taken {
                params: &tool.params,
                paged: false,
            }),
            Self::Operation(name) => catalog.operation(name).map(Taken::of_operation),
        }
    }
}

/// The arguments that a tool or an operation takes.
#[derive(Clone, Copy, Debug)]
pub struct Taken<'a> {
    params: &'a IndexMap<String, Param>,
    paged: bool,
}

impl<'a> Taken<'a> {
    /// Those of a native tool.
    pub fn of_params(params: &'a IndexMap<String, Param>) -> Self {
        Self {
            params,
            paged: false,
        }
    }

    /// Those of an operation, with `limit` and `cursor` where it is paged.
    pub fn of_operation(operation: &'a Operation) -> Self {
        Self {
            params: &operation.params,
            paged: operation.page_max().is_some(),
        }
    }

    /// Whether it takes this argument.
    pub fn has(&self, name: &str) -> bool {
        self.params
            .get(name)
            .is_some_and(|param| param.fixed.is_none())
            || self.paged && matches!(name, "limit" | "cursor")
    }
}

fn files() -> impl Iterator<Item = (&'static str, &'static str)> {
    let folder = FILES.get_dir("dialects");
    folder
        .into_iter()
        .flat_map(include_dir::Dir::files)
        .filter_map(|file| {
            let name = Path::file_name(file.path())?.to_str()?;
            Some((name, file.contents_utf8()?))
        })
}

/// Takes the arguments over that are exactly those of what the tool runs.
fn adopt(tool: &mut DialectTool, catalog: &Catalog) -> Result<(), String> {
    let target = tool.runs.first().map(Run::target);
    let taken = target.and_then(|target| target.takes(catalog));
    let Some(taken) = taken.map(|taken| taken.params) else {
        return Ok(());
    };
    let shown = tool.same.iter().map(|name| (name, false));
    let hidden = tool.accepts.iter().map(|name| (name, true));
    for (name, hide) in shown.chain(hidden) {
        let mut param = taken
            .get(name)
            .cloned()
            .ok_or_else(|| format!("has no `{name}` to take over"))?;
        param.hidden = hide || param.hidden;
        if param.kind == ParamType::Query {
            // The search language would be most of the list; what runs checks the query.
            param.kind = ParamType::Object;
        }
        tool.params.insert(name.clone(), param);
    }
    Ok(())
}
