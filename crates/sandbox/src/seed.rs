//! The shop that the workspace belongs to, made from a seed number.

use crate::world::{World, people::Admin};

/// Fills an empty world; `scale` asks for that many conversations, for load tests.
pub(crate) fn plant(world: &mut World, _seed: u64, _scale: Option<usize>) {
    world.admins.insert(7001, Admin { id: 7001, name: "Rui".into(), email: "rui@shop.example".into(), has_inbox_seat: true, ..Admin::default() });
}
