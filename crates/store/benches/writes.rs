//! How many durable writes a second, alone and in company: `cargo bench -p store`.
//!
//! `FRONTDESK_TEST_POSTGRES` adds the Postgres database of that URL; it is not cleaned up.

use std::time::{Duration, Instant};
use store::{Auditor, Counter, NewEntry, Options, Place, Store, new_id, now};

const LASTING: Duration = Duration::from_secs(3);

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let folder = std::env::temp_dir().join(format!("store-bench-{}", new_id()));
    let mut places = vec![("SQLite", Place::File(folder.join("bench.db")))];
    if let Ok(url) = std::env::var("FRONTDESK_TEST_POSTGRES") {
        places.push(("Postgres", Place::Postgres(url)));
    }
    for (engine, place) in places {
        let kinds = [
            (Kind::Counter, "writes"),
            (Kind::Audit, "audit entries on disk"),
            (Kind::Noted, "audit entries taken"),
        ];
        for waiters in [1, 32, 256] {
            for (kind, what) in kinds {
                let (rate, p50, p99) = runtime.block_on(measure(&place, waiters, kind));
                println!(
                    "{engine}, {waiters} waiters: {rate:.0} {what}/s, p50 {p50:?}, p99 {p99:?}"
                );
            }
        }
    }
    std::fs::remove_dir_all(folder).expect("the folder is there");
}

#[derive(Clone, Copy)]
enum Kind {
    Counter,
    Audit,
    Noted,
}

async fn measure(place: &Place, waiters: usize, kind: Kind) -> (f64, Duration, Duration) {
    let store = Store::open(place, Options::default()).await.expect("opens");
    let (auditor, _task) = Auditor::start(&store);
    let began = Instant::now();
    let tasks: Vec<_> = (0..waiters)
        .map(|waiter| {
            let (store, auditor) = (store.clone(), auditor.clone());
            tokio::spawn(async move {
                let tenant = store.scope("bench").expect("an id");
                let subject = format!("subject {waiter}");
                let mut times = Vec::new();
                while began.elapsed() < LASTING {
                    let start = Instant::now();
                    let done = match kind {
                        Kind::Counter => {
                            let counter = Counter {
                                subject: &subject,
                                metric: "calls",
                                span_ms: 1000,
                            };
                            tenant.count(counter, 1, now()).await
                        }
                        Kind::Audit => auditor.record("bench", entry()).await,
                        Kind::Noted => auditor.note("bench", entry()).await,
                    };
                    match done {
                        Ok(()) => times.push(start.elapsed()),
                        // A disk that others use as well may be too slow for the auditor's patience.
                        Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                    }
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.expect("runs"));
    }
    let rate = f64::from(u32::try_from(times.len()).expect("fits")) / began.elapsed().as_secs_f64();
    times.sort_unstable();
    (rate, times[times.len() / 2], times[times.len() * 99 / 100])
}

fn entry() -> NewEntry {
    NewEntry {
        event_id: new_id(),
        kind: "begin".to_owned(),
        at: now(),
        call_id: new_id(),
        user_id: Some("ann".to_owned()),
        endpoint_id: Some("main".to_owned()),
        tool: Some("search_conversations".to_owned()),
        outcome: None,
        body: format!(r#"{{"arguments_sha256":"{}"}}"#, "0".repeat(64)),
    }
}
