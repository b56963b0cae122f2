//! The progress of an export on standard error: a line that is drawn again, or plain lines where nobody watches.

use export::{Meter, Phase, Reading, Source};
use gateway::BudgetState;
use std::{
    convert::Infallible,
    io::{IsTerminal, Write},
    time::{Duration, Instant},
};

/// How often the line is drawn again, and how often a plain one is written.
const DRAWN: Duration = Duration::from_millis(250);
const WRITTEN: Duration = Duration::from_secs(10);

/// The bar.
pub(super) struct Bar {
    name: &'static str,
    started: Instant,
    drawn: bool,
}

impl Bar {
    /// A bar for a dataset.
    pub(super) fn new(name: &'static str) -> Self {
        Self {
            name,
            started: Instant::now(),
            drawn: std::io::stderr().is_terminal(),
        }
    }

    /// Shows how far the work is, for as long as it is polled.
    pub(super) async fn watch(&mut self, meter: &Meter, source: &dyn Source) -> Infallible {
        let mut ticks = tokio::time::interval(DRAWN);
        let mut told = Duration::ZERO;
        loop {
            ticks.tick().await;
            self.notes(meter);
            let elapsed = self.started.elapsed();
            let line = line(self.name, &meter.read(elapsed), source.allowance().as_ref());
            if self.drawn {
                let _ = write!(std::io::stderr(), "\r\x1b[2K{line}");
            } else if elapsed.saturating_sub(told) >= WRITTEN {
                told = elapsed;
                let _ = writeln!(std::io::stderr(), "{line}");
            }
        }
    }

    /// Leaves a clean line behind.
    pub(super) fn end(&self, meter: &Meter) {
        self.notes(meter);
        if self.drawn {
            let _ = write!(std::io::stderr(), "\r\x1b[2K");
        }
    }

    fn notes(&self, meter: &Meter) {
        let clear = if self.drawn { "\r\x1b[2K" } else { "" };
        for note in meter.notes() {
            let _ = writeln!(std::io::stderr(), "{clear}{note}");
        }
    }
}

/// What is done, how fast, with what allowance, and how long it will take.
fn line(name: &str, reading: &Reading, allowance: Option<&BudgetState>) -> String {
    let what = match reading.phase {
        Phase::Pull => name.to_owned(),
        Phase::Deletions => format!("deleted {name}"),
        Phase::Write => "files".to_owned(),
    };
    let done = match reading.total {
        Some(total) => format!("{what} {}/{total}", reading.done),
        None => format!("{what} {}", reading.done),
    };
    let mut said = vec![done, format!("{:.0}/s", reading.rate)];
    if let Some(state) = allowance
        && let (Some(limit), Some(remaining)) = (state.limit, state.remaining)
    {
        let waits = match state.opens_in.as_secs_f64().ceil() {
            0.0 => String::new(),
            seconds => format!(" (next in {seconds:.0} s)"),
        };
        said.push(format!("{remaining} of {limit} calls left{waits}"));
    }
    if let Some(left) = reading.left.filter(|left| !left.is_zero()) {
        said.push(format!("{} to go", time(left)));
    }
    said.join(", ")
}

fn time(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_tells_rate_allowance_and_time_left() {
        let reading = Reading {
            phase: Phase::Pull,
            done: 12_000,
            total: Some(50_000),
            rate: 166.4,
            left: Some(Duration::from_secs(228)),
        };
        let allowance = BudgetState {
            limit: Some(1_666),
            remaining: Some(0),
            opens_in: Duration::from_millis(3_200),
            in_flight: 32,
            waiting_interactive: 0,
            waiting_bulk: 30,
        };
        assert_eq!(
            line("conversations", &reading, Some(&allowance)),
            "conversations 12000/50000, 166/s, 0 of 1666 calls left (next in 4 s), 3 min 48 s to go"
        );
        let writing = Reading {
            phase: Phase::Write,
            done: 1,
            ..Reading::default()
        };
        assert_eq!(line("contacts", &writing, None), "files 1, 0/s");
    }
}
