//! Text: one string.

use serde_json::Value;

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

    fn encode(&self, _: &Media, value: &Value) -> Result<Vec<u8>, CodecError> {
        Ok(value.as_str().map_or_else(|| value.to_string(), str::to_owned).into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::media::parse;

    #[test]
    fn only_utf8_is_promised() {
        let broken = [b'a', 0xff];
        let error = Text.decode(&parse("text/plain").unwrap(), &broken).unwrap_err();
        assert_eq!(error.offset, Some(1));
        assert_eq!(Text.decode(&parse("text/plain; charset=latin1").unwrap(), &broken), Ok(Body::Opaque));
    }
}
