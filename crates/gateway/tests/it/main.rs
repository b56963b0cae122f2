//! The gateway from outside, against the sandbox and against scripted upstreams.

#![recursion_limit = "256"]

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
