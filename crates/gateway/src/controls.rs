//! What an endpoint's owner asks of its calls besides which tools there are: rules over single calls, what is masked, what a person must agree to
//! first, and how many there may be.

use crate::{Budgets, MaskRules, Registry, RuleSet, Tool};
use catalog::Risk;
use serde::{Deserialize, Serialize};

/// The controls of one endpoint; by default there are none.
#[derive(Debug, Default)]
pub struct Controls {
    /// What must be true of calls, and what must not.
    pub rules: RuleSet,
    /// What is masked in all that its calls answer.
    pub mask: MaskRules,
    /// What a person must agree to first.
    pub confirm: ConfirmRules,
    /// How many calls there may be.
    pub budgets: Budgets,
    /// Whether its calls are the server's own, and nobody's use.
    pub uncounted: bool,
    /// Why no call is let through: what the owner set cannot be read any more.
    pub closed: Option<String>,
}

impl Controls {
    /// Controls that let nothing through, because what the owner set cannot be read.
    pub fn closed(reason: String) -> Self {
        Self {
            closed: Some(reason),
            ..Self::default()
        }
    }
}

/// Which calls a person must agree to first, beside those that cannot be undone: tools and operations by name, `writes`
/// for all that change something, `customer` for all that a customer can notice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConfirmRules(Vec<String>);

/// All calls that change something.
const WRITES: &str = "writes";
/// All calls that a customer can notice.
const CUSTOMER: &str = "customer";

impl ConfirmRules {
    /// Rules of these names, not checked yet.
    pub fn of(names: Vec<String>) -> Self {
        Self(names)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Fails with the first name that is neither a tool, an operation nor one of the two words.
    pub fn check(&self, registry: &Registry) -> Result<(), String> {
        let known = |name: &str| {
            [WRITES, CUSTOMER].contains(&name)
                || registry.get(name).is_some()
                || registry.operation(name).is_some()
        };
        match self.0.iter().find(|name| !known(name)) {
            Some(name) => Err(format!(
                "`confirm`: there is no tool `{name}`; it takes names of tools, `{WRITES}` and `{CUSTOMER}`"
            )),
            None => Ok(()),
        }
    }

    /// Whether a call of this tool that may do so much is to be agreed to.
    pub(crate) fn hold(&self, tool: &Tool, risk: Risk) -> bool {
        // A dry run changes nothing, whatever its tool can do.
        if self.is_empty() || risk == Risk::Read && tool.risk != Risk::Read {
            return false;
        }
        self.0.iter().any(|name| match name.as_str() {
            WRITES => risk != Risk::Read,
            CUSTOMER => risk != Risk::Read && tool.reaches_customer,
            name => tool.name == name || tool.uses(name) || tool.parts().any(|part| part == name),
        })
    }
}
