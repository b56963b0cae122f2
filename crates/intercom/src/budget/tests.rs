//! Tests of `budget.rs`.

mod shared;

use super::*;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::time::{advance, sleep, timeout};

const UNIX: Millis = 1_790_000_003_400;

/// Intercom's counting: windows of ten seconds by its own clock.
struct Server {
    limit: u64,
    start: Instant,
    /// Its clock when it started.
    unix: Millis,
    windows: Mutex<std::collections::BTreeMap<Millis, Counts>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    used: u64,
    refused: u64,
}

impl Server {
    fn new(limit: u64, ahead: Millis) -> Arc<Self> {
        Arc::new(Self {
            limit,
            start: Instant::now(),
            unix: UNIX + ahead,
            windows: Mutex::default(),
        })
    }

    fn take(&self) -> (u16, Rate) {
        let now = self.unix + Millis::try_from(self.start.elapsed().as_millis()).unwrap();
        let window = now / 10_000;
        let mut windows = self.windows.lock().unwrap();
        let counts = windows.entry(window).or_default();
        let admitted = counts.used < self.limit;
        if admitted {
            counts.used += 1;
        } else {
            counts.refused += 1;
        }
        let reset = u64::try_from(window + 1).unwrap() * 10;
        (
            if admitted { 200 } else { 429 },
            Rate {
                limit: self.limit,
                remaining: self.limit - counts.used,
                reset,
            },
        )
    }

    /// One call through the budget, with a round trip of its own length; tells whether it was admitted.
    async fn call(
        &self,
        budget: &Arc<Budget>,
        urgency: Urgency,
        (there, back): (u64, u64),
    ) -> bool {
        let slot = budget.acquire(urgency).await;
        sleep(Duration::from_millis(there)).await;
        let (status, rate) = self.take();
        sleep(Duration::from_millis(back)).await;
        slot.settle(status, Some(rate), None);
        status == 200
    }

    fn counts(&self) -> Vec<Counts> {
        self.windows.lock().unwrap().values().copied().collect()
    }
}

fn budget() -> Arc<Budget> {
    Arc::new(Budget::starting_at(UNIX))
}

/// Callers that together make `calls` calls, as fast as they may; trips of random length.
async fn burst(
    server: &Arc<Server>,
    budget: &Arc<Budget>,
    urgency: Urgency,
    calls: u64,
    callers: u64,
) {
    let left = Arc::new(AtomicU64::new(calls));
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let (server, budget, left) =
                (Arc::clone(server), Arc::clone(budget), Arc::clone(&left));
            tokio::spawn(async move {
                let mut random = StdRng::seed_from_u64(caller);
                while left
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                        left.checked_sub(1)
                    })
                    .is_ok()
                {
                    let trip = (random.random_range(0..12), random.random_range(0..12));
                    server.call(&budget, urgency, trip).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

/// All windows but the first and the last are used by 95 % at least, and none but the first earns a refusal.
fn assert_well_used(limit: u64, counts: &[Counts], what: &str) {
    let (_, full) = counts[1..].split_last().unwrap();
    assert!(full.len() >= 2, "{what}: {counts:?}");
    for window in full {
        assert!(window.used * 100 >= limit * 95, "{what}: {counts:?}");
    }
    let refused: u64 = counts[1..].iter().map(|window| window.refused).sum();
    assert_eq!(refused, 0, "{what}: {counts:?}");
}

#[tokio::test(start_paused = true)]
async fn a_burst_uses_every_window_and_earns_no_refusal() {
    for (limit, ahead) in [
        (1_666, 0),
        (1_666, 900),
        (1_666, -900),
        (167, 0),
        (1_666, 30_000),
        (1_666, -30_000),
    ] {
        let server = Server::new(limit, ahead);
        let budget = budget();
        burst(&server, &budget, Urgency::Interactive, limit * 12, 32).await;
        let counts = server.counts();
        if ahead.abs() < 1_000 {
            assert_eq!(counts[0].refused, 0, "{ahead}: {counts:?}");
        }
        // A clock that is wrong by half a minute is learned within the first windows.
        let learned = if ahead.abs() < 1_000 { 0 } else { 2 };
        assert_well_used(
            limit,
            &counts[learned..],
            &format!("limit {limit}, ahead {ahead} ms"),
        );
        assert_eq!(budget.state().in_flight, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn twenty_thousand_calls_from_thirty_two_callers() {
    let server = Server::new(1_666, 0);
    burst(&server, &budget(), Urgency::Interactive, 20_000, 32).await;
    assert_well_used(server.limit, &server.counts(), "20,000");
    assert_eq!(
        server
            .counts()
            .iter()
            .map(|window| window.used)
            .sum::<u64>(),
        20_000
    );
}

#[tokio::test(start_paused = true)]
async fn bulk_alone_uses_every_window_too() {
    let server = Server::new(1_666, 300);
    burst(&server, &budget(), Urgency::Bulk, 10_000, 32).await;
    assert_well_used(server.limit, &server.counts(), "bulk");
}

#[tokio::test(start_paused = true)]
async fn another_client_may_eat_from_the_same_allowance() {
    let server = Server::new(1_666, 0);
    let other = Arc::clone(&server);
    let eater = tokio::spawn(async move {
        let mut random = StdRng::seed_from_u64(7);
        loop {
            sleep(Duration::from_millis(random.random_range(0..60))).await;
            if other
                .windows
                .lock()
                .unwrap()
                .values()
                .last()
                .is_some_and(|window| window.used < other.limit)
            {
                other.take();
            }
        }
    });
    burst(&server, &budget(), Urgency::Interactive, 15_000, 32).await;
    eater.abort();
    assert_well_used(server.limit, &server.counts(), "shared");
}

#[tokio::test(start_paused = true)]
async fn waiting_calls_go_in_order_and_interactive_ones_first() {
    let server = Server::new(10, 0);
    let budget = budget();
    for _ in 0..10 {
        assert!(server.call(&budget, Urgency::Interactive, (0, 0)).await);
    }
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for (name, urgency) in [
        ("bulk 1", Urgency::Bulk),
        ("bulk 2", Urgency::Bulk),
        ("person 1", Urgency::Interactive),
        ("person 2", Urgency::Interactive),
    ] {
        let (server, budget, order) =
            (Arc::clone(&server), Arc::clone(&budget), Arc::clone(&order));
        tasks.push(tokio::spawn(async move {
            let slot = budget.acquire(urgency).await;
            order.lock().unwrap().push(name);
            let (status, rate) = server.take();
            slot.settle(status, Some(rate), None);
        }));
        tokio::task::yield_now().await;
    }
    let state = budget.state();
    assert_eq!(
        (
            state.waiting_interactive,
            state.waiting_bulk,
            state.remaining
        ),
        (2, 2, Some(0))
    );
    assert!(state.opens_in > Duration::from_secs(6), "{state:?}");
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(
        *order.lock().unwrap(),
        ["person 1", "person 2", "bulk 1", "bulk 2"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_leaves_gives_the_place_back() {
    let server = Server::new(10, 0);
    let budget = budget();
    for _ in 0..10 {
        server.call(&budget, Urgency::Interactive, (0, 0)).await;
    }
    // The first in line watches the time; when it leaves, the next must.
    let first = tokio::spawn({
        let budget = Arc::clone(&budget);
        async move { drop(budget.acquire(Urgency::Interactive).await) }
    });
    tokio::task::yield_now().await;
    let second = tokio::spawn({
        let (server, budget) = (Arc::clone(&server), Arc::clone(&budget));
        async move { server.call(&budget, Urgency::Interactive, (0, 0)).await }
    });
    tokio::task::yield_now().await;
    first.abort();
    assert!(
        timeout(Duration::from_secs(12), second)
            .await
            .unwrap()
            .unwrap()
    );
    let state = budget.state();
    assert_eq!((state.in_flight, state.waiting_interactive), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_leaves_with_the_ticket_in_hand_loses_nothing() {
    let budget = budget();
    let mut slots: Vec<Slot> = Vec::new();
    for _ in 0..4 {
        slots.push(budget.acquire(Urgency::Interactive).await);
    }
    let mut waiting = Box::pin(budget.acquire(Urgency::Interactive));
    assert!(
        timeout(Duration::from_millis(1), waiting.as_mut())
            .await
            .is_err()
    );
    slots.pop().unwrap().unsent();
    // Served, but never polled again.
    drop(waiting);
    assert_eq!(budget.state().in_flight, 3);
    drop(slots);
    assert_eq!(budget.state().in_flight, 0);
}

#[tokio::test(start_paused = true)]
async fn time_alone_opens_the_gate() {
    let budget = budget();
    let slots: Vec<Slot> = [(); 4]
        .map(|()| budget.clone())
        .into_iter()
        .map(|budget| futures_util::FutureExt::now_or_never(budget.acquire(Urgency::Bulk)).unwrap())
        .collect();
    assert!(futures_util::FutureExt::now_or_never(budget.acquire(Urgency::Bulk)).is_none());
    advance(Duration::from_secs(1)).await;
    assert!(futures_util::FutureExt::now_or_never(budget.acquire(Urgency::Bulk)).is_some());
    assert_eq!(slots.len(), 4);
}

/// Time that goes on between two looks must not make them differ, or the first in line would ring itself forever.
#[tokio::test]
async fn the_first_in_line_sleeps() {
    let budget = Arc::new(Budget::default());
    let unix = u64::try_from(ServerClock::wall() / 1_000).unwrap();
    let spent = Rate {
        limit: 10,
        remaining: 0,
        reset: unix + 9,
    };
    budget
        .acquire(Urgency::Interactive)
        .await
        .settle(200, Some(spent), None);
    for urgency in [Urgency::Interactive, Urgency::Bulk] {
        let waiting = timeout(Duration::from_millis(20), budget.acquire(urgency));
        assert!(
            waiting.await.is_err(),
            "{urgency:?} was let pass, or kept the thread until it was"
        );
    }
    assert!(budget.opens_in() > Duration::from_secs(5));
}
