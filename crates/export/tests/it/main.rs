//! Exports from a made-up Intercom that fails, changes and forgets while it is read.

#![expect(clippy::unwrap_used, reason = "tests unwrap")]

mod desk;
mod resume;
mod shelf;
mod world;
