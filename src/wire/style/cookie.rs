//! `cookie` (3.2): as `form`, joined by `; `, and never percent-encoded.

use serde_json::{Map, Value};

use crate::contract::Style;
use crate::wire::style::{Codec, Raw, StyleError, Wanted, Written, add, parts};

/// `cookie`.
pub(super) struct Cookie;

/// A cookie's text as RFC 6265 §4.1.1 allows it; names have no `=` in them.
fn plain(text: &str, is_name: bool) -> Result<&str, StyleError> {
    let octet = |b: u8| b.is_ascii_graphic() && !b"\",;\\".contains(&b) && !(is_name && b == b'=');
    if text.bytes().all(octet) {
        Ok(text)
    } else {
        Err(StyleError::Unwritable("a cookie can't hold that character"))
    }
}

impl Codec for Cookie {
    fn style(&self) -> Style {
        Style::Cookie
    }

    fn name(&self) -> &'static str {
        "cookie"
    }

    fn encode(&self, written: &Written<'_>, value: &Value) -> Result<String, StyleError> {
        let mut pairs: Vec<String> = Vec::new();
        let mut pair = |name: &str, value: &Value| -> Result<(), StyleError> {
            let leaf = parts::leaf_of(value)?;
            pairs.push(format!("{}={}", plain(name, true)?, plain(&leaf, false)?));
            Ok(())
        };
        match value {
            Value::Array(items) if written.explode => {
                items.iter().try_for_each(|item| pair(written.name, item))?
            }
            Value::Object(members) if written.explode => {
                members.iter().try_for_each(|(name, item)| pair(name, item))?
            }
            Value::Array(_) | Value::Object(_) => {
                return Err(StyleError::Unwritable("a comma can't stand in a cookie: lists need `explode`"));
            }
            scalar => pair(written.name, scalar)?,
        }
        Ok(pairs.join("; "))
    }

    fn decode(
        &self,
        written: &Written<'_>,
        raw: Raw<'_>,
        wanted: &Wanted,
    ) -> Result<Option<Value>, StyleError> {
        let Raw::Members(members) = raw else { return Ok(None) };
        let mut mine = members.iter().filter(|m| m.name == written.name).map(|m| m.raw());
        Ok(match wanted {
            Wanted::Scalar => mine.next().map(|raw| Value::String(raw.to_owned())),
            Wanted::Array => {
                let items: Vec<Value> = mine.map(|raw| Value::String(raw.to_owned())).collect();
                (!items.is_empty()).then_some(Value::Array(items))
            }
            Wanted::Object { properties, open, taken } => {
                let mut object = Map::new();
                for m in members {
                    let name = &*m.name;
                    if properties.iter().any(|p| p == name)
                        || *open && !taken.iter().any(|t| t == name && t != written.name)
                    {
                        add(&mut object, m.name.clone(), Value::String(m.raw().to_owned()));
                    }
                }
                (!object.is_empty()).then_some(Value::Object(object))
            }
        })
    }
}
