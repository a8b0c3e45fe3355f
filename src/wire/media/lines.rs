//! Streams of values: JSON Lines, JSON text sequences (RFC 7464), server-sent events (HTML Standard §9.2).

use serde_json::{Map, Value};

use crate::base::json::holds_more_than;
use crate::base::limits::TREE_NODES_MAX;
use crate::wire::media::{Body, Codec, CodecError, Media};

/// JSON Lines and text sequences.
pub struct Lines;

/// `text/event-stream`.
pub struct Events;

impl Codec for Lines {
    fn name(&self) -> &'static str {
        "lines"
    }

    fn takes(&self, media: &Media) -> bool {
        matches!(
            media.essence(),
            "application/jsonl" | "application/x-ndjson" | "application/ndjson" | "application/json-lines"
        ) || media.essence() == "application/json-seq"
            || media.suffix() == Some("json-seq")
    }

    fn is_crowded(&self, body: &[u8]) -> bool {
        memchr::memchr2_iter(b'\n', 0x1e, body).count() > TREE_NODES_MAX
            || holds_more_than(TREE_NODES_MAX, body)
    }

    fn decode(&self, _: &Media, body: &[u8]) -> Result<Body, CodecError> {
        // RFC 7464 puts a record separator in front of each text; JSON Lines ends each with a line feed.
        let mut items = Vec::new();
        for line in body.split(|b| matches!(b, b'\n' | 0x1e)) {
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let item = serde_json::from_slice(line)
                .map_err(|error| CodecError::new(format!("item {}: {error}", items.len())))?;
            items.push(item);
        }
        Ok(Body::Items(items))
    }

    fn encode(&self, media: &Media, value: &Value) -> Result<Vec<u8>, CodecError> {
        let one = std::slice::from_ref(value);
        let mut text = String::new();
        for item in value.as_array().map_or(one, Vec::as_slice) {
            if media.subtype().ends_with("json-seq") {
                text.push('\x1e');
            }
            text.push_str(&item.to_string());
            text.push('\n');
        }
        Ok(text.into_bytes())
    }
}

impl Codec for Events {
    fn name(&self) -> &'static str {
        "events"
    }

    fn takes(&self, media: &Media) -> bool {
        media.essence() == "text/event-stream"
    }

    fn is_crowded(&self, body: &[u8]) -> bool {
        memchr::memchr2_iter(b'\n', b'\r', body).count() > TREE_NODES_MAX
    }

    /// Each event is an object of its fields; `data` lines are joined by line feeds (OpenAPI 3.2, Server-Sent Events).
    fn decode(&self, _: &Media, body: &[u8]) -> Result<Body, CodecError> {
        let text = std::str::from_utf8(body).map_err(|_| CodecError::new("an event stream must be UTF-8"))?;
        let mut items = Vec::new();
        let mut event = Map::new();
        for line in text.trim_start_matches('\u{feff}').lines().chain([""]) {
            if line.is_empty() {
                if !event.is_empty() {
                    items.push(Value::Object(std::mem::take(&mut event)));
                }
                continue;
            }
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match (field, event.get_mut(field)) {
                ("data", Some(Value::String(data))) => {
                    data.push('\n');
                    data.push_str(value);
                }
                ("data" | "event" | "id", _) => {
                    event.insert(field.to_owned(), Value::String(value.to_owned()));
                }
                ("retry", _) => {
                    let number =
                        value.parse::<u64>().map_or_else(|_| Value::String(value.to_owned()), Value::from);
                    event.insert(field.to_owned(), number);
                }
                _ => {}
            }
        }
        Ok(Body::Items(items))
    }

    fn encode(&self, _: &Media, value: &Value) -> Result<Vec<u8>, CodecError> {
        let one = std::slice::from_ref(value);
        let mut text = String::new();
        for item in value.as_array().map_or(one, Vec::as_slice) {
            match item {
                Value::Object(fields) if fields.keys().all(|k| is_field(k)) && !fields.is_empty() => {
                    for (field, value) in fields {
                        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                        for line in value.split('\n') {
                            text.push_str(&format!("{field}: {line}\n"));
                        }
                    }
                }
                other => text.push_str(&format!("data: {other}\n")),
            }
            text.push('\n');
        }
        Ok(text.into_bytes())
    }
}

fn is_field(name: &str) -> bool {
    matches!(name, "data" | "event" | "id" | "retry")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::media::parse;
    use serde_json::json;

    #[test]
    fn events_join_their_data() {
        let media = parse("text/event-stream").unwrap();
        let got = Events.decode(&media, b": hi\nevent: a\ndata: 1\ndata: 2\n\n\nid: x\nretry: 5").unwrap();
        let want = vec![json!({"event": "a", "data": "1\n2"}), json!({"id": "x", "retry": 5})];
        assert_eq!(got, Body::Items(want.clone()));
        let bytes = Events.encode(&media, &Value::Array(want.clone())).unwrap();
        assert_eq!(Events.decode(&media, &bytes).unwrap(), Body::Items(want));
        assert!(Events.decode(&media, b"data: \xff").is_err());
    }

    #[test]
    fn a_broken_line_says_which() {
        let error = Lines.decode(&parse("application/jsonl").unwrap(), b"1\n\n{\n").unwrap_err();
        assert!(error.reason.starts_with("item 1:"), "{error}");
    }
}
