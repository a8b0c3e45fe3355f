//! Bytes in text: `byte` and `base64url` (RFC 4648), `binary`, `password`.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::net::label;
use crate::base::Dice;
use crate::schema::format::Format;

/// Base64 in the standard alphabet, with padding (RFC 4648, section 4; `OpenAPI` 3.0).
pub(super) const BYTE: Format = Format {
    text: Some(|text| STANDARD.decode(text).is_ok()),
    generate: Some(|dice| STANDARD.encode(bytes(dice))),
    counter: &["a", "abc", "ab=c", "ab-_", "not base64!", "===="],
    ..Format::named("byte")
};

/// Base64 in the alphabet for URLs (RFC 4648, section 5).
pub(super) const BASE64URL: Format = Format {
    text: Some(|text| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).is_ok()),
    generate: Some(|dice| URL_SAFE_NO_PAD.encode(bytes(dice))),
    counter: &["a", "ab+/", "not base64!"],
    ..Format::named("base64url")
};

/// Any octets: constrains nothing.
pub(super) const BINARY: Format = Format { generate: Some(label), ..Format::named("binary") };

/// A hint to hide the input: constrains nothing.
pub(super) const PASSWORD: Format =
    Format { generate: Some(|dice| format!("pw-{}", label(dice))), ..Format::named("password") };

fn bytes(dice: &mut Dice) -> Vec<u8> {
    let length = dice.between(0, 24);
    (0..length).map(|_| u8::try_from(dice.below(256)).unwrap_or(0)).collect()
}
