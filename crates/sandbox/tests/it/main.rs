//! The sandbox as a client sees it, over HTTP.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod admission;
mod consent;
mod hooks;
mod house;
mod inbox;
mod schema;
mod trouble;
mod versions;
