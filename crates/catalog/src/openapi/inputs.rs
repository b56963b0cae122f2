//! The arguments of one described operation: path, query and body side by side, and how its list is paged.

use super::document::Document;
use super::flat::{Flat, Reader, Type};
use super::list::{Answer, answer_of, implied, list_key, paging};
use super::words::short;
use crate::node::{Fault, Node};
use crate::{BodyForm, Method, Paging, PagingKind, Param, ParamType, Place, Shape};
use indexmap::IndexMap;
use serde_json::Value;
use std::collections::BTreeSet;

/// Headers that the client sends by itself.
const OWN_HEADERS: [&str; 4] = [
    "accept",
    "authorization",
    "content-type",
    "intercom-version",
];
/// Characters of what is said of an argument.
const WORDS: usize = 120;
/// More ways to be complete than this say nothing to a model.
const NEEDS: usize = 6;

/// Why an operation cannot be taken.
pub(super) enum Refusal {
    /// The description is broken.
    Broken(Fault),
    /// It is sound, but beyond what a tool can send.
    LeftOut(String),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Broken(fault)
    }
}

/// What a call of the operation takes and answers.
#[derive(Default)]
pub(super) struct Inputs {
    pub(super) params: IndexMap<String, Param>,
    pub(super) needs: Vec<Vec<String>>,
    pub(super) form: BodyForm,
    pub(super) paging: Paging,
    pub(super) result: Shape,
}

/// Where an argument travels, its name there, and what it may be.
pub(super) struct Given {
    pub(super) place: Place,
    pub(super) wire: String,
    pub(super) required: bool,
    pub(super) flat: Flat,
}

/// Reads the arguments of the operation at `node` of the path item `item`.
pub(super) fn read(
    document: &Document,
    item: &Node<'_>,
    node: &Node<'_>,
    line: (Method, &str),
) -> Result<Inputs, Refusal> {
    let (method, path) = line;
    let mut given = declared(document, item, node)?;
    undeclared(path, &mut given);
    let mut inputs = Inputs::default();
    let mut ways = Vec::new();
    if let Some(body) = node.get("requestBody") {
        let body = document.resolve(body)?;
        let (form, flat) = body_of(document, &body)?;
        inputs.form = form;
        ways = fields_of(flat, form, &mut given)?;
    }
    let answer = answer_of(document, node)?;
    if let Some(Answer::File) = answer {
        inputs.result = Shape::Download;
    }
    let list = match &answer {
        Some(Answer::Json(flat)) => list_key(flat),
        _ => None,
    };
    if let Some(items) = list {
        inputs.paging = paging(method, items, &given);
    }
    let implied = implied(inputs.paging.kind);
    given.retain(|one| one.place == Place::Path || !implied.contains(&one.wire.as_str()));
    let names = named(&given, inputs.paging.kind != PagingKind::None);
    inputs.needs = needs(&ways, &given, &names);
    for (name, one) in names.into_iter().zip(given) {
        let param = param(&name, one);
        inputs.params.insert(name, param);
    }
    Ok(inputs)
}

fn declared(document: &Document, item: &Node<'_>, node: &Node<'_>) -> Result<Vec<Given>, Refusal> {
    let mut given: Vec<Given> = Vec::new();
    for parameter in item
        .list("parameters")?
        .into_iter()
        .chain(node.list("parameters")?)
    {
        let parameter = document.resolve(parameter)?;
        let name = parameter.text("name")?;
        let required = parameter.value.get("required") == Some(&Value::Bool(true));
        let place = match parameter.text("in")? {
            "path" => Place::Path,
            "query" => Place::Query,
            "header" if OWN_HEADERS.contains(&name.to_lowercase().as_str()) => continue,
            "header" | "cookie" if !required => continue,
            "header" | "cookie" => {
                return Err(Refusal::LeftOut(format!(
                    "it needs the header or cookie `{name}`"
                )));
            }
            other => {
                let reason = format!("`{other}` is none of path, query, header, cookie");
                return Err(parameter.must("in")?.fault(&reason).into());
            }
        };
        let flat = match parameter.get("schema") {
            Some(schema) => Reader::new(document).read(&schema)?,
            // A parameter that is written as a document of its own is text to us.
            None => Flat::default(),
        };
        let nested = parameter.words("style") == "deepObject" || parameter.get("content").is_some();
        if nested && !required {
            continue;
        }
        if nested {
            return Err(Refusal::LeftOut(format!(
                "`{name}` is an object in the query string"
            )));
        }
        let mut one = Given {
            place,
            wire: name.to_owned(),
            required: required || place == Place::Path,
            flat,
        };
        if !parameter.words("description").is_empty() {
            parameter
                .words("description")
                .clone_into(&mut one.flat.about);
        }
        // What the operation says counts more than what its path says.
        given.retain(|other| other.place != place || other.wire != one.wire);
        given.push(one);
    }
    Ok(given)
}

/// Placeholders of the path that the description forgot to declare; declared ones that the path lacks go.
fn undeclared(path: &str, given: &mut Vec<Given>) {
    let placeholders: Vec<&str> = path
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
        .collect();
    given.retain(|one| one.place != Place::Path || placeholders.contains(&one.wire.as_str()));
    for name in placeholders {
        let known = |one: &Given| one.place == Place::Path && one.wire == name;
        if !given.iter().any(known) {
            given.push(Given {
                place: Place::Path,
                wire: name.to_owned(),
                required: true,
                flat: Flat::default(),
            });
        }
    }
}

fn body_of(document: &Document, body: &Node<'_>) -> Result<(BodyForm, Flat), Refusal> {
    let content = body.must("content")?.object()?;
    let json = content.iter().find(|(kind, _)| is_json(kind));
    let form = content
        .iter()
        .find(|(kind, _)| *kind == "multipart/form-data");
    let (form, media) = match (json, form) {
        (Some((_, media)), _) => (BodyForm::Json, media),
        (None, Some((_, media))) => (BodyForm::Multipart, media),
        (None, None) => {
            let kinds: Vec<&str> = content.iter().map(|(kind, _)| *kind).collect();
            let reason = format!("its body is {}, not JSON", kinds.join(" or "));
            return Err(Refusal::LeftOut(reason));
        }
    };
    let flat = match media.get("schema") {
        Some(schema) => Reader::new(document).read(&schema)?,
        None => Flat::default(),
    };
    Ok((form, flat))
}

/// Whether a media type is JSON.
pub(super) fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or(kind).trim();
    kind == "application/json" || kind.ends_with("+json") || kind == "*/*"
}

/// The body's fields as arguments; a body without fields of its own is one argument as a whole.
fn fields_of(
    flat: Flat,
    form: BodyForm,
    given: &mut Vec<Given>,
) -> Result<Vec<BTreeSet<String>>, Refusal> {
    let required = flat.required();
    if flat.fields.is_empty() {
        if form == BodyForm::Multipart {
            return Err(Refusal::LeftOut("its form names no fields".into()));
        }
        given.push(Given {
            place: Place::Whole,
            wire: "body".into(),
            required: true,
            flat,
        });
        return Ok(Vec::new());
    }
    if let Some(name) = flat.fields.keys().find(|name| name.contains('.')) {
        // Dots go deeper in the catalog's names.
        return Err(Refusal::LeftOut(format!(
            "its body has a field `{name}` with a dot"
        )));
    }
    for (name, field) in flat.fields {
        given.push(Given {
            place: Place::Body,
            required: required.contains(&name),
            wire: name,
            flat: field,
        });
    }
    let more = |way: &BTreeSet<String>| way - &required;
    let ways: Vec<BTreeSet<String>> = flat.ways.iter().map(more).collect();
    Ok(if ways.iter().any(BTreeSet::is_empty) {
        Vec::new()
    } else {
        ways
    })
}

/// A name for each argument that no other has.
fn named(given: &[Given], paged: bool) -> Vec<String> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    if paged {
        taken.extend(["limit".to_owned(), "cursor".to_owned()]);
    }
    let mut names = Vec::new();
    for one in given {
        let place = match one.place {
            Place::Path => "path",
            Place::Query => "query",
            Place::Body | Place::Whole => "body",
        };
        let plain = sayable(&one.wire);
        let placed = format!("{place}_{plain}");
        let numbered = (2..).map(|number: u32| format!("{placed}_{number}"));
        let name = [plain, placed.clone()]
            .into_iter()
            .chain(numbered)
            .find(|name| !taken.contains(name))
            .unwrap_or_default();
        taken.insert(name.clone());
        names.push(name);
    }
    names
}

/// The name in letters that every provider takes.
fn sayable(wire: &str) -> String {
    let letter = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') {
            c
        } else {
            '_'
        }
    };
    let name: String = wire.chars().map(letter).take(50).collect();
    let name = name.trim_matches('_');
    if name.is_empty() {
        "argument".to_owned()
    } else {
        name.to_owned()
    }
}

fn needs(ways: &[BTreeSet<String>], given: &[Given], names: &[String]) -> Vec<Vec<String>> {
    let name_of = |wire: &String| {
        let mut all = given.iter().zip(names);
        let found = all.find(|(one, _)| one.place == Place::Body && one.wire == *wire);
        found.map(|(_, name)| name.clone())
    };
    let mut needs: Vec<Vec<String>> = Vec::new();
    for way in ways {
        // A way over a field that cannot be written is no way.
        let Some(set) = way.iter().map(name_of).collect::<Option<Vec<String>>>() else {
            continue;
        };
        if !needs.contains(&set) {
            needs.push(set);
        }
    }
    if needs.len() > NEEDS {
        needs.clear();
    }
    needs
}

fn param(name: &str, given: Given) -> Param {
    let Given {
        place,
        wire,
        required,
        mut flat,
    } = given;
    if place == Place::Path && flat.types.is_empty() {
        flat.types.insert(Type::String);
    }
    let kind = kind(place, &wire, &flat);
    let is_admin = place == Place::Body && wire == "admin_id";
    Param {
        place: Some(place),
        kind,
        about: short(&flat.about, WORDS),
        required,
        nullable: flat.nullable,
        // No caller is asked who they are: the token says it.
        default: is_admin.then(|| "$admin".into()),
        of: is_admin.then(|| "admin".into()),
        schema: Some(flat.schema()),
        wire: (name != wire).then_some(wire),
        ..Param::default()
    }
}

fn kind(place: Place, wire: &str, flat: &Flat) -> ParamType {
    match flat.only() {
        Some(Type::String) if place == Place::Path || wire == "admin_id" => ParamType::Id,
        Some(Type::Integer) if place == Place::Path => ParamType::IntegerId,
        Some(Type::Integer) if flat.format == "date-time" || wire.ends_with("_at") => {
            ParamType::Timestamp
        }
        Some(Type::String) => ParamType::String,
        Some(Type::Integer) => ParamType::Integer,
        Some(Type::Number) => ParamType::Number,
        Some(Type::Boolean) => ParamType::Boolean,
        Some(Type::Array) => ParamType::Array,
        Some(Type::Object) => ParamType::Object,
        None => ParamType::Any,
    }
}
