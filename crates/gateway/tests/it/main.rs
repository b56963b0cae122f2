//! The gateway from outside, against the sandbox and against scripted upstreams.

#![recursion_limit = "256"]
#![expect(
    clippy::unwrap_used,
    clippy::too_many_lines,
    reason = "tests unwrap, and tables of cases are long"
)]

mod actions;
mod arguments;
mod assist;
mod audit;
mod budgets;
mod bulk;
mod bulk_trouble;
mod confirming;
mod contact360;
mod custom;
mod dialects;
mod doors;
mod fixtures;
#[cfg(all(feature = "kms-aws", feature = "kms-transit"))]
mod kms;
mod long_jobs;
mod masks;
mod policy;
mod questions;
mod reading;
mod rotation;
mod rules;
mod rules_around;
mod searching;
mod shape;
mod smoke;
mod surface;
mod tokens;
mod trouble;
mod vault;
mod world;
