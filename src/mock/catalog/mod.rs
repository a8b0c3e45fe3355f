//! What is known of the contract that is played, and no state: routes, what each operation answers when all goes well,
//! the resources once their schemas have been looked at, how they hang together.

mod base_path;
mod index;
mod items;
pub(super) mod plan;
mod references;
mod refined;
mod relations;
mod resources;
pub mod router;
mod segment;

pub(super) use index::Catalog;
pub(super) use items::items_of;
pub(super) use refined::BASES;
