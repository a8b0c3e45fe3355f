//! Resources: what the entities of a contract are, how they are found, and how they live. Inferred from the contract, and
//! declared where inference falls short. Both counterparts use it: what the mock remembers is what the tester makes
//! sequences of. It holds no state.
//!
//! [`infer`] reads paths and methods (`paths`, `other_paths`) and, as little as it takes, the schemas of successes
//! (`success`); declarations go before (`declaration`, `overrides`). What only whole schemas tell is found on first use
//! (`entity`, `field_roles`, `tenant`). Words are known in one place each: `lexicon`, `verbs`, `names`.

pub mod declaration;
mod declaration_error;
pub(crate) mod entity;
pub(crate) mod field_roles;
pub(crate) mod force;
mod infer;
pub(crate) mod lexicon;
pub(crate) mod lifecycle;
pub mod model;
pub(crate) mod names;
mod other_paths;
mod overrides;
mod paths;
mod success;
pub(crate) mod tenant;
pub(crate) mod verbs;

pub use declaration_error::DeclarationError;
pub use infer::infer;
pub use lifecycle::Lifecycle;
pub use model::{Action, Link, Resource, Resources};
pub(crate) use paths::shape;
