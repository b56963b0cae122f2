//! An official description of the API, as far as the witness asks it.

use catalog::{Method, Place};
use indexmap::IndexMap;
use serde_json::Value;

/// A parsed `OpenAPI` description.
pub(crate) struct Description {
    root: Value,
    operations: IndexMap<(Method, String), String>,
}

/// One operation of a description.
pub(crate) struct Described<'a> {
    /// The path template, with the description's own placeholder names.
    pub(crate) path: &'a str,
    /// Parameters of the path and the query string.
    pub(crate) parameters: Vec<Declared<'a>>,
    /// The schema of the JSON body, where it has one.
    pub(crate) body: Option<&'a Value>,
}

/// One parameter of the path or the query string.
pub(crate) struct Declared<'a> {
    pub(crate) name: &'a str,
    pub(crate) place: Place,
    pub(crate) required: bool,
    pub(crate) schema: &'a Value,
}

impl Description {
    /// Parses the YAML of a description.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        // The published files repeat some keys; the later one counts, as in most readers.
        let options = serde_saphyr::options! {
            strict_booleans: true,
            duplicate_keys: serde_saphyr::options::DuplicateKeyPolicy::LastWins,
        };
        let root: Value = serde_saphyr::from_str_with_options(text, options)
            .map_err(|error| error.to_string())?;
        let paths = root["paths"]
            .as_object()
            .ok_or("it has no `paths`: this is no OpenAPI description")?;
        let operations = paths
            .iter()
            .flat_map(|(path, item)| {
                item.as_object()
                    .into_iter()
                    .flatten()
                    .map(move |(word, _)| (word, path))
            })
            .filter_map(|(word, path)| {
                Some((
                    (word.to_uppercase().parse().ok()?, skeleton(path)),
                    path.clone(),
                ))
            })
            .collect();
        Ok(Self { root, operations })
    }

    /// The operation of that method and path, whatever the placeholders are called.
    pub(crate) fn operation(&self, method: Method, path: &str) -> Option<Described<'_>> {
        let path = self.operations.get(&(method, skeleton(path)))?;
        let item = &self.root["paths"][path];
        let operation = &item[method.to_string().to_lowercase()];
        let declared = [&item["parameters"], &operation["parameters"]]
            .into_iter()
            .filter_map(Value::as_array)
            .flatten();
        let parameters = declared
            .filter_map(|parameter| declare(self.resolve(parameter)))
            .collect();
        let content = self.resolve(&operation["requestBody"])["content"].as_object();
        let body = content
            .and_then(|kinds| kinds.values().next())
            .map(|kind| &kind["schema"]);
        Some(Described {
            path,
            parameters,
            body,
        })
    }

    /// Method and path of every operation.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (Method, &str)> {
        self.operations
            .iter()
            .map(|((method, _), path)| (*method, path.as_str()))
    }

    /// What a `$ref` points at; anything else is itself.
    pub(crate) fn resolve<'a>(&'a self, mut node: &'a Value) -> &'a Value {
        while let Some(pointer) = node["$ref"].as_str() {
            node = self
                .root
                .pointer(pointer.trim_start_matches('#'))
                .unwrap_or(&Value::Null);
        }
        node
    }
}

/// A path with nameless placeholders.
pub(crate) fn skeleton(path: &str) -> String {
    path.split('/')
        .map(|part| if part.starts_with('{') { "{}" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

fn declare(node: &Value) -> Option<Declared<'_>> {
    let place = match node["in"].as_str()? {
        "path" => Place::Path,
        "query" => Place::Query,
        _ => return None,
    };
    let required = place == Place::Path || node["required"] == true;
    Some(Declared {
        name: node["name"].as_str()?,
        place,
        required,
        schema: &node["schema"],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
paths:
  /tags/{id}:
    parameters:
    - {name: id, in: path, schema: {type: string}}
    get:
      parameters:
      - $ref: '#/components/parameters/deep'
      - {name: Intercom-Version, in: header, schema: {type: string}}
    put:
      requestBody: {content: {application/json: {schema: {type: object}}}}
components:
  parameters:
    deep: {name: deep, in: query, required: true, schema: {type: boolean}}
";

    #[test]
    fn operations_are_found_by_the_shape_of_their_path() {
        let description = Description::parse(TEXT).unwrap();
        let get = description
            .operation(Method::Get, "/tags/{tag_id}")
            .unwrap();
        let names: Vec<_> = get
            .parameters
            .iter()
            .map(|one| (one.name, one.place, one.required))
            .collect();
        assert_eq!(
            names,
            [("id", Place::Path, true), ("deep", Place::Query, true)]
        );
        assert_eq!((get.path, get.body.is_none()), ("/tags/{id}", true));
        assert!(
            description
                .operation(Method::Put, "/tags/{id}")
                .unwrap()
                .body
                .is_some()
        );
        assert!(description.operation(Method::Get, "/tags").is_none());
        assert_eq!(description.lines().count(), 2);
    }

    #[test]
    fn anything_else_is_refused() {
        assert!(Description::parse("a: 1").is_err_and(|reason| reason.contains("no `paths`")));
        assert!(Description::parse("a: [").is_err());
    }
}
