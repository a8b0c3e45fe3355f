//! Texts that hold something else: secrets, JSON, Base64, regular expressions.

use super::decode;
use super::python::Py;
use super::scalar;
use super::trouble::Trouble;

/// A secret, with bounds of its length.
pub(super) fn secret(
    input: &Py,
    bytes: bool,
    (min, max): (Option<usize>, Option<usize>),
) -> Result<(), Trouble> {
    if bytes {
        scalar::bytes(input, (None, None))?;
    } else if input.text().is_none() {
        return Err(Trouble::plain("string_type", "Input should be a valid string", input));
    }
    let length = match input {
        Py::Str(text) if bytes => text.len(),
        Py::Bytes(all) => all.len(),
        _ => input.text().map_or(0, |text| text.chars().count()),
    };
    let plural = |bound: usize| if bound == 1 { "" } else { "s" };
    let facts = |name, bound| {
        vec![("field_type", Py::from("Value")), (name, Py::from(bound)), ("actual_length", Py::from(length))]
    };
    if let Some(min) = min.filter(|min| length < *min) {
        let s = plural(min);
        let message = format!("Value should have at least {min} item{s} after validation, not {length}");
        return Err(Trouble::with("too_short", message, input, facts("min_length", min)));
    }
    if let Some(max) = max.filter(|max| length > *max) {
        let s = plural(max);
        let message = format!("Value should have at most {max} item{s} after validation, not {length}");
        return Err(Trouble::with("too_long", message, input, facts("max_length", max)));
    }
    Ok(())
}

/// The value of a JSON text, worded by serde, whose words pydantic's own parser has taken over.
pub(super) fn json(input: &Py) -> Result<Py, Trouble> {
    let text = match input {
        Py::Str(text) => text.as_bytes(),
        Py::Bytes(bytes) => bytes,
        _ => {
            let message = "JSON input should be string, bytes or bytearray";
            return Err(Trouble::plain("json_type", message, input));
        }
    };
    // Numbers beyond 64 bits have words of their own only in a reader that keeps values.
    let kept = serde_json::from_slice::<serde_json::Value>(text).map(drop);
    let checked = match kept {
        Err(error) if error.to_string().starts_with("number out of range") => {
            serde_json::from_slice::<serde::de::IgnoredAny>(text).map(drop)
        }
        kept => kept,
    };
    match (checked, decode::loads(text)) {
        // What Python's reader takes beyond RFC 8259 (NaN), pydantic's takes too.
        (_, Ok(value)) => Ok(value),
        (Ok(()), Err(_)) => Ok(Py::None),
        (Err(error), Err(_)) => {
            let error = worded(text, &error);
            let message = format!("Invalid JSON: {error}");
            Err(Trouble::with("json_invalid", message, input, vec![("error", Py::Str(error))]))
        }
    }
}

/// The words of pydantic's parser, which differ from serde's in two places: a number that ends early is waited for, and
/// `NaN` and `Infinity` are words that can be misspelt.
fn worded(text: &[u8], error: &serde_json::Error) -> String {
    let said = error.to_string();
    if said.starts_with("invalid number") && text.last().is_some_and(|last| b".eE+-".contains(last)) {
        return said.replace("invalid number", "EOF while parsing a value");
    }
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    let line = lines.clone().nth(error.line().saturating_sub(1)).unwrap_or_default();
    let rest = line.get(error.column().saturating_sub(1)..).unwrap_or_default();
    for word in [&b"NaN"[..], b"Infinity"] {
        if said.starts_with("expected value") && rest.first() == word.first() {
            let same = rest.iter().zip(word).take_while(|(one, two)| one == two).count();
            let place = format!("at line {} column {}", error.line(), error.column() + same);
            return format!("expected ident {place}");
        }
    }
    said
}

/// Base64, read as Python's `binascii` does when it is not strict: what is no digit is skipped.
pub(super) fn base64(input: &Py) -> Result<(), Trouble> {
    scalar::bytes(input, (None, None))?;
    let bytes = match input {
        Py::Str(text) => text.as_bytes(),
        Py::Bytes(bytes) => bytes,
        _ => &[],
    };
    let (mut digits, mut pads) = (0_usize, 0_usize);
    for byte in bytes {
        match byte {
            b'=' if digits % 4 >= 2 => {
                pads += 1;
                if digits % 4 + pads >= 4 {
                    return Ok(());
                }
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => {
                digits += 1;
                pads = 0;
            }
            _ => {}
        }
    }
    let error = match digits % 4 {
        0 => return Ok(()),
        1 => format!(
            "Invalid base64-encoded string: number of data characters ({digits}) cannot be 1 more than a multiple of 4"
        ),
        _ => "Incorrect padding".to_owned(),
    };
    let message = format!("Base64 decoding error: '{error}'");
    Err(Trouble::with("base64_decode", message, input, vec![("error", Py::Str(error))]))
}

/// A regular expression. Those that Rust's engine can't read are taken: Python's knows more.
pub(super) fn pattern(input: &Py) -> Result<(), Trouble> {
    if input.text().is_some() {
        return Ok(());
    }
    Err(Trouble::plain("pattern_type", "Input should be a valid pattern", input))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind<T>(found: Result<T, Trouble>) -> String {
        found.map_or_else(|t| format!("{}: {}", t.kind, t.message), |_| "ok".to_owned())
    }

    /// Asked of pydantic 2.14.
    #[test]
    fn encoded_texts_are_taken_and_refused_as_by_pydantic() {
        for (text, expected) in [
            ("1", "ok"),
            ("NaN", "ok"),
            ("x", "json_invalid: Invalid JSON: expected value at line 1 column 1"),
            ("", "json_invalid: Invalid JSON: EOF while parsing a value at line 1 column 0"),
            ("5.", "json_invalid: Invalid JSON: EOF while parsing a value at line 1 column 2"),
            ("None", "json_invalid: Invalid JSON: expected ident at line 1 column 2"),
            ("[1,]", "json_invalid: Invalid JSON: trailing comma at line 1 column 4"),
            ("{'a'}", "json_invalid: Invalid JSON: key must be a string at line 1 column 2"),
        ] {
            assert_eq!(kind(json(&Py::from(text))), expected, "{text}");
        }
        let odd = "base64_decode: Base64 decoding error: 'Invalid base64-encoded string: number of data \
                   characters (1) cannot be 1 more than a multiple of 4'";
        for (text, expected) in [
            ("aGVsbG8=", "ok"),
            ("!!", "ok"),
            ("a", odd),
            ("abc", "base64_decode: Base64 decoding error: 'Incorrect padding'"),
            ("abcd=", "ok"),
        ] {
            assert_eq!(kind(base64(&Py::from(text))), expected, "{text}");
        }
        let short = "too_short: Value should have at least 3 items after validation, not 1";
        assert_eq!(kind(secret(&Py::from("a"), false, (Some(3), None))), short);
        assert_eq!(kind(secret(&Py::None, true, (None, None))), "bytes_type: Input should be a valid bytes");
        assert_eq!(kind(json(&Py::None)), "json_type: JSON input should be string, bytes or bytearray");
        assert_eq!(kind(pattern(&Py::None)), "pattern_type: Input should be a valid pattern");
    }
}
