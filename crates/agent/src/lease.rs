//! The right to work on a delivery, for a while at a time.

use crate::turn::TurnError;
use store::{StoreError, System};

/// A worker's hold on a delivery.
pub struct Lease {
    system: System,
    delivery: String,
    worker: String,
    ms: i64,
}

impl Lease {
    /// The lease of a delivery that this worker claimed for so long.
    pub fn new(system: System, delivery: String, worker: String, ms: i64) -> Self {
        Self {
            system,
            delivery,
            worker,
            ms,
        }
    }

    /// The delivery's id.
    pub fn delivery(&self) -> &str {
        &self.delivery
    }

    /// Whose claim it is.
    pub fn worker(&self) -> &str {
        &self.worker
    }

    /// Prolongs it; fails when another worker has taken over.
    pub async fn hold(&self) -> Result<(), TurnError> {
        let until = store::now() + self.ms;
        match self
            .system
            .renew_delivery(&self.delivery, &self.worker, until)
            .await
        {
            Err(StoreError::Conflict { .. }) => Err(TurnError::Lost),
            other => Ok(other?),
        }
    }
}
