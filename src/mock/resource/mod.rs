//! Resources: what the entities of a contract are, how they are found, and how they live. Declared in data, inferred
//! where nothing is declared.

pub mod declare;
pub(crate) mod force;
mod further;
mod infer;
pub mod model;
pub(crate) mod names;
mod overrule;
mod paths;
mod peek;
pub(crate) mod refine;
pub(crate) mod tenant;
pub(crate) mod verb;

pub use infer::{DeclarationError, infer};
pub use model::{Action, Link, Resource, Resources};
pub(crate) use paths::shape;
