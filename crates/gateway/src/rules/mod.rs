//! Rules of an endpoint's owner over single calls, in CEL: what their arguments must be, and what they are about.
//!
//! A rule is compiled and checked when it is set, against the tools that it names; a rule that cannot be decided keeps
//! the call back. What is not in the arguments is looked up right before the decision ([`facts`]).

mod check;
mod compile;
mod decide;
mod facts;
mod shallow;
mod terms;

pub(crate) use decide::Judged;
pub(crate) use facts::{Facts, gather};
pub(crate) use terms::{FACTS, Needs};

use cel::Program;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most rules of one endpoint.
const MOST: usize = 100;
/// The longest expression, in bytes.
const LONGEST: usize = 2_000;
/// Every tool.
const ALL: &str = "*";

/// A rule as its owner writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// Its name, which a refusal tells.
    pub name: String,
    /// The tools and operations that it holds for; `*` stands for all.
    pub tools: Vec<String>,
    /// What must be true of a call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require: Option<String>,
    /// What must not be true of a call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forbid: Option<String>,
    /// What a refusal says besides, for the model to mend the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub say: Option<String>,
}

/// The rules of an endpoint, compiled.
#[derive(Debug, Default)]
pub struct RuleSet {
    rules: Vec<Compiled>,
    /// Operations behind ruled tools, which would be a way around the rule: the rule's name and the tool's.
    closed: BTreeMap<String, (String, String)>,
}

#[derive(Debug)]
struct Compiled {
    name: String,
    tools: Vec<String>,
    program: Program,
    source: String,
    forbids: bool,
    say: Option<String>,
    needs: Needs,
}

impl RuleSet {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether a rule holds for a tool or an operation of that name.
    pub(crate) fn name(&self, tool: &str) -> bool {
        self.holding(tool).next().is_some()
    }

    /// What must be looked up before a call of that name can be judged.
    pub(crate) fn needs(&self, tool: &str) -> Needs {
        let needs = self.holding(tool).map(|rule| rule.needs);
        needs.fold(Needs::default(), Needs::and)
    }

    fn holding(&self, tool: &str) -> impl Iterator<Item = &Compiled> {
        self.rules
            .iter()
            .filter(move |rule| rule.tools.iter().any(|name| name == tool || name == ALL))
    }
}

#[cfg(test)]
mod tests;
