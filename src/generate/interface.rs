//! What the values engine is asked for, and what it answers.

use std::sync::Arc;

use serde_json::Value;

use crate::base::{Pointer, Seed};
use crate::document::Location;
use crate::schema::Schema;

/// How values are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueOptions {
    /// Data that people like to look at (names, places, times in order) rather than data that finds faults.
    pub realistic: bool,
    /// Use `example`, `examples` and `default` where they are valid.
    pub use_examples: bool,
    /// From this depth on, in levels, only what must be there is generated.
    pub depth_max: usize,
    /// At most this many more items or properties than the schema demands.
    pub items_max: usize,
    /// At most this many more characters than the schema demands.
    pub length_max: usize,
}

impl Default for ValueOptions {
    fn default() -> Self {
        Self { realistic: false, use_examples: false, depth_max: 6, items_max: 4, length_max: 24 }
    }
}

impl ValueOptions {
    /// For people who look at the mock: realistic, with the contract's own examples.
    #[must_use]
    pub fn realistic() -> Self {
        Self { realistic: true, use_examples: true, items_max: 3, ..Self::default() }
    }
}

/// Why there is no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenerateError {
    /// Nothing can fulfil the schema.
    #[error("nothing can fulfil the schema: {reason}")]
    Unsatisfiable {
        /// The places that contradict one another.
        places: Vec<Location>,
        /// What contradicts.
        reason: String,
    },
    /// The engine found no valid value; that does not mean that there is none.
    #[error("no valid value was found: {reason}")]
    GaveUp {
        /// The places that demand more than a limit allows; empty where that is not why.
        places: Vec<Location>,
        /// What stood in the way.
        reason: String,
    },
}

impl GenerateError {
    /// The places of the contract that stand in the way, as far as they are known.
    #[must_use]
    pub fn places(&self) -> &[Location] {
        match self {
            Self::Unsatisfiable { places, .. } | Self::GaveUp { places, .. } => places,
        }
    }
}

/// What was broken in an otherwise valid value.
#[derive(Clone, Debug, PartialEq)]
pub struct Mutation {
    /// Where in the value; for a missing or an unexpected property the object around it.
    pub instance: Pointer,
    /// The keyword that is broken now.
    pub keyword: String,
    /// Where the keyword stands in the contract.
    pub schema: Location,
    /// What stood at the place before.
    pub before: Value,
    /// What stands there now.
    pub after: Value,
}

/// A value at or just beyond a bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Boundary {
    /// The value.
    pub value: Value,
    /// What is at its bound: `/name: maxLength 64`.
    pub label: String,
    /// True when the value is valid.
    pub valid: bool,
    /// What was broken, when it is not.
    pub mutation: Option<Mutation>,
}

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
