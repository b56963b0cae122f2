//! Frontdesk from the outside: HTTP in both eras, standard input and output, the door, confirmation, cancellation.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod acting;
mod agent;
mod api;
mod articles;
mod audit;
mod backup;
mod calls;
mod canary;
mod cancel;
mod confirm;
mod connect;
mod controls;
mod dialects;
mod door;
mod eras;
mod house;
mod import;
mod list;
mod management;
mod narrow;
mod oauth;
mod operations;
mod prompts;
mod proof;
mod questions;
mod reconcile;
mod scaffold;
mod secrets;
mod shutdown;
mod stdio;
mod telemetry;
mod tenants;
mod webhooks;
mod world;
