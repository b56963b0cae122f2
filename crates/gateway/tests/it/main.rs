//! The gateway from outside, against the sandbox and against scripted upstreams.

#![recursion_limit = "256"]
#![expect(
    clippy::unwrap_used,
    clippy::too_many_lines,
    reason = "tests unwrap, and tables of cases are long"
)]

mod actions;
mod arguments;
mod audit;
mod fixtures;
mod policy;
mod reading;
mod searching;
mod surface;
mod tokens;
mod trouble;
mod world;
