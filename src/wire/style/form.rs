//! `form`: `color=blue,black` or exploded `color=blue&color=black`, objects `R=100&G=200`. For queries, forms, cookies.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::contract::{ParameterPlace, Style};
use crate::wire::percent::{self, Keep};
use crate::wire::style::{Codec, Raw, StyleError, Wanted, Written, add, decode_leaf, parts, string};

/// `form`.
pub(super) struct Form;

/// Appends `name=`, after a separator where needed.
pub(super) fn push_name(text: &mut String, written: &Written<'_>, name: &str) {
    if !text.is_empty() {
        text.push_str(if written.place == ParameterPlace::Cookie { "; " } else { "&" });
    }
    percent::encode_into(text, name.as_bytes(), Keep::Unreserved);
    text.push('=');
}

/// Exploded lists and objects: one member for each value.
pub(super) fn encode_exploded(written: &Written<'_>, value: &Value) -> Result<String, StyleError> {
    let mut text = String::new();
    let mut pair = |name: &str, value: &Value| -> Result<(), StyleError> {
        push_name(&mut text, written, name);
        parts::push_leaf(&mut text, written, &parts::leaf_of(value)?, "")
    };
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| pair(written.name, item))?,
        Value::Object(members) => {
            for (name, item) in members {
                match item {
                    // OpenAPI does not define lists inside; every reader takes a repeated member for one.
                    Value::Array(items) if items.len() > 1 => {
                        items.iter().try_for_each(|item| pair(name, item))?
                    }
                    other => pair(name, other)?,
                }
            }
        }
        scalar => pair(written.name, scalar)?,
    }
    Ok(text)
}

/// What [`encode_exploded`] wrote.
pub(super) fn decode_exploded(written: &Written<'_>, raw: Raw<'_>, wanted: &Wanted) -> Option<Value> {
    let Raw::Members(members) = raw else { return None };
    let mut mine = members.iter().filter(|m| m.name == written.name);
    match wanted {
        Wanted::Scalar => mine.next().map(|m| string(decode_leaf(written.place, m.raw()))),
        Wanted::Array => {
            let items: Vec<Value> = mine.map(|m| string(decode_leaf(written.place, m.raw()))).collect();
            (!items.is_empty()).then_some(Value::Array(items))
        }
        Wanted::Object { properties, open, taken } => {
            let mut object = Map::new();
            for member in members {
                let name = &*member.name;
                let known = properties.iter().any(|p| p == name);
                if known || *open && !taken.iter().any(|t| t == name && t != written.name) {
                    add(&mut object, member.name.clone(), string(decode_leaf(written.place, member.raw())));
                }
            }
            (!object.is_empty()).then_some(Value::Object(object))
        }
    }
}

impl Codec for Form {
    fn style(&self) -> Style {
        Style::Form
    }

    fn name(&self) -> &'static str {
        "form"
    }

    fn encode(&self, written: &Written<'_>, value: &Value) -> Result<String, StyleError> {
        let nested = value.is_array() || value.is_object();
        if written.explode || !nested {
            return encode_exploded(written, value);
        }
        // RFC 6570 §2.3: an empty list is undefined, and sends nothing.
        if value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty) {
            return Ok(String::new());
        }
        let list = parts::join(written, value, ',', false)?;
        if !list.contains(',') && list.contains("%2C") {
            return Err(StyleError::Unwritable("a comma in the only value looks like two values"));
        }
        let mut text = String::new();
        push_name(&mut text, written, written.name);
        text.push_str(&list);
        Ok(text)
    }

    fn decode(
        &self,
        written: &Written<'_>,
        raw: Raw<'_>,
        wanted: &Wanted,
    ) -> Result<Option<Value>, StyleError> {
        if written.explode || *wanted == Wanted::Scalar {
            return Ok(decode_exploded(written, raw, wanted));
        }
        let Raw::Members(members) = raw else { return Ok(None) };
        let Some(member) = members.iter().find(|m| m.name == written.name) else { return Ok(None) };
        let raw = member.raw();
        // Many clients encode the commas too, and most servers decode before they split.
        let commas = !raw.contains(',') && raw.contains('%');
        let raw =
            if commas { raw.replace("%2C", ",").replace("%2c", ",").into() } else { Cow::Borrowed(raw) };
        parts::split(written.place, &raw, ',', false, wanted).map(Some)
    }
}
