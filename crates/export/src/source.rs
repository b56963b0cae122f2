//! Where objects come from: the gateway, as one of its callers.

use futures_util::future::BoxFuture;
use gateway::{BudgetState, CallError, Gateway, Principal, ToolRequest};
use serde_json::{Map, Value};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// What an export asks for objects.
pub trait Source: Send + Sync {
    /// The answer of an operation as Intercom gave it; of a list, `items` and `next_cursor`.
    fn ask<'a>(
        &'a self,
        operation: &'a str,
        arguments: Map<String, Value>,
    ) -> BoxFuture<'a, Result<Value, CallError>>;

    /// What is known of the allowance.
    fn allowance(&self) -> Option<BudgetState>;

    /// How many calls were made.
    fn calls(&self) -> u64;
}

/// A gateway and the principal in whose name it is asked, as bulk work.
pub struct Desk {
    gateway: Arc<Gateway>,
    who: Principal,
    calls: AtomicU64,
}

impl Desk {
    /// Asks this gateway in this name.
    pub fn new(gateway: Arc<Gateway>, who: Principal) -> Self {
        Self {
            gateway,
            who,
            calls: AtomicU64::new(0),
        }
    }
}

impl Source for Desk {
    fn ask<'a>(
        &'a self,
        operation: &'a str,
        arguments: Map<String, Value>,
    ) -> BoxFuture<'a, Result<Value, CallError>> {
        Box::pin(async move {
            let request = ToolRequest {
                client: Some(concat!("frontdesk-export/", env!("CARGO_PKG_VERSION")).into()),
                ..ToolRequest::bulk(operation, arguments)
            };
            let answer = self.gateway.call(&self.who, request).await;
            self.calls.fetch_add(1, Ordering::Relaxed);
            Ok(answer?.structured.unwrap_or_default())
        })
    }

    fn allowance(&self) -> Option<BudgetState> {
        self.gateway.allowance(&self.who)
    }

    fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}
