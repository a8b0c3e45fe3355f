//! What the values engine is asked for, and what it answers.

use serde_json::Value;

use crate::base::Pointer;
use crate::document::Location;

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
