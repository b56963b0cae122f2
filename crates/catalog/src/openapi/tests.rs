//! What descriptions become, small ones by hand and Intercom's own.

use super::*;
use crate::{Catalog, PagingKind, Place, Risk};
use serde_json::json;

const CATALOG: &str = "
toolset: tags
title: Tags
about: Labels.
operations:
- {name: list_tags, title: List tags, about: All tags., http: GET /tags, risk: read}
";

fn catalog() -> Catalog {
    Catalog::parse([("tags.yaml", CATALOG)]).unwrap()
}

/// A description with these paths and components.
fn described(paths: &str, components: &str) -> String {
    format!(
        "openapi: 3.0.1\ninfo: {{title: Desk API, version: '2.17'}}\npaths: {paths}\ncomponents: {components}\n"
    )
}

fn imported(paths: &str, components: &str) -> Import {
    import("desk.yaml", &described(paths, components), &catalog())
        .unwrap_or_else(|error| panic!("{error}"))
}

/// The body's schema as the one operation's arguments.
fn arguments(schema: &str, components: &str) -> Value {
    let paths = format!(
        "{{/x: {{post: {{operationId: x, requestBody: {{content: {{application/json: {{schema: {schema}}}}}}}}}}}}}"
    );
    let import = imported(&paths, components);
    assert!(
        import.left_out.is_empty(),
        "{schema}: {:?}",
        import.left_out
    );
    import.toolset.operations[0].input_schema()["properties"].clone()
}

#[test]
fn schemas_are_folded_flat() {
    let parts = "{schemas: {name: {type: string, description: Long.}, base: {type: object, properties: {a: {$ref: '#/components/schemas/name'}}}, ring: {type: object, properties: {next: {$ref: '#/components/schemas/ring'}}}, one: {$ref: '#/components/schemas/two'}, two: {$ref: '#/components/schemas/one'}}}";
    for (schema, expected) in [
        (
            "{$ref: '#/components/schemas/base'}",
            json!({"a": {"type": "string", "description": "Long."}}),
        ),
        (
            "{allOf: [{$ref: '#/components/schemas/base'}, {properties: {b: {type: integer, minimum: 1}}}]}",
            json!({"a": {"type": "string", "description": "Long."}, "b": {"type": "integer", "minimum": 1}}),
        ),
        (
            "{oneOf: [{properties: {k: {type: string, enum: [x]}}}, {properties: {k: {type: string, enum: [y]}, z: {type: boolean}}}]}",
            json!({"k": {"type": "string", "enum": ["x", "y"]}, "z": {"type": "boolean"}}),
        ),
        (
            "{properties: {v: {anyOf: [{type: string}, {type: array, items: {type: number}}, {type: 'null'}]}}}",
            json!({"v": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "number"}}, {"type": "null"}]}}),
        ),
        (
            "{properties: {v: {type: [string, 'null']}, w: {type: integer, nullable: true, enum: [1, '2']}}}",
            json!({"v": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                "w": {"anyOf": [{"type": "integer", "enum": [1, 2]}, {"type": "null"}]}}),
        ),
        (
            "{properties: {r: {$ref: '#/components/schemas/ring'}}}",
            json!({"r": {"type": "object", "properties": {"next": {"type": "object"}}}}),
        ),
        (
            "{properties: {r: {$ref: '#/components/schemas/one'}, c: {const: 4}, ro: {type: string, readOnly: true}}}",
            json!({"r": {"type": "object"}, "c": {"type": "integer", "enum": [4]}}),
        ),
        (
            "{properties: {o: {type: object, required: [p, q], properties: {p: {type: string}}}, m: {additionalProperties: {type: string}}}}",
            json!({"o": {"type": "object", "required": ["p"], "properties": {"p": {"type": "string"}}},
                "m": {"type": "object", "additionalProperties": {"type": "string"}}}),
        ),
        (
            "{type: array, items: {type: string, format: uri}}",
            json!({"body": {"type": "array", "items": {"type": "string"}}}),
        ),
        (
            "{properties: {e: {type: string, enum: [on, '', 3]}, 'a b': {type: string}}}",
            json!({"e": {"type": "string", "enum": ["on", "3"]}, "a_b": {"type": "string"}}),
        ),
    ] {
        assert_eq!(arguments(schema, parts), expected, "{schema}");
    }
    let deep = (0..9).fold("{type: string}".to_owned(), |inner, _| {
        format!("{{type: object, properties: {{d: {inner}}}}}")
    });
    assert!(arguments(&deep, "{}").to_string().matches("\"d\"").count() < 7);
}

#[test]
fn what_the_catalog_has_keeps_its_words_and_the_rest_is_derived() {
    let import = imported(
        "
  /tags/: {get: {operationId: listAllTags}, head: {}}
  /desks/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: getDesk, summary: Get a desk., description: 'One desk. **All** of it.'}
    put:
      operationId: list_tags
      requestBody: {content: {application/json: {schema: {required: [id, admin_id], properties: {id: {type: integer}, admin_id: {type: string}, at: {type: integer, format: date-time}}}}}}
    delete: {parameters: [{name: X-Key, in: header, required: true, schema: {type: string}}]}
  /desks/upload: {post: {requestBody: {content: {text/csv: {}}}}}",
        "{}",
    );
    assert_eq!(
        import.known,
        [("GET /tags/".to_owned(), "list_tags".to_owned())]
    );
    let left: Vec<&str> = import
        .left_out
        .iter()
        .map(|(line, _)| line.as_str())
        .collect();
    assert_eq!(
        left,
        ["HEAD /tags/", "DELETE /desks/{id}", "POST /desks/upload"]
    );
    let [get, put] = &import.toolset.operations[..] else {
        panic!("{:?}", import.toolset.operations);
    };
    assert_eq!(import.toolset.toolset, "desk_api");
    assert_eq!(
        (&*get.name, &*get.title, &*get.about),
        ("get_desk", "Get a desk", "One desk. All of it.")
    );
    let version = "2.17".parse().unwrap();
    assert_eq!(
        (get.since, get.until, get.risk),
        (version, Some(version), Risk::Read)
    );
    // Its own name is taken by the catalog; two arguments are called `id`.
    assert_eq!(put.name, "put_desks_by_id");
    let names: Vec<&str> = put.params.keys().map(String::as_str).collect();
    assert_eq!(names, ["id", "body_id", "admin_id", "at"]);
    assert_eq!(put.params["body_id"].wire.as_deref(), Some("id"));
    assert_eq!(put.input_schema()["required"], json!(["id", "body_id"]));
    assert_eq!(put.place_of("id", &put.params["id"]), Place::Path);
}

#[test]
fn ways_to_be_complete_and_kinds_of_paging_are_kept() {
    let import = imported(
        "
  /a: {post: {requestBody: {content: {application/json: {schema: {required: [x], properties: {x: {type: string}, y: {type: string}, z: {type: string}}, anyOf: [{required: [y]}, {required: [z]}]}}}}}}
  /list: {get: {operationId: l, parameters: [{name: per_page, in: query, schema: {type: integer, default: 15, maximum: 60}}, {name: page, in: query, schema: {type: integer}}, {name: limit, in: query, schema: {type: integer}}], responses: {200: {content: {application/json: {schema: {properties: {pages: {type: object}, desks: {type: array, items: {type: object}}}}}}}}}}
  /find/search: {post: {operationId: s, requestBody: {content: {application/json: {schema: {properties: {q: {type: string}, pagination: {type: object}}}}}}, responses: {'200': {content: {application/json: {schema: {properties: {data: {type: array, items: {type: object}}}}}}}}}}
  /file: {get: {operationId: f, responses: {'200': {content: {application/gzip: {}}}}}}",
        "{}",
    );
    let [a, list, search, file] = &import.toolset.operations[..] else {
        panic!("{:?}", import.toolset.operations);
    };
    assert_eq!(a.needs, [["y"], ["z"]]);
    assert_eq!(
        (
            list.paging.kind,
            list.paging.items.as_deref(),
            list.page_max()
        ),
        (PagingKind::Page, Some("desks"), Some(60))
    );
    assert!(list.params.contains_key("query_limit") && !list.params.contains_key("page"));
    assert_eq!(
        (search.paging.kind, search.risk),
        (PagingKind::Search, Risk::Read)
    );
    assert_eq!(file.result, crate::Shape::Download);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases is long")]
fn a_broken_description_names_its_place_and_gives_nothing() {
    let body = |schema: &str| {
        format!(
            "\n  /x:\n    post:\n      requestBody:\n        content:\n          application/json:\n            schema: {schema}\n  /tags: {{get: {{}}}}"
        )
    };
    for (text, line, reason) in [
        (
            described(&body("{$ref: '#/components/schemas/gone'}"), "{}"),
            9,
            "names nothing in this file (at #/paths/~1x/post/requestBody/content/application~1json/schema/$ref)",
        ),
        (
            described(&body("{$ref: 'other.yaml#/x'}"), "{}"),
            9,
            "is another file",
        ),
        (
            described(&body("{properties: {a: {type: text}}}"), "{}"),
            9,
            "\"text\" is no type",
        ),
        (
            described(&body("{properties: [a]}"), "{}"),
            9,
            "must be an object",
        ),
        (described(&body("7"), "{}"), 9, "must be an object"),
        (
            described(
                &body("{$ref: '#/components/schemas/s'}"),
                "\n  schemas:\n    s:\n      allOf: {a: 1}",
            ),
            14,
            "must be a list (at #/components/schemas/s/allOf)",
        ),
        (
            described(
                "\n  /tags:\n    get:\n      parameters:\n      - {in: query}",
                "{}",
            ),
            7,
            "it has no `name`",
        ),
        (
            described(
                "\n  /x:\n    get:\n      parameters:\n      - {in: body, name: b}",
                "{}",
            ),
            7,
            "`body` is none of",
        ),
        (
            described("\n  x: {get: {}}", "{}"),
            4,
            "begins with a slash",
        ),
        (described("\n  /x: 7", "{}"), 4, "must be an object"),
        ("openapi: 3.1.0\n".into(), 1, "no `paths`"),
        ("openapi: 4.0.0\npaths: {}\n".into(), 1, "OpenAPI 4.0.0"),
        ("swagger: '2.0'\n".into(), 1, "convert it"),
        ("a: 1\n".into(), 1, "no OpenAPI description"),
        ("a:\n  - b: [\n".into(), 2, "unclosed bracket"),
        (
            "{\n \"openapi\": \"3.0.0\",\n oops".into(),
            3,
            "key must be a string",
        ),
    ] {
        let error = import("desk.yaml", &text, &catalog()).expect_err(&text);
        assert_eq!(
            (error.file.as_str(), error.line),
            ("desk.yaml", line),
            "{error}\n{text}"
        );
        assert!(error.reason.contains(reason), "{error} lacks {reason}");
    }
}

#[test]
fn an_excerpt_brings_the_same_operations_again() {
    let parts = "{schemas: {a: {type: object, properties: {b: {$ref: '#/components/schemas/b'}}}, b: {type: string}, other: {type: string}}}";
    let paths = "{/tags: {get: {}}, '/x/{id}': {parameters: [{name: id, in: path, schema: {type: string}}], post: {operationId: x, requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/a'}}}}}}}";
    let first = imported(paths, parts);
    let text = first.excerpt.to_string();
    assert!(!text.contains("other") && !text.contains("/tags"), "{text}");
    let again = import("x.json", &text, &catalog()).unwrap();
    let schemas = |import: &Import| -> Vec<Value> {
        let operations = import.toolset.operations.iter();
        operations.map(Operation::input_schema).collect()
    };
    assert_eq!(schemas(&first), schemas(&again));
}

/// Intercom's own description of a version, where it is at hand.
fn official(file: &str) -> Option<String> {
    let path = format!(
        "{}/../../../shared/intercom/openapi/{file}",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        println!("skipped: no {path}");
    }
    text
}

#[test]
fn the_official_descriptions_import_whole() {
    let builtin = Catalog::builtin().unwrap();
    let empty = Catalog::parse([]).unwrap();
    for (file, count) in [("2.16.yaml", 231), ("preview.yaml", 256)] {
        let Some(text) = official(file) else { continue };
        let alone = import(file, &text, &empty).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(alone.left_out, [], "{file}");
        assert_eq!(alone.toolset.operations.len(), count, "{file}");
        for operation in &alone.toolset.operations {
            let faults = strict::faults(&operation.name, &operation.input_schema());
            assert!(faults.is_empty(), "{file} {}: {faults:?}", operation.name);
        }
        hold_risks(&alone.toolset.operations, &builtin);
        let mut joined = Catalog::parse([]).unwrap();
        joined.join(alone.toolset).unwrap();
    }
}

#[test]
fn the_official_description_brings_nothing_that_the_catalog_lacks() {
    let Some(text) = official("2.16.yaml") else {
        return;
    };
    let import = import("2.16.yaml", &text, &Catalog::builtin().unwrap()).unwrap();
    assert_eq!(
        (import.known.len(), import.toolset.operations.len()),
        (231, 0)
    );
    assert_eq!(import.left_out, []);
}

/// The catalog's own risks were judged by people: a guess must never be milder where it matters.
fn hold_risks(guessed: &[Operation], catalog: &Catalog) {
    let judged: HashMap<_, _> = catalog
        .operations()
        .map(|(_, one)| ((one.method(), shape_of(one.path())), one))
        .collect();
    let (mut same, mut milder) = (0, Vec::new());
    for guess in guessed {
        let Some(own) = judged.get(&(guess.method(), shape_of(guess.path()))) else {
            continue;
        };
        assert!(
            guess.risk != Risk::Read || own.risk == Risk::Read,
            "{} is no read",
            own.name
        );
        same += usize::from(guess.risk == own.risk);
        if guess.risk < own.risk {
            milder.push(own.name.as_str());
        }
    }
    println!(
        "{same} of {} risks as judged; milder: {milder:?}",
        guessed.len()
    );
}
