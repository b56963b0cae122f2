//! The ten-second rate window. It keeps real time: clients wait for its end in real seconds.

/// Seconds that a window lasts.
pub(crate) const SECONDS: i64 = 10;

/// The calls of the running window.
#[derive(Debug)]
pub(crate) struct Window {
    allowance: u64,
    start: i64,
    used: u64,
}

/// What the headers tell about the window after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allowance {
    /// Calls that the window lets through.
    pub limit: u64,
    /// Calls that are left of it.
    pub remaining: u64,
    /// The Unix second at which the next window begins.
    pub reset: i64,
    /// Whether this call was one too many.
    pub exceeded: bool,
}

impl Window {
    /// A window that lets a sixth of the calls of a minute through.
    pub(crate) fn per_minute(calls: u64) -> Self {
        Self {
            allowance: (calls / 6).max(1),
            start: 0,
            used: 0,
        }
    }

    /// Counts a call at a time in Unix seconds.
    pub(crate) fn count(&mut self, now: i64) -> Allowance {
        let start = now - now.rem_euclid(SECONDS);
        if start != self.start {
            (self.start, self.used) = (start, 0);
        }
        let exceeded = self.used >= self.allowance;
        self.used += u64::from(!exceeded);
        Allowance {
            limit: self.allowance,
            remaining: self.allowance - self.used,
            reset: start + SECONDS,
            exceeded,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_lets_its_share_through_and_starts_anew() {
        let mut window = Window::per_minute(18);
        let remaining: Vec<u64> = (0..3)
            .map(|_| window.count(1_790_000_005).remaining)
            .collect();
        assert_eq!(remaining, [2, 1, 0]);
        let over = window.count(1_790_000_009);
        assert!(over.exceeded && over.reset == 1_790_000_010, "{over:?}");
        assert!(!window.count(1_790_000_010).exceeded);
    }

    #[test]
    fn the_usual_limit_is_1666() {
        assert_eq!(Window::per_minute(10_000).count(0).limit, 1666);
        assert_eq!(Window::per_minute(600_000_000).count(0).limit, 100_000_000);
    }
}
