//! Headers that keep a request to less than its endpoint offers.

use crate::world::{World, answer, text};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

fn with(request: RequestBuilder, headers: &[(&str, &str)]) -> RequestBuilder {
    let headers = headers.iter();
    headers.fold(request, |request, (name, value)| {
        request.header(*name, *value)
    })
}

async fn names(request: RequestBuilder) -> Vec<String> {
    let listed = answer(request.send().await.unwrap()).await;
    let tools = listed["result"]["tools"]
        .as_array()
        .unwrap_or_else(|| panic!("{listed}"));
    let names = tools
        .iter()
        .map(|tool| tool["name"].as_str().unwrap().to_owned());
    names.filter(|name| !name.starts_with("test_")).collect()
}

#[tokio::test]
async fn headers_narrow_the_list_and_the_calls_of_their_request_alone() {
    let world = World::with(|config| config.toolsets = vec!["inbox".into()]).await;
    let list = || world.modern("tools/list", json!({}));
    let all = names(list()).await;
    for (headers, expected) in [
        (
            &[("frontdesk-tools", "search,fetch")][..],
            &["search", "fetch"][..],
        ),
        (&[("X-MCP-Tools", "fetch, list_tags")], &["fetch"]),
        (
            &[("x-mcp-toolsets", "companies")],
            &["list_companies", "get_company", "search_tools", "call_tool"],
        ),
        (
            &[
                ("frontdesk-toolsets", "companies,articles"),
                ("frontdesk-tools", "get_company"),
            ],
            &["get_company"],
        ),
    ] {
        assert_eq!(names(with(list(), headers)).await, expected, "{headers:?}");
    }
    let reading = names(with(list(), &[("X-MCP-Readonly", "true")])).await;
    assert!(
        reading.contains(&"get_contact".to_owned())
            && !reading.contains(&"close_conversation".to_owned())
    );
    assert_eq!(
        names(with(
            list(),
            &[("X-MCP-Toolsets", "all"), ("frontdesk-read-only", "0")]
        ))
        .await,
        all
    );
    assert_eq!(names(list()).await, all);
}

#[tokio::test]
async fn what_is_narrowed_away_cannot_be_called_in_either_era() {
    let world = World::new().await;
    let session = world.session("2025-06-18", json!({})).await;
    for (headers, tool, arguments, allowed) in [
        (
            &[("frontdesk-tools", "list_tags")][..],
            "list_tags",
            json!({}),
            true,
        ),
        (
            &[("frontdesk-tools", "list_tags")],
            "list_teams",
            json!({}),
            false,
        ),
        (
            &[("frontdesk-toolsets", "teams")],
            "list_teams",
            json!({}),
            true,
        ),
        (
            &[("frontdesk-toolsets", "teams")],
            "call_tool",
            json!({"name": "list_tags"}),
            false,
        ),
        (
            &[("frontdesk-toolsets", "teams")],
            "call_tool",
            json!({"name": "list_teams"}),
            true,
        ),
        (
            &[("x-mcp-readonly", "true")],
            "create_or_update_tag",
            json!({"name": "x"}),
            false,
        ),
    ] {
        let params = json!({"name": tool, "arguments": arguments});
        let message = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params});
        for request in [
            world.modern("tools/call", params.clone()),
            world.legacy(&session, &message),
        ] {
            let result = answer(with(request, headers).send().await.unwrap()).await;
            assert_eq!(
                result["result"]["isError"] != true,
                allowed,
                "{headers:?} {tool}: {result}"
            );
            if !allowed {
                assert!(text(&result).contains("was not run"), "{result}");
            }
        }
    }
}

#[tokio::test]
async fn a_header_is_good_for_its_request_alone_and_for_every_method() {
    let world = World::new().await;
    let session = world.session("2025-06-18", json!({})).await;
    let params = json!({"name": "list_teams", "arguments": {}});
    let message = json!({"jsonrpc": "2.0", "id": 8, "method": "tools/call", "params": params});
    for (headers, failed) in [
        (&[("frontdesk-tools", "list_tags")][..], true),
        (&[], false),
    ] {
        let request = with(world.legacy(&session, &message), headers);
        let result: Value = answer(request.send().await.unwrap()).await;
        assert_eq!(result["result"]["isError"], failed, "{result}");
    }
    let read = world.modern("resources/read", json!({"uri": "intercom://contact/1"}));
    let refused = answer(
        with(read, &[("frontdesk-tools", "list_tags")])
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert!(
        refused["error"]["message"]
            .as_str()
            .unwrap()
            .contains("was not run"),
        "{refused}"
    );
}

#[tokio::test]
async fn headers_that_cannot_be_kept_are_refused() {
    let world = World::new().await;
    for (header, value, reason) in [
        (
            "frontdesk-toolsets",
            "contacts,nonsense",
            "there is no toolset `nonsense`; there are all, ",
        ),
        (
            "x-mcp-tools",
            "no_such_tool",
            "there is no tool `no_such_tool`",
        ),
        (
            "frontdesk-read-only",
            "perhaps",
            "`perhaps` is neither true nor false",
        ),
    ] {
        let request = world.modern("tools/list", json!({})).header(header, value);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 400);
        let told = response.text().await.unwrap();
        assert!(
            told.starts_with("Bad request: ") && told.contains(reason),
            "{told}"
        );
    }
}
