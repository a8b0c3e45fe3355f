//! What the mock remembers: the entities and the clock, what they start from, where they are kept, snapshots of them, and
//! what of them a mock made anew takes over.

pub mod fixtures;
pub(super) mod kept;
pub(super) mod snapshots;
pub(super) mod store_state;
mod successor;
