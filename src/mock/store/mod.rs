//! Where entities are kept: in memory, and in a file where they must outlive the process.
//!
//! All entities are read from memory, packed ([`record`], [`entity`], `shelf`); a `keeper` is told of each change,
//! in the order in which changes happen, and says when it can't be lost any more.

#[cfg(test)]
mod conformance;
mod copy;
pub mod entity;
mod file;
mod frame;
mod guard;
mod keeper;
mod line;
mod member;
mod memory;
pub mod record;
mod replay;
mod shelf;
mod target;
mod writer;

pub(crate) use copy::ShelfCopy;
pub use entity::{Entity, Held};
pub use file::FileStore;
pub use keeper::Commit;
pub(crate) use keeper::Keeper;
pub use memory::{Store, StoreError};
pub use record::{Pending, Record, Scope};
pub use target::{Contents, StateError};
