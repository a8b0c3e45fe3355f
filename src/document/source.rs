//! The door between a contract and the schema room: schemas by location, already in one dialect.

use std::sync::Arc;

use serde_json::Value;

use crate::base::Pointer;
use crate::document::location::{FileId, Location};

/// The member of a lowered schema that had to move (the wrapping of a nullable composition): it says where the schema
/// stands in the contract, `FILE#POINTER`, the file by its number.
pub const ORIGIN: &str = "x-counterpart-origin";

/// The place that the [`ORIGIN`] of a schema names, if it has one.
#[must_use]
pub fn origin_of(schema: &Value) -> Option<Location> {
    let (file, pointer) = schema.get(ORIGIN)?.as_str()?.split_once('#')?;
    Some(Location::new(FileId(file.parse().ok()?), Pointer::parse(pointer)?))
}

/// Which way a message goes. `readOnly` properties do not belong in requests, `writeOnly` ones not in responses
/// (OpenAPI 3.1, Schema Object; JSON Schema Validation 9.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From client to server.
    Request,
    /// From server to client.
    Response,
}

/// Why a schema can't be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// A `$ref` leads nowhere.
    #[error("the reference `{reference}` can't be resolved: {reason}")]
    Unresolvable {
        /// The reference as written.
        reference: String,
        /// Where it stands.
        at: Location,
        /// Why.
        reason: String,
    },
    /// The schema is no valid JSON Schema even after repair.
    #[error("the schema can't be compiled: {reason}")]
    Invalid {
        /// The schema's place.
        at: Location,
        /// What the compiler said.
        reason: String,
    },
}

impl SchemaError {
    /// Where in the contract the trouble is.
    #[must_use]
    pub fn location(&self) -> &Location {
        match self {
            Self::Unresolvable { at, .. } | Self::Invalid { at, .. } => at,
        }
    }
}

/// Gives schemas by location. Implemented by the contract, used by the schema room, so that neither knows the other.
pub trait SchemaSource: Send + Sync {
    /// The schema at `at`, lowered to JSON Schema 2020-12 (no `nullable`, no boolean `exclusiveMinimum`, …) and
    /// sanitised. References are left as written and are resolved by [`SchemaSource::resolve`]; `$id`, `$anchor`
    /// and `$dynamicRef` are left in place.
    ///
    /// # Errors
    /// [`SchemaError::Unresolvable`] when there is nothing at `at`.
    fn schema(&self, at: &Location) -> Result<Arc<Value>, SchemaError>;

    /// Where `reference`, found in a schema at `from`, leads (files are loaded on the way if need be).
    ///
    /// # Errors
    /// [`SchemaError::Unresolvable`].
    fn resolve(&self, from: &Location, reference: &str) -> Result<Location, SchemaError>;

    /// The dynamic anchors (`$dynamicAnchor`) of the schema resource that `at` lies in, by name
    /// (JSON Schema 2020-12 Core, 8.2.2). Sources without such schemas need not implement it.
    fn dynamic_anchors(&self, _at: &Location) -> Vec<(String, Location)> {
        Vec::new()
    }
}
