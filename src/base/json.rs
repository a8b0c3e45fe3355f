//! JSON written piece by piece, where there is no tree of values to be written as a whole.

/// Whether a text stands in JSON as it is, without escapes.
#[must_use]
pub fn is_plain(text: &str) -> bool {
    let (eights, rest) = text.as_bytes().as_chunks::<8>();
    let found = eights.iter().fold(special(last_eight(rest)), |found, eight| found | special(*eight));
    found == 0
}

/// How many bytes stand in JSON as they are, from the first on: up to a quotation mark, a backslash or a control
/// character.
#[must_use]
#[inline]
pub fn plain_length(bytes: &[u8]) -> usize {
    let (eights, rest) = bytes.as_chunks::<8>();
    for (n, eight) in eights.iter().enumerate() {
        let found = special(*eight);
        if found != 0 {
            // The lowest mark is right, whatever was borrowed above it.
            return n * 8 + (found.trailing_zeros() / 8) as usize;
        }
    }
    eights.len() * 8 + rest_length(rest)
}

/// The same of fewer than eight bytes: what is looked through ends within the last of a document as a rule.
#[cold]
fn rest_length(rest: &[u8]) -> usize {
    ((special(last_eight(rest)).trailing_zeros() / 8) as usize).min(rest.len())
}

/// Marks (the highest bit of) the first of eight bytes that needs an escape, and perhaps others behind it.
#[inline]
fn special(eight: [u8; 8]) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    let word = u64::from_le_bytes(eight);
    // A byte less than a small number borrows from its highest bit, which is only looked at where it was not set. With
    // its second bit turned over, a quotation mark is the only byte beside the control characters below 33.
    let below_33 = (word ^ (ONES * 2)).wrapping_sub(ONES * 33);
    let backslash = (word ^ (ONES * u64::from(b'\\'))).wrapping_sub(ONES);
    (below_33 | backslash) & !word & (ONES << 7)
}

/// The last bytes, fewer than eight, filled up with spaces.
fn last_eight(rest: &[u8]) -> [u8; 8] {
    let mut last = [b' '; 8];
    last[..rest.len()].copy_from_slice(rest);
    last
}

/// Whether a text that may be JSON holds more values and names than these. Counted by what separates them, so that it
/// costs nothing but looking at each byte until there are too many.
#[must_use]
pub fn holds_more_than(nodes: usize, bytes: &[u8]) -> bool {
    let mut found = 1_usize;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at += quoted_length(bytes.get(at + 1..).unwrap_or_default()),
            // A separator stands before a value or name; the first of an array or object has its bracket.
            b',' | b':' | b'[' | b'{' => found += 1,
            _ => {}
        }
        if found > nodes {
            return true;
        }
        at += 1;
    }
    false
}

/// How many bytes there are up to the end of a text in quotation marks, the mark at its end included.
fn quoted_length(bytes: &[u8]) -> usize {
    let mut length = 0;
    while let Some(rest) = bytes.get(length..) {
        length += plain_length(rest);
        match bytes.get(length) {
            Some(b'\\') => length += 2,
            Some(b'"') => return length + 1,
            Some(_) => length += 1,
            None => break,
        }
    }
    bytes.len()
}

/// Appends a text in quotation marks, with escapes where JSON asks for them (RFC 8259 §7).
pub fn quote(out: &mut String, text: &str) {
    out.push('"');
    if is_plain(text) {
        out.push_str(text);
    } else {
        let whole = serde_json::Value::from(text).to_string();
        out.push_str(&whole[1..whole.len() - 1]);
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn every_byte_is_plain_or_not_wherever_it_stands() {
        for place in 0..20 {
            for byte in 0..128_u8 {
                let text: String =
                    (0..20).map(|n| char::from(if n == place { byte } else { b'a' })).collect();
                let plain = byte >= b' ' && byte != b'"' && byte != b'\\';
                assert_eq!(super::is_plain(&text), plain, "{text:?}");
                let length = super::plain_length(text.as_bytes());
                assert_eq!(length, if plain { 20 } else { place }, "{text:?}");
            }
        }
        assert!(super::is_plain("") && super::is_plain("äöü ☃ 🦀"));
    }

    #[test]
    fn values_and_names_are_counted_where_they_are_some() {
        for (text, nodes) in [
            ("1", 1),
            ("[1,2,3]", 4),
            ("{\"a\":1,\"b\":[]}", 6),
            ("\"[,,,{:\"", 1),
            ("[\"\\\",,,\", \"\\\\\", 1]", 4),
            ("\"never ends ,,,\\", 1),
            ("\"\n,\",", 2),
        ] {
            assert!(!super::holds_more_than(nodes, text.as_bytes()), "{text}");
            assert!(super::holds_more_than(nodes - 1, text.as_bytes()), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn texts_are_written_as_the_library_writes_them(text in proptest::prelude::any::<String>()) {
            let mut out = String::new();
            quote(&mut out, &text);
            proptest::prop_assert_eq!(&out, &serde_json::Value::from(text.as_str()).to_string());
            proptest::prop_assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
        }
    }
}
