//! The table of calls, and the desk at which one of them is made with fixtures of its own.

use crate::world::{World, read};
use gateway::{CallError, Confirmation, ToolRequest, ToolResult};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What the files beside this one hold: what calls stand on, and one good and one bad call of every operation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    #[serde(default)]
    fixtures: BTreeMap<String, Fixture>,
    #[serde(default)]
    pub(crate) calls: BTreeMap<String, Case>,
}

/// Something that a call needs: a field of what a tool answers, or time that passes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
pub(crate) struct Fixture {
    tool: String,
    with: Map<String, Value>,
    /// The list to choose from; the whole answer when left out.
    from: Option<String>,
    /// What the chosen item must hold.
    #[serde(rename = "where")]
    chosen: Map<String, Value>,
    /// Where the value stands in what was chosen; a fixture without one is only done.
    pick: Option<String>,
    /// Seconds that pass in the sandbox.
    advance: Option<u64>,
}

/// The calls of one operation.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Case {
    /// Fixtures that are made first.
    pub(crate) needs: Vec<String>,
    /// The arguments of the good call.
    pub(crate) with: Map<String, Value>,
    /// Fixtures that are made after those of the arguments, right before the call.
    pub(crate) after: Vec<String>,
    /// How the effect is seen.
    pub(crate) then: Vec<Check>,
    /// What makes the call a bad one: other arguments, null for none.
    pub(crate) bad: Map<String, Value>,
    /// Words of the error; the argument's name, or its noun, when left out.
    pub(crate) says: Vec<String>,
}

/// A call that shows an effect.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Check {
    tool: String,
    #[serde(default)]
    with: Map<String, Value>,
    /// Words that the answer must hold, or the error where it begins with `error: `.
    shows: String,
}

impl Table {
    /// A table of fixtures alone.
    pub(crate) fn of_fixtures(fixtures: BTreeMap<String, Fixture>) -> Self {
        Self {
            fixtures,
            calls: BTreeMap::new(),
        }
    }

    /// The table of the smoke.
    pub(crate) fn load() -> Self {
        let texts = [
            include_str!("fixtures.yaml"),
            include_str!("inbox.yaml"),
            include_str!("knowledge.yaml"),
            include_str!("desk.yaml"),
        ];
        let mut table = Self::of_fixtures(BTreeMap::new());
        for text in texts {
            let more: Self = serde_saphyr::from_str(text).unwrap();
            for (name, case) in more.calls {
                let double = table.calls.insert(name.clone(), case);
                assert!(double.is_none(), "{name} is there twice");
            }
            table.fixtures.extend(more.fixtures);
        }
        table
    }
}

/// Where one operation is tried.
pub(crate) struct Desk<'a> {
    world: &'a World,
    table: &'a Table,
    made: BTreeMap<String, Value>,
    unique: String,
}

impl<'a> Desk<'a> {
    /// The desk of that number, which makes its names its own.
    pub(crate) fn new(world: &'a World, table: &'a Table, number: usize) -> Self {
        Self {
            world,
            table,
            made: BTreeMap::new(),
            unique: format!("n{number}"),
        }
    }

    /// Arguments with their placeholders filled, and everything else of the case in place.
    pub(crate) async fn arguments(
        &mut self,
        case: &Case,
        with: &Map<String, Value>,
    ) -> Result<Map<String, Value>, String> {
        for name in &case.needs {
            self.value(name).await?;
        }
        let filled = self.object(with).await?;
        for name in &case.after {
            self.made.remove(name);
            self.value(name).await?;
        }
        Ok(filled)
    }

    /// Calls a tool as a user who agreed to it.
    pub(crate) async fn try_call(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
    ) -> Result<ToolResult, CallError> {
        let request = ToolRequest {
            confirmation: Confirmation::Given,
            ..ToolRequest::new(tool, arguments)
        };
        self.world.gateway.call(&self.world.who, request).await
    }

    /// Calls a tool that must succeed.
    pub(crate) async fn call(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
    ) -> Result<Value, String> {
        let shown = Value::Object(arguments.clone()).to_string();
        let answer = self.try_call(tool, arguments).await;
        answer
            .map(|answer| read(&answer))
            .map_err(|error| format!("{tool} {shown}: {error}"))
    }

    /// The operations that the last call asked Intercom for, as the audit log has them.
    pub(crate) async fn asked(&self) -> Vec<String> {
        let lines = self.world.audit_lines().await;
        let upstream = lines.last().and_then(|line| line["upstream"].as_array());
        let names = upstream.into_iter().flatten();
        names
            .filter_map(|call| call["operation"].as_str().map(str::to_owned))
            .collect()
    }

    /// Makes a call that must show an effect.
    pub(crate) async fn check(&mut self, check: &Check) -> Result<(), String> {
        let arguments = self.object(&check.with).await?;
        let wanted = check.shows.replace("$unique", &self.unique);
        let (failed, said) = match self.try_call(&check.tool, arguments).await {
            Ok(answer) => (false, read(&answer).to_string()),
            Err(error) => (true, error.to_string()),
        };
        let seen = match wanted.strip_prefix("error: ") {
            Some(words) => failed && said.contains(words),
            None => !failed && said.contains(&wanted),
        };
        if seen {
            return Ok(());
        }
        Err(format!(
            "afterwards {} does not show `{wanted}`: {said}",
            check.tool
        ))
    }

    /// A text with its placeholders filled, each up to the next character that is in no name.
    pub(crate) async fn text(&mut self, text: &str) -> Result<String, String> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let (name, behind) = after.split_at(end.unwrap_or(after.len()));
            filled.push_str(before);
            match self.value(name).await? {
                Value::String(text) => filled.push_str(&text),
                other => filled.push_str(&other.to_string()),
            }
            rest = behind;
        }
        Ok(filled + rest)
    }

    /// An object with its placeholders filled.
    pub(crate) async fn object(
        &mut self,
        object: &Map<String, Value>,
    ) -> Result<Map<String, Value>, String> {
        let mut filled = Map::new();
        for (key, value) in object {
            filled.insert(key.clone(), Box::pin(self.filled(value)).await?);
        }
        Ok(filled)
    }

    async fn filled(&mut self, value: &Value) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) => {
                match text.strip_prefix('$').filter(|_| !text.contains("$unique")) {
                    Some(name) => self.value(name).await?,
                    None => json!(text.replace("$unique", &self.unique)),
                }
            }
            Value::Array(items) => {
                let mut filled = Vec::new();
                for item in items {
                    filled.push(Box::pin(self.filled(item)).await?);
                }
                filled.into()
            }
            Value::Object(object) => Box::pin(self.object(object)).await?.into(),
            other => other.clone(),
        })
    }

    /// What a placeholder such as `$contact` stands for, made once; `$contact:int` is it as a number.
    async fn value(&mut self, placeholder: &str) -> Result<Value, String> {
        let (name, number) = match placeholder.split_once(':') {
            Some((name, _)) => (name, true),
            None => (placeholder, false),
        };
        if !self.made.contains_key(name) {
            let made = Box::pin(self.fixture(name)).await?;
            self.made.insert(name.to_owned(), made);
        }
        let value = &self.made[name];
        Ok(match value.as_str().filter(|_| number) {
            Some(text) => json!(text.parse::<i64>().unwrap()),
            None => value.clone(),
        })
    }

    async fn fixture(&mut self, name: &str) -> Result<Value, String> {
        let table = self.table;
        let fixture = table.fixtures.get(name);
        let fixture = fixture.unwrap_or_else(|| panic!("no fixture `{name}`"));
        if let Some(seconds) = fixture.advance {
            self.world
                .control("clock", &json!({"advance": seconds}))
                .await;
            return Ok(Value::Null);
        }
        let arguments = self.object(&fixture.with).await?;
        let answer = self
            .call(&fixture.tool, arguments)
            .await
            .map_err(|fault| format!("fixture `{name}`: {fault}"))?;
        let Some(place) = &fixture.pick else {
            return Ok(Value::Null);
        };
        let chosen = match &fixture.from {
            None => Some(&answer),
            Some(list) => {
                let fits = |item: &&Value| {
                    let mut wanted = fixture.chosen.iter();
                    wanted.all(|(key, value)| &item[key] == value)
                };
                let items = answer.pointer(list).and_then(Value::as_array);
                items.and_then(|items| items.iter().find(fits))
            }
        };
        chosen
            .and_then(|chosen| chosen.pointer(place))
            .cloned()
            .ok_or_else(|| format!("fixture `{name}`: nothing at {place} in {answer}"))
    }
}
