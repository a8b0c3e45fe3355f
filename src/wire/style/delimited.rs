//! `spaceDelimited`, `pipeDelimited` and 2.0's tabs: `color=blue%20black`. For queries. Exploded, they are `form`.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::contract::{ParameterPlace, Style};
use crate::wire::style::{Codec, Raw, StyleError, Wanted, Written, form, parts};

/// A style with one delimiter between values.
pub(super) struct Delimited {
    style: Style,
    name: &'static str,
    delimiter: char,
    encoded: &'static str,
}

/// `spaceDelimited`, 2.0's `ssv`.
pub(super) static SPACE: Delimited =
    Delimited { style: Style::SpaceDelimited, name: "spaceDelimited", delimiter: ' ', encoded: "%20" };
/// `pipeDelimited`, 2.0's `pipes`.
pub(super) static PIPE: Delimited =
    Delimited { style: Style::PipeDelimited, name: "pipeDelimited", delimiter: '|', encoded: "%7C" };
/// 2.0's `tsv`.
pub(super) static TABS: Delimited =
    Delimited { style: Style::Tabs, name: "tabs", delimiter: '\t', encoded: "%09" };

impl Delimited {
    fn leaf<'v>(&self, value: &'v Value) -> Result<Cow<'v, str>, StyleError> {
        let leaf = parts::leaf_of(value)?;
        if leaf.contains(self.delimiter) {
            return Err(StyleError::Unwritable("the delimiter occurs in a value"));
        }
        Ok(leaf)
    }
}

impl Codec for Delimited {
    fn style(&self) -> Style {
        self.style
    }

    fn name(&self) -> &'static str {
        self.name
    }

    fn encode(&self, written: &Written<'_>, value: &Value) -> Result<String, StyleError> {
        let mut leaves = Vec::new();
        match value {
            Value::Array(items) if !written.explode => {
                for item in items {
                    leaves.push(self.leaf(item)?);
                }
            }
            Value::Object(members) if !written.explode => {
                for (name, item) in members {
                    if name.contains(self.delimiter) {
                        return Err(StyleError::Unwritable("the delimiter occurs in a name"));
                    }
                    leaves.push(Cow::Borrowed(name.as_str()));
                    leaves.push(self.leaf(item)?);
                }
            }
            _ => return form::encode_exploded(written, value),
        }
        if leaves.is_empty() {
            return Ok(String::new());
        }
        if leaves.len() == 1 && leaves[0].is_empty() {
            return Err(StyleError::Unwritable("a list of one empty text looks like an empty list"));
        }
        let header = matches!(written.place, ParameterPlace::Header | ParameterPlace::Path);
        let mut text = String::new();
        if !header {
            form::push_name(&mut text, written, written.name);
        }
        for (index, leaf) in leaves.iter().enumerate() {
            if index > 0 {
                match written.place {
                    ParameterPlace::Header => text.push(self.delimiter),
                    _ => text.push_str(self.encoded),
                }
            }
            parts::push_leaf(&mut text, written, leaf, "")?;
        }
        Ok(text)
    }

    fn decode(
        &self,
        written: &Written<'_>,
        raw: Raw<'_>,
        wanted: &Wanted,
    ) -> Result<Option<Value>, StyleError> {
        let text = match raw {
            Raw::Members(_) if written.explode || *wanted == Wanted::Scalar => {
                return Ok(form::decode_exploded(written, raw, wanted));
            }
            Raw::Text(text) => text,
            Raw::Members(members) => match members.iter().find(|m| m.name == written.name) {
                Some(member) => member.raw(),
                None => return Ok(None),
            },
        };
        // The delimiter is itself encoded, so the text is decoded before it is split.
        let text = super::decode_leaf(written.place, text);
        let mut pieces = text.split(self.delimiter).map(|piece| Value::String(piece.to_owned()));
        Ok(Some(match wanted {
            Wanted::Scalar => Value::String(text.into_owned()),
            Wanted::Array if text.is_empty() => Value::Array(Vec::new()),
            Wanted::Array => pieces.collect(),
            Wanted::Object { .. } if text.is_empty() => Value::Object(Map::new()),
            Wanted::Object { .. } => {
                let mut object = Map::new();
                while let Some(Value::String(name)) = pieces.next() {
                    let value = pieces.next().ok_or(StyleError::Unreadable("a name has no value"))?;
                    object.insert(name, value);
                }
                Value::Object(object)
            }
        }))
    }
}
