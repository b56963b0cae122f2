//! Contract tests: the same bodies on SQLite and on Postgres.

mod approvals;
mod audit;
mod auditor;
mod chain;
mod deliveries;
mod errands;
mod faults;
mod grants;
mod harness;
mod isolation;
mod people;
mod records;
#[cfg(not(feature = "mutant-unscoped"))]
mod rls;
mod sinks;
mod start;
mod usage;
mod watch;
