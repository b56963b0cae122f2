//! A parsed description: its references are followed inside the file.

use crate::LoadError;
use crate::node::{self, Fault, Node};
use serde_json::Value;

/// A description.
pub(super) struct Document {
    pub(super) root: Value,
}

impl Document {
    /// Parses YAML or JSON and checks that it is a description at all.
    pub(super) fn parse(file: &str, text: &str) -> Result<Self, LoadError> {
        let root: Value = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|error| LoadError {
                file: file.to_owned(),
                line: error.line(),
                reason: error.to_string(),
            })?
        } else {
            // Published descriptions repeat keys and write `on` for a word; most readers take both.
            let options = serde_saphyr::options! {
                strict_booleans: true,
                duplicate_keys: serde_saphyr::options::DuplicateKeyPolicy::LastWins,
            };
            serde_saphyr::from_str_with_options(text, options)
                .map_err(|error| node::unreadable(file, &error))?
        };
        let document = Self { root };
        document
            .check_kind()
            .map_err(|fault| fault.in_file(file, text))?;
        Ok(document)
    }

    /// The whole.
    pub(super) fn top(&self) -> Node<'_> {
        Node {
            value: &self.root,
            at: String::new(),
        }
    }

    /// The node, or what its `$ref` names, however often that refers on.
    pub(super) fn resolve<'a>(&'a self, mut node: Node<'a>) -> Result<Node<'a>, Fault> {
        for _ in 0..32 {
            if node.value.get("$ref").is_none() {
                return Ok(node);
            }
            node = self.follow(&node)?;
        }
        Err(node.fault("references go in a circle"))
    }

    /// What the `$ref` of a node names.
    pub(super) fn follow<'a>(&'a self, node: &Node<'a>) -> Result<Node<'a>, Fault> {
        let at = Fault {
            pointer: format!("{}/$ref", node.at),
            reason: String::new(),
        };
        let Some(reference) = node.value.get("$ref").and_then(Value::as_str) else {
            return Err(Fault {
                reason: "`$ref` must be a text".into(),
                ..at
            });
        };
        let Some(pointer) = reference.strip_prefix('#') else {
            return Err(Fault {
                reason: format!("`{reference}` is another file: bundle the description into one"),
                ..at
            });
        };
        match self.root.pointer(pointer) {
            Some(value) => Ok(Node {
                value,
                at: pointer.to_owned(),
            }),
            None => Err(Fault {
                reason: format!("`{reference}` names nothing in this file"),
                ..at
            }),
        }
    }

    fn check_kind(&self) -> Result<(), Fault> {
        let top = self.top();
        if self.root.get("swagger").is_some() {
            return Err(top.fault("this is Swagger 2: convert it to OpenAPI 3"));
        }
        let version = match self.root.get("openapi") {
            Some(Value::String(version)) => version.as_str(),
            _ => return Err(top.fault("it has no `openapi`: this is no OpenAPI description")),
        };
        if !version.starts_with("3.") {
            let reason = format!("OpenAPI {version} is not understood: 3.0 and 3.1 are");
            return Err(top.must("openapi")?.fault(&reason));
        }
        top.must("paths")?.object().map(drop)
    }
}
