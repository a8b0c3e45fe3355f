//! Streams of values: server-sent events, JSON lines, JSON text sequences. What they are made of, and where they are
//! cut when they are sent.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::generated::generated;
use crate::base::{Seed, pointer};
use crate::contract::MediaType;
use crate::document::Direction;
use crate::schema::view::SchemaView;
use crate::schema::{Schema, Schemas};
use crate::wire::Response;
use crate::wire::media::{self, Media, codec_for};

/// How many items a stream has that is made from the contract.
const ITEMS: u64 = 3;

/// How deep a description of an event's data is looked for.
const DEPTH_MAX: usize = 16;

/// Whether a body of this type is a stream of items.
#[must_use]
pub(in crate::mock) fn is_stream(media: &Media) -> bool {
    matches!(codec_for(media).name(), "lines" | "events")
}

/// The items of a stream of this documented type. `schema` describes each item where `itemSchema` does not, or, where
/// it is a list, all of them.
#[must_use]
pub(in crate::mock) fn items(
    schemas: &Schemas,
    media: &MediaType,
    schema: Option<&Arc<Schema>>,
    seed: Seed,
) -> Value {
    let events = media::parse(&media.name).is_some_and(|media| codec_for(&media).name() == "events");
    let several = |one: &dyn Fn(u64) -> Value| Value::Array((0..ITEMS).map(one).collect());
    let of_item = media.item_schema.as_ref().and_then(|at| schemas.get(at, Direction::Response).ok());
    if let Some(item) = of_item {
        return several(&|n| with_data(&item, generated(&item, seed.nth(n)), seed.nth(n)));
    }
    let Some(schema) = schema else {
        return several(&|n| {
            if events { json!({ "data": format!("event {}", n + 1) }) } else { json!({ "number": n + 1 }) }
        });
    };
    if SchemaView::of(schema).is("array") {
        return generated(schema, seed);
    }
    several(&|n| match generated(schema, seed.nth(n)) {
        Value::String(text) if events => json!({ "data": text }),
        value => value,
    })
}

/// An event whose data are what `contentSchema` says they hold, as JSON (OpenAPI 3.2, Server-Sent Events).
fn with_data(item: &Arc<Schema>, event: Value, seed: Seed) -> Value {
    let Value::Object(mut members) = event else { return event };
    let document = item.bundle().document();
    if members.get("data").is_some_and(Value::is_string)
        && let Some(content) = content_schema(document, document, &members, 0)
        && let Ok(schema) = Schema::from_value(json!({ "allOf": [content], "$defs": document.get("$defs") }))
    {
        let data = generated(&schema, seed.derive("data")).to_string();
        let before = members.insert("data".to_owned(), Value::String(data));
        let whole = Value::Object(members);
        if item.is_valid(&whole) {
            return whole;
        }
        let Value::Object(mut back) = whole else { return Value::Null };
        back.insert("data".to_owned(), before.unwrap_or(Value::Null));
        return Value::Object(back);
    }
    Value::Object(members)
}

/// The `contentSchema` of `data` in the alternative that this event is.
fn content_schema<'s>(
    document: &'s Value,
    at: &'s Value,
    event: &Map<String, Value>,
    depth: usize,
) -> Option<&'s Value> {
    let followed = |at: &'s Value| {
        let target = at.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix('#'));
        target.and_then(|pointer| pointer::find(document, pointer))
    };
    if depth > DEPTH_MAX {
        return None;
    }
    let properties = at.get("properties").and_then(Value::as_object);
    for (name, property) in properties.into_iter().flatten() {
        let property = followed(property).unwrap_or(property);
        let listed = property.get("enum").and_then(Value::as_array);
        let other = |value: &Value| {
            property.get("const").is_some_and(|only| only != value)
                || listed.is_some_and(|all| !all.contains(value))
        };
        if event.get(name).is_some_and(other) {
            return None;
        }
    }
    let data = properties.and_then(|all| all.get("data"));
    if let Some(content) = data.and_then(|data| followed(data).unwrap_or(data).get("contentSchema")) {
        return Some(content);
    }
    let lists =
        ["allOf", "oneOf", "anyOf"].into_iter().filter_map(|word| at.get(word).and_then(Value::as_array));
    let mut below = followed(at).into_iter().chain(lists.flatten());
    below.find_map(|part| content_schema(document, part, event, depth + 1))
}

/// The pieces in which a response is sent: one for each item of a stream; `None` for what is no stream.
#[must_use]
pub(crate) fn pieces(response: &Response) -> Option<Vec<Bytes>> {
    if response.headers.get("content-encoding").is_some() {
        return None;
    }
    let named = response.headers.get_str("content-type")?;
    // Most answers are no streams: they are told by a look.
    if named == "application/json"
        || !["event-stream", "jsonl", "ndjson", "json-lines", "json-seq"]
            .iter()
            .any(|word| named.contains(word))
    {
        return None;
    }
    let media = media::parse(named)?;
    let end: &[u8] = match codec_for(&media).name() {
        "events" => b"\n\n",
        "lines" => b"\n",
        _ => return None,
    };
    let mut rest = response.body.clone();
    let mut pieces = Vec::new();
    while let Some(at) = rest.windows(end.len()).position(|window| window == end) {
        pieces.push(rest.split_to(at + end.len()));
    }
    if !rest.is_empty() {
        pieces.push(rest);
    }
    (!pieces.is_empty()).then_some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_cut_after_their_items() {
        let cut = |media: &str, body: &'static [u8]| {
            let mut response = Response { body: Bytes::from_static(body), ..Response::default() };
            response.headers.push("content-type", media.to_owned());
            pieces(&response)
        };
        let of =
            |pieces: &[&'static [u8]]| Some(pieces.iter().map(|p| Bytes::from_static(p)).collect::<Vec<_>>());
        assert_eq!(
            cut("text/event-stream", b"a: 1\n\ndata: 2\ndata: 3\n\n"),
            of(&[b"a: 1\n\n", b"data: 2\ndata: 3\n\n"])
        );
        assert_eq!(cut("application/x-ndjson; charset=utf-8", b"1\n2\n3"), of(&[b"1\n", b"2\n", b"3"]));
        assert_eq!(cut("application/json-seq", b"\x1e1\n\x1e2\n"), of(&[b"\x1e1\n", b"\x1e2\n"]));
        assert_eq!(cut("application/json", b"1\n2\n"), None);
        assert_eq!(cut("application/jsonl", b""), None);
    }

    #[test]
    fn the_data_of_an_event_are_what_their_schema_says() {
        let schema = json!({
            "oneOf": [
                {"type": "object", "required": ["event", "data"], "properties": {
                    "event": {"const": "count"},
                    "data": {"type": "string", "contentMediaType": "application/json", "contentSchema": {"$ref": "#/$defs/n"}}}},
                {"type": "object", "required": ["event", "data"], "properties": {
                    "event": {"const": "text"}, "data": {"type": "string"}}},
            ],
            "$defs": {"n": {"type": "integer", "minimum": 5, "maximum": 5}},
        });
        let schema = Arc::new(Schema::from_value(schema).unwrap());
        let data = |event: Value| with_data(&schema, event, Seed(1))["data"].clone();
        assert_eq!(data(json!({"event": "count", "data": "x"})), json!("5"));
        assert_eq!(data(json!({"event": "text", "data": "x"})), json!("x"));
    }
}
