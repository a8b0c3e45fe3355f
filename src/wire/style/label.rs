//! `label`: `.blue,black` or exploded `.blue.black`. For paths.

use serde_json::Value;

use crate::contract::Style;
use crate::wire::style::{Codec, Raw, StyleError, Wanted, Written, parts};

/// `label`.
pub(super) struct Label;

impl Label {
    fn separator(explode: bool) -> char {
        if explode { '.' } else { ',' }
    }
}

impl Codec for Label {
    fn style(&self) -> Style {
        Style::Label
    }

    fn name(&self) -> &'static str {
        "label"
    }

    fn encode(&self, written: &Written<'_>, value: &Value) -> Result<String, StyleError> {
        let joined = parts::join(
            written,
            value,
            Self::separator(written.explode),
            written.explode && value.is_object(),
        )?;
        Ok(match joined.as_str() {
            // With the prefix these would be dot segments (RFC 3986 §5.2.4).
            "" => return Err(StyleError::Unwritable("an empty label is a dot segment")),
            "." => ".%2E".to_owned(),
            _ => format!(".{joined}"),
        })
    }

    fn decode(
        &self,
        written: &Written<'_>,
        raw: Raw<'_>,
        wanted: &Wanted,
    ) -> Result<Option<Value>, StyleError> {
        let Raw::Text(text) = raw else { return Ok(None) };
        let text = text.strip_prefix('.').ok_or(StyleError::Unreadable("a label starts with `.`"))?;
        parts::split(written.place, text, Self::separator(written.explode), written.explode, wanted).map(Some)
    }
}
