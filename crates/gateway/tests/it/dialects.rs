//! Other servers' names: a script of calls for each, run unchanged, and the rules that hold for them all the same.

mod rules;

use crate::world::{World, object, read};
use gateway::{Confirmation, ToolRequest, ToolResult};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::path::Path;

/// One call of a script, and what is to come of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// The dialect's tool.
    #[serde(default)]
    call: Option<String>,
    /// Or one of ours, to see what the sandbox holds.
    #[serde(default)]
    ours: Option<String>,
    with: Value,
    /// Whether the user agreed.
    #[serde(default)]
    confirmed: bool,
    /// What is there.
    #[serde(default)]
    has: Vec<String>,
    /// The keys of the answer, all of them.
    #[serde(default)]
    keys: Vec<String>,
    #[serde(default)]
    is: Map<String, Value>,
    #[serde(default)]
    differs: Map<String, Value>,
    /// Words that the answer holds.
    #[serde(default)]
    says: Option<String>,
    /// Words of the error.
    #[serde(default)]
    fails: Option<String>,
    /// What later steps use as `$name`.
    #[serde(default)]
    keep: Map<String, Value>,
}

impl World {
    /// Calls a tool as a client of the endpoint does.
    async fn spoken(
        &self,
        tool: &str,
        arguments: Value,
        confirmation: Confirmation,
    ) -> Result<ToolResult, gateway::CallError> {
        let request = ToolRequest {
            dialect: true,
            confirmation,
            ..ToolRequest::new(tool, object(arguments))
        };
        self.gateway.call(&self.who, request).await
    }
}

#[tokio::test]
async fn dunia_runs_unchanged() {
    run("dunia").await;
}

#[tokio::test]
async fn gantz_runs_unchanged() {
    run("gantz").await;
}

#[tokio::test]
async fn official_runs_unchanged() {
    run("official").await;
}

#[tokio::test]
async fn scalekit_runs_unchanged() {
    run("scalekit").await;
}

#[tokio::test]
async fn truto_runs_unchanged() {
    run("truto").await;
}

/// Runs a dialect's script; every tool that the dialect lists has its turn.
async fn run(dialect: &str) {
    let world = World::sandbox()
        .await
        .with(|endpoint| endpoint.dialect = Some(dialect.into()));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dialects");
    let text = std::fs::read_to_string(folder.join(format!("{dialect}.yaml"))).unwrap();
    let steps: Vec<Step> = serde_saphyr::from_str(&text).unwrap();
    let mut kept = Map::new();
    for step in &steps {
        take(&world, step, &mut kept).await;
    }
    if dialect != "truto" {
        let unplayed: Vec<String> = world
            .gateway
            .list(&world.who)
            .unwrap()
            .iter()
            .map(|tool| tool.name.clone())
            .filter(|name| steps.iter().all(|step| step.call.as_ref() != Some(name)))
            .collect();
        assert!(unplayed.is_empty(), "{dialect}: {unplayed:?}");
    }
}

async fn take(world: &World, step: &Step, kept: &mut Map<String, Value>) {
    let with = filled(&step.with, kept);
    let confirmation = if step.confirmed {
        Confirmation::Given
    } else {
        Confirmation::CannotAsk
    };
    let (name, outcome) = match (&step.call, &step.ours) {
        (Some(name), None) => (name, world.spoken(name, with.clone(), confirmation).await),
        (None, Some(name)) => (name, world.try_call(name, with.clone()).await),
        _ => panic!("a step is either `call` or `ours`"),
    };
    let shown = format!("{name} {with}");
    let answer = match (outcome, &step.fails) {
        (Ok(answer), None) => answer,
        (Err(error), Some(words)) => {
            assert!(error.to_string().contains(words), "{shown}: {error}");
            return;
        }
        (Ok(answer), Some(_)) => panic!("{shown} answered {}", answer.text),
        (Err(error), None) => panic!("{shown}: {error}"),
    };
    let body = read(&answer);
    for path in &step.has {
        assert!(
            at(&body, path).is_some_and(|value| !value.is_null()),
            "{shown} has no {path}: {body}"
        );
    }
    if !step.keys.is_empty() {
        let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(keys, step.keys.iter().collect::<Vec<_>>(), "{shown}");
    }
    for (path, value) in &step.is {
        let found = at(&body, path).unwrap_or_default();
        assert_eq!(found, filled(value, kept), "{shown}: {path} of {body}");
    }
    for (path, value) in &step.differs {
        let found = at(&body, path);
        assert!(
            found.is_some() && found != Some(filled(value, kept)),
            "{shown}: {path} of {body}"
        );
    }
    if let Some(words) = &step.says {
        assert!(body.to_string().contains(words), "{shown}: {body}");
    }
    for (name, path) in &step.keep {
        let found = at(&body, path.as_str().unwrap());
        kept.insert(
            name.clone(),
            found.unwrap_or_else(|| panic!("{shown} has no {path}: {body}")),
        );
    }
}

/// The value with every `$name` in it replaced.
fn filled(value: &Value, kept: &Map<String, Value>) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix('$') {
            Some(name) => kept
                .get(name)
                .unwrap_or_else(|| panic!("nothing kept as {name}"))
                .clone(),
            None => value.clone(),
        },
        Value::Array(items) => items.iter().map(|item| filled(item, kept)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, field)| (name.clone(), filled(field, kept)))
            .collect(),
        other => other.clone(),
    }
}

/// What a path leads to: keys, indices, `-1` for the last, `#` for how many.
fn at(body: &Value, path: &str) -> Option<Value> {
    path.split('.')
        .try_fold(body.clone(), |value, word| match (&value, word) {
            (Value::Array(items), "#") => Some(json!(items.len())),
            (Value::Array(items), "-1") => items.last().cloned(),
            (Value::Array(items), index) => items.get(index.parse::<usize>().ok()?).cloned(),
            (Value::Object(fields), name) => fields.get(name).cloned(),
            _ => None,
        })
}
