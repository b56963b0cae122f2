//! The sandbox as a client sees it, over HTTP.

mod admission;
mod consent;
mod hooks;
mod house;
mod inbox;
mod schema;
mod trouble;
