//! One model of an API, whatever the version of its contract.
//!
//! The adapters under `version/` fill it; nothing past them knows a version number. Operations are built on first
//! use, so that a contract with ten thousand of them costs nothing for those never called.

mod api;
mod build;
mod keyword;
mod lower;
pub mod model;
mod open;
mod reported;
mod schemas;
mod secrets;
mod site;
mod version;

pub use api::Contract;
pub use build::template_names;
pub use keyword::{Holds, holds};
pub use model::*;
pub use open::{EMBEDDED, EMBEDDED_NAME};
pub use secrets::SecretFacts;
pub use version::walk::unresolvable;
