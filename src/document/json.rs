//! JSON text (RFC 8259) becomes a [`Value`]: strict, with duplicate keys found, exact places of faults and a limit on
//! nesting.
//!
//! Own code rather than `serde_json::from_str`, because that keeps the last of two equal keys without a word, rounds
//! integers beyond 64 bits silently, and gives no place for either.

use std::ops::Range;

use serde_json::{Map, Number, Value};

use crate::base::Pointer;
use crate::base::limits::DOCUMENT_DEPTH_MAX;
use crate::document::fault::{Digits, Fault, Parsed};

/// Reads a JSON text.
///
/// # Errors
/// The first fault after which there is no tree. Duplicate keys are no such fault: the last one wins and they are
/// listed in [`Parsed::faults`].
pub(crate) fn parse(text: &str) -> Result<Parsed, Fault> {
    let mut parser = Parser {
        text,
        bytes: text.as_bytes(),
        at: 0,
        depth: 0,
        faults: Vec::new(),
        path: Vec::new(),
        digits: Digits::new(),
    };
    parser.blank();
    if parser.at == text.len() {
        return Err(Fault::new("empty-document", 0..0, "the document is empty"));
    }
    let value = parser.value()?;
    parser.blank();
    if parser.at < text.len() {
        return Err(parser.fault_here("text after the end of the JSON document"));
    }
    Ok(Parsed { value, faults: parser.faults, digits: parser.digits })
}

/// One step of the path to the value being read; only turned into a pointer when something is to be said about it.
enum Step {
    Key(Range<usize>),
    Index(usize),
}

struct Parser<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    depth: usize,
    faults: Vec<Fault>,
    path: Vec<Step>,
    digits: Digits,
}

impl Parser<'_> {
    fn blank(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    fn fault_here(&self, message: impl Into<String>) -> Fault {
        let length = self.text[self.at..].chars().next().map_or(0, char::len_utf8);
        Fault::new("invalid-json", self.at..self.at + length, message)
    }

    fn unexpected(&self, wanted: &str) -> Fault {
        match self.text[self.at..].chars().next() {
            None => {
                let last = self.text.trim_end().len();
                let start = self.text[..last].char_indices().next_back().map_or(0, |(at, _)| at);
                Fault::new(
                    "invalid-json",
                    start..last,
                    format!("the document ends where {wanted} is expected"),
                )
                .with_hint("the file looks cut off: is the download complete?")
            }
            Some('\'') => self
                .fault_here(format!("expected {wanted}, found a single quote"))
                .with_hint("JSON strings stand in double quotes"),
            Some('/') => {
                self.fault_here(format!("expected {wanted}, found `/`")).with_hint("JSON has no comments")
            }
            Some(c) => self.fault_here(format!("expected {wanted}, found `{}`", c.escape_default())),
        }
    }

    fn value(&mut self) -> Result<Value, Fault> {
        match self.bytes.get(self.at) {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => Ok(Value::String(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            _ => Err(self.unexpected("a value")),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Value, Fault>) -> Result<Value, Fault> {
        if self.depth == DOCUMENT_DEPTH_MAX {
            return Err(Fault::new(
                "too-deep",
                self.at..self.at + 1,
                format!("nested more than {DOCUMENT_DEPTH_MAX} levels deep"),
            ));
        }
        self.depth += 1;
        self.at += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, Fault> {
        if self.text[self.at..].starts_with(word) {
            self.at += word.len();
            return Ok(value);
        }
        Err(self.unexpected("a value"))
    }

    fn object(&mut self) -> Result<Value, Fault> {
        let mut map = Map::new();
        // Where each key stands, for the second of two equal ones. Only the spans: keys are compared in the map.
        let mut places: Vec<Range<usize>> = Vec::new();
        self.blank();
        if self.bytes.get(self.at) == Some(&b'}') {
            self.at += 1;
            return Ok(Value::Object(map));
        }
        loop {
            self.blank();
            if self.bytes.get(self.at) != Some(&b'"') {
                let fault = self.unexpected("a key in double quotes");
                let trailing = self.bytes.get(self.at) == Some(&b'}');
                return Err(if trailing { fault.with_hint("remove the comma before `}`") } else { fault });
            }
            let start = self.at;
            let key = self.string()?;
            let key_span = start..self.at;
            self.blank();
            if self.bytes.get(self.at) != Some(&b':') {
                return Err(self.unexpected("`:`"));
            }
            self.at += 1;
            self.blank();
            self.path.push(Step::Key(key_span.clone()));
            let value = self.value()?;
            self.path.pop();
            self.insert(&mut map, &mut places, key, key_span, value);
            self.blank();
            match self.bytes.get(self.at) {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Value::Object(map));
                }
                _ => return Err(self.unexpected("`,` or `}`")),
            }
        }
    }

    fn insert(
        &mut self,
        map: &mut Map<String, Value>,
        places: &mut Vec<Range<usize>>,
        key: String,
        span: Range<usize>,
        value: Value,
    ) {
        let count = map.len();
        let old = map.insert(key, value);
        if old.is_none() {
            debug_assert_eq!(count, places.len());
            places.push(span);
            return;
        }
        let raw = &self.text[span.clone()];
        let first = places.iter().find(|place| &self.text[(*place).clone()] == raw).cloned();
        let mut fault = Fault::new("duplicate-key", span, format!("the key {raw} stands here a second time"))
            .with_hint("the last one counts; remove or rename one of them");
        if let Some(first) = first {
            fault = fault.with_related(first, "first here");
        }
        self.faults.push(fault);
    }

    fn array(&mut self) -> Result<Value, Fault> {
        let mut items = Vec::new();
        self.blank();
        if self.bytes.get(self.at) == Some(&b']') {
            self.at += 1;
            return Ok(Value::Array(items));
        }
        loop {
            self.blank();
            self.path.push(Step::Index(items.len()));
            items.push(self.value()?);
            self.path.pop();
            self.blank();
            match self.bytes.get(self.at) {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    items.shrink_to_fit();
                    return Ok(Value::Array(items));
                }
                _ => return Err(self.unexpected("`,` or `]`")),
            }
        }
    }

    /// Reads a string; `at` stands on its opening quote.
    fn string(&mut self) -> Result<String, Fault> {
        let open = self.at;
        self.at += 1;
        let mut start = self.at;
        let mut out = String::new();
        loop {
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    let piece = &self.text[start..self.at];
                    self.at += 1;
                    if out.is_empty() {
                        return Ok(piece.to_owned());
                    }
                    out.push_str(piece);
                    return Ok(out);
                }
                Some(b'\\') => {
                    out.push_str(&self.text[start..self.at]);
                    out.push(self.escape()?);
                    start = self.at;
                }
                Some(0..=0x1f) => {
                    return Err(self
                        .fault_here("a control character stands unescaped in a string")
                        .with_hint("write it as an escape such as \\n or \\u0001"));
                }
                Some(_) => self.at += 1,
                None => {
                    let end = self.text[open..].find('\n').map_or(self.text.len(), |n| open + n);
                    return Err(Fault::new("invalid-json", open..end, "the string is not closed")
                        .with_hint("the file looks cut off: is the download complete?"));
                }
            }
        }
    }

    /// Reads one escape; `at` stands on the backslash.
    fn escape(&mut self) -> Result<char, Fault> {
        let start = self.at;
        self.at += 2;
        let simple = match self.bytes.get(start + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(start),
            _ => {
                self.at = start;
                return Err(self
                    .fault_here("unknown escape in a string")
                    .with_hint("a backslash itself is written \\\\"));
            }
        };
        Ok(simple)
    }

    fn unicode_escape(&mut self, start: usize) -> Result<char, Fault> {
        let first = self.hex4()?;
        let code = match first {
            0xd800..=0xdbff if self.bytes.get(self.at..self.at + 2) == Some(b"\\u") => {
                self.at += 2;
                let second = self.hex4()?;
                if !(0xdc00..=0xdfff).contains(&second) {
                    return Err(self.lone_surrogate(start));
                }
                0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)
            }
            other => other,
        };
        char::from_u32(code).ok_or_else(|| self.lone_surrogate(start))
    }

    fn lone_surrogate(&self, start: usize) -> Fault {
        Fault::new("invalid-json", start..self.at, "half of a surrogate pair is no character")
    }

    fn hex4(&mut self) -> Result<u32, Fault> {
        let digits = self.bytes.get(self.at..self.at + 4).and_then(|b| std::str::from_utf8(b).ok());
        let code = digits
            .filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|d| u32::from_str_radix(d, 16).ok());
        match code {
            Some(code) => {
                self.at += 4;
                Ok(code)
            }
            None => {
                self.at = self.at.min(self.text.len());
                Err(Fault::new("invalid-json", self.at - 2..self.at, "\\u needs four hexadecimal digits"))
            }
        }
    }

    fn number(&mut self) -> Result<Value, Fault> {
        let start = self.at;
        if self.bytes[self.at] == b'-' {
            self.at += 1;
        }
        let int = self.digits_run();
        if int == 0 {
            return Err(self.unexpected("a digit"));
        }
        if int > 1 && self.bytes[self.at - int] == b'0' {
            return Err(Fault::new("invalid-json", start..self.at, "a number can't start with 0")
                .with_hint("write it as a string to keep the leading zeros"));
        }
        let mut integer = true;
        if self.bytes.get(self.at) == Some(&b'.') {
            integer = false;
            self.at += 1;
            if self.digits_run() == 0 {
                return Err(self.unexpected("a digit"));
            }
        }
        if let Some(b'e' | b'E') = self.bytes.get(self.at) {
            integer = false;
            self.at += 1;
            if let Some(b'+' | b'-') = self.bytes.get(self.at) {
                self.at += 1;
            }
            if self.digits_run() == 0 {
                return Err(self.unexpected("a digit"));
            }
        }
        let text = &self.text[start..self.at];
        let (number, exact) = number(text, integer);
        if !exact {
            let pointer = self.pointer();
            self.digits.insert(pointer, text.to_owned());
        }
        Ok(number)
    }

    fn digits_run(&mut self) -> usize {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.bytes.get(self.at) {
            self.at += 1;
        }
        self.at - start
    }

    fn pointer(&self) -> Pointer {
        let mut pointer = Pointer::root();
        for step in &self.path {
            match step {
                Step::Index(n) => pointer.push(&n.to_string()),
                Step::Key(span) => {
                    let raw = &self.text[span.clone()];
                    pointer.push(&serde_json::from_str::<String>(raw).unwrap_or_default());
                }
            }
        }
        pointer
    }
}

/// The value of a decimal number, and whether it says exactly what the text says. What is too large for a binary64
/// becomes the largest finite one.
pub(crate) fn number(text: &str, integer: bool) -> (Value, bool) {
    if integer {
        if let Ok(n) = text.parse::<u64>() {
            return (Value::Number(n.into()), true);
        }
        if let Ok(n) = text.parse::<i64>() {
            // `-0` stays the integer zero.
            return (Value::Number(n.into()), true);
        }
    }
    let float = text.parse::<f64>().unwrap_or(0.0).clamp(f64::MIN, f64::MAX);
    let number = Number::from_f64(float).map_or(Value::Null, Value::Number);
    // Decimal fractions are rarely exact in binary; what is lost there is below the 17th digit.
    let significant =
        text.bytes().take_while(|b| !matches!(b, b'e' | b'E')).filter(u8::is_ascii_digit).count();
    (number, !integer && significant <= 17 && float.abs() < f64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fault(text: &str) -> String {
        let fault = parse(text).unwrap_err();
        format!("{}..{} {}", fault.span.start, fault.span.end, fault.message)
    }

    #[test]
    fn duplicate_keys_are_found_with_both_places() {
        let parsed = parse(r#"{"a": 1, "b": {"x": 1, "x": 2}, "a": 3}"#).unwrap();
        assert_eq!(parsed.value, serde_json::json!({"a": 3, "b": {"x": 2}}));
        let spans: Vec<_> = parsed.faults.iter().map(|f| (f.span.start, f.related[0].0.start)).collect();
        assert_eq!(spans, [(23, 15), (32, 1)]);
    }

    #[test]
    fn faults_say_where_and_what() {
        assert_eq!(fault("{\"a\": 1,}"), "8..9 expected a key in double quotes, found `}`");
        assert_eq!(fault("{\"a\": tru}"), "6..7 expected a value, found `t`");
        assert_eq!(fault("[1, 2"), "4..5 the document ends where `,` or `]` is expected");
        assert_eq!(fault("\"abc"), "0..4 the string is not closed");
        assert_eq!(fault("[012]"), "1..4 a number can't start with 0");
        assert_eq!(fault("[\"\\ud800\"]"), "2..8 half of a surrogate pair is no character");
        assert_eq!(fault("[\"\\u12\"]"), "2..4 \\u needs four hexadecimal digits");
        assert_eq!(fault("1 2"), "2..3 text after the end of the JSON document");
        assert_eq!(fault(" "), "0..0 the document is empty");
    }

    #[test]
    fn nesting_ends_at_its_limit() {
        let ok = "[".repeat(DOCUMENT_DEPTH_MAX) + &"]".repeat(DOCUMENT_DEPTH_MAX);
        assert!(parse(&ok).is_ok());
        assert_eq!(parse(&"[".repeat(100_000)).unwrap_err().rule, "too-deep");
    }

    #[test]
    fn big_numbers_keep_their_digits() {
        let parsed =
            parse(r#"{"a/b": [123456789012345678901234567890, 1e999, 18446744073709551615]}"#).unwrap();
        let digits: Vec<_> = parsed.digits.iter().map(|(p, d)| (p.as_str(), d.as_str())).collect();
        assert_eq!(digits, [("/a~1b/0", "123456789012345678901234567890"), ("/a~1b/1", "1e999")]);
        assert_eq!(parsed.value["a/b"][2], u64::MAX);
        assert_eq!(parsed.value["a/b"][1], f64::MAX);
    }

    proptest! {
        #[test]
        fn what_serde_json_writes_is_read_back(texts in prop::collection::vec(".*", 0..4), n in any::<i64>(), x in any::<f64>()) {
            let value = serde_json::json!({"t": texts, "n": n, "x": x, "o": {"": [true, null]}});
            prop_assert_eq!(parse(&value.to_string()).unwrap().value, value.clone());
            prop_assert_eq!(parse(&serde_json::to_string_pretty(&value).unwrap()).unwrap().value, value);
        }

        #[test]
        fn it_agrees_with_serde_json_about_what_is_json(text in r#"[\[\]{}",:0-9eE+.\\untrfals \-]{0,24}"#) {
            let theirs = serde_json::from_str::<Value>(&text).is_ok();
            // Numbers beyond binary64 are an error there and the largest number here.
            prop_assume!(!text.contains(['e', 'E']));
            prop_assert_eq!(parse(&text).is_ok(), theirs);
        }
    }
}
