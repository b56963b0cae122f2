//! What the calls of a user's tools mean: that what they call exists and takes what it is given.

use super::kind::Kind;
use super::read::{Draft, DraftStep};
use super::template::Template;
use super::{CustomTool, Step};
use crate::load::check_params;
use crate::node::{Fault, Node};
use crate::{Catalog, Param, Risk};
use indexmap::IndexMap;
use serde_json::Value;
use std::collections::HashMap;

/// Tools that lead to other tools; a call names its tool itself.
const DOORWAYS: [&str; 2] = ["search_tools", "call_tool"];

/// Checks the drafts of one file.
pub(super) struct Checker<'a> {
    catalog: &'a Catalog,
    drafts: &'a [Draft<'a>],
    done: HashMap<&'a str, CustomTool>,
}

/// What is known of a tool that is called.
struct Callee<'a> {
    params: &'a IndexMap<String, Param>,
    needs: &'a [Vec<String>],
    paged: bool,
    risk: Risk,
    reaches_customer: bool,
    uses: Vec<String>,
    calls: Vec<String>,
}

impl<'a> Checker<'a> {
    pub(super) fn new(catalog: &'a Catalog, drafts: &'a [Draft<'a>]) -> Result<Self, Fault> {
        for (index, draft) in drafts.iter().enumerate() {
            let twice = drafts[..index].iter().any(|other| other.name == draft.name);
            if twice || catalog.names().any(|name| name == draft.name) {
                let reason = format!("another tool is called `{}`", draft.name);
                return Err(draft.node.fault(&reason));
            }
        }
        Ok(Self {
            catalog,
            drafts,
            done: HashMap::new(),
        })
    }

    /// All tools of the file, in its order.
    pub(super) fn tools(mut self) -> Result<Vec<CustomTool>, Fault> {
        for draft in self.drafts {
            self.settle(draft, &mut Vec::new())?;
        }
        let names = self.drafts.iter().map(|draft| draft.name.as_str());
        Ok(names.filter_map(|name| self.done.remove(name)).collect())
    }

    /// Checks a tool, those that it calls first; `trail` are the tools that wait for it.
    fn settle(&mut self, draft: &'a Draft<'a>, trail: &mut Vec<&'a str>) -> Result<(), Fault> {
        if self.done.contains_key(draft.name.as_str()) {
            return Ok(());
        }
        trail.push(&draft.name);
        check_own(draft)?;
        let mut tool = CustomTool {
            name: draft.name.clone(),
            title: draft.title.clone(),
            about: draft.about.clone(),
            params: draft.params.clone(),
            steps: Vec::new(),
            result: draft.result.clone(),
            risk: Risk::Read,
            reaches_customer: draft.reaches_customer,
            uses: Vec::new(),
            calls: Vec::new(),
        };
        for step in &draft.steps {
            if let Some(inner) = self.drafts.iter().find(|other| other.name == step.call) {
                if trail.contains(&inner.name.as_str()) {
                    let circle = format!("{} calls {}", trail.join(" calls "), inner.name);
                    return Err(step.node.fault(&format!("this is a circle: {circle}")));
                }
                self.settle(inner, trail)?;
            }
            let callee = self.callee(step)?;
            check_arguments(step, &callee, draft)?;
            tool.risk = tool.risk.max(callee.risk);
            tool.reaches_customer |= callee.reaches_customer;
            extend(&mut tool.uses, callee.uses);
            extend(&mut tool.calls, callee.calls);
            tool.steps.push(Step {
                id: step.id.clone(),
                call: step.call.clone(),
                with: step.with.clone(),
            });
        }
        check_used(draft)?;
        if let Some(risk) = draft.risk {
            if risk < tool.risk {
                let place = draft.node.must("risk")?;
                return Err(place.fault(&format!(
                    "what it calls may do more than {}: leave `risk` out, or raise it",
                    place.value
                )));
            }
            tool.risk = risk;
        }
        trail.pop();
        self.done.insert(&draft.name, tool);
        Ok(())
    }

    fn callee(&self, step: &DraftStep<'_>) -> Result<Callee<'_>, Fault> {
        let name = step.call.as_str();
        if let Some(own) = self.done.get(name).or_else(|| self.catalog.custom(name)) {
            let mut calls = own.calls.clone();
            calls.push(name.to_owned());
            return Ok(Callee {
                params: &own.params,
                needs: &[],
                paged: false,
                risk: own.risk,
                reaches_customer: own.reaches_customer,
                uses: own.uses.clone(),
                calls,
            });
        }
        if let Some(native) = self
            .catalog
            .native(name)
            .filter(|_| !DOORWAYS.contains(&name))
        {
            return Ok(Callee {
                params: &native.params,
                needs: &native.needs,
                paged: false,
                risk: native.risk,
                reaches_customer: native.reaches_customer,
                uses: native.uses.clone(),
                calls: vec![name.to_owned()],
            });
        }
        if let Some(operation) = self.catalog.operation(name) {
            return Ok(Callee {
                params: &operation.params,
                needs: &operation.needs,
                paged: operation.page_max().is_some(),
                risk: operation.risk,
                reaches_customer: operation.reaches_customer,
                uses: vec![name.to_owned()],
                calls: vec![name.to_owned()],
            });
        }
        let place = ["call", "operation", "tool"]
            .into_iter()
            .find_map(|key| step.node.get(key))
            .unwrap_or_else(|| step.node.clone());
        let reason = if DOORWAYS.contains(&name) {
            format!("`{name}` leads to other tools: name the tool itself")
        } else if name.contains(['/', '.', ' ']) {
            format!(
                "`{name}` is no tool's name: a handler names a tool or an operation, no program is run"
            )
        } else {
            format!(
                "there is no tool or operation `{name}`; `frontdesk tools list --toolsets all` shows them"
            )
        };
        Err(place.fault(&reason))
    }
}

/// What can be said of a tool without what it calls.
fn check_own(draft: &Draft<'_>) -> Result<(), Fault> {
    check_params(&draft.params, &[]).map_err(|reason| draft.node.fault(&reason))?;
    for (name, param) in &draft.params {
        let place = param_place(draft, name);
        if let Some(default) = &param.default
            && !Kind::of(param).takes(Kind::of_value(default))
        {
            let reason = format!("the default of `{name}` is not of its type");
            return Err(place.fault(&reason));
        }
        let surely = param.required || param.default.is_some();
        let mut templates = templates(draft);
        if !surely && templates.any(|one| one.arguments(true).contains(name.as_str())) {
            return Err(place.fault(&format!(
                "`{name}` stands inside a text or a path, but may be missing: make it required or give it a default"
            )));
        }
    }
    Ok(())
}

/// A parameter that goes nowhere would mislead its caller.
fn check_used(draft: &Draft<'_>) -> Result<(), Fault> {
    for name in draft.params.keys() {
        if !templates(draft).any(|one| one.arguments(false).contains(name.as_str())) {
            let reason = format!("`{name}` is used in no step");
            return Err(param_place(draft, name).fault(&reason));
        }
    }
    Ok(())
}

fn templates<'a>(draft: &'a Draft<'_>) -> impl Iterator<Item = &'a Template> {
    let steps = draft.steps.iter().flat_map(|step| step.with.values());
    steps.chain(&draft.result)
}

fn param_place<'a>(draft: &Draft<'a>, name: &str) -> Node<'a> {
    ["params", "parameters"]
        .into_iter()
        .find_map(|key| draft.node.get(key)?.get(name))
        .unwrap_or_else(|| draft.node.clone())
}

fn check_arguments(
    step: &DraftStep<'_>,
    callee: &Callee<'_>,
    draft: &Draft<'_>,
) -> Result<(), Fault> {
    let place = |name: &str| {
        let given = step.given.as_ref().and_then(|given| given.get(name));
        given.unwrap_or_else(|| step.node.clone())
    };
    let mut given: Vec<&str> = Vec::new();
    for (name, template) in &step.with {
        if callee.paged && (name == "limit" || name == "cursor") {
            continue;
        }
        let Some((own, param)) = callee.param(name) else {
            let reason = format!(
                "`{name}` is no argument of `{}`; it takes {}",
                step.call,
                callee.names()
            );
            return Err(place(name).fault(&reason));
        };
        check_value(name, param, template, draft).map_err(|reason| place(name).fault(&reason))?;
        if !may_be_missing(template, draft) {
            given.push(own);
        } else if param.required && param.default.is_none() {
            return Err(place(name).fault(&format!(
                "`{}` needs `{name}`, but the parameter may be missing: make it required or give it a default",
                step.call
            )));
        }
    }
    let lacking = callee.params.iter().find(|(name, param)| {
        param.required
            && param.default.is_none()
            && param.fixed.is_none()
            && !given.contains(&name.as_str())
    });
    if let Some((name, _)) = lacking {
        return Err(step.node.fault(&format!("`{}` needs `{name}`", step.call)));
    }
    let whole = |set: &Vec<String>| set.iter().all(|name| given.contains(&name.as_str()));
    if !callee.needs.is_empty() && !callee.needs.iter().any(whole) {
        let sets: Vec<String> = callee.needs.iter().map(|set| set.join(" with ")).collect();
        return Err(step.node.fault(&format!(
            "`{}` needs at least one of: {}",
            step.call,
            sets.join(", ")
        )));
    }
    Ok(())
}

impl<'a> Callee<'a> {
    fn param(&self, name: &str) -> Option<(&'a str, &'a Param)> {
        let mut all = self.params.iter();
        let found = all.find(|(own, param)| {
            param.fixed.is_none() && (*own == name || param.aliases.iter().any(|one| one == name))
        });
        found.map(|(own, param)| (own.as_str(), param))
    }

    fn names(&self) -> String {
        let shown = self.params.iter().filter(|(_, param)| param.is_shown());
        let mut names: Vec<&str> = shown.map(|(name, _)| name.as_str()).collect();
        if self.paged {
            names.extend(["limit", "cursor"]);
        }
        if names.is_empty() {
            names.push("no arguments");
        }
        names.join(", ")
    }
}

/// Whether the value is an argument that a call may leave out.
fn may_be_missing(template: &Template, draft: &Draft<'_>) -> bool {
    match template {
        Template::Whole(_) => template.arguments(false).iter().any(|name| {
            let param = draft.params.get(*name);
            param.is_some_and(|param| !param.required && param.default.is_none())
        }),
        _ => false,
    }
}

fn check_value(
    name: &str,
    param: &Param,
    template: &Template,
    draft: &Draft<'_>,
) -> Result<(), String> {
    let wanted = Kind::of(param);
    let given = match template {
        Template::Plain(value) => {
            if !param.values.is_empty() && !param.values.contains(value) {
                let values: Vec<String> = param.values.iter().map(Value::to_string).collect();
                return Err(format!("`{name}` is one of {}", values.join(", ")));
            }
            Kind::of_value(value)
        }
        Template::Whole(_) => {
            // What a step answers is known when it has.
            let whole = template.arguments(true).is_empty();
            let own = template.arguments(false).into_iter().next();
            let own = own.filter(|_| whole).and_then(|own| draft.params.get(own));
            own.map_or(Kind::Any, Kind::of)
        }
        Template::Text(_) => Kind::Text,
        Template::List(_) => Kind::List,
        Template::Object(_) => Kind::Object,
    };
    if wanted.takes(given) {
        Ok(())
    } else {
        Err(format!(
            "`{name}` takes {}, not {}",
            wanted.words(),
            given.words()
        ))
    }
}

fn extend(all: &mut Vec<String>, more: Vec<String>) {
    for one in more {
        if !all.contains(&one) {
            all.push(one);
        }
    }
}
