//! What a style is: parameters as text and back.

use std::sync::Arc;

use serde_json::Value;

use crate::contract::{ParameterPlace, Style};
use crate::wire::query::Member;

/// How one parameter is written.
#[derive(Clone, Copy, Debug)]
pub struct Written<'a> {
    /// Its name.
    pub name: &'a str,
    /// Arrays and objects as one member for each value.
    pub explode: bool,
    /// Reserved characters stay as they are.
    pub allow_reserved: bool,
    /// Where it is sent.
    pub place: ParameterPlace,
}

/// What the schema lets a decoder look for. Text does not say whether it is a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    /// One value.
    #[default]
    Scalar,
    /// A list.
    Array,
    /// An object.
    Object {
        /// Its known properties: exploded ones stand among the other parameters.
        properties: Vec<String>,
        /// Members that are no known property belong to it too.
        open: bool,
        /// Names of the parameters of the same place, which do not, this one's among them.
        taken: Arc<[String]>,
    },
}

/// Where a decoder reads.
#[derive(Clone, Copy, Debug)]
pub enum Raw<'a> {
    /// A whole text: a path segment (or part of one), a header's value.
    Text(&'a str),
    /// The members of a query, form or cookie header, values still encoded.
    Members(&'a [Member<'a>]),
}

/// Why a value can't be written, or a text not be read, in a style.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StyleError {
    /// The style has no text for that value, or none that could be told from another value's.
    #[error("{0}")]
    Unwritable(&'static str),
    /// The text is not of that style.
    #[error("{0}")]
    Unreadable(&'static str),
}

/// One style.
pub trait Codec: Sync {
    /// Which.
    fn style(&self) -> Style;
    /// Its name in a contract.
    fn name(&self) -> &'static str;
    /// The text of a value: a path segment, a header's value, members of a query (`a=1&b=2`) or of a cookie header
    /// (`a=1; b=2`), encoded for its place. Empty members mean that nothing is sent.
    ///
    /// # Errors
    /// [`StyleError::Unwritable`].
    fn encode(&self, written: &Written<'_>, value: &Value) -> Result<String, StyleError>;
    /// The value of a text, strings at its leaves; `None` when the parameter is not there.
    ///
    /// # Errors
    /// [`StyleError::Unreadable`].
    fn decode(
        &self,
        written: &Written<'_>,
        raw: Raw<'_>,
        wanted: &Wanted,
    ) -> Result<Option<Value>, StyleError>;
}
