//! The only crate with SQL. It never sees a plaintext secret: credentials come sealed, tokens come hashed.
//!
//! Tenant data is reached through a [`TenantScope`] alone, whose tenant is argument `$1` of every statement, and on
//! Postgres also what row-level security compares each row with. [`System`] holds the few queries that know no tenant
//! yet: authentication by hash, the worker's claims, the sweeps, the feed of changes.
//!
//! Beside it stands the [`archive`], a SQLite file of its own with a copy of one workspace.
//!
//! Times are milliseconds since 1970 and come from the caller ([`now`]); hashes are SHA-256.

mod approvals;
mod apps;
pub mod archive;
mod audit;
mod backup;
mod changes;
mod connections;
mod credentials;
mod db;
mod deliveries;
mod endpoints;
mod errands;
mod error;
mod id;
mod idempotency;
mod keys;
mod latency;
mod migrate;
mod oauth;
mod outreach;
mod postgres;
mod scope;
mod sql;
mod tenants;
mod turns;
mod usage;
mod users;
mod watch;
mod writer;

pub use approvals::{Approval, ApprovalState, Use};
pub use apps::App;
pub use audit::{AuditFilter, Auditor, Entry, Fault, Head, NewEntry, Verdict};
pub use backup::{Copied, backup, inspect};
pub use changes::{Change, Changes};
pub use connections::{Connection, ConnectionState, Ended, Moved};
pub use credentials::{SealedCredential, credential_place};
pub use db::{Options, Place, Store};
pub use deliveries::{Delivery, DeliveryState, NewDelivery};
pub use endpoints::{Endpoint, EndpointState, TokenOwner};
pub use errands::{Errand, ErrandKind, ErrandState, NewErrand};
pub use error::{EngineError, StoreError};
pub use id::{new_id, now};
pub use idempotency::Idempotent;
pub use keys::{ApiKey, Role, SessionToken};
pub use latency::{LATENCY_BOUNDS_US, Latency};
pub use oauth::{
    Grant, Granted, KnownToken, NewCode, NewToken, OauthClient, OauthCode, OauthState, Redeemed,
    Refreshed, TokenKind,
};
pub use outreach::{Outreach, OutreachState};
pub use scope::{DEPLOYMENT, Owned, System, TenantScope};
pub use tenants::{Tenant, TenantState};
pub use turns::{Planned, Step, StepState, Turn, TurnState};
pub use usage::{Counter, DAY, Metric, Usage, UsageFilter, Used};
pub use users::{User, UserState};
pub use watch::Watch;

/// A SHA-256 hash.
pub type Hash = [u8; 32];
