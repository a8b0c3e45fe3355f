//! JSON written piece by piece, where there is no tree of values to be written as a whole.

/// Whether a text stands in JSON as it is, without escapes.
#[must_use]
pub fn is_plain(text: &str) -> bool {
    const ONES: u64 = u64::MAX / 255;
    // Whether one of eight bytes is zero, or less than a small number: it borrows from its highest bit.
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & (ONES << 7);
    let each = |byte: u8| ONES * u64::from(byte);
    let escaped =
        |word: u64| below(word, b' '.into()) | below(word ^ each(b'"'), 1) | below(word ^ each(b'\\'), 1);
    let (eights, rest) = text.as_bytes().as_chunks::<8>();
    let mut last = [b' '; 8];
    last[..rest.len()].copy_from_slice(rest);
    let found = eights
        .iter()
        .fold(escaped(u64::from_le_bytes(last)), |found, eight| found | escaped(u64::from_le_bytes(*eight)));
    found == 0
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
            }
        }
        assert!(super::is_plain("") && super::is_plain("äöü ☃ 🦀"));
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
