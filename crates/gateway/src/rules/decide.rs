//! The decision on one call: every rule that holds for it, over all that the call is about.

use super::compile::environment;
use super::{Compiled, Facts, RuleSet};
use crate::tool::ToolKind;
use crate::{Principal, Registry, Tool};
use catalog::Risk;
use cel::objects::Map as CelMap;
use cel::{Context, ExecutionError, Value as Cel};
use serde_json::{Map, Value, json};
use std::{collections::HashMap, sync::Arc};

/// A call that is judged.
#[derive(Clone, Copy)]
pub(crate) struct Judged<'a> {
    pub(crate) who: &'a Principal,
    pub(crate) tool: &'a Tool,
    /// What it may do.
    pub(crate) risk: Risk,
    /// Its arguments, accepted.
    pub(crate) arguments: &'a Map<String, Value>,
    pub(crate) registry: &'a Registry,
}

impl RuleSet {
    /// Why a rule keeps the call back; none where all let it through.
    pub(crate) fn refusal(&self, call: &Judged<'_>, facts: &Facts) -> Option<String> {
        if self.is_empty() {
            return None;
        }
        let name = call.tool.name.as_str();
        let around = self.closed.get(name).filter(|_| is_operation(call.tool));
        if let Some((rule, tool)) = around {
            return Some(format!(
                "the rule `{rule}` of this endpoint holds for `{tool}`, which does the same: call that"
            ));
        }
        let mut holding = self.holding(name).peekable();
        holding.peek()?;
        let args = cel(&seen(call).into());
        holding.find_map(|rule| {
            facts
                .bindings()
                .find_map(|about| rule.refusal(call, &args, &about))
        })
    }
}

impl Compiled {
    fn refusal(&self, call: &Judged<'_>, args: &Cel, about: &Map<String, Value>) -> Option<String> {
        let mut context = Context::with_env(Arc::clone(environment()));
        context.add_variable_from_value("args", args.clone());
        context.add_variable_from_value("tool", cel(&tool(call)));
        context.add_variable_from_value("caller", cel(&caller(call.who)));
        for (name, value) in about {
            context.add_variable_from_value(name.as_str(), cel(value));
        }
        let why = match self.program.execute(&context) {
            Ok(Cel::Bool(truth)) if truth != self.forbids => return None,
            Ok(Cel::Bool(_)) if self.forbids => format!("it forbids calls where {}", self.source),
            Ok(Cel::Bool(_)) => format!("it wants calls where {}", self.source),
            Ok(_) => format!("{} is neither true nor false", self.source),
            Err(error) => format!(
                "{}, and it wants to know whether {}",
                unknown(&error),
                self.source
            ),
        };
        let said = self.say.as_ref().map(|say| format!("; {say}"));
        Some(format!(
            "the rule `{}` of this endpoint keeps it back: {why}{}",
            self.name,
            said.unwrap_or_default()
        ))
    }
}

fn is_operation(tool: &Tool) -> bool {
    matches!(tool.kind, ToolKind::Operation(_))
}

/// The arguments as rules see them: with what is meant where nothing is given, and, of an operation behind a tool of
/// ours of the same name, under that tool's names, too.
fn seen(call: &Judged<'_>) -> Map<String, Value> {
    let mut seen = call.arguments.clone();
    for (name, param) in &call.tool.params {
        if let Some(default) = &param.default
            && !param.defaults_to_admin()
            && param.fixed.is_none()
        {
            seen.entry(name).or_insert_with(|| default.clone());
        }
    }
    let native = call.registry.get(&call.tool.name);
    if let Some(native) = native.filter(|native| is_operation(call.tool) && !is_operation(native)) {
        for (name, param) in &native.params {
            let given = param.aliases.iter().find_map(|alias| seen.get(alias));
            if let Some(value) = given.cloned() {
                seen.entry(name).or_insert(value);
            }
        }
    }
    seen
}

fn tool(call: &Judged<'_>) -> Value {
    let risk = match call.risk {
        Risk::Read => "read",
        Risk::Write => "write",
        Risk::Destructive => "destructive",
    };
    json!({"name": call.tool.name, "risk": risk, "reaches_customer": call.tool.reaches_customer})
}

fn caller(who: &Principal) -> Value {
    let user = who.user.as_ref().map_or("", |user| user.as_str());
    json!({"user": user, "endpoint": who.endpoint.as_str()})
}

/// What could not be told; nothing of a customer's is quoted.
fn unknown(error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchKey(name) => format!("the call says nothing of `{name}`"),
        ExecutionError::UndeclaredReference(name) => format!("the call is about no {name}"),
        _ => "the call has something else there than it expects".into(),
    }
}

fn cel(value: &Value) -> Cel {
    match value {
        Value::Null => Cel::Null,
        Value::Bool(truth) => Cel::Bool(*truth),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Cel::Int(whole),
            None => Cel::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(text) => Cel::String(Arc::new(text.clone())),
        Value::Array(items) => Cel::List(Arc::new(items.iter().map(cel).collect())),
        Value::Object(map) => {
            let map: HashMap<String, Cel> = (map.iter())
                .map(|(key, value)| (key.clone(), cel(value)))
                .collect();
            Cel::Map(CelMap::from(map))
        }
    }
}
