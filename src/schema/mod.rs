//! JSON Schema 2020-12: compile, resolved view, formats, regular expressions.
//!
//! Knows nothing of OpenAPI: schemas come through [`crate::document::SchemaSource`], already lowered to 2020-12.

pub mod violation;

pub use violation::Violation;
