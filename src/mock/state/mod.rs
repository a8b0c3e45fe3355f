//! What the mock remembers: the entities and the clock, what they start from, where they are kept, snapshots of them, and
//! what of them a mock made anew takes over.

mod current;
pub mod fixtures;
pub mod held;
pub(super) mod snapshots;
pub(super) mod store_state;
mod successor;

pub(super) use current::State;
pub(super) use successor::{OldState, taken_over};
