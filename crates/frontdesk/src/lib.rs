//! Frontdesk's edges: MCP over HTTP and stdio, and the command line. It wires the other crates together.
//!
//! Read `router.rs` first, then `mcp/transport.rs` and `mcp/tools.rs`: every call goes on to `gateway::Gateway::call`.

mod api;
pub mod app;
mod articles;
mod audit_export;
pub mod auth;
mod bound;
mod client_address;
pub mod commands;
pub mod config;
pub mod connect;
mod error;
mod guard;
pub mod mcp;
mod oauth;
pub mod outbound;
mod router;
mod running;
mod scenarios;
pub mod server;
mod support;
mod surface;
pub mod telemetry;
pub mod tenants;
mod token;
mod webhooks;

pub use error::Error;
