//! A stateful double of Intercom's REST API, for tests and demonstrations on loopback.
//!
//! [`Sandbox::start`] gives a running one. It plays the operations of the catalog on a seeded workspace, answers in the
//! version that is asked for, keeps the rate window, sends webhooks, and does what `/__sandbox` tells it:
//!
//! | control | what it does |
//! |---|---|
//! | `GET /__sandbox` | where things stand |
//! | `POST reset` | everything as it was at the start |
//! | `GET clock`, `POST clock` | `{now, advance, paused}`: the workspace's time (the rate window keeps real time) |
//! | `GET`, `POST`, `DELETE faults` | `{kind, method, path, operation, skip, times, retry_after, delay_ms, status}` or a list of them |
//! | `GET requests` | the log: `?after`, `?limit`, `?operation`, `?status`; counts alone with `?summary=1`; `DELETE` clears it |
//! | `GET state/{collection}/{id}` | an object in the shape of 2.16; without an id, the ids |
//! | `POST tokens` | `{token, admin_id, scopes}` gives one out, `{revoke}` takes one back |
//! | `POST webhook`, `DELETE webhook` | `{url, secret}`: who is told of events |
//!
//! A fault's `kind` is a status (429, 503, ...), `delay`, `drop_before`, `drop_after`, `malformed`, `html`, `stall` or
//! `truncated`; `times` is 1 unless said otherwise, and null is without end.

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
