//! A stateful double of Intercom's REST API, for tests and demonstrations on loopback.

mod call;
mod notify;
mod paging;
mod resources;
mod seed;
#[cfg(test)]
mod testing;
mod versions;
mod world;
