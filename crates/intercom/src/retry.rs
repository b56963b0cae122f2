//! When a failed call is tried again, and after what time.

use crate::{Error, Request};
use std::time::Duration;
use tokio::time::Instant;

/// The first wait is random up to this, each later one up to twice as much.
const BASE: Duration = Duration::from_millis(250);
/// No wait is longer, unless Intercom asks for it.
const CAP: Duration = Duration::from_secs(4);

/// The retries of one call.
pub(crate) struct Retry {
    repeatable: bool,
    tried: u32,
    max: u32,
    deadline: Instant,
}

impl Retry {
    pub(crate) fn new(request: &Request, max: u32, deadline: Instant) -> Self {
        Self {
            repeatable: request.repeatable,
            tried: 0,
            max,
            deadline,
        }
    }

    /// How long to wait before the next try; none when the error is final. `opens_in` is the budget's own wait, which
    /// the next try goes through anyway.
    pub(crate) fn delay(&mut self, error: &Error, opens_in: Duration) -> Option<Duration> {
        if self.tried >= self.max || !self.is_worth_it(error) {
            return None;
        }
        let ceiling = BASE.saturating_mul(1 << self.tried.min(16)).min(CAP);
        self.tried += 1;
        let jitter = rand::random_range(Duration::ZERO..=ceiling);
        let delay = match error {
            // The budget knows when the window ends; going back to its queue at once keeps the order.
            Error::RateLimited { .. } if !opens_in.is_zero() => Duration::ZERO,
            Error::RateLimited { retry_after, .. } => *retry_after + jitter,
            Error::Unavailable {
                retry_after: Some(wait),
                ..
            } => *wait + jitter,
            _ => jitter,
        };
        (Instant::now() + delay.max(opens_in) < self.deadline).then_some(delay)
    }

    fn is_worth_it(&self, error: &Error) -> bool {
        match error {
            // These certainly did not happen, so a write may be sent again.
            Error::Unreachable { .. } => true,
            Error::RateLimited { fault, .. } => fault
                .as_deref()
                .is_some_and(|fault| !is_about_jobs(&fault.message)),
            Error::Unavailable { .. } | Error::Interrupted { .. } => self.repeatable,
            _ => false,
        }
    }
}

/// Limits of unfinished export jobs are told with 429 too, but no window ends them.
fn is_about_jobs(message: &str) -> bool {
    message.contains("pending")
}

#[cfg(test)]
mod tests;
