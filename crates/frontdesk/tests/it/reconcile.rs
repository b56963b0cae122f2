//! The audit log held against the sandbox's own log, over calls of many kinds with faults of many kinds: every request
//! that reached Intercom is in the record of exactly one call, and every request on record reached Intercom.
//!
//! What ties a request to its call is the caller's trace, which the sandbox writes down too: it does so also for those
//! that it drops. `FRONTDESK_TEST_CALLS` makes it as long as wanted.

use crate::{
    api::Answer,
    house::{House, tool_call, wide},
    proof::{number, say, seed},
    world::answer,
};
use catalog::Risk;
use frontdesk::tenants::{EndpointSettings, NewEndpoint};
use futures_util::future::join_all;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use reqwest::Method;
use sandbox::Sandbox;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};
use store::{Role, Tenant};

const TENANTS: usize = 8;
/// Callers of each tenant, so that one that waits for its window holds up no other tenant.
const CALLERS: usize = 2;
/// Of a hundred calls, about so many meet a fault.
const FAULTS: u64 = 3;
/// One in so many calls spends its tenant's window, which takes up to ten seconds.
const SPENT: u64 = 5_000;
const KINDS: [&str; 9] = [
    "503",
    "drop_before",
    "malformed",
    "drop_after",
    "delay",
    "truncated",
    "500",
    "html",
    "408",
];

/// A request, in both logs: operation, status (0 without an answer), request id (empty without an answer).
type Seen = (String, u64, String);
/// All requests of a log by the trace that they belong to; those without one are of no caller.
type Book = BTreeMap<String, Vec<Seen>>;

/// What a caller was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Good,
    Failed,
    /// It could not be recorded, so it was not made.
    Refused,
}

struct Seat {
    tenant: String,
    endpoint: String,
    token: String,
    key: String,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_request_to_intercom_is_on_record_in_one_call() {
    let (calls, seed) = (number("FRONTDESK_TEST_CALLS", 600), seed());
    let sandbox = Sandbox::start(sandbox::Config {
        listen: ([127, 0, 0, 1], 0).into(),
        rate_limit: 600_000_000,
        ..sandbox::Config::default()
    })
    .await
    .unwrap();
    let house = House::with(sandbox, |config| {
        config.upstream_timeout = Duration::from_mins(2);
    })
    .await;
    let seats = seats(&house).await;
    let subjects = Subjects::of(&house).await;
    control(&house, "faults", &faults(calls)).await;
    let callers = (0..TENANTS * CALLERS).map(|index| {
        let count = calls / (TENANTS * CALLERS) as u64;
        let random = StdRng::seed_from_u64(seed.wrapping_add(index as u64));
        work(&house, &seats[index % TENANTS], &subjects, (count, random))
    });
    let told: BTreeMap<String, Told> = join_all(callers).await.into_iter().flatten().collect();
    house.tenants.gateway().flush().await;

    let entries = exported(&house, &seats).await;
    let audit = audited(&entries);
    let sandbox = logged(&house).await;
    same(&audit, &sandbox);
    paired(&entries, &told);
    counted(&house, &seats, &audit, &told).await;
    let requests: usize = sandbox.values().map(Vec::len).sum();
    let refused = told.values().filter(|told| **told == Told::Refused).count();
    let odd = requests_that(&sandbox, |status| {
        status >= 500 || [0, 408, 429].contains(&status)
    });
    say(&format!(
        "{} calls, {refused} refused for want of a record, {requests} requests, {odd} of them dropped or in trouble: all reconciled",
        told.len()
    ));
    assert!(
        odd as u64 >= calls * FAULTS / 300,
        "the faults did not come"
    );
}

/// A connection, an endpoint that may write, and an owner's key for each tenant.
async fn seats(house: &House) -> Vec<Seat> {
    let mut seats = Vec::new();
    for index in 0..TENANTS {
        let tenant = format!("seat-{index}");
        let system = house.tenants.store().system();
        system
            .create_tenant(Tenant::new(&tenant, &tenant))
            .await
            .unwrap();
        let connection = house.connect(&tenant, None).await.unwrap();
        let new = NewEndpoint {
            connection: Some(connection),
            settings: EndpointSettings {
                ceiling: Risk::Write,
                ..wide()
            },
            ..NewEndpoint::default()
        };
        let (endpoint, token) = house.endpoint_like(&tenant, new).await;
        let key = house.key_of(&tenant, Role::Owner).await;
        seats.push(Seat {
            tenant,
            endpoint,
            token,
            key,
        });
    }
    seats
}

/// What calls are about.
struct Subjects {
    contacts: Vec<String>,
    conversations: Vec<String>,
}

impl Subjects {
    async fn of(house: &House) -> Self {
        let ids = async |collection: &str| {
            let url = format!("{}/__sandbox/state/{collection}", house.sandbox.url);
            let told = answer(house.http.get(url).send().await.unwrap()).await;
            let ids = told["ids"].as_array().unwrap().iter();
            ids.map(|id| id.as_str().unwrap().to_owned()).collect()
        };
        Self {
            contacts: ids("contacts").await,
            conversations: ids("conversations").await,
        }
    }

    /// A tool and its arguments: reads, writes, composed ones, and those that fail in each place of the path.
    fn draw(&self, random: &mut StdRng) -> (&'static str, Value) {
        let contact = &self.contacts[random.random_range(0..self.contacts.len())];
        let conversation = &self.conversations[random.random_range(0..self.conversations.len())];
        match random.random_range(0..16) {
            0..4 => ("get_contact", json!({"id": contact})),
            4..6 => ("get_conversation", json!({"id": conversation})),
            6 => ("list_tags", json!({})),
            7 => ("search_contacts", json!({"role": "user", "per_page": 2})),
            8 => ("get_contact_360", json!({"contact_id": contact})),
            9 => {
                let name = format!("tag {}", random.random_range(0..20));
                ("create_or_update_tag", json!({"name": name}))
            }
            10 | 11 => (
                "add_internal_note",
                json!({"conversation_id": conversation, "body": "noted"}),
            ),
            12 => ("get_contact", json!({"id": "no-such"})),
            13 => ("delete_tag", json!({"tag_id": "1"})),
            14 => ("get_contact", json!({"idd": contact})),
            _ => ("no_such_tool", json!({})),
        }
    }
}

/// Faults at even distances.
fn faults(calls: u64) -> Value {
    let count = (calls * FAULTS / 100).max(KINDS.len() as u64);
    let usual = (0..count).zip(KINDS.iter().cycle()).map(
        |(index, kind)| json!({"kind": kind, "skip": index * calls / count, "delay_ms": 1 + index % 40}),
    );
    let spent = (0..=calls / SPENT).map(|index| json!({"kind": "429", "skip": index * SPENT + 7}));
    usual.chain(spent).collect()
}

/// Makes that many calls one after the other; what came of each, by its trace.
async fn work(
    house: &House,
    seat: &Seat,
    subjects: &Subjects,
    (count, mut random): (u64, StdRng),
) -> Vec<(String, Told)> {
    let mut told = Vec::new();
    for _ in 0..count {
        let (tool, arguments) = subjects.draw(&mut random);
        let rest = random.random_bool(0.3);
        let start = Instant::now();
        loop {
            let trace = format!("{:032x}", random.random::<u128>());
            let parent = format!("00-{trace}-00f067aa0ba902b7-01");
            let heard = if rest {
                over_rest(house, seat, (tool, &arguments), &parent).await
            } else {
                over_mcp(house, seat, (tool, &arguments), &parent).await
            };
            if let Some(heard) = heard {
                told.push((trace, heard));
            }
            if heard != Some(Told::Refused) {
                break;
            }
            assert!(
                start.elapsed() < Duration::from_mins(3),
                "nothing is recorded"
            );
            // As a good client: who comes again at once takes the time that the record needs.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    told
}

/// None where the call was turned away before there was one, as for a tool that does not exist.
async fn over_mcp(
    house: &House,
    seat: &Seat,
    (tool, arguments): (&str, &Value),
    parent: &str,
) -> Option<Told> {
    let url = format!("http://{}/mcp", house.server.addr);
    let request = tool_call(&house.http, &url, tool, arguments)
        .bearer_auth(&seat.token)
        .header("traceparent", parent);
    let response = request.send().await.unwrap();
    if response.status() == 503 {
        return Some(Told::Refused);
    }
    let answer = answer(response).await;
    if answer.get("error").is_some() {
        return None;
    }
    Some(if answer["result"]["isError"] == json!(true) {
        Told::Failed
    } else {
        Told::Good
    })
}

async fn over_rest(
    house: &House,
    seat: &Seat,
    (tool, arguments): (&str, &Value),
    parent: &str,
) -> Option<Told> {
    let path = format!("/tools/{tool}/execute");
    let body = json!({"endpoint": seat.endpoint, "arguments": arguments});
    let Answer { status, body, .. } = house
        .api_with(
            &seat.key,
            (Method::POST, &path),
            body,
            &[("traceparent", parent)],
        )
        .await;
    match status {
        503 => Some(Told::Refused),
        404 => None,
        200 | 429 if body["is_error"] == json!(false) => Some(Told::Good),
        200 | 429 => Some(Told::Failed),
        _ => panic!("{tool}: {status} {body}"),
    }
}

async fn control(house: &House, place: &str, body: &Value) {
    let url = format!("{}/__sandbox/{place}", house.sandbox.url);
    let request = house.http.post(url).body(body.to_string());
    let response = request.send().await.unwrap();
    assert!(
        response.status().is_success(),
        "{}",
        response.text().await.unwrap()
    );
}

/// The bodies of all entries, as the API exports them.
async fn exported(house: &House, seats: &[Seat]) -> Vec<Value> {
    let mut entries = Vec::new();
    for seat in seats {
        let url = format!("http://{}/api/v1/audit/export", house.server.addr);
        let response = house.http.get(url).bearer_auth(&seat.key).send().await;
        let text = response.unwrap().text().await.unwrap();
        for line in text.lines() {
            let entry: Value = serde_json::from_str(line).unwrap();
            assert_eq!(entry["tenant"], json!(seat.tenant));
            entries.push(serde_json::from_str(entry["body"].as_str().unwrap()).unwrap());
        }
        let whole = house
            .api(&seat.key, Method::GET, "/audit/verify", Value::Null)
            .await;
        assert_eq!(whole.body["whole"], json!(true), "{}", whole.body);
    }
    entries
}

fn audited(entries: &[Value]) -> Book {
    let mut book = Book::new();
    for entry in entries.iter().filter(|entry| entry["event"] == "finish") {
        let trace = entry["trace"].as_str().unwrap_or_default();
        for call in entry["upstream"].as_array().unwrap() {
            book.entry(trace.to_owned()).or_default().push((
                call["operation"].as_str().unwrap().to_owned(),
                call["status"].as_u64().unwrap_or(0),
                call["request_id"].as_str().unwrap_or_default().to_owned(),
            ));
        }
    }
    sorted(book)
}

async fn logged(house: &House) -> Book {
    let url = format!("{}/__sandbox/requests?limit=1000000", house.sandbox.url);
    let log = answer(house.http.get(url).send().await.unwrap()).await;
    let requests = log["requests"].as_array().unwrap();
    assert_eq!(
        log["total"],
        json!(requests.len()),
        "the sandbox forgot some"
    );
    let mut book = Book::new();
    for request in requests {
        let status = request["status"].as_u64().unwrap();
        // Whose connection was dropped never heard the id.
        let id = request["request_id"].as_str().filter(|_| status > 0);
        book.entry(request["trace"].as_str().unwrap_or_default().to_owned())
            .or_default()
            .push((
                request["operation"].as_str().unwrap().to_owned(),
                status,
                id.unwrap_or_default().to_owned(),
            ));
    }
    sorted(book)
}

/// A tool may have several requests under way at once.
fn sorted(mut book: Book) -> Book {
    for seen in book.values_mut() {
        seen.sort();
    }
    book
}

fn same(audit: &Book, sandbox: &Book) {
    let traces: BTreeSet<&String> = audit.keys().chain(sandbox.keys()).collect();
    let differ: Vec<_> = traces
        .into_iter()
        .filter(|trace| audit.get(*trace) != sandbox.get(*trace))
        .map(|trace| (trace, audit.get(trace), sandbox.get(trace)))
        .collect();
    let some = &differ[..differ.len().min(5)];
    assert!(
        differ.is_empty(),
        "{} differ, audit first: {some:#?}",
        differ.len()
    );
}

/// Every call has a beginning and an end, and ended as its caller was told; one that was refused may have a beginning.
fn paired(entries: &[Value], told: &BTreeMap<String, Told>) {
    let mut calls: BTreeMap<&str, (usize, Vec<&str>)> = BTreeMap::new();
    for entry in entries {
        let Some(trace) = entry["trace"].as_str() else {
            continue;
        };
        let call = calls.entry(trace).or_default();
        match entry["event"].as_str() {
            Some("begin") => call.0 += 1,
            _ => call.1.push(entry["outcome"].as_str().unwrap()),
        }
    }
    for (trace, told) in told {
        let (begun, ended) = calls.remove(trace.as_str()).unwrap_or_default();
        let right = match told {
            Told::Good => begun == 1 && ended == ["ok"],
            Told::Failed => begun == 1 && ended.len() == 1 && ended[0] != "ok",
            Told::Refused => begun <= 1 && ended.is_empty(),
        };
        assert!(right, "{trace} was told {told:?}: {begun} begun, {ended:?}");
    }
    assert!(calls.is_empty(), "calls that nobody made: {calls:?}");
}

/// What tenants are told they used is what the log holds.
async fn counted(house: &House, seats: &[Seat], audit: &Book, told: &BTreeMap<String, Told>) {
    let (mut calls, mut requests) = (0, 0);
    for seat in seats {
        let path = "/usage?by=tenant";
        let usage = house.api(&seat.key, Method::GET, path, Value::Null).await;
        let row = &usage.body["items"][0];
        calls += row["calls"].as_u64().unwrap();
        requests += row["upstream_calls"].as_u64().unwrap();
    }
    let made = told.values().filter(|told| **told != Told::Refused).count();
    let traced = audit.iter().filter(|(trace, _)| !trace.is_empty());
    let asked: usize = traced.map(|(_, seen)| seen.len()).sum();
    assert_eq!((calls, requests), (made as u64, asked as u64));
}

fn requests_that(book: &Book, is: impl Fn(u64) -> bool) -> usize {
    book.values().flatten().filter(|seen| is(seen.1)).count()
}
