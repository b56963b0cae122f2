//! Several processes on one connection.

use super::*;
use std::{collections::BTreeMap, future::Future, pin::Pin};

/// A tally in memory, a millisecond away.
#[derive(Debug, Default)]
struct Counted {
    windows: Mutex<BTreeMap<u64, u64>>,
    /// Answers nothing from this window on.
    until: Option<u64>,
    /// Takes longer than anybody waits.
    stuck: bool,
}

impl Tally for Counted {
    fn add(
        &self,
        window: u64,
        calls: u64,
    ) -> Pin<Box<dyn Future<Output = Option<u64>> + Send + '_>> {
        Box::pin(async move {
            sleep(Duration::from_millis(if self.stuck { 60_000 } else { 1 })).await;
            let mut windows = self.windows.lock().unwrap();
            let taken = windows.entry(window).or_default();
            *taken += calls;
            (self.until.is_none_or(|until| window < until)).then_some(*taken)
        })
    }
}

fn replicas(tally: &Arc<Counted>) -> Vec<Arc<Budget>> {
    (0..3)
        .map(|_| {
            let tally: Arc<dyn Tally> = Arc::<Counted>::clone(tally);
            Arc::new(Budget::starting_at(UNIX).shared(tally))
        })
        .collect()
}

/// All replicas at once, each with callers of its own.
async fn storm(server: &Arc<Server>, replicas: &[Arc<Budget>], calls: [u64; 3]) {
    let bursts = replicas
        .iter()
        .zip(calls)
        .map(|(budget, calls)| burst(server, budget, Urgency::Interactive, calls, 16));
    futures_util::future::join_all(bursts).await;
}

#[tokio::test(start_paused = true)]
async fn three_replicas_use_every_window_and_earn_no_refusal() {
    for (limit, calls) in [
        (1_666, [6_000, 6_000, 6_000]),
        (1_666, [15_000, 20, 300]),
        (167, [700, 700, 700]),
    ] {
        let server = Server::new(limit, 0);
        let replicas = replicas(&Arc::default());
        storm(&server, &replicas, calls).await;
        assert_well_used(limit, &server.counts(), &format!("{limit}, {calls:?}"));
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_dead_replica_had_taken_is_back_with_the_next_window() {
    let server = Server::new(1_666, 0);
    let mut replicas = replicas(&Arc::default());
    let dying = replicas.pop().unwrap();
    let killed = {
        let server = Arc::clone(&server);
        tokio::spawn(async move { burst(&server, &dying, Urgency::Interactive, 90_000, 16).await })
    };
    let end = async {
        // In the middle of a window.
        sleep(Duration::from_secs(14)).await;
        killed.abort();
    };
    tokio::join!(storm(&server, &replicas, [7_000, 7_000, 0]), end);
    assert_well_used(1_666, &server.counts(), "one of three died");
}

#[tokio::test(start_paused = true)]
async fn without_a_tally_each_goes_by_what_the_answers_say() {
    for (what, tally) in [
        (
            "it went away",
            Counted {
                until: Some(1_790_000_030),
                ..Counted::default()
            },
        ),
        (
            "it hangs",
            Counted {
                stuck: true,
                ..Counted::default()
            },
        ),
    ] {
        let server = Server::new(1_666, 0);
        storm(&server, &replicas(&Arc::new(tally)), [6_000, 6_000, 6_000]).await;
        let counts = server.counts();
        let used: u64 = counts.iter().map(|window| window.used).sum();
        let refused: u64 = counts[1..].iter().map(|window| window.refused).sum();
        assert!(used * 100 / (used + refused) >= 99, "{what}: {counts:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_for_its_part_and_not_for_the_windows_end() {
    let server = Server::new(1_666, 0);
    let budget = replicas(&Arc::default()).pop().unwrap();
    server.call(&budget, Urgency::Interactive, (1, 1)).await;
    let soon = Instant::now() + Duration::from_secs(1);
    let slot = budget.acquire_by(Urgency::Interactive, soon).await;
    assert!(
        slot.is_some(),
        "its part of the window was a millisecond away"
    );
    assert!(Instant::now() < soon);
}
