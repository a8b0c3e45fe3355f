//! One model of an API, whatever the version of its contract.
//!
//! The adapters under `version/` fill it; nothing past them knows a version number. Operations are built on first
//! use, so that a contract with ten thousand of them costs nothing for those never called.

pub mod model;

pub use model::*;
