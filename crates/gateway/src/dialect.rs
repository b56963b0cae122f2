//! Another server's tools in front of ours: what a call in its words means, and the answer in its form.
//!
//! Nothing is allowed here. A call becomes the call of one tool of ours, which is authorized, confirmed and recorded
//! under its own name.

mod answer;
mod fill;
mod people;

use crate::context::Context;
use crate::tool::ToolKind;
use crate::tools::{self, Arguments};
use crate::{CallError, Endpoint, Registry, Tool, ToolResult, arguments, policy, shape};
use catalog::Catalog;
use catalog::dialect::{Answer, DialectTool, Run, Taken, Target};
use indexmap::IndexMap;
use serde_json::Value;
use std::sync::Arc;

/// Another server's tools, ready to be called.
pub(crate) struct Dialect {
    tools: IndexMap<String, Arc<Spoken>>,
}

/// One tool of another server.
struct Spoken {
    /// What a client sees.
    front: Arc<Tool>,
    cases: Vec<Case>,
    answer: Answer,
}

/// What it runs, if this is meant.
struct Case {
    run: Run,
    tool: Arc<Tool>,
    /// Arguments that travel on under their own names.
    passes: Vec<String>,
}

/// A call in a dialect's words, understood.
#[derive(Clone)]
pub struct Phrase {
    spoken: Arc<Spoken>,
    case: usize,
}

impl Dialect {
    /// The shipped dialect of that name over the tools of a registry.
    pub(crate) fn new(name: &str, registry: &Registry) -> Result<Self, String> {
        let catalog = Catalog::builtin().map_err(|error| error.to_string())?;
        let told = catalog::Dialect::builtin(name, &catalog)
            .map_err(|error| error.to_string())?
            .ok_or_else(|| unknown(name))?;
        let tools = told.tools.into_iter().map(|tool| {
            let spoken = Spoken::new(tool, name, registry)?;
            Ok((spoken.front.name.clone(), Arc::new(spoken)))
        });
        Ok(Self {
            tools: tools.collect::<Result<_, String>>()?,
        })
    }

    /// The tools that an endpoint of this dialect lists.
    pub(crate) fn list(&self, endpoint: &Endpoint) -> Vec<Arc<Tool>> {
        self.tools
            .values()
            .filter(|spoken| {
                spoken
                    .cases
                    .iter()
                    .any(|case| policy::lists(endpoint, &case.tool))
            })
            .map(|spoken| Arc::clone(&spoken.front))
            .collect()
    }

    /// The tool of that name, as a client sees it.
    pub(crate) fn front(&self, name: &str) -> Option<&Arc<Tool>> {
        self.tools.get(name).map(|spoken| &spoken.front)
    }

    /// What a call means; none where the dialect has no such tool.
    pub(crate) fn understand(&self, name: &str, given: &Arguments) -> Option<Phrase> {
        let spoken = self.tools.get(name)?;
        let fits = |case: &Case| {
            case.run.when.iter().all(|(name, wanted)| {
                let default = spoken
                    .front
                    .params
                    .get(name)
                    .and_then(|param| param.default.as_ref());
                given.get(name).filter(|value| !value.is_null()).or(default) == Some(wanted)
            })
        };
        // The last case has no condition, as the catalog's check has seen.
        let last = spoken.cases.len().saturating_sub(1);
        Some(Phrase {
            spoken: Arc::clone(spoken),
            case: spoken.cases.iter().position(fits).unwrap_or(last),
        })
    }
}

impl Spoken {
    fn new(told: DialectTool, dialect: &str, registry: &Registry) -> Result<Self, String> {
        let chosen = (!told.by_rule).then_some(dialect);
        let cases = told
            .runs
            .iter()
            .map(|run| Case::new(run, &told, chosen, registry))
            .collect::<Result<Vec<_>, String>>()?;
        let first = cases.first().ok_or("a dialect's tool runs nothing")?;
        let mut front = first.tool.copied();
        front.input_schema = catalog::input_schema(&told.params, None);
        front.output_schema = front.output_schema.filter(|_| told.answer == Answer::Same);
        front.kind = ToolKind::Front {
            repeats_safely: cases.iter().all(|case| case.tool.repeats_safely()),
        };
        front.needs = told.one_of.into_iter().map(|name| vec![name]).collect();
        front.params = told.params;
        front.name = told.name;
        if !told.about.is_empty() {
            front.about = told.about;
        }
        for case in &cases {
            front.risk = front.risk.max(case.tool.risk);
            front.reaches_customer |= case.tool.reaches_customer;
        }
        Ok(Self {
            front: Arc::new(front),
            cases,
            answer: told.answer,
        })
    }
}

impl Case {
    fn new(
        run: &Run,
        told: &DialectTool,
        dialect: Option<&str>,
        registry: &Registry,
    ) -> Result<Self, String> {
        let absent = || {
            format!(
                "`{}` runs `{}`, which is not there",
                told.name,
                run.target().name()
            )
        };
        let (name, raw) = match run.target() {
            Target::Tool(name) => (name, false),
            Target::Operation(name) => (name, true),
        };
        let own = registry.find(name, raw).ok_or_else(absent)?;
        let passes = match &own.kind {
            ToolKind::Operation(operation) => passing(run, told, Taken::of_operation(operation)),
            _ => passing(run, told, Taken::of_params(&own.params)),
        };
        let mut tool = own.copied();
        tool.dialect = dialect.map(str::to_owned);
        Ok(Self {
            run: run.clone(),
            tool: Arc::new(tool),
            passes,
        })
    }
}

impl Phrase {
    /// The name that was asked for.
    pub fn name(&self) -> &str {
        &self.spoken.front.name
    }

    /// The tool of ours that it means.
    pub(crate) fn tool(&self) -> &Arc<Tool> {
        &self.case().tool
    }

    /// The arguments of that tool, ready for the wire, or everything that is wrong with what was given.
    pub(crate) fn arguments(&self, given: Arguments) -> Result<Arguments, CallError> {
        let given = arguments::accept(&self.spoken.front, given)?;
        let filled = fill::arguments(self.case(), &self.spoken.front, given);
        let filled = filled.map_err(|problem| CallError::BadArguments {
            tool: self.name().to_owned(),
            problems: vec![problem],
        })?;
        arguments::accept(self.tool(), filled)
    }

    /// Runs the tool and answers in the dialect's form.
    pub(crate) async fn run(
        &self,
        context: &Context<'_>,
        arguments: Arguments,
    ) -> Result<ToolResult, CallError> {
        let ToolKind::Operation(operation) = &self.tool().kind else {
            return tools::run(self.tool(), context, arguments).await;
        };
        match &self.spoken.answer {
            Answer::Same => tools::run(self.tool(), context, arguments).await,
            Answer::Page => tools::page(operation, context, arguments).await,
            Answer::Json => tools::whole(operation, context, arguments).await,
            Answer::Object(picks) => {
                let whole = tools::whole(operation, context, arguments).await?;
                let body: Value = serde_json::from_str(&whole.text).unwrap_or_default();
                Ok(shape::text(&answer::object(picks, &body)))
            }
        }
    }

    fn case(&self) -> &Case {
        &self.spoken.cases[self.case]
    }
}

/// What is said of a dialect that does not exist.
fn unknown(name: &str) -> String {
    let names: Vec<&str> = catalog::Dialect::names().collect();
    format!(
        "there is no dialect `{name}`; there are {}",
        names.join(", ")
    )
}

fn passing(run: &Run, told: &DialectTool, taken: Taken<'_>) -> Vec<String> {
    run.passes(told, &taken).map(str::to_owned).collect()
}
