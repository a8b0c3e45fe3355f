//! Parameter styles (OpenAPI 3.1, Style Values and Style Examples; RFC 6570): values ↔ text.
//!
//! Text has no types: decoding gives strings at the leaves, and the schema says what they stand for.

mod cookie;
mod deep_object;
mod delimited;
mod form;
mod label;
mod matrix;
mod parts;
mod simple;

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::contract::{ParameterPlace, Style};
use crate::wire::percent;
use crate::wire::query::Member;

pub use parts::{leaf, leaf_of};

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
        /// Names of other parameters of the same place, which do not.
        taken: Vec<String>,
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

/// Every style.
pub static ALL: &[&dyn Codec] = &[
    &simple::Simple,
    &label::Label,
    &matrix::Matrix,
    &form::Form,
    &delimited::SPACE,
    &delimited::PIPE,
    &delimited::TABS,
    &deep_object::DeepObject,
    &cookie::Cookie,
];

/// The codec of a style.
#[must_use]
pub fn codec(style: Style) -> &'static dyn Codec {
    match style {
        Style::Simple => &simple::Simple,
        Style::Label => &label::Label,
        Style::Matrix => &matrix::Matrix,
        Style::Form => &form::Form,
        Style::SpaceDelimited => &delimited::SPACE,
        Style::PipeDelimited => &delimited::PIPE,
        Style::Tabs => &delimited::TABS,
        Style::DeepObject => &deep_object::DeepObject,
        Style::Cookie => &cookie::Cookie,
    }
}

/// The style of that name.
#[must_use]
pub fn by_name(name: &str) -> Option<Style> {
    ALL.iter().find(|codec| codec.name() == name).map(|codec| codec.style())
}

/// [`Codec::encode`] of a style.
///
/// # Errors
/// [`StyleError::Unwritable`].
pub fn encode(style: Style, written: &Written<'_>, value: &Value) -> Result<String, StyleError> {
    codec(style).encode(written, value)
}

/// [`Codec::decode`] of a style.
///
/// # Errors
/// [`StyleError::Unreadable`].
pub fn decode(
    style: Style,
    written: &Written<'_>,
    raw: Raw<'_>,
    wanted: &Wanted,
) -> Result<Option<Value>, StyleError> {
    codec(style).decode(written, raw, wanted)
}

/// The text of one value, decoded as its place asks.
fn decode_leaf(place: ParameterPlace, raw: &str) -> Cow<'_, str> {
    match place {
        ParameterPlace::Header => Cow::Borrowed(raw),
        ParameterPlace::Query | ParameterPlace::QueryString => percent::decode_form_text(raw),
        ParameterPlace::Path | ParameterPlace::Cookie => percent::decode_text(raw),
    }
}

fn string(text: Cow<'_, str>) -> Value {
    Value::String(text.into_owned())
}

/// Adds a member to an object; one that comes again makes an array.
fn add(object: &mut Map<String, Value>, name: Cow<'_, str>, value: Value) {
    match object.get_mut(&*name) {
        None => {
            object.insert(name.into_owned(), value);
        }
        Some(Value::Array(items)) => items.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
    }
}

#[cfg(test)]
mod tests;
