//! Import: any `OpenAPI` 3.0 or 3.1 description becomes operations next to the catalog's own.
//!
//! What the catalog has, by method and path, keeps its words and shape. What is new is derived: a name, a few words, a
//! risk, flat arguments. A broken description names its place and gives nothing.

mod document;
mod excerpt;
mod flat;
mod inputs;
mod list;
mod merge;
#[cfg(test)]
mod tests;
pub(crate) mod words;
mod write;

use crate::node::{Fault, Node};
use crate::operation::HttpLine;
use crate::{ApiVersion, Catalog, LoadError, Method, Operation, Toolset, strict};
use document::Document;
use inputs::{Inputs, Refusal};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// Characters of what is said of an operation.
const WORDS: usize = 240;

/// What a description brings.
#[derive(Debug)]
pub struct Import {
    /// The operations that the catalog lacks, as a toolset named after the description's title.
    pub toolset: Toolset,
    /// What the catalog has already: method and path, and the name of its operation.
    pub known: Vec<(String, String)>,
    /// What no tool can do: method and path, and why.
    pub left_out: Vec<(String, String)>,
    /// A description of the new operations alone.
    pub excerpt: Value,
}

/// Reads a description and sets it beside a catalog.
pub fn import(file: &str, text: &str, catalog: &Catalog) -> Result<Import, LoadError> {
    let document = Document::parse(file, text)?;
    Importer::new(&document, catalog)
        .run()
        .map_err(|fault| fault.in_file(file, text))
}

struct Importer<'a> {
    document: &'a Document,
    catalog: &'a Catalog,
    /// The names of the catalog's operations by method and shape of path.
    lines: HashMap<(Method, String), String>,
    /// Names that are given away.
    taken: HashSet<String>,
    version: Option<ApiVersion>,
    prefix: String,
    operations: Vec<Operation>,
    /// Path and method of each, as the description writes them.
    sources: Vec<(String, String)>,
    known: Vec<(String, String)>,
    left_out: Vec<(String, String)>,
}

impl<'a> Importer<'a> {
    fn new(document: &'a Document, catalog: &'a Catalog) -> Self {
        let operations = catalog.operations().map(|(_, one)| one);
        let lines = operations
            .map(|one| ((one.method(), shape_of(one.path())), one.name.clone()))
            .collect();
        Self {
            document,
            catalog,
            lines,
            taken: catalog.names().map(str::to_owned).collect(),
            version: version_of(&document.root),
            prefix: prefix_of(&document.root),
            operations: Vec::new(),
            sources: Vec::new(),
            known: Vec::new(),
            left_out: Vec::new(),
        }
    }

    fn run(mut self) -> Result<Import, Fault> {
        for (path, item) in self.document.top().must("paths")?.object()? {
            if path.starts_with("x-") {
                continue;
            }
            if !path.starts_with('/') {
                return Err(item.fault("a path begins with a slash"));
            }
            let item = self.document.resolve(item)?;
            for (word, node) in item.object()? {
                self.take(path, &item, (word, &node))?;
            }
        }
        Ok(Import {
            toolset: self.toolset(),
            known: self.known,
            left_out: self.left_out,
            excerpt: excerpt::excerpt(&self.document.root, &self.sources),
        })
    }

    /// Puts one operation where it belongs: new, known, or left out.
    fn take(
        &mut self,
        path: &str,
        item: &Node<'_>,
        (word, node): (&str, &Node<'_>),
    ) -> Result<(), Fault> {
        let full = format!("{}{path}", self.prefix);
        let line = format!("{} {full}", word.to_uppercase());
        if ["head", "options", "trace"].contains(&word) {
            let reason = "no tool needs this method".to_owned();
            self.left_out.push((line, reason));
            return Ok(());
        }
        let Ok(method) = word.to_uppercase().parse::<Method>() else {
            return Ok(());
        };
        node.object()?;
        // A known one is read, too: a broken description imports nothing.
        let inputs = inputs::read(self.document, item, node, (method, &full));
        if let Err(Refusal::Broken(fault)) = inputs {
            return Err(fault);
        }
        if let Some(name) = self.lines.get(&(method, shape_of(&full))) {
            self.known.push((line, name.clone()));
            return Ok(());
        }
        match inputs.and_then(|inputs| self.derive(node, (method, &full), inputs)) {
            Ok(operation) => {
                self.operations.push(operation);
                self.sources.push((path.to_owned(), word.to_owned()));
            }
            Err(Refusal::LeftOut(reason)) => self.left_out.push((line, reason)),
            Err(Refusal::Broken(fault)) => return Err(fault),
        }
        Ok(())
    }

    fn derive(
        &mut self,
        node: &Node<'_>,
        (method, path): (Method, &str),
        inputs: Inputs,
    ) -> Result<Operation, Refusal> {
        let Inputs {
            params,
            needs,
            form,
            paging,
            result,
        } = inputs;
        let name = words::unique(node.words("operationId"), method, path, &self.taken);
        let title = words::title(node.words("summary"), &name);
        let about = [node.words("description"), node.words("summary")]
            .into_iter()
            .map(|text| words::short(text, WORDS))
            .find(|text| !text.is_empty());
        let risk = words::risk(method, path, &name);
        let operation = Operation {
            about: about.unwrap_or_else(|| format!("{title}: {method} {path}.")),
            http: HttpLine::new(method, path),
            since: self.version.unwrap_or(ApiVersion::V2_11),
            until: self.version,
            risk,
            reaches_customer: words::reaches_customer(risk, path, &name),
            secret: false,
            title,
            params,
            needs,
            body: form,
            paging,
            result,
            name,
        };
        let faults = strict::faults(&operation.name, &operation.input_schema());
        if let Some(fault) = faults.first() {
            return Err(Refusal::LeftOut(format!(
                "its arguments make no tool: {fault}"
            )));
        }
        self.taken.insert(operation.name.clone());
        self.lines
            .insert((method, shape_of(path)), operation.name.clone());
        Ok(operation)
    }

    fn toolset(&mut self) -> Toolset {
        let info = &self.document.root["info"];
        let title = info["title"].as_str().map(|text| words::short(text, 60));
        let title = title
            .filter(|text| !text.is_empty())
            .unwrap_or_else(|| "Imported operations".to_owned());
        let mut toolset: String = words::snake(&title).chars().take(40).collect();
        if toolset.is_empty() {
            toolset.push_str("imported");
        }
        let taken = |name: &str| {
            self.catalog
                .toolsets()
                .iter()
                .any(|set| set.toolset == name)
        };
        while taken(&toolset) {
            toolset.push_str("_too");
        }
        Toolset {
            toolset,
            about: format!("Operations of \"{title}\" that were imported from its description."),
            title,
            operations: std::mem::take(&mut self.operations),
            tools: Vec::new(),
            members: Vec::new(),
            custom: Vec::new(),
            includes: Vec::new(),
        }
    }
}

/// A path with nameless placeholders and without a slash at its end.
fn shape_of(path: &str) -> String {
    let parts: Vec<&str> = path
        .trim_end_matches('/')
        .split('/')
        .map(|part| if part.starts_with('{') { "{}" } else { part })
        .collect();
    parts.join("/")
}

/// The version of Intercom's API that the description tells; another program's version is none.
fn version_of(root: &Value) -> Option<ApiVersion> {
    let text = match &root["info"]["version"] {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let version = text.parse().ok()?;
    (version >= ApiVersion::V2_11 && text.split('.').count() <= 2).then_some(version)
}

/// The path of the first server: the host is always the connection's own.
fn prefix_of(root: &Value) -> String {
    let url = root["servers"][0]["url"].as_str().unwrap_or_default();
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |slash| &rest[slash..]),
        None => url,
    };
    let path = path.trim_end_matches('/');
    if path.starts_with('/') && !path.contains(['{', '?', '#']) {
        path.to_owned()
    } else {
        String::new()
    }
}
