//! Tests of `request.rs`.

use super::*;
use catalog::Catalog;
use serde_json::json;

const HEAD: &str = "toolset: tests\ntitle: Tests\nabout: Tests.\noperations:\n- name: it\n  title: It\n  about: It.\n";

/// The request of an operation, written as one line.
fn built(operation: &str, args: &Value, admin: Option<&str>) -> String {
    let yaml = format!("{HEAD}  {}\n", operation.trim().replace('\n', "\n  "));
    let catalog =
        Catalog::parse([("tests.yaml", yaml.as_str())]).unwrap_or_else(|error| panic!("{error}"));
    let args = args.as_object().unwrap().clone();
    match Request::build(catalog.operation("it").unwrap(), &args, admin) {
        Ok(request) => {
            let body = request
                .body
                .as_ref()
                .map(|body| format!(" {body}"))
                .unwrap_or_default();
            let url = request.uri(&catalog_base()).unwrap().to_string();
            format!(
                "{} {}{body}",
                request.method,
                url.strip_prefix("https://api.intercom.io").unwrap()
            )
        }
        Err(error) => format!("error: {error}"),
    }
}

fn catalog_base() -> BaseUrl {
    crate::Region::Us.base_url()
}

#[test]
fn paths_are_escaped_and_cannot_leave_their_place() {
    let get = "http: GET /tags/{tag_id}/x/{other}\nrisk: read\nparams: {tag_id: {type: id}, o: {wire: other, required: true}}";
    for (id, expected) in [
        (
            json!("a/b?c=#d e%2F"),
            "GET /tags/a%2Fb%3Fc%3D%23d%20e%252F/x/1",
        ),
        (json!("ü_-.~"), "GET /tags/%C3%BC_-.~/x/1"),
        (json!(12), "GET /tags/12/x/1"),
        (json!("{other}"), "GET /tags/%7Bother%7D/x/1"),
        (json!(".."), "error: `tag_id` must be an id"),
        (json!("."), "error: `tag_id` must be an id"),
        (json!(" "), "error: `tag_id` must be an id"),
        (json!(true), "error: `tag_id` must be an id"),
        (json!(["a"]), "error: `tag_id` must be an id"),
    ] {
        let got = built(get, &json!({"tag_id": id, "o": 1}), None);
        assert!(got.starts_with(expected), "{id}: {got}");
    }
    assert_eq!(
        built(get, &json!({"tag_id": "1"}), None),
        "error: `o` is missing"
    );
}

#[test]
fn queries_are_encoded() {
    let get = "http: GET /events\nrisk: read\nparams: {type: {fixed: user}, email: {}, ids: {type: array, items: {type: integer}}, deep: {type: any}, flag: {type: boolean, default: false}, from: {type: timestamp, wire: created_after}}";
    for (args, expected) in [
        (json!({}), "GET /events?type=user&flag=false"),
        (
            json!({"email": "a+b@c.d é&="}),
            "GET /events?type=user&email=a%2Bb%40c.d+%C3%A9%26%3D&flag=false",
        ),
        (
            json!({"ids": [1, 2.0], "flag": true}),
            "GET /events?type=user&ids=1%2C2&flag=true",
        ),
        (
            json!({"deep": {"a": 1, "b": "x"}, "from": "12"}),
            "GET /events?type=user&a=1&b=x&flag=false&created_after=12",
        ),
        (
            json!({"deep": [[1]]}),
            "error: `deep` must be text, a number",
        ),
        (json!({"email": null}), "GET /events?type=user&flag=false"),
        (json!({"type": "lead"}), "error: `type` is no argument"),
        (json!({"mail": "a"}), "error: `mail` is no argument"),
        (json!({"limit": 1}), "error: `limit` is no argument"),
    ] {
        let got = built(get, &args, None);
        assert!(got.starts_with(expected), "{args}: {got}");
    }
}

#[test]
fn bodies_carry_names_types_and_defaults_of_the_wire() {
    let post = r"
http: POST /conversations/{id}/reply
risk: write
params:
  id: {type: id, required: true}
  message_type: {fixed: comment}
  admin_id: {type: id, default: $admin, aliases: [admin], required: true}
  number: {type: integer_id, wire: assignee_id}
  at: {type: timestamp, nullable: true}
  size: {type: integer, wire: options.page.size}
  from:
    type: object
    fields:
      kind: {wire: type, default: admin}
      who: {type: integer_id, wire: id, default: $admin}
  tags: {type: array, items: {type: id}}
  dates: {type: map, items: {type: timestamp}}
";
    for (args, admin, expected) in [
        (
            json!({"id": 1}),
            Some("7"),
            r#"{"message_type":"comment","admin_id":"7"}"#,
        ),
        (
            json!({"id": 1, "admin": 8}),
            None,
            r#"{"message_type":"comment","admin_id":"8"}"#,
        ),
        (
            json!({"id": 1, "number": "5", "at": null}),
            Some("7"),
            r#"{"message_type":"comment","admin_id":"7","assignee_id":5,"at":null}"#,
        ),
        (
            json!({"id": 1, "size": 3}),
            Some("7"),
            r#"{"message_type":"comment","admin_id":"7","options":{"page":{"size":3}}}"#,
        ),
        (
            json!({"id": 1, "from": {"extra": 1}, "tags": [1, "2"], "dates": {"a": "3"}}),
            Some("7"),
            r#"{"message_type":"comment","admin_id":"7","from":{"type":"admin","id":7,"extra":1},"tags":["1","2"],"dates":{"a":3}}"#,
        ),
        (
            json!({"id": 1}),
            None,
            "error: `admin_id` is missing, and the connection has no admin",
        ),
    ] {
        let got = built(post, &args, admin);
        let expected = if expected.starts_with("error") {
            expected.to_owned()
        } else {
            format!("POST /conversations/1/reply {expected}")
        };
        assert!(got.starts_with(&expected), "{args}:\n{got}\n{expected}");
    }
}

#[test]
fn a_body_is_there_when_the_method_wants_one() {
    let params = "params: {id: {type: id, required: true}, note: {in: body}}";
    for (http, args, expected) in [
        (
            "http: POST /a/{id}\nrisk: write",
            json!({"id": 1}),
            "POST /a/1 {}",
        ),
        (
            "http: DELETE /a/{id}\nrisk: destructive",
            json!({"id": 1}),
            "DELETE /a/1",
        ),
        (
            "http: DELETE /a/{id}\nrisk: destructive",
            json!({"id": 1, "note": "x"}),
            r#"DELETE /a/1 {"note":"x"}"#,
        ),
    ] {
        assert_eq!(built(&format!("{http}\n{params}"), &args, None), expected);
    }
    assert_eq!(
        built("http: POST /a/run\nrisk: write", &json!({}), None),
        "POST /a/run"
    );
}

#[test]
fn what_may_be_sent_twice_is_known() {
    let catalog = Catalog::builtin().unwrap();
    for (_, operation) in catalog.operations() {
        let args: Map<String, Value> = operation
            .params
            .iter()
            .filter(|(_, param)| param.required && param.is_shown() && param.default.is_none())
            .map(|(name, _)| (name.clone(), json!("1")))
            .collect();
        let request = Request::build(operation, &args, Some("1"))
            .unwrap_or_else(|error| panic!("{}: {error}", operation.name));
        assert_eq!(
            request.repeatable,
            operation.risk == Risk::Read,
            "{}",
            operation.name
        );
        assert!(
            !request.path.contains('{'),
            "{}: {}",
            operation.name,
            request.path
        );
    }
}

#[test]
fn debug_shows_no_customer() {
    let mut request =
        Request::new(Method::Post, "/contacts").with_body(json!({"email": "ana@example.com"}));
    request.set_query("email", "ana@example.com");
    request.set_query("email", "bo@example.com");
    assert_eq!(request.query.len(), 1);
    assert!(!format!("{request:?}").contains("example.com"));
}

#[test]
fn a_default_with_a_condition_waits_for_it() {
    let reply = "http: POST /r\nrisk: write\nparams: {type: {default: admin}, admin_id: {default: $admin, when: {type: admin}}}";
    for (args, expected) in [
        (json!({}), r#"POST /r {"type":"admin","admin_id":"7"}"#),
        (
            json!({"type": "admin"}),
            r#"POST /r {"type":"admin","admin_id":"7"}"#,
        ),
        (json!({"type": "user"}), r#"POST /r {"type":"user"}"#),
    ] {
        assert_eq!(built(reply, &args, Some("7")), expected);
    }
}

#[test]
fn an_argument_can_be_the_whole_body() {
    let post = "http: POST /x\nrisk: write\nparams: {items: {in: whole, type: array, required: true}, loud: {in: query, type: boolean}}";
    let args = json!({"items": [{"a": 1}, 2], "loud": true});
    assert_eq!(built(post, &args, None), "POST /x?loud=true [{\"a\":1},2]");
}
