//! Percent-coding (RFC 3986 §2.1): bytes ↔ text, without loss for bytes that are no UTF-8.

use std::borrow::Cow;

/// Which bytes may stand unencoded, besides the unreserved ones (`ALPHA DIGIT - . _ ~`, RFC 3986 §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// None: right for every part of a URI, and what RFC 6570 §3.2.2 asks of simple expansion.
    Unreserved,
    /// What a path segment may hold (`pchar`, RFC 3986 §3.3).
    Segment,
    /// What a query may hold without being read as a separator of members: `/ ? : @ ! $ ' ( ) * , ;`.
    QueryReserved,
    /// `application/x-www-form-urlencoded` (URL Standard §5.2): `*`, and a space becomes `+`; `~` is encoded.
    Form,
    /// What a cookie value may hold (`cookie-octet`, RFC 6265 §4.1.1) except `%`.
    Cookie,
}

impl Keep {
    fn keeps(self, byte: u8) -> bool {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') {
            return true;
        }
        match self {
            Self::Unreserved => byte == b'~',
            Self::Segment => b"~!$&'()*+,;=:@".contains(&byte),
            Self::QueryReserved => b"~/?:@!$'()*,;".contains(&byte),
            Self::Form => byte == b'*',
            Self::Cookie => byte.is_ascii_graphic() && !b"\"%,;\\".contains(&byte),
        }
    }
}

/// `bytes` as text in which only kept bytes stand as they are.
#[must_use]
pub fn encode(bytes: &[u8], keep: Keep) -> String {
    let mut text = String::with_capacity(bytes.len());
    encode_into(&mut text, bytes, keep);
    text
}

/// Appends what [`encode`] gives.
pub fn encode_into(text: &mut String, bytes: &[u8], keep: Keep) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in bytes {
        if keep.keeps(byte) {
            text.push(char::from(byte));
        } else if keep == Keep::Form && byte == b' ' {
            text.push('+');
        } else {
            text.push('%');
            text.push(char::from(HEX[usize::from(byte >> 4)]));
            text.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

/// The bytes that `text` stands for. A `%` without two hexadecimal digits after it stands for itself, as servers read it.
#[must_use]
pub fn decode(text: &[u8]) -> Cow<'_, [u8]> {
    decode_with(text, false)
}

/// [`decode`], with `+` for a space (URL Standard §5.1).
#[must_use]
pub fn decode_form(text: &[u8]) -> Cow<'_, [u8]> {
    decode_with(text, true)
}

fn decode_with(text: &[u8], plus: bool) -> Cow<'_, [u8]> {
    let coded = |b: &u8| *b == b'%' || plus && *b == b'+';
    let Some(first) = text.iter().position(coded) else {
        return Cow::Borrowed(text);
    };
    let mut bytes = Vec::with_capacity(text.len());
    bytes.extend_from_slice(&text[..first]);
    let mut at = first;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'%' => match (text.get(at + 1).and_then(hex), text.get(at + 2).and_then(hex)) {
                (Some(high), Some(low)) => {
                    bytes.push(high << 4 | low);
                    at += 3;
                    continue;
                }
                _ => bytes.push(b'%'),
            },
            b'+' if plus => bytes.push(b' '),
            other => bytes.push(other),
        }
        at += 1;
    }
    Cow::Owned(bytes)
}

fn hex(byte: &u8) -> Option<u8> {
    char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// The text that `text` stands for; bytes that are no UTF-8 become U+FFFD, as WSGI and ASGI servers read them.
#[must_use]
pub fn decode_text(text: &str) -> Cow<'_, str> {
    lossy(decode(text.as_bytes()), text)
}

/// [`decode_text`], with `+` for a space.
#[must_use]
pub fn decode_form_text(text: &str) -> Cow<'_, str> {
    lossy(decode_form(text.as_bytes()), text)
}

fn lossy<'t>(bytes: Cow<'t, [u8]>, text: &'t str) -> Cow<'t, str> {
    match bytes {
        Cow::Borrowed(_) => Cow::Borrowed(text),
        Cow::Owned(bytes) => Cow::Owned(match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        }),
    }
}

/// True when every `%` in `text` starts a triplet and the bytes are UTF-8: what [`decode_text`] reads without loss.
#[must_use]
pub fn is_exact(text: &str) -> bool {
    let bytes = text.as_bytes();
    let triplets = bytes.iter().enumerate().filter(|(_, b)| **b == b'%').all(|(at, _)| {
        bytes.get(at + 1).and_then(hex).is_some() && bytes.get(at + 2).and_then(hex).is_some()
    });
    triplets && std::str::from_utf8(&decode(bytes)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sets_keep_what_their_place_allows() {
        assert_eq!(encode(b"a b/c?d~e", Keep::Unreserved), "a%20b%2Fc%3Fd~e");
        assert_eq!(encode(b"a:b@c;d/e", Keep::Segment), "a:b@c;d%2Fe");
        assert_eq!(encode(b"/x?&=#+%", Keep::QueryReserved), "/x?%26%3D%23%2B%25");
        assert_eq!(encode("a b+ü".as_bytes(), Keep::Form), "a+b%2B%C3%BC");
        assert_eq!(encode(b"a;b=c", Keep::Cookie), "a%3Bb=c");
    }

    #[test]
    fn broken_triplets_stand_for_themselves() {
        assert_eq!(decode_text("%zz%4"), "%zz%4");
        assert_eq!(decode_text("100%"), "100%");
        assert_eq!(&*decode(b"%ff%00"), &[0xff, 0]);
        assert_eq!(decode_text("%ff"), "\u{fffd}");
        assert!(is_exact("a%20b") && !is_exact("%ff") && !is_exact("%4") && !is_exact("%%20"));
    }

    #[test]
    fn plus_is_a_space_only_in_forms() {
        assert_eq!(decode_text("a+b"), "a+b");
        assert_eq!(decode_form_text("a+b%2B"), "a b+");
    }

    proptest! {
        #[test]
        fn bytes_survive(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            for keep in [Keep::Unreserved, Keep::Segment, Keep::QueryReserved, Keep::Cookie] {
                let text = encode(&bytes, keep);
                prop_assert_eq!(&*decode(text.as_bytes()), &bytes[..]);
            }
            let text = encode(&bytes, Keep::Form);
            prop_assert_eq!(&*decode_form(text.as_bytes()), &bytes[..]);
        }
    }
}
