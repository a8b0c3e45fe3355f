//! Bodies ↔ values: one codec for each family of media types, and their registry.

use serde_json::Value;

use crate::base::json::holds_more_than;
use crate::base::limits::TREE_NODES_MAX;
use crate::wire::media::{Media, binary, form, json, lines, text, xml};

/// A body that was read.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// One value, that a schema can judge.
    Value(Value),
    /// A value whose leaves are all text, as forms give them: to be coerced by the schema first.
    Text(Value),
    /// Several values, for an `itemSchema` (lines, events).
    Items(Vec<Value>),
    /// Well-formed, but without a mapping to values (XML, binary): a schema says nothing about it here.
    Opaque,
}

/// Why a body can't be read as what it says it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct CodecError {
    /// Why, for people.
    pub reason: String,
    /// The offset in bytes at which reading stopped, where that is known.
    pub offset: Option<usize>,
}

impl CodecError {
    /// An error without a place.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), offset: None }
    }
}

/// Reads and writes bodies of a family of media types.
pub trait Codec: Sync {
    /// A name for people and lists.
    fn name(&self) -> &'static str;
    /// True when it reads this type.
    fn takes(&self, media: &Media) -> bool;
    /// The value of a body.
    ///
    /// # Errors
    /// When the bytes are not of that type.
    fn decode(&self, media: &Media, body: &[u8]) -> Result<Body, CodecError>;
    /// The bytes of a value.
    ///
    /// # Errors
    /// When the type has no way to write that value.
    fn encode(&self, media: &Media, value: &Value) -> Result<Vec<u8>, CodecError>;
}

/// Every codec; the first that takes a type reads it. The last takes everything.
pub static ALL: &[&dyn Codec] = &[
    &json::Json,
    &form::Form,
    &form::Multipart,
    &lines::Lines,
    &lines::Events,
    &xml::Xml,
    &text::Text,
    &binary::Binary,
];

/// Whether a body, read as a tree of values, would have more than [`TREE_NODES_MAX`] of them, roughly: known before a
/// tree is made.
#[must_use]
pub fn is_crowded(media: &Media, body: &[u8]) -> bool {
    let more = |found: usize| found > TREE_NODES_MAX;
    match codec_for(media).name() {
        "json" => holds_more_than(TREE_NODES_MAX, body),
        "lines" => {
            more(memchr::memchr2_iter(b'\n', 0x1e, body).count()) || holds_more_than(TREE_NODES_MAX, body)
        }
        "events" => more(memchr::memchr2_iter(b'\n', b'\r', body).count()),
        // A name and a value each.
        "form" => more(2 * memchr::memchr_iter(b'&', body).count()),
        // A text that is no JSON has no mapping to others.
        "text" if matches!(body.trim_ascii_start().first(), Some(b'[' | b'{')) => {
            holds_more_than(TREE_NODES_MAX, body)
        }
        _ => false,
    }
}

/// The codec for a type.
#[must_use]
pub fn codec_for(media: &Media) -> &'static dyn Codec {
    ALL.iter().copied().find(|codec| codec.takes(media)).unwrap_or(&binary::Binary)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::media::parse;
    use serde_json::json;

    #[test]
    fn every_type_finds_its_codec() {
        for (media, want) in [
            ("application/json", "json"),
            ("application/vnd.api+json; charset=utf-8", "json"),
            ("application/x-www-form-urlencoded", "form"),
            ("multipart/form-data; boundary=x", "multipart"),
            ("application/x-ndjson", "lines"),
            ("text/event-stream", "events"),
            ("application/atom+xml", "xml"),
            ("text/csv", "text"),
            ("image/png", "binary"),
        ] {
            assert_eq!(codec_for(&parse(media).unwrap()).name(), want, "{media}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let object = json!({"a": "1", "b": "x y&z"});
        for (media, value, want) in [
            ("application/json", object.clone(), Body::Value(object.clone())),
            ("application/x-www-form-urlencoded", object.clone(), Body::Text(object.clone())),
            ("multipart/form-data; boundary=b", object.clone(), Body::Text(object.clone())),
            ("application/jsonl", json!([1, {"a": 2}]), Body::Items(vec![json!(1), json!({"a": 2})])),
            ("application/json-seq", json!([1, "x"]), Body::Items(vec![json!(1), json!("x")])),
            ("text/plain", json!("hällo"), Body::Text(json!("hällo"))),
            ("text/plain", json!(12), Body::Text(json!("12"))),
        ] {
            let media = parse(media).unwrap();
            let codec = codec_for(&media);
            let bytes = codec.encode(&media, &value).unwrap();
            assert_eq!(codec.decode(&media, &bytes).unwrap(), want, "{media}");
        }
    }
}
