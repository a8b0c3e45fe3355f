//! What the styles share: leaves as text, lists of leaves with a separator.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::interface::{StyleError, Wanted, Written};
use crate::contract::ParameterPlace;
use crate::wire::percent::{self, Keep};

/// The text of a scalar: strings as they are, numbers and booleans as in JSON. `None` for others.
#[must_use]
pub fn leaf(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Bool(truth) => Some(Cow::Borrowed(if *truth { "true" } else { "false" })),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// [`leaf`], or the error that says why there is none.
///
/// # Errors
/// [`StyleError::Unwritable`] for null and for nested values.
pub fn leaf_of(value: &Value) -> Result<Cow<'_, str>, StyleError> {
    leaf(value).ok_or(StyleError::Unwritable(if value.is_null() {
        "null has no text in this style"
    } else {
        "values inside values have no text in this style"
    }))
}

/// Appends a leaf as its place wants it. `separators` are the characters that would be read as structure.
pub(super) fn push_leaf(
    text: &mut String,
    written: &Written<'_>,
    leaf: &str,
    separators: &str,
) -> Result<(), StyleError> {
    match written.place {
        ParameterPlace::Header => {
            if leaf.contains(['\r', '\n', '\0']) || leaf.chars().any(|c| c.is_control() && c != '\t') {
                return Err(StyleError::Unwritable("a header's value can't hold control characters"));
            }
            if leaf.starts_with([' ', '\t']) || leaf.ends_with([' ', '\t']) {
                return Err(StyleError::Unwritable("blanks around a header's value are not kept"));
            }
            if leaf.contains(|c| separators.contains(c)) {
                return Err(StyleError::Unwritable("the separator occurs in a value"));
            }
            text.push_str(leaf);
        }
        ParameterPlace::Path if matches!(leaf, "." | "..") => {
            // RFC 3986 §5.2.4: a dot segment would be taken away on the way; encoded it stands a chance.
            text.push_str(&leaf.replace('.', "%2E"));
        }
        // Reserved characters are let through only where the text has no structure of its own that they could break.
        ParameterPlace::Path if written.allow_reserved && separators.is_empty() => {
            percent::encode_into(text, leaf.as_bytes(), Keep::Segment);
        }
        ParameterPlace::Query if written.allow_reserved && !leaf.contains(|c| separators.contains(c)) => {
            percent::encode_into(text, leaf.as_bytes(), Keep::QueryReserved);
        }
        _ if separators.contains('.') => {
            // The only separator that is unreserved, and so would not be encoded by itself.
            for (index, piece) in leaf.split('.').enumerate() {
                text.push_str(if index > 0 { "%2E" } else { "" });
                percent::encode_into(text, piece.as_bytes(), Keep::Unreserved);
            }
        }
        _ => percent::encode_into(text, leaf.as_bytes(), Keep::Unreserved),
    }
    Ok(())
}

/// A list or object as values with a separator: `a,b`, `R,100,G,200`, and exploded objects `R=100,G=200`.
pub(super) fn join(
    written: &Written<'_>,
    value: &Value,
    separator: char,
    equals: bool,
) -> Result<String, StyleError> {
    let mut text = String::new();
    let separators = if equals { format!("{separator}=") } else { separator.to_string() };
    match value {
        Value::Array(items) => {
            if let [only] = items.as_slice()
                && only.as_str() == Some("")
            {
                return Err(StyleError::Unwritable("a list of one empty text looks like an empty list"));
            }
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(separator);
                }
                push_leaf(&mut text, written, &leaf_of(item)?, &separators)?;
            }
        }
        Value::Object(members) => {
            for (index, (name, item)) in members.iter().enumerate() {
                if index > 0 {
                    text.push(separator);
                }
                push_leaf(&mut text, written, name, &separators)?;
                text.push(if equals { '=' } else { separator });
                push_leaf(&mut text, written, &leaf_of(item)?, &separators)?;
            }
        }
        scalar => push_leaf(&mut text, written, &leaf_of(scalar)?, "")?,
    }
    Ok(text)
}

/// What [`join`] wrote.
pub(super) fn split(
    place: ParameterPlace,
    raw: &str,
    separator: char,
    equals: bool,
    wanted: &Wanted,
) -> Result<Value, StyleError> {
    let trim = |piece: &str| -> String {
        let piece = if place == ParameterPlace::Header { piece.trim() } else { piece };
        decode_leaf(place, piece).into_owned()
    };
    match wanted {
        Wanted::Scalar => Ok(string(decode_leaf(place, raw))),
        Wanted::Array if raw.is_empty() => Ok(Value::Array(Vec::new())),
        Wanted::Array => Ok(raw.split(separator).map(|piece| Value::String(trim(piece))).collect()),
        Wanted::Object { .. } if raw.is_empty() => Ok(Value::Object(Map::new())),
        Wanted::Object { .. } if equals => {
            let mut object = Map::new();
            for piece in raw.split(separator) {
                let (name, value) =
                    piece.split_once('=').ok_or(StyleError::Unreadable("a member has no `=`"))?;
                object.insert(trim(name), Value::String(trim(value)));
            }
            Ok(Value::Object(object))
        }
        Wanted::Object { .. } => {
            let mut object = Map::new();
            let mut pieces = raw.split(separator);
            while let Some(name) = pieces.next() {
                let value = pieces.next().ok_or(StyleError::Unreadable("a name has no value"))?;
                object.insert(trim(name), Value::String(trim(value)));
            }
            Ok(Value::Object(object))
        }
    }
}

/// The text of one value, decoded as its place asks.
pub(super) fn decode_leaf(place: ParameterPlace, raw: &str) -> Cow<'_, str> {
    match place {
        ParameterPlace::Header => Cow::Borrowed(raw),
        ParameterPlace::Query | ParameterPlace::QueryString => percent::decode_form_text(raw),
        ParameterPlace::Path | ParameterPlace::Cookie => percent::decode_text(raw),
    }
}

pub(super) fn string(text: Cow<'_, str>) -> Value {
    Value::String(text.into_owned())
}

/// Adds a member to an object; one that comes again makes an array.
pub(super) fn add(object: &mut Map<String, Value>, name: Cow<'_, str>, value: Value) {
    match object.get_mut(&*name) {
        None => {
            object.insert(name.into_owned(), value);
        }
        Some(Value::Array(items)) => items.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
    }
}
