//! `deepObject`: `color[R]=100&color[G]=200`. For queries. Deeper brackets and `[]` are read and written as the
//! bracket-minded clients do (`a[b][c]=1`, `a[b][]=1`), which OpenAPI leaves undefined.

use serde_json::{Map, Value};

use crate::base::limits::BRACKET_DEPTH_MAX;
use crate::contract::Style;
use crate::wire::percent::{self, Keep};
use crate::wire::query;
use crate::wire::style::{Codec, Raw, StyleError, Wanted, Written, decode_leaf, parts, string};

/// `deepObject`.
pub(super) struct DeepObject;

fn write(
    text: &mut String,
    written: &Written<'_>,
    path: &mut String,
    value: &Value,
    depth: usize,
) -> Result<(), StyleError> {
    if depth > BRACKET_DEPTH_MAX {
        return Err(StyleError::Unwritable("the value is nested too deeply"));
    }
    let mut inside = |key: &str, value: &Value| {
        if key.contains(['[', ']']) {
            return Err(StyleError::Unwritable("a bracket occurs in a name"));
        }
        let length = path.len();
        path.push('[');
        percent::encode_into(path, key.as_bytes(), Keep::Unreserved);
        path.push(']');
        let result = write(text, written, path, value, depth + 1);
        path.truncate(length);
        result
    };
    match value {
        Value::Object(members) => members.iter().try_for_each(|(name, value)| {
            if name.is_empty() {
                return Err(StyleError::Unwritable("an empty name looks like a list"));
            }
            inside(name, value)
        }),
        Value::Array(items) if items.iter().all(|item| parts::leaf(item).is_some()) => {
            items.iter().try_for_each(|item| inside("", item))
        }
        Value::Array(_) => {
            Err(StyleError::Unwritable("lists of lists or objects have no text in this style"))
        }
        scalar => {
            let leaf = parts::leaf_of(scalar)?;
            if !text.is_empty() {
                text.push('&');
            }
            // Brackets are no query characters by RFC 3986 §3.4, but that is how everybody writes them.
            text.push_str(path);
            text.push('=');
            parts::push_leaf(text, written, &leaf, "")
        }
    }
}

fn insert(object: &mut Map<String, Value>, keys: &[&str], value: Value) -> Result<(), StyleError> {
    const MIXED: StyleError = StyleError::Unreadable("a name is both a value and an object");
    match keys {
        [] => Err(StyleError::Unreadable("a bracketed name is needed")),
        [name] | [name, ""] => {
            match object.get_mut(*name) {
                None if keys.len() == 2 => drop(object.insert((*name).to_owned(), Value::Array(vec![value]))),
                None => drop(object.insert((*name).to_owned(), value)),
                Some(Value::Array(items)) => items.push(value),
                Some(Value::Object(_)) => return Err(MIXED),
                Some(first) => *first = Value::Array(vec![first.take(), value]),
            }
            Ok(())
        }
        [name, rest @ ..] => {
            let inner = object.entry((*name).to_owned()).or_insert_with(|| Value::Object(Map::new()));
            insert(inner.as_object_mut().ok_or(MIXED)?, rest, value)
        }
    }
}

impl Codec for DeepObject {
    fn style(&self) -> Style {
        Style::DeepObject
    }

    fn name(&self) -> &'static str {
        "deepObject"
    }

    fn encode(&self, written: &Written<'_>, value: &Value) -> Result<String, StyleError> {
        let mut text = String::new();
        let mut path = percent::encode(written.name.as_bytes(), Keep::Unreserved);
        write(&mut text, written, &mut path, value, 0)?;
        Ok(text)
    }

    fn decode(&self, written: &Written<'_>, raw: Raw<'_>, _: &Wanted) -> Result<Option<Value>, StyleError> {
        let Raw::Members(members) = raw else { return Ok(None) };
        let mut object = Map::new();
        let mut list = Vec::new();
        let mut bare = None;
        for member in members {
            let leaf = || string(decode_leaf(written.place, member.raw()));
            match query::brackets(&member.name) {
                Some((head, keys)) if head == written.name => match keys.as_slice() {
                    [""] => list.push(leaf()),
                    keys if keys.len() > BRACKET_DEPTH_MAX => {
                        return Err(StyleError::Unreadable("the brackets are nested too deeply"));
                    }
                    keys => insert(&mut object, keys, leaf())?,
                },
                _ if member.name == written.name => bare = Some(leaf()),
                _ => {}
            }
        }
        Ok(if !object.is_empty() {
            Some(Value::Object(object))
        } else if !list.is_empty() {
            Some(Value::Array(list))
        } else {
            bare
        })
    }
}
