//! Frontdesk from the outside: HTTP in both eras, standard input and output, the door, confirmation, cancellation.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to fail")]

mod calls;
mod cancel;
mod confirm;
mod door;
mod eras;
mod list;
mod prompts;
mod stdio;
mod world;
