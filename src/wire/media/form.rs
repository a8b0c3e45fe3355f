//! Forms as objects of text: urlencoded (URL Standard §5) and multipart (RFC 7578).

use serde_json::{Map, Value};

use crate::base::limits::TREE_NODES_MAX;
use crate::wire::media::{Body, Codec, CodecError, Media};
use crate::wire::{form, multipart};

/// `application/x-www-form-urlencoded`.
pub struct Form;

/// `multipart/form-data` and the other multiparts.
pub struct Multipart;

/// Adds a member; a name that comes again makes an array, as form readers do.
fn add(object: &mut Map<String, Value>, name: String, value: Value) {
    match object.get_mut(&name) {
        None => {
            object.insert(name, value);
        }
        Some(Value::Array(items)) => items.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
    }
}

/// The pairs that stand for a value: scalars as text, arrays as one pair for each item, the rest as JSON.
fn pairs(value: &Value) -> Result<Vec<(String, String)>, CodecError> {
    let Value::Object(object) = value else {
        return Err(CodecError::new("only an object can be written as a form"));
    };
    let mut pairs = Vec::new();
    for (name, value) in object {
        match value {
            Value::Array(items) => pairs.extend(items.iter().map(|item| (name.clone(), leaf(item)))),
            other => pairs.push((name.clone(), leaf(other))),
        }
    }
    Ok(pairs)
}

fn leaf(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The media type that tells a part from text.
fn json_type(value: &Value) -> Option<&'static str> {
    (!value.is_string()).then_some("application/json")
}

/// A part of a sequence: JSON where it says so, else text.
fn item(part: &multipart::Part<'_>) -> Value {
    let json = part.media.as_ref().is_some_and(Media::is_json);
    let value = if json { serde_json::from_slice(part.data).ok() } else { None };
    value.unwrap_or_else(|| Value::String(String::from_utf8_lossy(part.data).into_owned()))
}

impl Codec for Form {
    fn name(&self) -> &'static str {
        "form"
    }

    fn takes(&self, media: &Media) -> bool {
        media.essence() == "application/x-www-form-urlencoded"
    }

    fn is_crowded(&self, body: &[u8]) -> bool {
        // A name and a value each.
        2 * memchr::memchr_iter(b'&', body).count() > TREE_NODES_MAX
    }

    fn decode(&self, _: &Media, body: &[u8]) -> Result<Body, CodecError> {
        let mut object = Map::new();
        for (name, value) in form::decode(body)? {
            add(&mut object, name, Value::String(value));
        }
        Ok(Body::Text(Value::Object(object)))
    }

    fn encode(&self, _: &Media, value: &Value) -> Result<Vec<u8>, CodecError> {
        Ok(form::encode(pairs(value)?).into_bytes())
    }
}

impl Codec for Multipart {
    fn name(&self) -> &'static str {
        "multipart"
    }

    fn takes(&self, media: &Media) -> bool {
        media.kind() == "multipart"
    }

    fn decode(&self, media: &Media, body: &[u8]) -> Result<Body, CodecError> {
        let boundary = media.param("boundary").ok_or_else(|| CodecError::new("no boundary is named"))?;
        let parts = multipart::decode(body, boundary)?;
        if media.subtype() != "form-data" && !parts.is_empty() && parts.iter().all(|part| part.name.is_none())
        {
            // Parts without names are a sequence (OpenAPI 3.2, `itemSchema`).
            return Ok(Body::Items(parts.iter().map(item).collect()));
        }
        let mut object = Map::new();
        for part in parts {
            let text = String::from_utf8_lossy(part.data).into_owned();
            let json = part.media.as_ref().is_some_and(Media::is_json);
            let value = if json { serde_json::from_str(&text).ok() } else { None };
            add(&mut object, part.name.unwrap_or_default(), value.unwrap_or(Value::String(text)));
        }
        Ok(Body::Text(Value::Object(object)))
    }

    fn encode(&self, media: &Media, value: &Value) -> Result<Vec<u8>, CodecError> {
        let boundary = media.param("boundary").ok_or_else(|| CodecError::new("no boundary is named"))?;
        if let (Value::Array(items), true) = (value, media.subtype() != "form-data") {
            let parts: Vec<_> = items.iter().map(|item| (json_type(item), leaf(item))).collect();
            return multipart::encode(parts.iter().map(|(m, d)| ("", *m, d.as_bytes())), boundary);
        }
        let Value::Object(object) = value else {
            return Err(CodecError::new("only an object can be written as a form"));
        };
        let mut parts = Vec::new();
        for (name, value) in object {
            let items = match value {
                Value::Array(items) => items.as_slice(),
                other => std::slice::from_ref(other),
            };
            for item in items {
                let media = item.is_object().then_some("application/json");
                parts.push((name.as_str(), media, leaf(item)));
            }
        }
        multipart::encode(parts.iter().map(|(n, m, d)| (*n, *m, d.as_bytes())), boundary)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::media::parse;
    use serde_json::json;

    #[test]
    fn a_name_that_comes_again_is_an_array() {
        let media = parse("application/x-www-form-urlencoded").unwrap();
        let got = Form.decode(&media, b"a=1&b=2&a=3&a=4").unwrap();
        assert_eq!(got, Body::Text(json!({"a": ["1", "3", "4"], "b": "2"})));
        assert!(Form.encode(&media, &json!([1])).is_err());
    }

    #[test]
    fn parts_without_names_are_a_sequence() {
        let media = parse("multipart/mixed; boundary=b").unwrap();
        let value = json!(["x", {"n": 1}, 2]);
        let bytes = Multipart.encode(&media, &value).unwrap();
        let Value::Array(items) = value else { panic!("a list") };
        assert_eq!(Multipart.decode(&media, &bytes).unwrap(), Body::Items(items));
        assert!(Multipart.encode(&parse("multipart/form-data; boundary=b").unwrap(), &json!([1])).is_err());
    }

    #[test]
    fn json_parts_are_values() {
        let media = parse("multipart/form-data; boundary=\"a b\"").unwrap();
        let value = json!({"meta": {"n": 1}, "tags": ["x", "y"], "text": "line\r\nline"});
        let bytes = Multipart.encode(&media, &value).unwrap();
        assert_eq!(Multipart.decode(&media, &bytes).unwrap(), Body::Text(value));
        assert!(Multipart.decode(&parse("multipart/form-data").unwrap(), &bytes).is_err());
    }
}
