//! Users' files as they should and should not be.

use crate::{Catalog, Risk};
use serde_json::json;

const BUILTIN: &str = "
toolset: desk
title: Desk
about: Desks.
operations:
- name: find_desks
  title: Find
  about: Finds.
  http: GET /desks
  risk: read
  params: {state: {enum: [free, taken]}, size: {type: integer}}
  paging: {kind: page}
- name: reply_desk
  title: Reply
  about: Replies.
  http: POST /desks/{id}/reply
  risk: write
  reaches_customer: true
  params: {id: {type: id, required: true}, text: {required: true}, loud: {type: boolean}, tags: {type: array, items: {}}}
- name: drop_desk
  title: Drop
  about: Drops.
  http: DELETE /desks/{id}
  risk: destructive
  params: {id: {type: id, required: true}, why: {}, code: {}}
  needs: [[why], [code]]
tools:
- name: tidy_desk
  title: Tidy
  about: Tidies.
  uses: [find_desks, reply_desk]
  risk: write
  reaches_customer: true
  params: {desk: {required: true, aliases: [id]}}
- {name: search_tools, title: S, about: S., risk: read, params: {}}
";

/// A good file in the catalog's format.
const GOOD: &str = "toolset: mine
title: My tools
about: What this house needs.
tools:
- name: answer_free_desk
  title: Answer a free desk
  about: Finds a free desk and answers it.
  params:
    text: {required: true, about: What is said.}
    size: {type: integer}
    loud: {type: boolean, default: false}
  steps:
  - id: find
    call: find_desks
    with: {state: free, size: '{{ size }}', limit: 1}
  - call: reply_desk
    with:
      id: '{{ steps.find.items.0.id }}'
      text: 'Hello. {{ text }}'
      loud: '{{ loud }}'
  result: {desk: '{{ steps.find.items.0.id }}'}
";

fn catalog() -> Catalog {
    Catalog::parse([("desk.yaml", BUILTIN)]).unwrap()
}

#[test]
fn a_tool_is_as_risky_as_what_it_calls() {
    let mut catalog = catalog();
    catalog.add_tools("mine.yaml", GOOD).unwrap();
    let tool = catalog.custom("answer_free_desk").unwrap();
    assert_eq!((tool.risk, tool.reaches_customer), (Risk::Write, true));
    assert_eq!(tool.uses, ["find_desks", "reply_desk"]);
    assert_eq!(tool.input_schema()["required"], json!(["text"]));
    let set = catalog.toolsets().last().unwrap();
    assert_eq!(
        (set.toolset.as_str(), set.title.as_str()),
        ("mine", "My tools")
    );
}

#[test]
fn tool_files_of_another_make_are_understood() {
    let mut catalog = catalog();
    let file = "
name: desk-helper
version: 1.0.0
tools:
  say:
    description: Says something.
    parameters:
      id: {type: string, required: true, description: Which desk.}
      text: {type: string, default: Hello}
    handler: reply_desk
  say_and_tidy:
    description: Says something, then tidies.
    parameters: {id: {type: string, required: true}}
    handler:
    - {call: say, with: {id: '{{ id }}'}}
    - {tool: tidy_desk, arguments: {id: '{{ id }}'}}
    - {operation: drop_desk, with: {id: '{{ id }}', why: over}}
";
    catalog
        .add_tools("tools.yaml", file)
        .unwrap_or_else(|error| panic!("{error}"));
    let both = catalog.custom("say_and_tidy").unwrap();
    assert_eq!(both.title, "Say and tidy");
    assert_eq!(both.risk, Risk::Destructive);
    assert_eq!(both.uses, ["reply_desk", "find_desks", "drop_desk"]);
    assert_eq!(both.calls, ["reply_desk", "say", "tidy_desk", "drop_desk"]);
    assert_eq!(catalog.toolsets().last().unwrap().toolset, "desk_helper");
    let more =
        "toolset: desk\ntools: {again: {about: Again., handler: {call: say, with: {id: '1'}}}}";
    catalog.add_tools("more.yaml", more).unwrap();
    assert_eq!(catalog.toolsets()[0].custom[0].name, "again");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases is long")]
fn faults_name_file_line_and_reason() {
    for (from, to, line, reason) in [
        (
            "call: reply_desk",
            "call: reply_dsk",
            16,
            "there is no tool or operation `reply_dsk`",
        ),
        (
            "call: reply_desk",
            "call: search_tools",
            16,
            "leads to other tools",
        ),
        (
            "call: reply_desk",
            "call: run/reply.py",
            16,
            "no program is run",
        ),
        (
            "call: reply_desk",
            "call: answer_free_desk",
            16,
            "this is a circle: answer_free_desk calls answer_free_desk",
        ),
        (
            "state: free",
            "state: empty",
            15,
            "`state` is one of \"free\", \"taken\"",
        ),
        (
            "size: '{{ size }}'",
            "sise: '{{ size }}'",
            15,
            "`sise` is no argument of `find_desks`; it takes state, size, limit, cursor",
        ),
        (
            "size: '{{ size }}'",
            "size: big",
            15,
            "`size` takes a number, not text",
        ),
        (
            "loud: '{{ loud }}'",
            "loud: '{{ text }}'",
            20,
            "`loud` takes true or false, not text",
        ),
        (
            "text: 'Hello. {{ text }}'",
            "text: ['{{ text }}']",
            19,
            "`text` takes text, not a list",
        ),
        (
            "'{{ steps.find.items.0.id }}'\n      text",
            "'{{ steps.fnd.id }}'\n      text",
            18,
            "names no step: before this one there are find",
        ),
        (
            "state: free",
            "state: '{{ steps.2.x }}'",
            15,
            "has not run by then",
        ),
        (
            "{{ text }}",
            "{{ word }}",
            19,
            "names nothing: there are the parameters text, size, loud",
        ),
        ("{{ text }}", "{{ text }", 19, "is not closed"),
        (
            "      text: 'Hello. {{ text }}'\n",
            "",
            16,
            "`reply_desk` needs `text`",
        ),
        (
            "text: {required: true, ",
            "text: {",
            9,
            "`text` stands inside a text or a path, but may be missing",
        ),
        (
            "'Hello. {{ text }}'",
            "'{{ text }}'\n      tags: '{{ size }}'",
            20,
            "`tags` takes a list, not a number",
        ),
        (
            "default: false",
            "default: quiet",
            11,
            "the default of `loud` is not of its type",
        ),
        ("size: '{{ size }}', ", "", 10, "`size` is used in no step"),
        ("type: integer", "type: int", 10, "unknown variant `int`"),
        (
            "required: true,",
            "requird: true,",
            9,
            "unknown field `requird`",
        ),
        (
            "about: What is",
            "in: path, about: What is",
            9,
            "are for operations",
        ),
        (
            "  steps:",
            "  stepps:",
            12,
            "there is no `stepps` here; there are name, title",
        ),
        (
            "  title: Answer",
            "  risk: read\n  title: Answer",
            6,
            "may do more than \"read\"",
        ),
        (
            "  title: Answer",
            "  risk: none\n  title: Answer",
            6,
            "one of read, write, destructive",
        ),
        (
            "name: answer_free_desk",
            "name: Answer",
            5,
            "lower-case letters",
        ),
        (
            "name: answer_free_desk",
            "name: drop_desk",
            5,
            "another tool is called `drop_desk`",
        ),
        (
            "  - call: reply_desk",
            "  - id: find\n    call: reply_desk",
            16,
            "another step is called `find`",
        ),
        (
            "call: reply_desk\n",
            "call: drop_desk\n    with: {id: '1'}\n  - call: reply_desk\n",
            16,
            "`drop_desk` needs at least one of: why, code",
        ),
        (
            "tools:\n",
            "tools: 7\nrest:\n",
            5,
            "there is no `rest` here",
        ),
        (
            "toolset: mine",
            "toolset: [",
            3,
            "while parsing a flow mapping",
        ),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let file = GOOD.replacen(from, to, 1);
        let mut catalog = catalog();
        let error = catalog.add_tools("mine.yaml", &file).expect_err(&file);
        assert!(error.reason.contains(reason), "{error} lacks {reason}");
        assert_eq!(
            (error.file.as_str(), error.line),
            ("mine.yaml", line),
            "{error}\n{file}"
        );
        assert_eq!(catalog.toolsets().len(), 1);
    }
}

#[test]
fn circles_over_several_tools_are_found() {
    let file = "tools:\n  a: {about: A., handler: b}\n  b: {about: B., handler: {call: c}}\n  c: {about: C., steps: [{call: a}]}\n";
    let error = catalog().add_tools("mine.yaml", file).unwrap_err();
    assert!(
        error.reason.contains("a calls b calls c calls a"),
        "{error}"
    );
    assert_eq!(error.line, 4);
}

#[test]
fn an_optional_argument_cannot_fill_a_needed_one() {
    let file = "tools:\n  a:\n    about: A.\n    params: {text: {}}\n    handler: {call: reply_desk, with: {id: '1', text: '{{ text }}'}}\n";
    let error = catalog().add_tools("mine.yaml", file).unwrap_err();
    assert!(error.reason.contains("may be missing"), "{error}");
    assert_eq!(error.line, 5);
}
