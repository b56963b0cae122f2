//! The client against servers that answer by script, and against raw sockets for what no server does.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod answers;
mod faults;
mod limits;
mod tls;
mod wire;
mod world;
