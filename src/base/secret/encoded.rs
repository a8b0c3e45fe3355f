//! Encodings in which a secret may stand in a message, and texts with their escapes undone.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use crate::base::limits::SECRET_ESCAPES_MAX;

/// The shortest part of a Base64 text that is searched for, in characters.
const BASE64_CHARS_MIN: usize = 6;

/// Secrets from this length on, in bytes, are found by their beginning, for texts that were cut off.
const PREFIX_OF_MIN: usize = 24;

/// How much of a beginning that is, in bytes.
const PREFIX_BYTES: usize = 16;

/// A text that is searched for.
pub(super) struct Needle {
    pub(super) bytes: Vec<u8>,
    /// Base64: the characters around belong to it as well.
    pub(super) is_base64: bool,
    /// The beginning of a longer text, which goes on as this does.
    pub(super) whole: Option<Vec<u8>>,
}

/// What a secret looks like where its escapes are undone.
pub(super) fn needles(secret: &[u8]) -> Vec<Needle> {
    let plain = |bytes: Vec<u8>| Needle { bytes, is_base64: false, whole: None };
    let mut all = vec![plain(secret.to_vec())];
    if secret.len() >= PREFIX_OF_MIN {
        let bytes = secret[..PREFIX_BYTES].to_vec();
        all.push(Needle { bytes, is_base64: false, whole: Some(secret.to_vec()) });
    }
    // In Base64 and in digits nothing can be undone before it is found: there it may have been escaped before.
    for text in escaped(secret) {
        digits(&text, &mut all);
    }
    all
}

/// The secret as it is, percent-encoded (RFC 3986 and the form of the URL Standard), and as in a JSON string.
fn escaped(secret: &[u8]) -> Vec<Vec<u8>> {
    let percent = |kept: &[u8], blank: &[u8]| {
        let mut text = Vec::with_capacity(secret.len());
        for byte in secret {
            match byte {
                b' ' => text.extend_from_slice(blank),
                byte if byte.is_ascii_alphanumeric() || kept.contains(byte) => text.push(*byte),
                byte => text.extend_from_slice(format!("%{byte:02X}").as_bytes()),
            }
        }
        text
    };
    let mut all = vec![secret.to_vec(), percent(b"-._~", b"%20"), percent(b"-._*", b"+")];
    if let Ok(text) = std::str::from_utf8(secret) {
        let quoted = serde_json::Value::from(text).to_string().into_bytes();
        all.push(quoted[1..quoted.len() - 1].to_vec());
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// What a text looks like in Base64, at each alignment, and in hexadecimal digits.
fn digits(secret: &[u8], all: &mut Vec<Needle>) {
    let plain = |bytes: Vec<u8>| Needle { bytes, is_base64: false, whole: None };
    for shift in 0..3 {
        let mut padded = vec![0; shift];
        padded.extend_from_slice(secret);
        for text in [STANDARD.encode(&padded), URL_SAFE.encode(&padded)] {
            // Characters whose six bits are all of the secret's.
            let (start, end) = ((shift * 8).div_ceil(6), padded.len() * 8 / 6);
            let inner = &text.as_bytes()[start..end.max(start)];
            if inner.len() >= BASE64_CHARS_MIN {
                all.push(Needle { bytes: inner.to_vec(), is_base64: true, whole: None });
            } else if shift == 0 {
                all.push(plain(text.into_bytes()));
            }
        }
    }
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    all.push(plain(hex.to_uppercase().into_bytes()));
    all.push(plain(hex.into_bytes()));
}

/// A text with escapes undone, and where each of its bytes came from; a last entry says where the end was.
pub(super) struct View {
    pub(super) bytes: Vec<u8>,
    starts: Vec<u32>,
}

impl View {
    /// The text without its escapes; `None` where it has none.
    pub(super) fn of(text: &[u8]) -> Option<Self> {
        let mut view: Option<Self> = None;
        for _ in 0..SECRET_ESCAPES_MAX {
            let before = view.as_ref().map_or(text, |view| &view.bytes);
            let Some(mut next) = decode(before) else { break };
            if let Some(before) = &view {
                next.starts.iter_mut().for_each(|at| *at = before.starts[*at as usize]);
            }
            view = Some(next);
        }
        view
    }

    /// Where a part of the view stands in the text that it was made from.
    pub(super) fn place(&self, start: usize, end: usize) -> (usize, usize) {
        (self.starts[start] as usize, self.starts[end] as usize)
    }
}

/// `+` is a blank in forms: the two are not told apart.
pub(super) fn folded(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect()
}

/// The bytes with escapes undone once, blanks folded; `None` when there is nothing to undo.
fn decode(text: &[u8]) -> Option<View> {
    if memchr::memchr3(b'%', b'\\', b'&', text).is_none() || u32::try_from(text.len()).is_err() {
        return None;
    }
    let mut view = View { bytes: Vec::with_capacity(text.len()), starts: Vec::with_capacity(text.len() + 1) };
    let mut at = 0;
    let mut undone = false;
    while at < text.len() {
        let start = u32::try_from(at).unwrap_or(u32::MAX);
        match escape(&text[at..]) {
            Some((c, len)) => {
                undone = true;
                let mut utf8 = [0; 4];
                let bytes: &[u8] = match c {
                    Unit::Byte(byte) => {
                        utf8[0] = byte;
                        &utf8[..1]
                    }
                    Unit::Char(c) => c.encode_utf8(&mut utf8).as_bytes(),
                };
                for byte in bytes {
                    view.bytes.push(if *byte == b'+' { b' ' } else { *byte });
                    view.starts.push(start);
                }
                at += len;
            }
            None => {
                view.bytes.push(if text[at] == b'+' { b' ' } else { text[at] });
                view.starts.push(start);
                at += 1;
            }
        }
    }
    view.starts.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
    undone.then_some(view)
}

enum Unit {
    Byte(u8),
    Char(char),
}

/// The escape at the beginning of a text, and how long it is.
fn escape(text: &[u8]) -> Option<(Unit, usize)> {
    match text[0] {
        b'%' => hex(text.get(1..3)?).and_then(|n| u8::try_from(n).ok()).map(|n| (Unit::Byte(n), 3)),
        b'\\' => match *text.get(1)? {
            b'u' => utf16(text),
            b'x' => hex(text.get(2..4)?).and_then(|n| u8::try_from(n).ok()).map(|n| (Unit::Byte(n), 4)),
            b'n' => Some((Unit::Byte(b'\n'), 2)),
            b'r' => Some((Unit::Byte(b'\r'), 2)),
            b't' => Some((Unit::Byte(b'\t'), 2)),
            b'b' => Some((Unit::Byte(8), 2)),
            b'f' => Some((Unit::Byte(12), 2)),
            c @ (b'"' | b'\'' | b'\\' | b'/') => Some((Unit::Byte(c), 2)),
            _ => None,
        },
        b'&' => entity(text),
        _ => None,
    }
}

fn hex(digits: &[u8]) -> Option<u32> {
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// `\u` and four digits, also as a pair of surrogates (RFC 8259 §7).
fn utf16(text: &[u8]) -> Option<(Unit, usize)> {
    let first = hex(text.get(2..6)?)?;
    if let Some(c) = char::from_u32(first) {
        return Some((Unit::Char(c), 6));
    }
    let second = text.get(6..12).filter(|rest| rest.starts_with(b"\\u")).and_then(|rest| hex(&rest[2..]))?;
    let code =
        0x1_0000 + ((first.checked_sub(0xd800)? & 0x3ff) << 10) + (second.checked_sub(0xdc00)? & 0x3ff);
    char::from_u32(code).map(|c| (Unit::Char(c), 12))
}

/// References of HTML and XML: the named ones of both, and numbers.
fn entity(text: &[u8]) -> Option<(Unit, usize)> {
    const LONGEST: usize = 12;
    let end = text.iter().take(LONGEST).position(|byte| *byte == b';')?;
    let name = std::str::from_utf8(&text[1..end]).ok()?;
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => hex(digits.as_bytes()),
                None => number.parse().ok(),
            };
            char::from_u32(code?)?
        }
    };
    Some((Unit::Char(c), end + 1))
}

/// A text with the escapes of a name undone once.
pub(super) fn plain(text: &[u8]) -> Vec<u8> {
    decode(text).map_or_else(|| text.to_vec(), |view| view.bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_and_found_again() {
        let text = br"a%2Fb \u00e9\ud83d\ude00\/ &#39;&#x27;&amp; %zz \q %25%32%46";
        let view = View::of(text).unwrap();
        assert_eq!(String::from_utf8(view.bytes.clone()).unwrap(), "a/b é😀/ ''& %zz \\q /");
        let (start, end) = view.place(1, 2);
        assert_eq!(&text[start..end], b"%2F");
        let last = view.bytes.len();
        let (start, end) = view.place(last - 1, last);
        assert_eq!(&text[start..end], b"%25%32%46");
        assert!(View::of(b"plain + text").is_none());
        for odd in [&b"%"[..], b"\\", b"&", b"\\u12", b"\\ud800", b"&#;", b"&#x110000;", b"%f"] {
            assert!(View::of(odd).is_none(), "{odd:?}");
        }
    }
}
