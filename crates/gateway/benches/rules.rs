//! What the controls of an endpoint cost a call that asks nothing of Intercom: without any, with rules on other tools,
//! with a rule on this one, with masks, and with budgets.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on is to fail")]

use catalog::{Catalog, Risk};
use criterion::{Criterion, criterion_group, criterion_main};
use gateway::{
    Audit, Budgets, Connection, ConnectionId, Controls, Directory, Endpoint, EndpointId, Gateway,
    Limits, MaskRules, Mode, Principal, Registry, Rule, RuleSet, TenantId, ToolRequest,
    Unconfirmed, Vault,
};
use intercom::{Account, BaseUrl, Client, ClientConfig, PlainHttp};
use serde_json::{Map, Value};
use std::{hint::black_box, sync::Arc};
use tokio::runtime::Runtime;

fn rules(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let _inside = runtime.enter();
    let (gateway, who) = gateway();
    let mut group = criterion.benchmark_group("a call of get_tool_details on an endpoint");
    for (name, controls) in cases(gateway.registry()) {
        let mut endpoint = (*gateway.endpoint(&who).unwrap()).clone();
        endpoint.controls = Arc::new(controls);
        gateway.directory().put_endpoint(endpoint);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let arguments = Map::from_iter([("name".to_owned(), Value::from("get_me"))]);
                let request = ToolRequest::new("get_tool_details", arguments);
                black_box(runtime.block_on(gateway.call(&who, request)).unwrap());
            });
        });
    }
    group.finish();
}

/// What is compared.
fn cases(registry: &Registry) -> Vec<(&'static str, Controls)> {
    let on = |tools: &[&str], require: &str| Rule {
        name: format!("r-{}", tools[0]),
        tools: tools.iter().map(|tool| (*tool).to_owned()).collect(),
        require: Some(require.into()),
        ..Rule::default()
    };
    let compiled = |rules: &[Rule]| RuleSet::new(rules, registry).unwrap();
    let others = [
        on(&["reply_to_conversation"], "conversation.state != 'closed'"),
        on(&["assign_conversation"], "assignee.team == 'Tier 2'"),
        on(&["update_contact"], "contact.company == 'Acme'"),
    ];
    let unlimited = Limits {
        per_minute: Some(u32::MAX),
        per_day: Some(u32::MAX),
    };
    vec![
        ("without controls", Controls::default()),
        (
            "with rules on other tools",
            Controls {
                rules: compiled(&others),
                ..Controls::default()
            },
        ),
        (
            "with a rule on every tool",
            Controls {
                rules: compiled(&[on(&["*"], "tool.risk == 'read' || caller.user == 'ana'")]),
                ..Controls::default()
            },
        ),
        (
            "with masks",
            Controls {
                mask: MaskRules {
                    email: true,
                    phone: true,
                    card: true,
                    fields: Vec::new(),
                },
                ..Controls::default()
            },
        ),
        (
            "with budgets",
            Controls {
                budgets: Budgets {
                    calls: unlimited,
                    ..Budgets::default()
                },
                ..Controls::default()
            },
        ),
    ]
}

/// A gateway whose calls go nowhere.
fn gateway() -> (Gateway, Principal) {
    let who = Principal {
        tenant: TenantId::new("bench"),
        user: None,
        endpoint: EndpointId::new("bench"),
        narrowed: None,
    };
    let connection = ConnectionId::new("bench");
    let directory = Directory::default();
    let base = BaseUrl::parse("http://127.0.0.1:9", PlainHttp::Loopback).unwrap();
    directory.put_connection(Connection::new(
        connection.clone(),
        who.tenant.clone(),
        Account::new(base),
    ));
    let vault = Vault::default();
    vault.keep(connection.clone(), "no-token".to_owned().into());
    directory.put_endpoint(Endpoint {
        id: who.endpoint.clone(),
        tenant: who.tenant.clone(),
        connection: Some(connection),
        ceiling: Risk::Destructive,
        toolsets: vec!["all".into()],
        allow: Vec::new(),
        deny: Vec::new(),
        open_ended: true,
        dialect: None,
        unconfirmed: Unconfirmed::Deny,
        expires_at: None,
        needs_second_token: false,
        mode: Mode::Meta,
        controls: Arc::default(),
        narrowed: None,
    });
    let log = std::env::temp_dir().join(format!("rules-bench-{}.jsonl", std::process::id()));
    let gateway = Gateway::new(
        Registry::new(&Catalog::builtin().unwrap()).unwrap(),
        directory,
        vault,
        Audit::open(&log).unwrap(),
        Client::new(ClientConfig::default()),
    );
    (gateway, who)
}

criterion_group!(benches, rules);
criterion_main!(benches);
