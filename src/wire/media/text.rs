//! Text: one string.

use serde_json::Value;

use crate::base::json::holds_more_than;
use crate::base::limits::TREE_NODES_MAX;
use crate::wire::media::{Body, Codec, CodecError, Media};

/// `text/*`.
pub struct Text;

impl Codec for Text {
    fn name(&self) -> &'static str {
        "text"
    }

    fn takes(&self, media: &Media) -> bool {
        media.kind() == "text" || matches!(media.essence(), "application/yaml" | "application/x-yaml")
    }

    fn is_crowded(&self, body: &[u8]) -> bool {
        // A string that is no JSON has no mapping to others.
        matches!(body.trim_ascii_start().first(), Some(b'[' | b'{')) && holds_more_than(TREE_NODES_MAX, body)
    }

    fn decode(&self, media: &Media, body: &[u8]) -> Result<Body, CodecError> {
        let utf8 = media.param("charset").is_none_or(|charset| {
            ["utf-8", "utf8", "us-ascii"].iter().any(|known| known.eq_ignore_ascii_case(charset))
        });
        match std::str::from_utf8(body) {
            Ok(text) => Ok(Body::Text(Value::String(text.to_owned()))),
            Err(error) if utf8 => Err(CodecError {
                reason: "the text is no UTF-8".to_owned(),
                offset: Some(error.valid_up_to()),
            }),
            Err(_) => Ok(Body::Opaque),
        }
    }

    fn encode(&self, media: &Media, value: &Value) -> Result<Vec<u8>, CodecError> {
        if media.essence() == "text/csv"
            && let Some(table) = table(value)
        {
            return Ok(table.into_bytes());
        }
        Ok(value.as_str().map_or_else(|| value.to_string(), str::to_owned).into_bytes())
    }
}

/// A list of objects, or one, as lines of fields under a line of names; a list of lists, or of values, as lines (RFC
/// 4180 §2). `None` for a text, which is the table already.
fn table(value: &Value) -> Option<String> {
    let one = std::slice::from_ref(value);
    let rows = match value {
        Value::Array(items) => items.as_slice(),
        Value::Object(_) => one,
        _ => return None,
    };
    let mut names: Vec<&str> = Vec::new();
    for name in rows.iter().filter_map(Value::as_object).flat_map(|row| row.keys()) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let mut text = String::new();
    let mut line = |fields: Vec<String>| {
        text.push_str(&fields.join(","));
        text.push_str("\r\n");
    };
    if !names.is_empty() {
        line(names.iter().map(|name| field(name)).collect());
    }
    for row in rows {
        line(match row {
            Value::Object(members) => {
                names.iter().map(|name| members.get(*name).map_or_else(String::new, cell)).collect()
            }
            Value::Array(cells) => cells.iter().map(cell).collect(),
            value => vec![cell(value)],
        });
    }
    Some(text)
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => field(text),
        other => field(&other.to_string()),
    }
}

fn field(text: &str) -> String {
    if text.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::media::parse;

    #[test]
    fn tables_have_lines_and_fields() {
        let csv = |value: serde_json::Value| {
            String::from_utf8(Text.encode(&parse("text/csv").unwrap(), &value).unwrap()).unwrap()
        };
        let rows = serde_json::json!([{"a": 1, "b": "x,\"y\""}, {"a": null, "c": [2]}]);
        assert_eq!(csv(rows), "a,b,c\r\n1,\"x,\"\"y\"\"\",\r\n,,[2]\r\n");
        assert_eq!(csv(serde_json::json!([[1, "b"], "c"])), "1,b\r\nc\r\n");
        assert_eq!(csv(serde_json::json!("a;b")), "a;b");
    }

    #[test]
    fn only_utf8_is_promised() {
        let broken = [b'a', 0xff];
        let error = Text.decode(&parse("text/plain").unwrap(), &broken).unwrap_err();
        assert_eq!(error.offset, Some(1));
        assert_eq!(Text.decode(&parse("text/plain; charset=latin1").unwrap(), &broken), Ok(Body::Opaque));
    }
}
