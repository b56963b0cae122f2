//! How often those may ask who are not known yet: each address so often, and all together. Their requests leave rows
//! behind, or have documents fetched.

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed, keyed::HashMapStateStore},
};
use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
};

/// All addresses together may ask so many times as often as one.
const TOGETHER: u32 = 20;
/// Of so many requests, one may have a document fetched.
const FETCHED: u32 = 12;
/// How many addresses are told apart; further ones share what one may.
const TRACKED: usize = 10_000;

/// The bounds of a server.
pub(crate) struct Strangers {
    /// On requests that begin something: a sign-in, a registration, a connection.
    pub(crate) requests: Bound,
    /// On fetching clients' metadata documents.
    pub(crate) documents: Bound,
}

/// A token bucket an address, and one for all; none where nothing is bounded.
pub(crate) struct Bound<C: Clock = DefaultClock>(Option<Buckets<C>>);

struct Buckets<C: Clock> {
    each: RateLimiter<IpAddr, HashMapStateStore<IpAddr>, C, NoOpMiddleware<C::Instant>>,
    all: RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<C::Instant>>,
    clock: C,
    tracked: usize,
}

impl Strangers {
    /// So many requests a minute from each address; none for no bound.
    pub(crate) fn new(per_minute: u32) -> Self {
        let bound = |each: u32| Bound::new(each, TRACKED, DefaultClock::default());
        Self {
            requests: bound(per_minute),
            documents: bound(per_minute.div_ceil(FETCHED)),
        }
    }
}

impl<C: Clock + Clone> Bound<C> {
    fn new(per_minute: u32, tracked: usize, clock: C) -> Self {
        let quota = |count: u32| NonZeroU32::new(count).map(Quota::per_minute);
        let quotas = quota(per_minute).zip(quota(per_minute.saturating_mul(TOGETHER)));
        Self(quotas.map(|(each, all)| Buckets {
            each: RateLimiter::new(each, HashMapStateStore::default(), clock.clone()),
            all: RateLimiter::new(all, InMemoryState::default(), clock.clone()),
            clock,
            tracked,
        }))
    }

    /// Takes a token, or says in how many seconds there is one again.
    pub(crate) fn take(&self, from: Option<IpAddr>) -> Result<(), u64> {
        let Some(buckets) = &self.0 else {
            return Ok(());
        };
        let now = buckets.clock.now();
        let late = |wait: std::time::Duration| wait.as_secs() + 1;
        let each = buckets.each.check_key(&buckets.key(from));
        each.map_err(|until| late(until.wait_time_from(now)))?;
        let all = buckets.all.check();
        all.map_err(|until| late(until.wait_time_from(now)))
    }
}

impl<C: Clock + Clone> Buckets<C> {
    /// What an address is counted under. A subscriber of IPv6 has a network of 64 bits to make up addresses in.
    fn key(&self, from: Option<IpAddr>) -> IpAddr {
        let nobody = Ipv6Addr::UNSPECIFIED.into();
        if self.each.len() >= self.tracked {
            // Those whose buckets are full again are forgotten.
            self.each.retain_recent();
            if self.each.len() >= self.tracked {
                return nobody;
            }
        }
        match from {
            Some(IpAddr::V6(v6)) => {
                let [a, b, c, d, ..] = v6.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
            Some(v4) => v4,
            None => nobody,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::FakeRelativeClock;
    use std::time::Duration;

    #[test]
    fn an_address_gets_its_share_and_the_rest_theirs() {
        let clock = FakeRelativeClock::default();
        let bound = Bound::new(6, 100, clock.clone());
        let take = |text: &str| bound.take(Some(text.parse().unwrap()));
        for _ in 0..6 {
            assert_eq!(take("203.0.113.1"), Ok(()));
        }
        let wait = take("203.0.113.1").unwrap_err();
        assert!((1..=11).contains(&wait), "{wait}");
        assert_eq!(take("203.0.113.2"), Ok(()));
        clock.advance(Duration::from_secs(wait));
        assert_eq!(take("203.0.113.1"), Ok(()));
        assert!(take("203.0.113.1").is_err());
        // One network of IPv6 is one address.
        for last in 1..=6 {
            assert_eq!(take(&format!("2001:db8::{last}")), Ok(()));
        }
        assert!(take("2001:db8::99").is_err());
        assert_eq!(take("2001:db8:0:1::1"), Ok(()));
    }

    #[test]
    fn all_together_have_a_bound_and_few_are_tracked() {
        let clock = FakeRelativeClock::default();
        let bound = Bound::new(2, 1_000, clock.clone());
        let many = |bound: &Bound<FakeRelativeClock>, count: u8| {
            let all = (0..count).map(|last| bound.take(Some([198, 51, 100, last].into())));
            all.flatten().count()
        };
        assert_eq!(many(&bound, 200), 40);
        let few = Bound::new(2, 10, clock.clone());
        assert_eq!(
            many(&few, 200),
            12,
            "ten of their own, and two for all others"
        );
        assert_eq!(few.0.as_ref().unwrap().each.len(), 11);
        clock.advance(Duration::from_mins(2));
        assert_eq!(many(&few, 5), 5, "who is quiet is forgotten");
        let none = Bound::new(0, 10, clock);
        assert_eq!(many(&none, 200), 200);
    }
}
