//! What a server weighs with a crowd of tenants, before anybody called and after every endpoint was called once.

use crate::{
    load::{TURNED_AWAY, Target, each, ms},
    process::{Usage, home},
    tenants::Desk,
};
use futures_util::{StreamExt, stream};
use std::{net::SocketAddr, sync::atomic::Ordering, time::Instant};

/// Tenants that are made at once, so that they share commits.
const AT_ONCE: usize = 128;
const ENDPOINTS: usize = 10;
const CALLERS: usize = 32;

/// Prints the figures; `FRONTDESK_BENCH_TENANTS` makes the crowd smaller.
pub async fn weigh(upstream: SocketAddr) {
    let count = std::env::var("FRONTDESK_BENCH_TENANTS")
        .map_or(10_000, |text| text.parse().expect("a number of tenants"));
    let start = Instant::now();
    let desk = Desk::open(upstream, "crowd", None).await;
    let names: Vec<String> = (0..count)
        .map(|number| format!("tenant-{number}"))
        .collect();
    let tokens: Vec<String> = stream::iter(&names)
        .map(|name| desk.add(name, ENDPOINTS))
        .buffer_unordered(AT_ONCE)
        .flat_map(stream::iter)
        .collect()
        .await;
    println!(
        "{count} tenants, {} endpoints, made in {:.0?}",
        tokens.len(),
        start.elapsed()
    );
    let start = Instant::now();
    let server = desk.serve().await;
    println!("start to listening: {:.0} ms", ms(start.elapsed()));
    println!(
        "resident before the first call: {:.1} MB",
        server.child.resident_mb()
    );
    let targets: Vec<Target> = tokens
        .iter()
        .map(|token| Target::frontdesk(server.address, token))
        .collect();
    for round in ["first", "second"] {
        let start = Instant::now();
        let times = each(&targets, CALLERS).await;
        println!(
            "{round} call of every endpoint, {CALLERS} callers: p50 {:.3} ms, p99 {:.3} ms, {:.0} calls/s; resident {:.1} MB",
            ms(times.median()),
            ms(times.percentile(99)),
            targets.len() as f64 / start.elapsed().as_secs_f64(),
            server.child.resident_mb(),
        );
    }
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let again = TURNED_AWAY.load(Ordering::Relaxed);
    println!(
        "told 503 and came again: {again}; load average at the end: {}",
        load.trim()
    );
    drop(server);
    // Left behind, the folder only costs space.
    let _ = std::fs::remove_dir_all(home());
}
