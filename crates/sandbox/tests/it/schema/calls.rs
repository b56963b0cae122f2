//! The table of good calls, and the client that makes them.

use catalog::{ApiVersion, Operation};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What `calls.yaml`, `knowledge.yaml` and `desk.yaml` hold.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    fixtures: BTreeMap<String, Fixture>,
    calls: BTreeMap<String, OneOrMany>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixture {
    http: String,
    #[serde(default)]
    body: Value,
    /// The list to choose from; the whole answer when left out.
    #[serde(default)]
    from: Option<String>,
    /// What the chosen item must hold.
    #[serde(rename = "where", default)]
    chosen: Map<String, Value>,
    #[serde(default)]
    pick: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Many(Vec<GoodCall>),
    One(GoodCall),
}

/// A call that must go well.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct GoodCall {
    /// The versions it is written for; all when empty.
    #[serde(rename = "in")]
    versions: Vec<String>,
    /// Fixtures that are made first.
    needs: Vec<String>,
    path: BTreeMap<String, String>,
    query: BTreeMap<String, String>,
    body: Value,
    /// Whether the body travels as a form, its lists as files of JSON.
    form: bool,
    /// Fixtures that are made after those of the call, right before it.
    after: Vec<String>,
}

impl GoodCall {
    /// The same call with a first id that nothing has.
    pub(crate) fn astray(&self, operation: &Operation) -> Self {
        let mut astray = self.clone();
        let first = operation
            .path()
            .split('/')
            .find_map(|part| part.strip_prefix('{'));
        let name = first.unwrap().trim_end_matches('}');
        astray
            .path
            .insert(name.to_owned(), "999999999999".to_owned());
        astray
    }
}

/// An answer of the sandbox.
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) bytes: Vec<u8>,
}

impl Answered {
    /// The body as JSON; null when there is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }
}

impl Table {
    /// The table.
    pub(crate) fn load() -> Self {
        let mut table: Self = serde_saphyr::from_str(include_str!("calls.yaml")).unwrap();
        for text in [include_str!("knowledge.yaml"), include_str!("desk.yaml")] {
            let more: Self = serde_saphyr::from_str(text).unwrap();
            let double = |name: &&String| table.fixtures.contains_key(*name);
            let doubles: Vec<&String> = more.fixtures.keys().filter(double).collect();
            assert!(
                doubles.is_empty(),
                "fixtures that are there twice: {doubles:?}"
            );
            table.fixtures.extend(more.fixtures);
            table.calls.extend(more.calls);
        }
        table
    }

    /// The names of the operations that have calls.
    pub(crate) fn operations(&self) -> impl Iterator<Item = &str> {
        self.calls.keys().map(String::as_str)
    }

    /// The calls of an operation in a version.
    pub(crate) fn calls(&self, operation: &str, version: ApiVersion) -> Vec<&GoodCall> {
        let all = match self.calls.get(operation) {
            None => &[],
            Some(OneOrMany::One(call)) => std::slice::from_ref(call),
            Some(OneOrMany::Many(calls)) => calls.as_slice(),
        };
        all.iter()
            .filter(|call| call.versions.is_empty() || call.versions.contains(&version.to_string()))
            .collect()
    }
}

/// A client of a running sandbox.
pub(crate) struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) url: String,
    counter: std::sync::atomic::AtomicU32,
}

impl Client {
    /// A client of the sandbox at a URL.
    pub(crate) fn new(url: &str) -> Self {
        Self {
            http: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
            url: url.to_owned(),
            counter: std::sync::atomic::AtomicU32::new(0),
        }
    }

    /// Sends a request as the sandbox's first admin.
    pub(crate) async fn send(
        &self,
        method: &str,
        target: &str,
        body: &Value,
        version: ApiVersion,
    ) -> Answered {
        let mut request = self
            .http
            .request(method.parse().unwrap(), format!("{}{target}", self.url))
            .bearer_auth("sandbox-token")
            .header("Intercom-Version", version.to_string());
        if !body.is_null() {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        Self::read(request).await
    }

    /// Sends a form.
    async fn send_form(&self, target: &str, body: &Value, version: ApiVersion) -> Answered {
        let mut form = String::new();
        for (name, value) in body.as_object().unwrap() {
            let file = value.is_array();
            let head = if file { "; filename=\"file.json\"" } else { "" };
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            form.push_str("--edge\r\nContent-Disposition: form-data; name=\"");
            for piece in [name, "\"", head, "\r\n\r\n", &text, "\r\n"] {
                form.push_str(piece);
            }
        }
        let request = self
            .http
            .post(format!("{}{target}", self.url))
            .bearer_auth("sandbox-token")
            .header("Intercom-Version", version.to_string())
            .header("content-type", "multipart/form-data; boundary=edge")
            .body(form + "--edge--\r\n");
        Self::read(request).await
    }

    async fn read(request: reqwest::RequestBuilder) -> Answered {
        let response = request.send().await.unwrap();
        Answered {
            status: response.status().as_u16(),
            bytes: response.bytes().await.unwrap().to_vec(),
        }
    }

    /// Makes a good call with fixtures of its own.
    pub(crate) async fn make(
        &self,
        table: &Table,
        operation: &Operation,
        call: &GoodCall,
        version: ApiVersion,
    ) -> Result<Answered, String> {
        let mut maker = Maker {
            client: self,
            table,
            made: BTreeMap::new(),
            unique: self.unique(),
        };
        for name in &call.needs {
            maker.value(name).await?;
        }
        let mut target = String::new();
        for part in operation.path().split('/').skip(1) {
            let name = part
                .strip_prefix('{')
                .and_then(|part| part.strip_suffix('}'));
            let text = match name {
                None => part.to_owned(),
                Some(name) => maker.text(&call.path[name]).await?,
            };
            target = format!("{target}/{text}");
        }
        let mut joint = '?';
        for (name, value) in &call.query {
            let value = maker.text(value).await?;
            let value: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
            target = format!("{target}{joint}{name}={value}");
            joint = '&';
        }
        let body = maker.filled(&call.body).await?;
        for name in &call.after {
            maker.value(name).await?;
        }
        if call.form {
            return Ok(self.send_form(&target, &body, version).await);
        }
        let method = operation.method().to_string();
        Ok(self.send(&method, &target, &body, version).await)
    }

    fn unique(&self) -> String {
        format!(
            "n{}",
            self.counter
                .fetch_add(1, std::sync::atomic::Ordering::Relaxed)
        )
    }
}

/// Makes the fixtures of one call, each once.
struct Maker<'a> {
    client: &'a Client,
    table: &'a Table,
    made: BTreeMap<String, Value>,
    unique: String,
}

impl Maker<'_> {
    /// A value with its placeholders filled.
    async fn filled(&mut self, value: &Value) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) if text.starts_with('$') && !text.contains("$unique") => {
                self.value(text).await?
            }
            Value::String(text) => json!(text.replace("$unique", &self.unique)),
            Value::Array(items) => {
                let mut filled = Vec::new();
                for item in items {
                    filled.push(Box::pin(self.filled(item)).await?);
                }
                Value::from(filled)
            }
            Value::Object(object) => {
                let mut filled = Map::new();
                for (key, inner) in object {
                    filled.insert(key.clone(), Box::pin(self.filled(inner)).await?);
                }
                Value::Object(filled)
            }
            other => other.clone(),
        })
    }

    async fn text(&mut self, text: &str) -> Result<String, String> {
        Ok(match self.filled(&json!(text)).await? {
            Value::String(text) => text,
            other => other.to_string(),
        })
    }

    /// What a placeholder such as `$contact` or `$admin:int` stands for.
    async fn value(&mut self, placeholder: &str) -> Result<Value, String> {
        let bare = placeholder.trim_start_matches('$');
        let (name, number) = bare
            .split_once(':')
            .map_or((bare, false), |(name, _)| (name, true));
        if !self.made.contains_key(name) {
            let made = Box::pin(self.fixture(name)).await?;
            self.made.insert(name.to_owned(), made);
        }
        let value = &self.made[name];
        Ok(if number {
            json!(value.as_str().unwrap().parse::<i64>().unwrap())
        } else {
            value.clone()
        })
    }

    async fn fixture(&mut self, name: &str) -> Result<Value, String> {
        let fixture = self.table.fixtures.get(name);
        let fixture = fixture.unwrap_or_else(|| panic!("no fixture `{name}`"));
        let (method, template) = fixture.http.split_once(' ').unwrap();
        let mut target = String::new();
        for part in template.split('/').skip(1) {
            target = format!("{target}/{}", self.text(part).await?);
        }
        let body = self.filled(&fixture.body).await?;
        let newest = ApiVersion::Preview;
        let answer = self.client.send(method, &target, &body, newest).await;
        let told = answer.json();
        let what = format!(
            "fixture `{name}`: {method} {target} {body}: {} {told}",
            answer.status
        );
        if answer.status >= 300 {
            return Err(what);
        }
        let chosen = match &fixture.from {
            None => Some(&told),
            Some(pointer) => {
                let fits = |item: &&Value| {
                    let mut wanted = fixture.chosen.iter();
                    wanted.all(|(key, value)| &item[key] == value)
                };
                told.pointer(pointer)
                    .and_then(Value::as_array)
                    .and_then(|items| items.iter().find(fits))
            }
        };
        let picked = chosen.and_then(|chosen| chosen.pointer(&fixture.pick));
        picked
            .cloned()
            .ok_or_else(|| format!("nothing to pick in {what}"))
    }
}
