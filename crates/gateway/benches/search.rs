//! How long `search_tools` takes over the whole catalog, as a call through the gateway: recorded, found, written out.
//!
//! Prints the middle and the 99th of a hundred of what the 120 questions of the tests take; the latter stays below 2 ms.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints, and one that cannot go on is to fail"
)]

use catalog::{Catalog, Risk};
use criterion::{Criterion, criterion_group, criterion_main};
use gateway::{
    Audit, Connection, ConnectionId, Directory, Endpoint, EndpointId, Gateway, Mode, Principal,
    Registry, TenantId, ToolRequest, Unconfirmed, Vault,
};
use intercom::{Account, BaseUrl, Client, ClientConfig, PlainHttp};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::{
    hint::black_box,
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;

/// How often each question is asked.
const ROUNDS: usize = 100;

#[derive(Deserialize)]
struct Question {
    ask: String,
}

fn search(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let (gateway, who) = gateway();
    let questions: Vec<Question> =
        serde_saphyr::from_str(include_str!("../tests/questions.yaml")).unwrap();
    let ask = |question: &Question| {
        let arguments = Map::from_iter([("query".to_owned(), Value::from(&*question.ask))]);
        let request = ToolRequest::new("search_tools", arguments);
        black_box(runtime.block_on(gateway.call(&who, request)).unwrap());
    };
    let started = Instant::now();
    ask(&questions[0]);
    println!(
        "the first search, which makes the index: {:?}",
        started.elapsed()
    );
    let mut times: Vec<Duration> = (0..ROUNDS)
        .flat_map(|_| &questions)
        .map(|question| {
            let started = Instant::now();
            ask(question);
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    let at = |of_hundred: usize| times[(times.len() - 1) * of_hundred / 100];
    println!(
        "search_tools over {} tools, {} searches: p50 {:?}, p99 {:?}",
        gateway.registry().tools().count(),
        times.len(),
        at(50),
        at(99)
    );
    assert!(at(99) <= Duration::from_millis(2));
    criterion.bench_function("search_tools", |bencher| {
        let mut questions = questions.iter().cycle();
        bencher.iter(|| questions.next().map(ask));
    });
}

/// A gateway whose calls go nowhere: searching asks nothing of Intercom.
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
        controls: std::sync::Arc::default(),
        narrowed: None,
    });
    let log = std::env::temp_dir().join(format!("search-bench-{}.jsonl", std::process::id()));
    let gateway = Gateway::new(
        Registry::new(&Catalog::builtin().unwrap()).unwrap(),
        directory,
        vault,
        Audit::open(&log).unwrap(),
        Client::new(ClientConfig::default()),
    );
    // Unlinked while open: the log lives as long as the bench.
    std::fs::remove_file(&log).unwrap();
    (gateway, who)
}

criterion_group!(benches, search);
criterion_main!(benches);
