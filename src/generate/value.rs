//! Values for a schema: valid ones, invalid ones, those at its bounds.

use std::sync::Arc;

use serde_json::Value;

use super::interface::{Boundary, GenerateError, Mutation, ValueOptions};
use crate::base::Seed;
use crate::schema::Schema;

/// A value that fulfils the schema: a pure function of schema, options and seed, judged before it leaves.
///
/// # Errors
/// [`GenerateError`]: nothing can fulfil the schema, or the engine found nothing that does.
pub fn sample(schema: &Arc<Schema>, options: &ValueOptions, seed: Seed) -> Result<Value, GenerateError> {
    super::sample::sample(schema, options, seed)
}

/// A value that is invalid for exactly the recorded keyword; `None` when nothing can be wrong with a value of this
/// schema.
///
/// # Errors
/// [`GenerateError`] when there is not even a valid value to start from.
pub fn negative(
    schema: &Arc<Schema>,
    options: &ValueOptions,
    seed: Seed,
) -> Result<Option<(Value, Mutation)>, GenerateError> {
    super::negative::negative(schema, options, seed, &|_| true)
}

/// A value that stays invalid when the receiver reads it from text, as query members, path segments and headers are:
/// neither as a string nor as the number, boolean or null that the text may be taken for is it valid.
///
/// # Errors
/// As for [`negative`].
pub fn negative_text(
    schema: &Arc<Schema>,
    options: &ValueOptions,
    seed: Seed,
) -> Result<Option<(Value, Mutation)>, GenerateError> {
    super::negative::negative(schema, options, seed, &|value| {
        readings(value).iter().all(|reading| !schema.is_valid(reading))
    })
}

/// What a receiver may take the text of `value` for.
fn readings(value: &Value) -> Vec<Value> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let mut readings = vec![value.clone(), Value::String(text.clone())];
    if let Ok(read) = serde_json::from_str::<Value>(text.trim()) {
        readings.push(read);
    }
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" | "t" | "y" => readings.push(Value::Bool(true)),
        "false" | "0" | "no" | "off" | "f" | "n" => readings.push(Value::Bool(false)),
        "" | "null" | "none" => readings.push(Value::Null),
        _ => {}
    }
    readings
}

/// The deterministic list of values at the schema's bounds and just beyond them.
#[must_use]
pub fn boundary(schema: &Arc<Schema>, options: &ValueOptions) -> Vec<Boundary> {
    super::boundary::boundary(schema, options)
}
