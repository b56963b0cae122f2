//! The agent against data that it was not made from, and against providers' wire formats.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on is to fail"
)]

mod approvals;
mod assist;
mod compatible;
mod crash;
mod hostile;
mod minds;
mod providers;
mod quality;
mod reach;
mod safety;
mod shapes;
mod stand_in;
mod tokens;
mod told;
mod turns;
mod world;
