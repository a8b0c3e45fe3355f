//! JSON Schema 2020-12: compile, resolved view, formats, regular expressions.
//!
//! Knows nothing of OpenAPI: schemas come through [`crate::document::SchemaSource`], already lowered to 2020-12.

pub mod bundle;
mod compile;
pub mod crowded;
mod effort;
pub mod flat;
pub mod format;
pub mod keywords;
pub mod resource;
mod schemas;
mod types;
pub(crate) mod view;
pub mod violation;

pub use bundle::Bundle;
pub use flat::Flat;
pub use schemas::{Schema, Schemas};
pub use types::Types;
pub use violation::Violation;
