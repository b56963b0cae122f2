//! Frontdesk's edges: MCP over HTTP and stdio, and the command line. It wires the other crates together.
//!
//! Read `router.rs` first, then `mcp/transport.rs` and `mcp/tools.rs`: every call goes on to `gateway::Gateway::call`.

pub mod app;
pub mod auth;
pub mod commands;
pub mod config;
mod error;
mod guard;
pub mod mcp;
mod router;
pub mod server;
mod telemetry;
mod token;

pub use error::Error;
