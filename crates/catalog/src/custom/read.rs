//! A user's file as drafts of tools: its form is checked, but not yet what the calls mean.

use super::template::{Names, Template};
use crate::load::check_words;
use crate::node::{Fault, Node};
use crate::openapi::words::{snake, title};
use crate::{Param, Risk, Toolset};
use indexmap::IndexMap;
use serde_json::{Map, Value};

/// More calls than this are a program, not a tool.
const STEPS: usize = 20;

/// A tool whose calls are not yet looked up.
pub(super) struct Draft<'a> {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) about: String,
    pub(super) params: IndexMap<String, Param>,
    pub(super) steps: Vec<DraftStep<'a>>,
    pub(super) result: Option<Template>,
    pub(super) risk: Option<Risk>,
    pub(super) reaches_customer: bool,
    pub(super) node: Node<'a>,
}

/// A call with the places of its parts.
pub(super) struct DraftStep<'a> {
    pub(super) id: String,
    pub(super) call: String,
    pub(super) with: IndexMap<String, Template>,
    pub(super) node: Node<'a>,
    pub(super) given: Option<Node<'a>>,
}

/// The toolset that a file describes, and its tools.
pub(super) fn file<'a>(file: &str, top: &Node<'a>) -> Result<(Toolset, Vec<Draft<'a>>), Fault> {
    let known = [
        "toolset",
        "name",
        "version",
        "title",
        "about",
        "description",
        "tools",
    ];
    only(top, &known)?;
    let stem = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let stem = stem.split('.').next().unwrap_or(stem);
    let name = [top.words("toolset"), top.words("name"), stem]
        .into_iter()
        .map(snake)
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| "own_tools".to_owned());
    let title = title(top.words("title"), &name);
    let toolset = Toolset {
        about: either(top, ["about", "description"])
            .unwrap_or("Tools of this house's own.")
            .to_owned(),
        toolset: name,
        title,
        operations: Vec::new(),
        tools: Vec::new(),
        members: Vec::new(),
        includes: Vec::new(),
        custom: Vec::new(),
    };
    let tools = top.must("tools")?;
    let drafts = if tools.value.is_array() {
        let tools = tools.items()?.into_iter();
        tools
            .map(|node| draft(node.text("name")?, node))
            .collect::<Result<Vec<_>, _>>()?
    } else {
        let tools = tools.object()?.into_iter();
        tools
            .map(|(name, node)| draft(name, node))
            .collect::<Result<Vec<_>, _>>()?
    };
    Ok((toolset, drafts))
}

fn draft<'a>(name: &str, node: Node<'a>) -> Result<Draft<'a>, Fault> {
    only(
        &node,
        &[
            "name",
            "title",
            "about",
            "description",
            "params",
            "parameters",
            "steps",
            "calls",
            "handler",
            "result",
            "risk",
            "reaches_customer",
        ],
    )?;
    let params = params(&node)?;
    let calls = calls(&node)?;
    let ids: Vec<String> = calls.iter().enumerate().map(id_of).collect();
    let mut steps = Vec::new();
    for (index, call) in calls.iter().enumerate() {
        let names = names(&params, &ids, index);
        if ids[..index].contains(&ids[index]) {
            return Err(call.fault(&format!("another step is called `{}`", ids[index])));
        }
        steps.push(step(call, &ids[index], &names, &params)?);
    }
    let result = node
        .get("result")
        .map(|result| Template::read(&result, &names(&params, &ids, ids.len())))
        .transpose()?;
    let title = title(node.words("title"), name);
    let about = either(&node, ["about", "description"]).unwrap_or_default();
    check_words(name, &title, about).map_err(|reason| node.fault(&reason))?;
    Ok(Draft {
        name: name.to_owned(),
        title,
        about: about.to_owned(),
        steps,
        result,
        risk: risk(&node)?,
        reaches_customer: node.value.get("reaches_customer") == Some(&Value::Bool(true)),
        params,
        node,
    })
}

/// The calls, under any of their three names.
fn calls<'a>(node: &Node<'a>) -> Result<Vec<Node<'a>>, Fault> {
    let mut found = ["steps", "calls", "handler"]
        .into_iter()
        .filter_map(|key| node.get(key));
    let Some(calls) = found.next() else {
        return Err(node.fault("it calls nothing: give it `steps`, a list of calls"));
    };
    if let Some(second) = found.next() {
        return Err(
            second.fault("the calls stand here twice: `steps`, `calls` and `handler` are one")
        );
    }
    let calls = if calls.value.is_array() {
        calls.items()?
    } else {
        vec![calls]
    };
    match calls.len() {
        0 => Err(node.fault("it calls nothing: give it `steps`, a list of calls")),
        1..=STEPS => Ok(calls),
        _ => Err(node.fault(&format!("it has more than {STEPS} steps"))),
    }
}

fn id_of((index, call): (usize, &Node<'_>)) -> String {
    match call.value.get("id") {
        Some(Value::String(id)) => id.clone(),
        _ => (index + 1).to_string(),
    }
}

fn names<'a>(params: &'a IndexMap<String, Param>, ids: &'a [String], index: usize) -> Names<'a> {
    Names {
        arguments: params.keys().map(String::as_str).collect(),
        before: ids[..index].iter().map(String::as_str).collect(),
        all_steps: ids.iter().map(String::as_str).collect(),
    }
}

fn step<'a>(
    node: &Node<'a>,
    id: &str,
    names: &Names<'_>,
    params: &IndexMap<String, Param>,
) -> Result<DraftStep<'a>, Fault> {
    let mut with = IndexMap::new();
    if let Value::String(call) = node.value {
        // A bare name gets the tool's own arguments under their own names.
        for name in params.keys() {
            with.insert(name.clone(), Template::argument(name));
        }
        return Ok(DraftStep {
            id: id.to_owned(),
            call: call.clone(),
            with,
            node: node.clone(),
            given: None,
        });
    }
    only(
        node,
        &["id", "call", "operation", "tool", "with", "arguments"],
    )?;
    let called = ["call", "operation", "tool"]
        .into_iter()
        .find(|key| node.get(key).is_some());
    let call = node.text(called.unwrap_or("call"))?;
    let given = node.get("with").or_else(|| node.get("arguments"));
    if let Some(given) = &given {
        for (name, value) in given.object()? {
            with.insert(name.to_owned(), Template::read(&value, names)?);
        }
    }
    Ok(DraftStep {
        id: id.to_owned(),
        call: call.to_owned(),
        with,
        node: node.clone(),
        given,
    })
}

fn params(node: &Node<'_>) -> Result<IndexMap<String, Param>, Fault> {
    let Some(given) = node.get("params").or_else(|| node.get("parameters")) else {
        return Ok(IndexMap::new());
    };
    let mut params = IndexMap::new();
    for (name, param) in given.object()? {
        if name == "steps" || !crate::strict::is_property(name) || name.contains('.') {
            return Err(param.fault(&format!(
                "`{name}` cannot be a parameter's name: letters, digits, `_` and `-`, and not `steps`"
            )));
        }
        let value = catalog_words(param.value);
        let read: Param =
            serde_json::from_value(value).map_err(|error| param.fault(&error.to_string()))?;
        if read.place.is_some() || read.wire.is_some() || read.fixed.is_some() || read.hidden {
            return Err(param.fault(
                "`in`, `wire`, `fixed` and `hidden` are for operations: pass the value in `with`",
            ));
        }
        params.insert(name.to_owned(), read);
    }
    Ok(params)
}

/// A parameter with `about` for `description`, also inside it.
fn catalog_words(param: &Value) -> Value {
    let Value::Object(entries) = param else {
        return param.clone();
    };
    let mut words = Map::new();
    for (key, value) in entries {
        let (key, value) = match (key.as_str(), value) {
            ("description", _) => ("about", value.clone()),
            ("properties" | "fields", Value::Object(fields)) => {
                let fields = fields.iter();
                let fields = fields.map(|(name, field)| (name.clone(), catalog_words(field)));
                ("fields", fields.collect::<Map<_, _>>().into())
            }
            ("items", _) => ("items", catalog_words(value)),
            (other, _) => (other, value.clone()),
        };
        words.insert(key.to_owned(), value);
    }
    words.into()
}

fn risk(node: &Node<'_>) -> Result<Option<Risk>, Fault> {
    let Some(risk) = node.get("risk") else {
        return Ok(None);
    };
    serde_json::from_value(risk.value.clone())
        .map(Some)
        .map_err(|_| risk.fault("a risk is one of read, write, destructive"))
}

/// The first of two spellings that is there.
fn either<'a>(node: &Node<'a>, keys: [&str; 2]) -> Option<&'a str> {
    keys.into_iter()
        .map(|key| node.words(key))
        .find(|words| !words.is_empty())
}

/// A key that nobody knows is a slip of the pen.
fn only(node: &Node<'_>, known: &[&str]) -> Result<(), Fault> {
    match node
        .object()?
        .into_iter()
        .find(|(key, _)| !known.contains(key))
    {
        Some((key, stray)) => Err(stray.fault(&format!(
            "there is no `{key}` here; there are {}",
            known.join(", ")
        ))),
        None => Ok(()),
    }
}
