//! Bodies ↔ values: what a codec for a family of media types is.

use serde_json::Value;

use super::name::Media;

/// A body that was read.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// One value, that a schema can judge.
    Value(Value),
    /// A value whose leaves are all text, as forms give them: to be coerced by the schema first.
    Text(Value),
    /// Several values, for an `itemSchema` (lines, events).
    Items(Vec<Value>),
    /// Well-formed, but without a mapping to values (XML, binary): a schema says nothing about it here.
    Opaque,
}

/// Why a body can't be read as what it says it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct CodecError {
    /// Why, for people.
    pub reason: String,
    /// The offset in bytes at which reading stopped, where that is known.
    pub offset: Option<usize>,
}

impl CodecError {
    /// An error without a place.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), offset: None }
    }
}

/// Reads and writes bodies of a family of media types.
pub trait Codec: Sync {
    /// A name for people and lists.
    fn name(&self) -> &'static str;
    /// True when it reads this type.
    fn takes(&self, media: &Media) -> bool;
    /// The value of a body.
    ///
    /// # Errors
    /// When the bytes are not of that type.
    fn decode(&self, media: &Media, body: &[u8]) -> Result<Body, CodecError>;
    /// The bytes of a value.
    ///
    /// # Errors
    /// When the type has no way to write that value.
    fn encode(&self, media: &Media, value: &Value) -> Result<Vec<u8>, CodecError>;
    /// Whether a body, read as a tree of values, would have more than [`TREE_NODES_MAX`](crate::base::limits::TREE_NODES_MAX)
    /// of them, roughly: known before a tree is made. Never for what is not read as a tree.
    fn is_crowded(&self, _body: &[u8]) -> bool {
        false
    }
}
