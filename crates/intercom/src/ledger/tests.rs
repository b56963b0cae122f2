//! Tests of `ledger.rs`.

use super::*;

/// The server's clock at the start of each test: in the middle of a window that ends at `RESET`.
const UNIX: Millis = 1_790_000_005_000;
const RESET: u64 = 1_790_000_010;

struct Books {
    ledger: Ledger,
    start: Instant,
}

impl Books {
    /// Books of which the first answer told limit and rest.
    fn metered(limit: u64, remaining: u64) -> Self {
        Self::skewed(limit, remaining, 0)
    }

    /// The same where our clock is ahead of the server's by some milliseconds.
    fn skewed(limit: u64, remaining: u64, ahead: Millis) -> Self {
        let start = Instant::now();
        let mut books = Self {
            ledger: Ledger::new(start, UNIX + ahead),
            start,
        };
        let ticket = books.ledger.admit(start);
        books.answer(ticket, (limit, remaining, RESET), 0);
        books
    }

    fn at(&self, millis: u64) -> Instant {
        self.start + Duration::from_millis(millis)
    }

    /// An answer after some milliseconds: limit, rest, reset.
    fn answer(&mut self, ticket: Ticket, told: (u64, u64, u64), millis: u64) {
        let (limit, remaining, reset) = told;
        let rate = Some(Rate {
            limit,
            remaining,
            reset,
        });
        let receipt = Receipt {
            status: 200,
            rate,
            retry_after: None,
        };
        self.ledger.settle(ticket, receipt, self.at(millis));
    }

    fn bare(&mut self, ticket: Ticket, status: u16, retry_after: Option<Duration>) {
        let receipt = Receipt {
            status,
            rate: None,
            retry_after,
        };
        self.ledger.settle(ticket, receipt, self.start);
    }

    /// Admits all that may leave, at most `most`.
    fn fill(&mut self, urgency: Urgency, millis: u64, most: usize) -> Vec<Ticket> {
        let now = self.at(millis);
        let mut tickets = Vec::new();
        while tickets.len() < most && self.ledger.room(urgency, now) == Room::Open {
            tickets.push(self.ledger.admit(now));
        }
        tickets
    }

    /// After how many milliseconds a call of this urgency may leave, if not now.
    fn closed_until(&self, urgency: Urgency, millis: u64) -> Option<u128> {
        match self.ledger.room(urgency, self.at(millis)) {
            Room::Open => None,
            Room::Closed(until) => Some(until.duration_since(self.start).as_millis()),
        }
    }
}

#[test]
fn before_the_first_answer_little_is_sent() {
    let start = Instant::now();
    let mut books = Books {
        ledger: Ledger::new(start, UNIX),
        start,
    };
    assert_eq!(books.fill(Urgency::Interactive, 0, 99).len(), 4);
    assert_eq!(books.closed_until(Urgency::Interactive, 0), Some(1_000));
    assert_eq!(
        books.fill(Urgency::Interactive, 1_000, 99).len(),
        4,
        "a call without answer holds nobody up for long"
    );
}

#[test]
fn answers_without_headers_open_the_gate_only_when_they_are_good() {
    let start = Instant::now();
    let mut books = Books {
        ledger: Ledger::new(start, UNIX),
        start,
    };
    let tickets = books.fill(Urgency::Interactive, 0, 99);
    books.bare(tickets[0], 401, None);
    assert_eq!(books.fill(Urgency::Interactive, 0, 99).len(), 1);
    books.bare(tickets[1], 200, None);
    assert_eq!(books.fill(Urgency::Bulk, 0, 500).len(), 500);
}

#[test]
fn a_hundred_million_holds_nothing_back() {
    let mut books = Books::metered(100_000_000, 99_999_999);
    assert_eq!(books.fill(Urgency::Interactive, 0, 50_000).len(), 50_000);
    assert_eq!(books.fill(Urgency::Bulk, 0, 50_000).len(), 50_000);
}

#[test]
fn the_lowest_rest_less_the_calls_on_the_way_is_what_may_leave() {
    let mut books = Books::metered(20, 10);
    let tickets = books.fill(Urgency::Interactive, 0, 99);
    assert_eq!(tickets.len(), 10);
    books.answer(tickets[0], (20, 2, RESET), 10);
    books.answer(tickets[1], (20, 7, RESET), 10);
    assert_eq!(
        books.closed_until(Urgency::Interactive, 10),
        Some(6_000),
        "a higher rest that arrives later is not believed"
    );
    for ticket in &tickets[2..] {
        books.answer(*ticket, (20, 2, RESET), 10);
    }
    assert_eq!(books.fill(Urgency::Interactive, 20, 99).len(), 2);
}

#[test]
fn an_old_window_does_not_speak_for_the_new_one() {
    let mut books = Books::metered(100, 50);
    let old = books.fill(Urgency::Interactive, 0, 2);
    let probe = books.ledger.admit(books.at(5_500));
    books.answer(probe, (100, 99, RESET + 10), 5_600);
    books.answer(old[0], (100, 0, RESET), 5_700);
    assert_eq!(
        books.fill(Urgency::Interactive, 5_700, 500).len(),
        98,
        "99 less the old call still on the way"
    );
}

#[test]
fn after_the_end_a_few_calls_ask_before_all_follow() {
    let mut books = Books::metered(100, 0);
    assert_eq!(
        books.closed_until(Urgency::Interactive, 100),
        Some(6_000),
        "a second after the reset"
    );
    assert!(books.fill(Urgency::Interactive, 5_999, 9).is_empty());
    let probes = books.fill(Urgency::Interactive, 6_000, 99);
    assert_eq!(probes.len(), 4);
    books.answer(probes[0], (100, 99, RESET + 10), 6_010);
    assert_eq!(books.fill(Urgency::Interactive, 6_010, 500).len(), 96);
}

#[test]
fn what_was_left_may_be_sent_over_the_end() {
    let mut books = Books::metered(100, 60);
    assert_eq!(books.fill(Urgency::Interactive, 7_000, 500).len(), 60);
}

#[test]
fn a_clock_that_is_ahead_costs_a_few_calls_once() {
    // Our clock says that the window is over when four seconds are left.
    let mut books = Books::skewed(100, 0, 4_000);
    let mut refused = 0;
    let mut step = 0;
    while step < 5_000 {
        for ticket in books.fill(Urgency::Interactive, step, 99) {
            refused += 1;
            books.answer(ticket, (100, 0, RESET), step);
        }
        step += 50;
    }
    assert!((1..=8).contains(&refused), "{refused}");
    // The next window is known by the same, mended clock.
    let until = books
        .closed_until(Urgency::Interactive, 5_000)
        .unwrap_or(5_000);
    assert!((5_000..=6_100).contains(&until), "{until}");
    let probe = books.fill(Urgency::Interactive, 6_100, 1)[0];
    books.answer(probe, (100, 0, RESET + 10), 6_110);
    let until = books.closed_until(Urgency::Interactive, 6_200).unwrap();
    assert!((15_000..=16_200).contains(&until), "{until}");
}

#[test]
fn a_clock_that_is_behind_does_not_wait_for_minutes() {
    let books = Books::skewed(100, 0, -120_000);
    let until = books.closed_until(Urgency::Interactive, 0).unwrap();
    assert!((6_000..=11_000).contains(&until), "{until}");
}

#[test]
fn bulk_leaves_a_reserve_that_shrinks() {
    let mut books = Books::metered(1_000, 900);
    // Half of the window is left, so half of a tenth stays untouched.
    assert_eq!(books.fill(Urgency::Bulk, 0, 5_000).len(), 850);
    let until = books.closed_until(Urgency::Bulk, 0).unwrap();
    assert!((1..200).contains(&until), "{until}");
    assert_eq!(books.fill(Urgency::Interactive, 0, 20).len(), 20);
    assert_eq!(
        books.fill(Urgency::Bulk, 4_990, 5_000).len(),
        30,
        "nothing is left unused in the end"
    );
}

#[test]
fn lost_calls_count_and_unsent_ones_do_not() {
    let mut books = Books::metered(100, 3);
    let tickets = books.fill(Urgency::Interactive, 0, 99);
    books.ledger.lose(tickets[0]);
    assert!(books.fill(Urgency::Interactive, 0, 99).is_empty());
    books.ledger.cancel(tickets[1]);
    assert_eq!(books.fill(Urgency::Interactive, 0, 99).len(), 1);
    assert_eq!(books.ledger.in_flight(), 2);
}

#[test]
fn refusals_without_headers_hold_everybody() {
    let mut books = Books::metered(100, 50);
    let tickets = books.fill(Urgency::Interactive, 0, 2);
    books.bare(tickets[0], 429, Some(Duration::from_secs(3)));
    assert_eq!(books.closed_until(Urgency::Interactive, 0), Some(3_000));
    books.bare(tickets[1], 429, None);
    assert_eq!(
        books.closed_until(Urgency::Interactive, 0),
        Some(3_000),
        "the longer one holds"
    );
    assert_eq!(books.closed_until(Urgency::Interactive, 3_000), None);
}

#[test]
fn other_users_of_the_allowance_are_given_a_margin() {
    let mut books = Books::metered(1_000, 999);
    let tickets = books.fill(Urgency::Interactive, 0, 100);
    for (used, ticket) in (1..).zip(tickets) {
        books.answer(ticket, (1_000, 899 - used, RESET), 100);
    }
    // 1,000 less 799 are used, of which 101 are ours: about 20 calls a second are not.
    let left = books.fill(Urgency::Interactive, 200, 5_000).len();
    assert!((780..799).contains(&left), "{left}");
}

#[test]
fn a_server_whose_clock_was_set_back_is_believed() {
    let mut books = Books::metered(100, 50);
    let ticket = books.fill(Urgency::Interactive, 0, 1)[0];
    books.answer(ticket, (100, 80, RESET - 3_600), 10);
    assert_eq!(books.ledger.window(books.at(10)), Some((100, 80)));
}
