//! Rules over single calls, in every way that a call can come.

use crate::world::{World, object};
use gateway::{Confirmation, Controls, ErrorKind, Rule, RuleSet, ToolRequest};
use serde_json::{Value, json};
use std::sync::Arc;

fn rule(name: &str, tools: &[&str]) -> Rule {
    Rule {
        name: name.into(),
        tools: tools.iter().map(|tool| (*tool).to_owned()).collect(),
        ..Rule::default()
    }
}

pub(crate) fn require(tools: &[&str], expression: &str) -> Rule {
    Rule {
        require: Some(expression.into()),
        ..rule("wanted", tools)
    }
}

pub(crate) fn forbid(tools: &[&str], expression: &str) -> Rule {
    Rule {
        forbid: Some(expression.into()),
        ..rule("unwanted", tools)
    }
}

pub(crate) fn ruled(world: World, rules: &[Rule]) -> World {
    let rules = RuleSet::new(rules, world.gateway.registry()).unwrap();
    world.with(|endpoint| {
        endpoint.controls = Arc::new(Controls {
            rules,
            ..Controls::default()
        });
    })
}

pub(crate) async fn outcome(world: &World, tool: &str, arguments: &Value) -> String {
    let request = ToolRequest {
        confirmation: Confirmation::Given,
        ..ToolRequest::new(tool, object(arguments.clone()))
    };
    match world.gateway.call(&world.who, request).await {
        Ok(_) => "ok".into(),
        Err(error) => error.to_string(),
    }
}

/// What the tables are about.
pub(crate) struct Shop {
    pub(crate) open: String,
    pub(crate) closed: String,
    pub(crate) contact: String,
    pub(crate) company: String,
    pub(crate) team: (String, String),
    pub(crate) admin: (String, String, String),
}

impl Shop {
    pub(crate) async fn of(world: &World) -> Self {
        let text = |value: &Value, pointer: &str| {
            let found = value
                .pointer(pointer)
                .unwrap_or_else(|| panic!("{pointer}: {value}"));
            found
                .as_str()
                .map_or_else(|| found.to_string(), str::to_owned)
        };
        let teams = world.raw("GET", "/teams", "").await;
        let admins = world.raw("GET", "/admins", "").await;
        let member = admins["admins"].as_array().unwrap().iter().find(|admin| {
            let teams = admin["team_ids"].as_array();
            teams.is_some_and(|teams| !teams.is_empty())
        });
        let member = member.unwrap();
        let team_id = text(member, "/team_ids/0");
        let teams = teams["teams"].as_array().unwrap();
        let team = teams
            .iter()
            .find(|team| text(team, "/id") == team_id)
            .unwrap();
        let find = async |state: &str| {
            let asked = json!({"state": state, "per_page": 1});
            let found = world.call("search_conversations", asked).await;
            text(&found, "/conversations/0/id")
        };
        let companies = world.raw("GET", "/companies?per_page=60", "").await;
        let mut found = None;
        for company in companies["data"].as_array().unwrap() {
            let id = text(company, "/id");
            let people = world
                .raw("GET", &format!("/companies/{id}/contacts"), "")
                .await;
            let Some(person) = people.pointer("/data/0/id") else {
                continue;
            };
            let person = person.as_str().unwrap().to_owned();
            let theirs = world
                .raw("GET", &format!("/contacts/{person}/companies"), "")
                .await;
            if theirs["data"].as_array().unwrap().len() == 1 {
                found = Some((text(company, "/name"), person));
                break;
            }
        }
        let (company, contact) = found.unwrap();
        Self {
            open: find("open").await,
            closed: find("closed").await,
            contact,
            company,
            team: (team_id, text(team, "/name")),
            admin: (
                text(member, "/id"),
                text(member, "/name"),
                text(member, "/email"),
            ),
        }
    }
}

#[tokio::test]
async fn a_rule_lets_through_what_fits_and_says_what_does_not() {
    let mut world = World::sandbox().await;
    let shop = Shop::of(&world).await;
    let reply = |id: &str, body: &str| json!({"conversation_id": id, "body": body});
    let (open, closed) = (shop.open.as_str(), shop.closed.as_str());
    let team = format!("assignee.team == '{}'", shop.team.1);
    let member = format!("'{}' in assignee.teams", shop.team.1);
    let company = format!("contact.company == '{}'", shop.company);
    let assign = |key: &str, value: &str| json!({"conversation_id": open, key: value});
    let native = "reply_to_conversation";
    let cases: Vec<(Rule, &str, Value, &str)> = vec![
        (
            require(&[native], "!args.body.contains('http')"),
            native,
            reply(open, "Hello"),
            "ok",
        ),
        (
            require(&[native], "!args.body.contains('http')"),
            native,
            reply(open, "see http://x"),
            "keeps it back",
        ),
        (
            forbid(&[native], "conversation.state == 'closed'"),
            native,
            reply(open, "Hello"),
            "ok",
        ),
        (
            forbid(&[native], "conversation.state == 'closed'"),
            native,
            reply(closed, "Hello"),
            "`unwanted`",
        ),
        (
            forbid(&[native], "conversation.state == 'closed'"),
            native,
            reply("conversation_1", "Hello"),
            "no conversation `1`",
        ),
        // Another tool is not the rule's business.
        (
            forbid(&[native], "true"),
            "add_internal_note",
            reply(open, "Hello"),
            "ok",
        ),
        // The team that is meant, however it is named.
        (
            require(&["assign_conversation"], &team),
            "assign_conversation",
            assign("team", &shop.team.1),
            "ok",
        ),
        (
            require(&["assign_conversation"], &team),
            "assign_conversation",
            assign("team", &shop.team.0),
            "ok",
        ),
        (
            require(&["assign_conversation"], &team),
            "assign_conversation",
            assign("team_id", &shop.team.0),
            "ok",
        ),
        (
            forbid(&["assign_conversation"], &team),
            "assign_conversation",
            assign("team", &shop.team.0),
            "`unwanted`",
        ),
        (
            require(&["assign_conversation"], &team),
            "assign_conversation",
            assign("team", "none"),
            "keeps it back",
        ),
        (
            require(&["assign_conversation"], &team),
            "assign_conversation",
            assign("admin", &shop.admin.0),
            "says nothing of `team`",
        ),
        (
            require(&["assign_conversation"], &member),
            "assign_conversation",
            assign("admin", &shop.admin.1),
            "ok",
        ),
        (
            require(&["assign_conversation"], &member),
            "assign_conversation",
            assign("admin", &shop.admin.2),
            "ok",
        ),
        (
            require(
                &["assign_conversation"],
                "assignee.team == '' || 'x' in assignee.teams",
            ),
            "assign_conversation",
            assign("admin", &shop.admin.0),
            "keeps it back",
        ),
        // The contact, and the people of a conversation.
        (
            require(&["get_contact"], &company),
            "get_contact",
            json!({"id": shop.contact}),
            "ok",
        ),
        (
            require(&["get_contact"], "contact.company == 'Another'"),
            "get_contact",
            json!({"id": shop.contact}),
            "keeps it back",
        ),
        (
            require(
                &["get_conversation"],
                "contact.companies.exists(c, c == 'No such')",
            ),
            "get_conversation",
            json!({"id": open}),
            "keeps it back",
        ),
        (
            require(&["get_conversation"], "contact.id != ''"),
            "get_conversation",
            json!({"id": open}),
            "ok",
        ),
        // What is not there cannot be decided.
        (
            require(&["search_conversations"], "args.state == 'open'"),
            "search_conversations",
            json!({}),
            "says nothing of `state`",
        ),
        (
            forbid(&["search_conversations"], "args.state == 'open'"),
            "search_conversations",
            json!({}),
            "says nothing of `state`",
        ),
        (
            require(
                &["search_conversations"],
                "!has(args.state) || args.state == 'open'",
            ),
            "search_conversations",
            json!({"state": "closed"}),
            "keeps it back",
        ),
        (
            require(
                &["search_conversations"],
                "!has(args.state) || args.state == 'open'",
            ),
            "search_conversations",
            json!({}),
            "ok",
        ),
        // Aliases and prefixes are what they stand for.
        (
            forbid(&["get_conversation"], &format!("args.id == '{open}'")),
            "get_conversation",
            json!({"conversation_id": format!("conversation_{open}")}),
            "`unwanted`",
        ),
        (
            require(&["tag_conversation"], "tag.name == 'vip'"),
            "tag_conversation",
            json!({"conversation_id": open, "tag": "something else"}),
            "keeps it back",
        ),
        (
            require(&["*"], "tool.risk == 'read'"),
            native,
            reply(open, "Hello"),
            "keeps it back",
        ),
        (
            require(&["*"], "tool.risk == 'read'"),
            "search_conversations",
            json!({}),
            "ok",
        ),
        (
            require(&["*"], "caller.user == 'ana'"),
            "search_conversations",
            json!({}),
            "keeps it back",
        ),
    ];
    for (rule, tool, arguments, expected) in cases {
        let shown = format!("{rule:?} {arguments}");
        world = ruled(world, &[rule]);
        let got = outcome(&world, tool, &arguments).await;
        assert!(got.contains(expected), "{shown}: {got}");
    }
}

#[tokio::test]
async fn a_refusal_names_the_rule_and_how_to_mend_the_call() {
    let world = World::sandbox().await;
    let shop = Shop::of(&world).await;
    let rule = Rule {
        say: Some("write without links".into()),
        ..require(&["reply_to_conversation"], "!args.body.contains('http')")
    };
    let world = ruled(world, &[rule]);
    world.forget().await;
    let request = ToolRequest::new(
        "reply_to_conversation",
        object(json!({"conversation_id": shop.open, "body": "http://x"})),
    );
    let error = world.gateway.call(&world.who, request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied);
    let said = error.to_string();
    for part in [
        "`reply_to_conversation` was not run",
        "`wanted`",
        "!args.body.contains('http')",
        "write without links",
    ] {
        assert!(said.contains(part), "{said}");
    }
    assert!(
        world.asked().await.is_empty(),
        "nothing leaves for a refused call"
    );
}
