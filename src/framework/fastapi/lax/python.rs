//! Python's values, as `json.loads` makes them and as its texts show them.

use std::fmt::Write as _;

/// A Python value: what JSON has, with integers of any size apart from floats, and bytes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Py {
    /// `None`.
    None,
    /// `True`, `False`.
    Bool(bool),
    /// An integer of any size, in plain decimal digits.
    Int(String),
    /// A float.
    Float(f64),
    /// A text.
    Str(String),
    /// Bytes: a body that was not read as JSON.
    Bytes(Vec<u8>),
    /// A list.
    List(Vec<Py>),
    /// A dictionary in the order of insertion.
    Dict(Vec<(String, Py)>),
}

impl From<&str> for Py {
    fn from(text: &str) -> Self {
        Self::Str(text.to_owned())
    }
}

impl From<usize> for Py {
    fn from(number: usize) -> Self {
        Self::Int(number.to_string())
    }
}

impl From<&serde_json::Value> for Py {
    fn from(value: &serde_json::Value) -> Self {
        use serde_json::Value;
        match value {
            Value::Null => Self::None,
            Value::Bool(b) => Self::Bool(*b),
            Value::Number(n) if n.is_f64() => Self::Float(n.as_f64().unwrap_or_default()),
            Value::Number(n) => Self::Int(n.to_string()),
            Value::String(s) => Self::Str(s.clone()),
            Value::Array(items) => Self::List(items.iter().map(Self::from).collect()),
            Value::Object(members) => {
                Self::Dict(members.iter().map(|(k, v)| (k.clone(), Self::from(v))).collect())
            }
        }
    }
}

impl Py {
    /// The member of a dictionary.
    #[must_use]
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Dict(members) => members.iter().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The text of a `str`, or of `bytes` that are UTF-8: pydantic reads numbers and dates from both.
    #[must_use]
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            Self::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// Appends the JSON text that Starlette sends: no spaces, characters outside ASCII as they are. What JSON has no
    /// word for (infinities, NaN) becomes `null`; FastAPI itself crashes on those.
    pub(super) fn write_json(&self, out: &mut String) {
        match self {
            Self::None => out.push_str("null"),
            Self::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Self::Int(digits) => out.push_str(digits),
            Self::Float(f) if f.is_finite() => out.push_str(&float_repr(*f)),
            Self::Float(_) => out.push_str("null"),
            Self::Str(text) => write_json_text(text, out),
            Self::Bytes(bytes) => write_json_text(&String::from_utf8_lossy(bytes), out),
            Self::List(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    item.write_json(out);
                }
                out.push(']');
            }
            Self::Dict(members) => {
                out.push('{');
                for (i, (key, value)) in members.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    write_json_text(key, out);
                    out.push(':');
                    value.write_json(out);
                }
                out.push('}');
            }
        }
    }

    /// `repr(value)`.
    #[must_use]
    pub(super) fn repr(&self) -> String {
        match self {
            Self::None => "None".to_owned(),
            Self::Bool(true) => "True".to_owned(),
            Self::Bool(false) => "False".to_owned(),
            Self::Int(digits) => digits.clone(),
            Self::Float(f) => float_repr(*f),
            Self::Str(text) => text_repr(text),
            Self::Bytes(bytes) => format!("b{}", text_repr(&String::from_utf8_lossy(bytes))),
            Self::List(items) => {
                format!("[{}]", items.iter().map(Self::repr).collect::<Vec<_>>().join(", "))
            }
            Self::Dict(members) => {
                let shown: Vec<String> =
                    members.iter().map(|(k, v)| format!("{}: {}", text_repr(k), v.repr())).collect();
                format!("{{{}}}", shown.join(", "))
            }
        }
    }

    /// `str(value)`: like [`Py::repr`], a text as it is.
    #[must_use]
    pub(super) fn str(&self) -> String {
        match self {
            Self::Str(text) => text.clone(),
            other => other.repr(),
        }
    }
}

/// A JSON string in the escapes of Python's `json.dumps(…, ensure_ascii=False)`.
fn write_json_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if u32::from(c) < 0x20 => {
                // Writing to a String can't fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// `repr` of a text: single quotes unless only those occur in it.
fn text_repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if u32::from(c) < 0x20 || u32::from(c) == 0x7f => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

/// `repr` of a float: the shortest digits that read back, plain between 1e-4 and 1e16.
pub(super) fn float_repr(float: f64) -> String {
    if float.is_nan() {
        return "nan".to_owned();
    }
    if float.is_infinite() {
        return if float > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = format!("{float:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..16).contains(&exponent) {
        let plain = format!("{float}");
        return if plain.contains('.') { plain } else { format!("{plain}.0") };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_shown_as_python_shows_them() {
        for (float, shown) in [
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e16, "1e+16"),
            (1e15, "1000000000000000.0"),
            (1.5e-7, "1.5e-07"),
            (0.0001, "0.0001"),
            (-0.0, "-0.0"),
            (1_700_000_000.5, "1700000000.5"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(float_repr(float), shown);
        }
    }

    #[test]
    fn texts_are_shown_as_python_shows_them() {
        for (text, shown) in
            [("a", "'a'"), ("it's", "\"it's\""), ("'\"", "'\\'\"'"), ("a\nb\u{1}", "'a\\nb\\x01'")]
        {
            assert_eq!(Py::from(text).repr(), shown);
        }
        let dict = Py::Dict(vec![("a".into(), Py::List(vec![Py::None, Py::Bool(true)]))]);
        assert_eq!(dict.repr(), "{'a': [None, True]}");
        let mut json = String::new();
        Py::Dict(vec![("ü\u{1}".into(), Py::Float(2.0))]).write_json(&mut json);
        assert_eq!(json, "{\"ü\\u0001\":2.0}");
    }
}
