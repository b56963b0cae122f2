//! A stateful double of Intercom's REST API, for tests and demonstrations on loopback.
//!
//! [`Sandbox::start`] gives a running one. It plays the operations of the catalog on a seeded workspace, answers in the
//! version that is asked for, keeps the rate window, sends webhooks, and does what `/__sandbox` tells it.

mod auth;
mod call;
mod config;
mod control;
mod desk;
mod exchange;
mod faults;
mod form;
mod journal;
mod notify;
mod oauth;
mod paging;
mod resources;
mod response;
mod router;
mod search;
mod seed;
mod server;
#[cfg(test)]
mod testing;
mod versions;
mod window;
mod world;

pub use config::{Config, SandboxError, Webhook};
pub use server::{Running, Sandbox};
