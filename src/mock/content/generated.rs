//! Values made from a schema.

use std::sync::Arc;

use serde_json::Value;

use crate::base::Seed;
use crate::generate::{GenerateError, ValueOptions, sample};
use crate::schema::Schema;

/// A value of the schema: realistic if that works, plain else, `null` when nothing does.
#[must_use]
pub(crate) fn generated(schema: &Arc<Schema>, seed: Seed) -> Value {
    try_generated(schema, seed).unwrap_or(Value::Null)
}

pub(crate) fn try_generated(schema: &Arc<Schema>, seed: Seed) -> Result<Value, GenerateError> {
    let realistic = ValueOptions::realistic();
    let plain = ValueOptions { items_max: 0, ..ValueOptions::default() };
    sample(schema, &realistic, seed).or_else(|_| sample(schema, &plain, seed))
}
