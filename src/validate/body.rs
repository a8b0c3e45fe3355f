//! Reading and judging bodies.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use crate::base::limits::{JSON_NODES_MAX, JUDGE_STEPS_MAX, TREE_NODES_MAX};
use crate::contract::ParameterPlace;
use crate::document::Location;
use crate::schema::flat::Unread;
use crate::schema::{Flat, Schema, Violation};
use crate::validate::parameter::header_text;
use crate::validate::plan::ContentPlan;
use crate::validate::{Breach, BreachKind, Coercion, Forms, Part};
use crate::wire::media::{self, Body, Media, codec_for};
use crate::wire::style::{self, Raw, Written};
use crate::wire::{Headers, query};

/// A body that was read.
#[derive(Clone, Debug)]
pub struct BodyValue {
    /// Which of the documented media types it is: an index into the operation's `content`.
    pub media: usize,
    flat: Option<Flat>,
    value: OnceLock<Option<Value>>,
}

impl PartialEq for BodyValue {
    fn eq(&self, other: &Self) -> bool {
        self.media == other.media && self.value() == other.value()
    }
}

impl BodyValue {
    fn new(media: usize, value: Option<Value>) -> Self {
        Self { media, flat: None, value: value.into() }
    }

    /// Its value; none where the media type has no mapping to values.
    #[must_use]
    pub fn value(&self) -> Option<&Value> {
        self.value.get_or_init(|| self.flat.as_ref().map(Flat::to_value)).as_ref()
    }

    /// The JSON document that it is, where it was read as one ([`super::Judge::request_planned`]).
    #[must_use]
    pub fn flat(&self) -> Option<&Flat> {
        self.flat.as_ref()
    }
}

/// Whether the media type that the headers name is documented.
pub(super) fn is_documented(content: &[ContentPlan], headers: &Headers) -> bool {
    let header = headers.get("content-type").map(|value| header_text(value));
    choose(content, header.as_deref()).is_ok()
}

/// Reads a JSON body that is right as a flat document; `None` leaves it to [`judge`], which finds out what is wrong
/// with any other.
pub(super) fn judge_flat(content: &[ContentPlan], headers: &Headers, body: &[u8]) -> Option<BodyValue> {
    let header = headers.get("content-type").map(|value| header_text(value));
    let (index, concrete) = choose(content, header.as_deref()).ok()?;
    if codec_for(&concrete).name() != "json" {
        return None;
    }
    let flat = Flat::parse(body)?;
    let schema = content[index].check.schema.as_ref();
    let valid = schema.is_none_or(|schema| schema.is_valid_flat(&flat));
    valid.then(|| BodyValue { media: index, flat: Some(flat), value: OnceLock::new() })
}

/// How a body is to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// How texts become values.
    pub(super) coercion: Coercion,
    /// How arrays and objects are written in forms.
    pub(super) forms: Forms,
    /// Whether more than [`JSON_NODES_MAX`] values, or [`TREE_NODES_MAX`] where a tree has to be made, are too many: a
    /// stranger wrote them.
    pub(super) bounded: bool,
}

/// The breach of a body that can't be judged.
fn too_large(at: &Location, message: String) -> Breach {
    Breach::plain(Part::Body, None, BreachKind::TooLarge, at, Value::Null, Value::Null, message)
}

/// Judges a JSON document without making a tree of it; `None` leaves it to the codec, which finds out what is wrong with
/// one that can't be read.
fn judge_document(
    index: usize,
    plan: &ContentPlan,
    body: &[u8],
    at: &Location,
    bounded: bool,
    breaches: &mut Vec<Breach>,
) -> Option<BodyValue> {
    let flat = match Flat::parse_any(body) {
        Ok(flat) => flat,
        Err(Unread::TooLarge) if bounded => {
            let message =
                format!("it has more than {JSON_NODES_MAX} values, which is too large to be judged");
            breaches.push(too_large(&at.join("content").join(&plan.name), message));
            return Some(BodyValue::new(index, None));
        }
        Err(_) => return None,
    };
    if let Some(schema) = &plan.check.schema
        && !schema.is_valid_flat(&flat)
    {
        match schema.violations_flat(&flat) {
            Some(violations) => {
                breaches.extend(violations.into_iter().map(|v| Breach::schema(Part::Body, None, v)));
            }
            None => {
                let message =
                    format!("to judge it takes more than {JUDGE_STEPS_MAX} steps, which is too much");
                breaches.push(too_large(&at.join("content").join(&plan.name), message));
            }
        }
    }
    Some(BodyValue { media: index, flat: Some(flat), value: OnceLock::new() })
}

/// Judges a body that is there.
pub(super) fn judge(
    content: &[ContentPlan],
    headers: &Headers,
    body: &[u8],
    at: &Location,
    Manner { coercion, forms, bounded }: Manner,
    breaches: &mut Vec<Breach>,
) -> Option<BodyValue> {
    let header = headers.get("content-type").map(|value| header_text(value));
    let (index, concrete) = match choose(content, header.as_deref()) {
        Ok(found) => found,
        Err(message) => {
            let expected = content.iter().map(|c| Value::String(c.name.clone())).collect();
            let actual = header.map_or(Value::Null, |text| Value::String(text.into_owned()));
            let kind = if actual.is_null() { BreachKind::Missing } else { BreachKind::Undocumented };
            let at = at.join("content");
            breaches.push(Breach::plain(Part::MediaType, None, kind, &at, expected, actual, message));
            return None;
        }
    };
    let plan = &content[index];
    if codec_for(&concrete).name() == "json"
        && let Some(judged) = judge_document(index, plan, body, at, bounded, breaches)
    {
        return Some(judged);
    }
    if bounded && media::is_crowded(&concrete, body) {
        let message = format!("it has more than {TREE_NODES_MAX} values, which is too large to be judged");
        breaches.push(too_large(&at.join("content").join(&plan.name), message));
        return Some(BodyValue::new(index, None));
    }
    let value = match codec_for(&concrete).decode(&concrete, body) {
        Err(error) => {
            let kind = BreachKind::Syntax(error.offset);
            let message = format!("the body is no {}: {error}", concrete.essence());
            let at = at.join("content").join(&plan.name);
            breaches.push(Breach::plain(Part::Body, None, kind, &at, Value::Null, Value::Null, message));
            return Some(BodyValue::new(index, None));
        }
        Ok(Body::Opaque) => return Some(BodyValue::new(index, None)),
        Ok(Body::Items(items)) => {
            let items: Vec<Value> = match &plan.item_reading {
                Some(reading) => {
                    items.into_iter().map(|item| reading.coerce(item, Coercion::Strict)).collect()
                }
                None => items,
            };
            if let Some(schema) = &plan.item {
                for (number, item) in items.iter().enumerate() {
                    for mut violation in schema.violations(item) {
                        violation.instance =
                            crate::base::Pointer::root().index(number).concat(&violation.instance);
                        breaches.push(Breach::schema(Part::Body, None, violation));
                    }
                }
            }
            return Some(BodyValue::new(index, Some(Value::Array(items))));
        }
        Ok(Body::Text(Value::String(text))) if plan.check.reading.is_structured() => {
            // Text of a type that has no mapping to the arrays and objects that the schema speaks of (CSV, say), unless
            // it is JSON by another name.
            match serde_json::from_str(&text) {
                Ok(value @ (Value::Array(_) | Value::Object(_))) => value,
                _ => return Some(BodyValue::new(index, None)),
            }
        }
        Ok(Body::Text(text)) => {
            let styled = plan.styled(&concrete, body, text.clone());
            plan.form(forms, text, styled, coercion)
        }
        Ok(Body::Value(value)) => value,
    };
    super::multipart::judge(plan, &concrete, body, at, breaches);
    if let Some(schema) = &plan.check.schema
        && !schema.is_valid(&value)
    {
        let violations = schema.violations(&value);
        let form = matches!(codec_for(&concrete).name(), "form" | "multipart");
        if forms == Forms::Any
            && form
            && let Some(filled) = with_empty_lists(&value, &violations, schema)
        {
            return Some(BodyValue::new(index, Some(filled)));
        }
        breaches.extend(violations.into_iter().map(|v| Breach::schema(Part::Body, None, v)));
    }
    Some(BodyValue::new(index, Some(value)))
}

/// The members of a form with an empty list for each that is missing, where nothing else is wrong: a form has no way to
/// write a list without items.
fn with_empty_lists(value: &Value, violations: &[Violation], schema: &Schema) -> Option<Value> {
    let mut members = value.as_object()?.clone();
    for violation in violations {
        let missing = violation.keyword == "required" && violation.instance.is_root();
        let name = violation.expected.as_str().filter(|_| missing)?;
        members.insert(name.to_owned(), Value::Array(Vec::new()));
    }
    let filled = Value::Object(members);
    schema.is_valid(&filled).then_some(filled)
}

/// Which documented type a `Content-Type` is, and the concrete type. Without the header, the only one documented is
/// assumed (RFC 9110 §8.3 lets a recipient guess).
fn choose(content: &[ContentPlan], header: Option<&str>) -> Result<(usize, Media), String> {
    let Some(text) = header else {
        return match content {
            [only] => match &only.media {
                Some(media) if !media.is_range() => Ok((0, media.clone())),
                _ => Err("the media type of the body is not said".to_owned()),
            },
            _ => Err("the media type of the body is not said".to_owned()),
        };
    };
    // Written as the contract writes it, as a rule.
    if let [only] = content
        && only.name == text
        && let Some(media) = only.media.as_ref().filter(|media| !media.is_range())
    {
        return Ok((0, media.clone()));
    }
    let concrete = media::parse(text).ok_or_else(|| format!("`{text}` is no media type"))?;
    let mut best: Option<(usize, u32)> = None;
    for (index, plan) in content.iter().enumerate() {
        if let Some(score) = plan.media.as_ref().and_then(|media| media.matches(&concrete))
            && best.is_none_or(|(_, top)| score > top)
        {
            best = Some((index, score));
        }
    }
    match best {
        Some((index, _)) => Ok((index, concrete)),
        None => Err(format!("`{}` is not documented", concrete.essence())),
    }
}

impl ContentPlan {
    /// The members of a form that have a style of their own (`encoding`), read in that style.
    fn styled(&self, concrete: &Media, body: &[u8], mut text: Value) -> Value {
        let styled = self
            .encoding
            .iter()
            .filter(|(_, encoding)| encoding.style.is_some() || encoding.explode.is_some());
        if concrete.essence() != "application/x-www-form-urlencoded" {
            return text;
        }
        let raw: Cow<'_, str> = String::from_utf8_lossy(body);
        let members: Vec<query::Member<'_>> = query::members(&raw).collect();
        let Some(object) = text.as_object_mut() else { return text };
        for (name, encoding) in styled {
            let Some((_, reading)) = self.check.reading.properties.iter().find(|(known, _)| known == name)
            else {
                continue;
            };
            let style = encoding.style.unwrap_or(crate::contract::Style::Form);
            let explode = encoding.explode.unwrap_or(style == crate::contract::Style::Form);
            let written = Written {
                name,
                explode,
                allow_reserved: encoding.allow_reserved,
                place: ParameterPlace::Query,
            };
            let several = members.iter().filter(|m| m.name == name.as_str()).count() > 1;
            let wanted = reading.wanted(several, &Arc::default());
            if let Ok(Some(value)) = style::decode(style, &written, Raw::Members(&members), &wanted) {
                object.retain(|key, _| {
                    key != name && query::brackets(key).is_none_or(|(head, _)| head != name.as_str())
                });
                object.insert(name.clone(), value);
            }
        }
        text
    }
}
