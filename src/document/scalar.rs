//! Plain scalars by the core schema of YAML 1.2.2 (§10.3.2).

use serde_json::Value;

use crate::document::json;

/// What a plain scalar says.
pub(crate) enum Scalar {
    /// Exactly this.
    Exact(Value),
    /// A number with more digits than the value can hold.
    Rounded(Value),
    /// `.inf` or `.nan`, which JSON does not have.
    NotFinite,
}

/// Reads a plain scalar.
pub(crate) fn core(text: &str) -> Scalar {
    let word = match text {
        "" | "~" | "null" | "Null" | "NULL" => Some(Value::Null),
        "true" | "True" | "TRUE" => Some(Value::Bool(true)),
        "false" | "False" | "FALSE" => Some(Value::Bool(false)),
        _ => None,
    };
    if let Some(value) = word {
        return Scalar::Exact(value);
    }
    // Nearly all scalars are words: decide by the first byte.
    match text.as_bytes()[0] {
        b'0'..=b'9' | b'+' | b'-' | b'.' => numeric(text),
        _ => Scalar::Exact(Value::String(text.to_owned())),
    }
}

fn numeric(text: &str) -> Scalar {
    let radix = match text.as_bytes() {
        [b'0', b'o', rest @ ..] if !rest.is_empty() => Some(8),
        [b'0', b'x', rest @ ..] if !rest.is_empty() => Some(16),
        _ => None,
    };
    if let Some(radix) = radix
        && text[2..].bytes().all(|b| char::from(b).is_digit(radix))
    {
        return match u64::from_str_radix(&text[2..], radix) {
            Ok(n) => Scalar::Exact(n.into()),
            Err(_) => Scalar::Exact(Value::String(text.to_owned())),
        };
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Scalar::NotFinite;
    }
    match decimal(unsigned) {
        None => Scalar::Exact(Value::String(text.to_owned())),
        Some(integer) => {
            let (value, exact) = json::number(text.strip_prefix('+').unwrap_or(text), integer);
            if exact { Scalar::Exact(value) } else { Scalar::Rounded(value) }
        }
    }
}

/// Whether an unsigned text is a decimal number, and if so whether it is an integer:
/// `[0-9]+`, or `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`.
fn decimal(text: &str) -> Option<bool> {
    let digits = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
    let int = digits(text);
    if int == text.len() {
        return (int > 0).then_some(true);
    }
    let mut rest = &text[int..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let n = digits(fraction);
        if int == 0 && n == 0 {
            return None;
        }
        rest = &fraction[n..];
    } else if int == 0 {
        return None;
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let n = digits(exponent);
        return (n > 0 && n == exponent.len()).then_some(false);
    }
    rest.is_empty().then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn exact(text: &str) -> Value {
        match core(text) {
            Scalar::Exact(value) => value,
            Scalar::Rounded(_) | Scalar::NotFinite => panic!("{text} is not exact"),
        }
    }

    #[test]
    fn numbers_are_numbers() {
        for (text, value) in [
            ("0", json!(0)),
            ("-12", json!(-12)),
            ("+5", json!(5)),
            ("012", json!(12)),
            ("0o17", json!(15)),
            ("0xff", json!(255)),
            ("1.", json!(1.0)),
            (".5", json!(0.5)),
            ("-1.5e-3", json!(-0.0015)),
            ("3.0", json!(3.0)),
            ("18446744073709551615", json!(u64::MAX)),
        ] {
            assert_eq!(exact(text), value, "{text}");
        }
        assert!(matches!(core("18446744073709551616"), Scalar::Rounded(_)));
        assert!(matches!(core("-.inf"), Scalar::NotFinite));
    }

    #[test]
    fn everything_else_is_text() {
        for text in [
            "no",
            "on",
            "y",
            "1_000",
            "1:30",
            "2020-01-01",
            "1.2.3",
            ".",
            "-",
            "+",
            "1e",
            "0b1",
            "0xg",
            "e5",
            "١",
        ] {
            assert_eq!(exact(text), json!(text));
        }
    }
}
