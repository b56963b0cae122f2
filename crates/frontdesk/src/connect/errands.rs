//! What is done later, and again until it is done: in the background of every server, each errand by one at a time.

use crate::tenants::Tenants;
use futures_util::future::join_all;
use std::{sync::Arc, time::Duration};
use store::{Errand, ErrandKind, Owned, StoreError};

/// How long an errand is one worker's, in milliseconds: longer than any of them takes.
const LEASE: i64 = 5 * 60 * 1_000;
/// How many are done at the same time.
const ABREAST: usize = 8;
/// Seconds until the next try, after the first, the second, …: two days in all.
const WAITS: [i64; 10] = [
    5, 30, 120, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400,
];
/// How often to look for what is due.
const EVERY: Duration = Duration::from_secs(1);

/// What became of a try.
pub(super) enum Outcome {
    /// It is done, or there is nothing to do any more.
    Done,
    /// It may go better later; why it did not now, without secrets.
    Again(String),
    /// It never will; why.
    Over(String),
}

/// Does errands until the server stops.
pub(crate) async fn keep_doing(tenants: Arc<Tenants>) {
    loop {
        if let Err(error) = tenants.do_errands(store::now()).await {
            tracing::warn!(%error, "what is to be done later cannot be read");
        }
        tokio::time::sleep(EVERY).await;
    }
}

impl Tenants {
    /// Does what is due at that time, in milliseconds since 1970; answers how many tries that took.
    pub async fn do_errands(&self, now: i64) -> Result<usize, StoreError> {
        let system = self.store().system();
        let worker = &self.connecting().worker;
        let mut tries = 0;
        // Reading costs less than claiming nothing.
        while system.next_errand().await?.is_some_and(|due| due <= now) {
            let mut claimed = Vec::with_capacity(ABREAST);
            while claimed.len() < ABREAST {
                let Some(errand) = system.claim_errand(worker, now, LEASE).await? else {
                    break;
                };
                claimed.push(errand);
            }
            if claimed.is_empty() {
                break;
            }
            tries += claimed.len();
            let done = claimed.iter().map(|errand| self.do_errand(errand, now));
            for settled in join_all(done).await {
                settled?;
            }
        }
        Ok(tries)
    }

    async fn do_errand(&self, errand: &Owned<Errand>, now: i64) -> Result<(), StoreError> {
        let Owned { tenant, row } = errand;
        let tried = match row.kind {
            ErrandKind::Notice => self.tell_owner(tenant, row).await,
            ErrandKind::Probe => self.probe(tenant, &row.id, now).await,
            ErrandKind::Revocation => self.revoke(tenant, row).await,
        };
        let outcome = tried.unwrap_or_else(|error| {
            tracing::warn!(%tenant, errand = row.kind.as_str(), id = %row.id, %error, "an errand failed");
            Outcome::Again("the server failed; its log says more".into())
        });
        let settled = self.settle_errand(errand, outcome, now).await;
        match settled {
            // Somebody made it anew meanwhile, or the lease ran out: it is another's now.
            Err(StoreError::Conflict { .. }) => Ok(()),
            settled => settled,
        }
    }

    async fn settle_errand(
        &self,
        errand: &Owned<Errand>,
        outcome: Outcome,
        now: i64,
    ) -> Result<(), StoreError> {
        let system = self.store().system();
        let worker = &self.connecting().worker;
        let (reason, wait) = match outcome {
            Outcome::Done => return system.finish_errand(errand, worker).await,
            Outcome::Over(reason) => (reason, None),
            Outcome::Again(reason) => (reason, wait(errand.row.attempts)),
        };
        if wait.is_none() {
            let Owned { tenant, row } = errand;
            tracing::error!(%tenant, errand = row.kind.as_str(), id = %row.id, %reason, "an errand is given up");
            if row.kind == ErrandKind::Revocation {
                self.forget_revocation(tenant, &row.id).await?;
            }
        }
        let again_at = wait.map(|wait| now.saturating_add(wait));
        system.fail_errand(errand, worker, &reason, again_at).await
    }
}

/// Milliseconds until the next try after so many; up to a tenth more, so that what failed together comes back apart.
fn wait(attempts: i64) -> Option<i64> {
    let tried = usize::try_from(attempts.saturating_sub(1)).ok()?;
    let seconds = WAITS.get(tried)?;
    let spread = i64::from(rand::random::<u8>()) * seconds * 100 / 255;
    Some(seconds * 1_000 + spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let mut before = 0;
        for attempts in 1..=10 {
            let next = wait(attempts).unwrap();
            assert!(next > before, "after {attempts}: {next}");
            before = next;
        }
        assert_eq!(wait(11), None);
        assert!((5_000..=5_500).contains(&wait(1).unwrap()));
    }
}
