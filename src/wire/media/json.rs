//! JSON (RFC 8259), and every `+json`.

use serde_json::Value;

use crate::base::json::holds_more_than;
use crate::base::limits::TREE_NODES_MAX;
use crate::wire::media::{Body, Codec, CodecError, Media};

/// JSON.
pub struct Json;

impl Codec for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn takes(&self, media: &Media) -> bool {
        media.is_json()
    }

    fn is_crowded(&self, body: &[u8]) -> bool {
        holds_more_than(TREE_NODES_MAX, body)
    }

    fn decode(&self, _: &Media, body: &[u8]) -> Result<Body, CodecError> {
        serde_json::from_slice(body).map(Body::Value).map_err(|error| CodecError {
            reason: error.to_string(),
            offset: Some(offset(body, error.line(), error.column())),
        })
    }

    fn encode(&self, _: &Media, value: &Value) -> Result<Vec<u8>, CodecError> {
        serde_json::to_vec(value).map_err(|error| CodecError::new(error.to_string()))
    }
}

/// The offset of a line and column, both from 1, as serde_json counts them (columns in bytes).
fn offset(body: &[u8], line: usize, column: usize) -> usize {
    let start: usize =
        body.split_inclusive(|b| *b == b'\n').take(line.saturating_sub(1)).map(<[u8]>::len).sum();
    (start + column.saturating_sub(1)).min(body.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::media::parse;

    #[test]
    fn broken_json_says_where() {
        let media = parse("application/json").unwrap();
        let error = Json.decode(&media, b"{\"a\":\n  x}").unwrap_err();
        assert_eq!(error.offset, Some(8));
        assert!(Json.decode(&media, b"").is_err());
        // Deep nesting is refused by the parser's own limit (128), not by a crash.
        assert!(Json.decode(&media, "[".repeat(100_000).as_bytes()).is_err());
    }
}
