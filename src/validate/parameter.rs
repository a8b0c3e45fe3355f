//! Reading parameters off a request, and headers off a response.

use std::borrow::Cow;

use serde_json::Value;

use crate::contract::{ParameterPlace, Style};
use crate::validate::plan::{ParameterPlan, WrittenPlan};
use crate::validate::{Breach, BreachKind, Coercion, Part};
use crate::wire::media::{Body, codec_for};
use crate::wire::percent;
use crate::wire::query::Member;
use crate::wire::style::{self, Raw, StyleError, Written};

/// The text of a header's value: UTF-8, else Latin-1, as the HTTP of old had it (RFC 9110 §5.5).
pub(super) fn header_text(value: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(value) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(value.iter().map(|byte| char::from(*byte)).collect()),
    }
}

impl ParameterPlan {
    /// The value in `raw`: `Ok(None)` when it is not there.
    pub(super) fn read(
        &self,
        raw: Raw<'_>,
        coercion: Coercion,
    ) -> Result<Option<(Value, Value)>, StyleError> {
        let WrittenPlan::Styled { style, explode, allow_reserved, allow_empty } = self.written else {
            return Ok(self.read_content(raw));
        };
        let written = Written { name: &self.name, explode, allow_reserved, place: self.place };
        let several = match raw {
            Raw::Members(members) => members.iter().filter(|m| *m.name == *self.name).nth(1).is_some(),
            Raw::Text(text) => style != Style::Form && text.contains(','),
        };
        let wanted = self.check.reading.wanted(several, &self.taken);
        let Some(text) = style::decode(style, &written, raw, &wanted)? else { return Ok(None) };
        if allow_empty && text.as_str() == Some("") {
            return Ok(None);
        }
        if self.check.schema.is_none() {
            return Ok(Some((text.clone(), text)));
        }
        Ok(Some((self.check.coerce(text.clone(), coercion), text)))
    }

    /// A document of a media type in the text.
    fn read_content(&self, raw: Raw<'_>) -> Option<(Value, Value)> {
        let WrittenPlan::Content(media) = &self.written else { return None };
        let text = match raw {
            Raw::Text(text) if matches!(self.place, ParameterPlace::Header | ParameterPlace::QueryString) => {
                Cow::Borrowed(text)
            }
            Raw::Text(text) => percent::decode_text(text),
            Raw::Members(members) => members.iter().find(|m| *m.name == *self.name)?.value(),
        };
        let value = match codec_for(media).decode(media, text.as_bytes()) {
            Ok(Body::Value(value)) => value,
            Ok(Body::Text(value)) => self.check.coerce(value, Coercion::Strict),
            Ok(Body::Items(items)) => Value::Array(items),
            // Text that is no document stays text: the schema says that it is wrong.
            Ok(Body::Opaque) | Err(_) => Value::String(text.clone().into_owned()),
        };
        Some((value, Value::String(text.into_owned())))
    }

    /// What is wrong with `raw`; the value goes to `keep`.
    pub(super) fn judge(
        &self,
        raw: Option<Raw<'_>>,
        coercion: Coercion,
        breaches: &mut Vec<Breach>,
        keep: impl FnOnce(Value),
    ) {
        let part = Part::from(self.place);
        let read = raw.map_or(Ok(None), |raw| self.read(raw, coercion));
        let (value, text) = match read {
            Ok(Some(found)) => found,
            Ok(None) => {
                if self.required {
                    let message = format!("the {} `{}` is missing", self.word(), self.name);
                    let expected = Value::String(self.name.to_string());
                    let kind = BreachKind::Missing;
                    breaches.push(Breach::plain(
                        part,
                        Some(&self.name),
                        kind,
                        &self.location,
                        expected,
                        Value::Null,
                        message,
                    ));
                }
                return;
            }
            Err(error) => {
                let input = match raw {
                    Some(Raw::Text(text)) => Value::String(text.to_owned()),
                    _ => Value::Null,
                };
                let message = format!("the {} `{}` can't be read: {error}", self.word(), self.name);
                let kind = BreachKind::Undecodable;
                let breach = Breach::plain(
                    part,
                    Some(&self.name),
                    kind,
                    &self.location,
                    Value::Null,
                    input.clone(),
                    message,
                );
                breaches.push(breach.with_input(input));
                return;
            }
        };
        if let Some(schema) = &self.check.schema
            && !schema.is_valid(&value)
        {
            let found = schema.violations(&value);
            breaches.extend(
                found.into_iter().map(|v| Breach::schema(part, Some(&self.name), v).with_input(text.clone())),
            );
        }
        keep(value);
    }

    fn word(&self) -> &'static str {
        match self.place {
            ParameterPlace::Path => "path parameter",
            ParameterPlace::Query => "query parameter",
            ParameterPlace::QueryString => "query string",
            ParameterPlace::Header => "header",
            ParameterPlace::Cookie => "cookie",
        }
    }
}

/// The cookies of a request as members.
pub(super) fn cookie_members(headers: &crate::wire::Headers) -> Vec<Member<'_>> {
    headers
        .all("cookie")
        .filter_map(|value| std::str::from_utf8(value).ok())
        .flat_map(crate::wire::cookie::pairs)
        .map(|(name, value)| Member { name: percent::decode_text(name), raw: Some(value) })
        .collect()
}
