//! Rules read and checked when they are set: the first thing that is wrong is the error, with its place.

use super::{ALL, Compiled, LONGEST, MOST, Rule, RuleSet, check::Checker, shallow::shallow};
use crate::{Registry, Tool, tool::ToolKind};
use catalog::Risk;
use cel::{Env, ParseErrors};
use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

/// What all expressions are compiled for; made once.
pub(super) fn environment() -> &'static Arc<Env> {
    static ENVIRONMENT: OnceLock<Arc<Env>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| Arc::new(Env::stdlib()))
}

impl RuleSet {
    /// The rules, or what is wrong with the first that is wrong, and where.
    pub fn new(rules: &[Rule], registry: &Registry) -> Result<Self, String> {
        if rules.len() > MOST {
            return Err(format!("`rules`: there may be {MOST} of them"));
        }
        let mut compiled: Vec<Compiled> = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            let made = one(rule, registry).map_err(|fault| place(index, rule, &fault))?;
            if compiled.iter().any(|other| other.name == made.name) {
                return Err(place(index, rule, "another rule has this name"));
            }
            compiled.push(made);
        }
        Ok(Self {
            closed: closed(&compiled, registry),
            rules: compiled,
        })
    }
}

fn place(index: usize, rule: &Rule, fault: &str) -> String {
    format!("`rules[{index}]` ({}): {fault}", rule.name)
}

fn one(rule: &Rule, registry: &Registry) -> Result<Compiled, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if rule.name.is_empty() || rule.name.len() > 64 || !rule.name.chars().all(plain) {
        return Err("`name` has letters, digits, -, _ and ., at most 64 of them".into());
    }
    let tools = tools(rule, registry)?;
    let (field, source) = match (&rule.require, &rule.forbid) {
        (Some(source), None) => ("require", source),
        (None, Some(source)) => ("forbid", source),
        _ => return Err("give `require` or `forbid`, and not both".into()),
    };
    if source.len() > LONGEST {
        return Err(format!("`{field}` is longer than {LONGEST} bytes"));
    }
    shallow(source).map_err(|fault| format!("`{field}`: {fault}"))?;
    let program = environment()
        .compile(source)
        .map_err(|errors| format!("`{field}`: {}", first(&errors)))?;
    let mut checker = Checker::new(&tools);
    let outcome = checker.check(program.expression());
    outcome.map_err(|fault| {
        let at = program.source_info().offset_for(fault.at);
        let at = at.map(|(start, _)| format!(" at character {}", start + 1));
        format!("`{field}`{}: {}", at.unwrap_or_default(), fault.what)
    })?;
    Ok(Compiled {
        name: rule.name.clone(),
        tools: rule.tools.clone(),
        needs: checker.needs(),
        program,
        source: source.clone(),
        forbids: rule.forbid.is_some(),
        say: rule.say.clone(),
    })
}

/// The tools that a rule names; none stands for all.
fn tools<'a>(rule: &Rule, registry: &'a Registry) -> Result<Vec<&'a Tool>, String> {
    if rule.tools.is_empty() {
        return Err("`tools` is empty: name the tools that it holds for, or `*` for all".into());
    }
    if rule.tools.iter().any(|name| name == ALL) {
        return if rule.tools.len() == 1 {
            Ok(Vec::new())
        } else {
            Err("`tools`: `*` stands alone".into())
        };
    }
    let found = rule.tools.iter().map(|name| {
        let tool = registry.get(name);
        let tool = tool.ok_or_else(|| format!("`tools`: there is no tool `{name}`"))?;
        if tool.is_doorway() {
            return Err(format!(
                "`tools`: name the tools that `{name}` leads to, which the rule holds for whoever calls them"
            ));
        }
        Ok(&**tool)
    });
    found.collect()
}

fn first(errors: &ParseErrors) -> String {
    match errors.errors.first() {
        Some(error) => format!(
            "at line {}, character {}: {}",
            error.pos.0, error.pos.1, error.msg
        ),
        None => "it is no expression".into(),
    }
}

/// Called by its own name, an operation that changes something would go around a rule on the tool of ours before it.
fn closed(rules: &[Compiled], registry: &Registry) -> BTreeMap<String, (String, String)> {
    let named = |name: &str| {
        let mut all = rules.iter().flat_map(|rule| &rule.tools);
        all.any(|tool| tool == name || tool == ALL)
    };
    let mut closed = BTreeMap::new();
    for rule in rules {
        for tool in rule.tools.iter().filter_map(|name| registry.get(name)) {
            let ToolKind::Native { uses, .. } = &tool.kind else {
                continue;
            };
            for name in uses.iter().filter(|name| !named(name)) {
                let writes = registry
                    .operation(name)
                    .is_some_and(|own| own.risk > Risk::Read);
                if writes {
                    let reason = (rule.name.clone(), tool.name.clone());
                    closed.entry(name.clone()).or_insert(reason);
                }
            }
        }
    }
    closed
}
