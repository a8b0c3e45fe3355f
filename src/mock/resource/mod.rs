//! Resources: what the entities of a contract are, how they are found, and how they live. Declared in data, inferred
//! where nothing is declared.

pub mod declare;
mod infer;
pub mod model;
pub(crate) mod refine;

pub(crate) use infer::shape;
pub use infer::{DeclarationError, infer};
pub use model::{Action, Resource, Resources};
