//! What is known of the contract that is played, and no state: routes, what each operation answers when all goes well,
//! the resources once their schemas have been looked at, how they hang together.

pub(super) mod base_path;
pub(super) mod explain;
pub(super) mod plan;
pub(super) mod relations;
pub(super) mod resources;
pub mod router;
mod segment;
