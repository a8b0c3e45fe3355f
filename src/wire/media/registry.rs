//! The codecs for bodies, and which of them reads a type.

use super::interface::Codec;
use super::name::Media;
use super::{binary, form, json, lines, text, xml};

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

/// [`Codec::is_crowded`] of the codec for a type.
#[must_use]
pub fn is_crowded(media: &Media, body: &[u8]) -> bool {
    codec_for(media).is_crowded(body)
}

/// The codec for a type.
#[must_use]
pub fn codec_for(media: &Media) -> &'static dyn Codec {
    ALL.iter().copied().find(|codec| codec.takes(media)).unwrap_or(&binary::Binary)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::media::{Body, parse};
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
