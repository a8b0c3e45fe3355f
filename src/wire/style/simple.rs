//! `simple`: `blue,black`; `R,100,G,200` or exploded `R=100,G=200`. For paths and headers.

use serde_json::Value;

use crate::contract::{ParameterPlace, Style};
use crate::wire::style::{Codec, Raw, StyleError, Wanted, Written, parts};

/// `simple`.
pub(super) struct Simple;

impl Codec for Simple {
    fn style(&self) -> Style {
        Style::Simple
    }

    fn name(&self) -> &'static str {
        "simple"
    }

    fn encode(&self, written: &Written<'_>, value: &Value) -> Result<String, StyleError> {
        let text = parts::join(written, value, ',', written.explode && value.is_object())?;
        if text.is_empty() && written.place == ParameterPlace::Path {
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
        let text = match raw {
            Raw::Text(text) => text,
            Raw::Members(members) => match members.iter().find(|m| m.name == written.name) {
                Some(member) => member.raw(),
                None => return Ok(None),
            },
        };
        parts::split(written.place, text, ',', written.explode, wanted).map(Some)
    }
}
