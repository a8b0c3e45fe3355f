//! Everything else: bytes without a mapping to values.

use serde_json::Value;

use crate::wire::media::{Body, Codec, CodecError, Media};

/// Bytes.
pub struct Binary;

impl Codec for Binary {
    fn name(&self) -> &'static str {
        "binary"
    }

    fn takes(&self, _: &Media) -> bool {
        true
    }

    fn decode(&self, _: &Media, _: &[u8]) -> Result<Body, CodecError> {
        Ok(Body::Opaque)
    }

    fn encode(&self, _: &Media, value: &Value) -> Result<Vec<u8>, CodecError> {
        match value {
            Value::String(text) => Ok(text.clone().into_bytes()),
            other => Ok(other.to_string().into_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::media::parse;

    #[test]
    fn bytes_are_opaque() {
        let media = parse("image/png").unwrap();
        assert_eq!(Binary.decode(&media, &[0xff]), Ok(Body::Opaque));
        assert_eq!(Binary.encode(&media, &"x".into()), Ok(b"x".to_vec()));
    }
}
