//! Text becomes trees with places: files, their values, `$ref`s between them, and diagnostics that point into them.
//!
//! Values are plain [`serde_json::Value`]s; lines and columns are found again from the text only when a
//! diagnostic needs them, so that reading a large contract costs little more than parsing it.

mod closure;
pub mod diagnostic;
mod fault;
mod file;
pub mod files;
mod ids;
mod json;
pub mod load;
pub mod location;
pub mod options;
mod outline;
pub mod render;
mod resolve;
mod scalar;
pub mod source;
pub(crate) mod uri;
mod yaml;

pub use closure::Dangling;
pub use diagnostic::{Diagnostic, Severity};
pub use files::Files;
pub use load::LoadError;
pub use location::{FileId, Location, Place};
pub use options::{Fetch, LoadOptions, SpecSource};
pub use resolve::absolute;
pub use source::{Direction, SchemaError, SchemaSource};
