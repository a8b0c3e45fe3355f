//! `matrix`: `;color=blue,black` or exploded `;color=blue;color=black`, objects `;R=100;G=200`. For paths.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::contract::Style;
use crate::wire::percent;
use crate::wire::style::{Codec, Raw, StyleError, Wanted, Written, add, decode_leaf, parts, string};

/// `matrix`.
pub(super) struct Matrix;

impl Codec for Matrix {
    fn style(&self) -> Style {
        Style::Matrix
    }

    fn name(&self) -> &'static str {
        "matrix"
    }

    fn encode(&self, written: &Written<'_>, value: &Value) -> Result<String, StyleError> {
        let mut text = String::new();
        let mut pair = |name: &str, value: &Value| -> Result<(), StyleError> {
            text.push(';');
            parts::push_leaf(&mut text, written, name, ";=")?;
            text.push('=');
            parts::push_leaf(&mut text, written, &parts::leaf_of(value)?, ";")
        };
        match value {
            Value::Array(items) if written.explode => {
                items.iter().try_for_each(|item| pair(written.name, item))?
            }
            Value::Object(members) if written.explode => {
                members.iter().try_for_each(|(name, item)| pair(name, item))?
            }
            Value::Array(_) | Value::Object(_) => {
                let joined = parts::join(written, value, ',', false)?;
                text.push_str(&format!(
                    ";{}={joined}",
                    percent::encode(written.name.as_bytes(), percent::Keep::Unreserved)
                ));
            }
            scalar => pair(written.name, scalar)?,
        }
        if text.is_empty() {
            return Err(StyleError::Unwritable("an empty path segment is another path"));
        }
        Ok(text)
    }

    fn decode(
        &self,
        written: &Written<'_>,
        raw: Raw<'_>,
        wanted: &Wanted,
    ) -> Result<Option<Value>, StyleError> {
        let Raw::Text(text) = raw else { return Ok(None) };
        let text =
            text.strip_prefix(';').ok_or(StyleError::Unreadable("a matrix parameter starts with `;`"))?;
        let pairs: Vec<(Cow<'_, str>, &str)> = text
            .split(';')
            .map(|piece| piece.split_once('=').unwrap_or((piece, "")))
            .map(|(name, value)| (percent::decode_text(name), value))
            .collect();
        let mut mine = pairs.iter().filter(|(name, _)| name == written.name).map(|(_, raw)| *raw);
        let value = match wanted {
            Wanted::Array if written.explode => {
                mine.map(|raw| string(decode_leaf(written.place, raw))).collect()
            }
            Wanted::Object { .. } if written.explode => {
                let mut object = Map::new();
                for (name, raw) in pairs.clone() {
                    add(&mut object, name, string(decode_leaf(written.place, raw)));
                }
                Value::Object(object)
            }
            _ => {
                let raw =
                    mine.next().ok_or(StyleError::Unreadable("the matrix parameter has another name"))?;
                parts::split(written.place, raw, ',', false, wanted)?
            }
        };
        Ok(Some(value))
    }
}
