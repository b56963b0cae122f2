//! The client against servers that answer by script, and against raw sockets for what no server does.

mod answers;
mod faults;
mod limits;
mod wire;
mod world;
