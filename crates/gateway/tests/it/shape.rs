//! What answers cost and keep: kinds of answers beside the raw JSON that they are made of, everything that is sent
//! counted, and the facts that a support person looks for found again.

use crate::smoke::table::{Desk, Fixture, Table};
use crate::tokens::{sent, tokens};
use crate::world::World;
use gateway::ToolResult;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What `shape/kinds.yaml` holds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kinds {
    fixtures: BTreeMap<String, Fixture>,
    kinds: Vec<Kind>,
}

/// One kind of answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    name: String,
    tool: String,
    #[serde(default)]
    with: Map<String, Value>,
    /// The requests whose answers are the raw JSON: `GET /path`, or `POST /path` with a body behind it.
    raw: Vec<String>,
    /// The most that our answer may cost, in percent of the raw tokens.
    most: usize,
    /// Places in the raw answers that ours must not lose, `*` for every item of a list.
    facts: Vec<String>,
}

#[tokio::test]
async fn every_kind_of_answer_is_short_and_loses_no_fact() {
    let Kinds { fixtures, kinds } =
        serde_saphyr::from_str(include_str!("shape/kinds.yaml")).unwrap();
    let table = Table::of_fixtures(fixtures);
    let world = World::sandbox().await;
    let mut desk = Desk::new(&world, &table, 0);
    let mut wrong = Vec::new();
    println!(
        "| kind of answer | raw tokens | sent | of raw | shown to the model | of raw |\n|---|---|---|---|---|---|"
    );
    for kind in &kinds {
        let arguments = desk.object(&kind.with).await.unwrap();
        let answer = desk.try_call(&kind.tool, arguments).await.unwrap();
        let mut raw = Vec::new();
        for line in &kind.raw {
            raw.push(read(&world, &desk.text(line).await.unwrap()).await);
        }
        let whole: usize = raw.iter().map(|raw| tokens(&raw.to_string())).sum();
        let (name, ours) = (&kind.name, sent(&answer));
        // A client shows its model one of the two copies.
        let shown = answer
            .structured
            .as_ref()
            .map(|rows| tokens(&rows.to_string()));
        let shown = shown.unwrap_or_default().max(tokens(&answer.text));
        println!(
            "| {name} | {whole} | {ours} | {} % | {shown} | {} % |",
            ours * 100 / whole,
            shown * 100 / whole
        );
        let page = name.starts_with("20 ") && shown * 5 > whole;
        if ours * 100 > whole * kind.most {
            let most = kind.most;
            wrong.push(format!(
                "{name}: {ours} of {whole} tokens, more than {most} %"
            ));
        }
        if page {
            wrong.push(format!(
                "{name}: a page shows {shown} of {whole} tokens, more than 20 %"
            ));
        }
        wrong.extend(
            lost(kind, &raw, &answer)
                .iter()
                .map(|fact| format!("{name} lost {fact}")),
        );
    }
    assert!(kinds.len() >= 20);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn read(world: &World, line: &str) -> Value {
    let mut words = line.splitn(3, ' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let body = words.next().unwrap_or_default();
    world.raw(method, path, body).await
}

/// The facts of the raw answers that are not in ours.
fn lost(kind: &Kind, raw: &[Value], answer: &ToolResult) -> Vec<String> {
    let mut said = answer.text.clone();
    // Without the quoting of JSON, as a reader sees it.
    let text = serde_json::from_str(&answer.text).unwrap_or_default();
    for value in answer.structured.iter().chain([&text]) {
        leaves(value, &mut |leaf| {
            said.push('\n');
            said.push_str(leaf);
        });
    }
    let said = squeezed(&said);
    let mut lost = Vec::new();
    for fact in &kind.facts {
        let found: Vec<&Value> = raw.iter().flat_map(|raw| at(raw, fact)).collect();
        let any = found.iter().any(|value| !value.is_null());
        if !any {
            lost.push(format!(
                "`{fact}`: the raw answer has none, the test tells nothing"
            ));
        }
        for value in found {
            let forms = forms(value);
            if !forms.is_empty() && !forms.iter().any(|form| said.contains(&squeezed(form))) {
                lost.push(format!("{fact}: {value}"));
            }
        }
    }
    lost
}

/// The values at a place, such as `data.*.id`.
fn at<'a>(value: &'a Value, place: &str) -> Vec<&'a Value> {
    let (first, rest) = place.split_once('.').unwrap_or((place, ""));
    let inner: Vec<&Value> = match (first, value) {
        ("*", Value::Array(items)) => items.iter().collect(),
        ("*", Value::Object(fields)) => fields.values().collect(),
        (key, value) => value.get(key).into_iter().collect(),
    };
    if rest.is_empty() {
        return inner;
    }
    inner
        .into_iter()
        .flat_map(|value| at(value, rest))
        .collect()
}

/// How a fact may be told: a moment to the minute or the day, the words of a body; nothing and false need no telling.
fn forms(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if text.contains('<') => text
            .split('<')
            .filter_map(|piece| piece.split_once('>'))
            .map(|(_, words)| words.trim())
            .find(|words| words.len() > 8 && !words.contains('&'))
            .map(|words| words.chars().take(40).collect())
            .into_iter()
            .collect(),
        Value::String(text) if !text.is_empty() => vec![text.clone()],
        Value::Number(number) => {
            let seconds = number.as_i64().filter(|seconds| *seconds > 1_000_000_000);
            let at = seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
            let mut forms = vec![number.to_string()];
            for format in ["%Y-%m-%dT%H:%MZ", "%Y-%m-%d"] {
                forms.extend(at.map(|at| at.strftime(format).to_string()));
            }
            forms
        }
        _ => Vec::new(),
    }
}

fn leaves(value: &Value, told: &mut impl FnMut(&str)) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                told(key);
                leaves(value, told);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| leaves(item, told)),
        Value::String(text) => told(text),
        other => told(&other.to_string()),
    }
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
