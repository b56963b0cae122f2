//! Tools of the user's own: their calls one after the other, each checked and run like any other call of that tool.

use super::Arguments;
use crate::arguments;
use crate::{CallError, ToolResult, context::Context, shape};
use catalog::{
    Risk,
    custom::{CustomTool, Scope, Step},
};
use futures_util::future::BoxFuture;
use indexmap::IndexMap;
use serde_json::Value;

/// Runs all steps; boxed, because a step may be such a tool again.
pub(super) fn run<'a>(
    tool: &'a CustomTool,
    context: &'a Context<'a>,
    given: Arguments,
) -> BoxFuture<'a, Result<ToolResult, CallError>> {
    Box::pin(async move {
        let mut run = Run {
            tool,
            context,
            arguments: with_defaults(tool, given),
            answers: IndexMap::new(),
            written: Vec::new(),
        };
        run.all().await
    })
}

struct Run<'a> {
    tool: &'a CustomTool,
    context: &'a Context<'a>,
    arguments: Arguments,
    answers: IndexMap<String, Value>,
    /// The steps that changed something.
    written: Vec<String>,
}

impl Run<'_> {
    async fn all(&mut self) -> Result<ToolResult, CallError> {
        let total = self.tool.steps.len() as u64;
        let mut last = None;
        for (done, step) in (0u64..).zip(&self.tool.steps) {
            self.context.report(done, Some(total), &step.call);
            let answer = self.step(step).await;
            let (answer, risk) = answer.map_err(|error| self.failed(&name_of(step), error))?;
            self.answers.insert(step.id.clone(), answer.value());
            if risk != Risk::Read {
                self.written.push(name_of(step));
            }
            last = Some(answer);
        }
        match (&self.tool.result, last) {
            (Some(result), _) => {
                let filled = result.fill(&self.scope());
                let filled =
                    filled.map_err(|reason| self.failed("Its result", unfilled(&reason)))?;
                Ok(shape::both(filled.unwrap_or_default()))
            }
            (None, Some(answer)) => Ok(answer),
            // A tool without steps does not load.
            (None, None) => Err(self.context.bad("the tool has no steps")),
        }
    }

    /// What a step answers, and what it may have done.
    async fn step(&self, step: &Step) -> Result<(ToolResult, Risk), CallError> {
        let mut given = Arguments::new();
        for (name, template) in &step.with {
            let value = template.fill(&self.scope());
            if let Some(value) = value.map_err(|reason| unfilled(&reason))? {
                given.insert(name.clone(), value);
            }
        }
        let registry = self.context.registry;
        let tool = registry.get(&step.call).ok_or_else(|| {
            CallError::Refused(format!("there is no tool `{}` any more.", step.call))
        })?;
        let given = arguments::accept(tool, given)?;
        let risk = tool.risk_of(&given);
        self.context.part(tool, &given).await?;
        let answer = super::run(tool, self.context, given).await?;
        Ok((answer, risk))
    }

    fn scope(&self) -> Scope<'_> {
        Scope {
            arguments: &self.arguments,
            steps: &self.answers,
        }
    }

    fn failed(&self, step: &str, error: CallError) -> CallError {
        CallError::Step {
            step: step.to_owned(),
            written: self.written.clone(),
            source: Box::new(error),
        }
    }
}

fn name_of(step: &Step) -> String {
    format!("Step {} (`{}`)", step.id, step.call)
}

fn unfilled(reason: &str) -> CallError {
    CallError::Refused(format!("{reason}."))
}

fn with_defaults(tool: &CustomTool, mut given: Arguments) -> Arguments {
    for (name, param) in &tool.params {
        if let Some(default) = &param.default {
            given.entry(name).or_insert_with(|| default.clone());
        }
    }
    given
}
