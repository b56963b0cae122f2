//! The road, measured from outside: a load generator, the release binary, and an upstream that answers at once.
//!
//! `cargo bench -p frontdesk --bench road` prints one table; `-- --peers` adds the peers that `e2e/peers.sh` installs.
//! `-- --tenants` compares a server of many tenants with that of one access token instead, `-- --crowd` weighs one with
//! 10,000 tenants and 100,000 endpoints. `FRONTDESK_BIN` names another binary to measure.

#![expect(
    unreachable_pub,
    clippy::cast_precision_loss,
    clippy::print_stdout,
    reason = "a program that prints figures and that nothing else uses"
)]

mod crowd;
mod load;
mod process;
mod report;
mod stdio;
mod tenants;
mod upstream;

use load::{Load, Target};
use process::{Peer, Server, Usage};
use report::Row;
use std::{net::SocketAddr, time::Duration};
use stdio::Program;

/// Calls of a latency run, after a tenth as many to warm up.
const SEQUENTIAL: usize = 20_000;
/// The same for peers, which take long.
const SEQUENTIAL_PEER: usize = 1_000;
/// How long a throughput run lasts.
const BUSY: Duration = Duration::from_secs(5);
/// Callers of a throughput run.
const CALLERS: usize = 32;
/// Calls after which memory is read again.
const MANY: usize = 100_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.iter().any(|argument| argument == "--upstream") {
        return upstream::serve();
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let upstream = Server::upstream();
        let asked = |mode: &str| arguments.iter().any(|argument| argument == mode);
        if asked("--tenants") {
            return tenants::compare(upstream.address).await;
        }
        if asked("--crowd") {
            return crowd::weigh(upstream.address).await;
        }
        let mut rows = vec![
            measure(
                "upstream, asked directly",
                &upstream,
                Target::direct(upstream.address),
                SEQUENTIAL,
            )
            .await,
        ];
        rows.push(frontdesk(upstream.address).await);
        rows.push(Program::frontdesk(upstream.address).measure(
            "frontdesk, stdio",
            SEQUENTIAL,
            CALLERS,
            BUSY,
        ));
        if asked("--peers") {
            for peer in Peer::all() {
                rows.push(beside(&peer, upstream.address).await);
            }
        }
        report::print(&rows);
        println!(
            "stdio, start to the tools/list answer: {}",
            stdio::cold_start()
        );
    });
}

async fn frontdesk(upstream: SocketAddr) -> Row {
    let server = Server::frontdesk(upstream);
    let target = Target::frontdesk(server.address, "bench");
    let mut row = measure("frontdesk, HTTP", &server, target.clone(), SEQUENTIAL).await;
    Load::new(target).calls(CALLERS, MANY).await;
    row.busy_mb = server.child.resident_mb();
    row
}

async fn beside(peer: &Peer, upstream: SocketAddr) -> Row {
    if peer.transport == "stdio" {
        let program = Program::start(&mut peer.command(upstream), &peer.tool, &peer.arguments);
        return program.measure(&peer.name, SEQUENTIAL_PEER, CALLERS, BUSY);
    }
    let server = Server::start(&mut peer.command(upstream));
    let target = Target::peer(server.address, &peer.tool, &peer.arguments).await;
    measure(&peer.name, &server, target, SEQUENTIAL_PEER).await
}

/// One caller for latency, then many for throughput and CPU.
async fn measure(name: &str, server: &Server, target: Target, calls: usize) -> Row {
    let idle_mb = server.child.resident_mb();
    let load = Load::new(target);
    load.latencies(calls / 10).await;
    let latencies = load.latencies(calls).await;
    load.during(CALLERS, BUSY / 5).await;
    let before = server.child.cpu();
    let done = load.during(CALLERS, BUSY).await;
    let cpu = server.child.cpu().saturating_sub(before);
    Row {
        name: name.to_owned(),
        median: latencies.median(),
        p99: latencies.percentile(99),
        per_second: done as f64 / BUSY.as_secs_f64(),
        cpu_per_call: cpu / u32::try_from(done.max(1)).unwrap_or(u32::MAX),
        idle_mb,
        busy_mb: server.child.resident_mb(),
    }
}
