//! Text becomes trees with places: files, their values, `$ref`s between them, and diagnostics that point into them.
//!
//! Values are plain [`serde_json::Value`]s; lines and columns are found again from the text only when a
//! diagnostic needs them, so that reading a large contract costs little more than parsing it.

pub mod diagnostic;
pub mod location;
pub mod source;

pub use diagnostic::{Diagnostic, Severity};
pub use location::{FileId, Location, Place};
pub use source::{Direction, SchemaError, SchemaSource};
