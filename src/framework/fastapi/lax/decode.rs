//! Python's `json.loads`: what it takes, and what it says where of what it does not take.
//!
//! It differs from RFC 8259: `NaN` and `Infinity` are taken, integers have any size, the last of several equal keys
//! wins at the place of the first, and errors are counted in characters. Wording and offsets are those of CPython
//! before 3.13 (which words trailing commas of its own).

use std::borrow::Cow;

use indexmap::IndexMap;

use super::python::Py;

/// How deep arrays and objects may be nested; CPython gives up a little below its recursion limit of 1000.
const DEPTH_MAX: usize = 960;

/// How many digits an integer may have (CPython's `sys.int_info.default_max_str_digits`).
const INT_DIGITS_MAX: usize = 4300;

/// CPython's words for an escape without four hexadecimal digits.
const BAD_UNICODE: &str = concat!("Invalid \\u", "XX", "XX escape");

/// Why a body can't be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// `json.JSONDecodeError`: message and offset in characters.
    Syntax(&'static str, usize),
    /// Any other exception: not UTF-8, nested too deeply, an integer too long.
    Other,
}

/// Reads a body.
pub(super) fn loads(body: &[u8]) -> Result<Py, Failure> {
    let text = text_of(body).ok_or(Failure::Other)?;
    Decoder { bytes: text.as_bytes(), text: &text }.document()
}

/// The text of a body in UTF-8, UTF-16 or UTF-32, told apart by byte order marks and zeros as `json.loads` does.
fn text_of(body: &[u8]) -> Option<Cow<'_, str>> {
    let zero = |i: usize| body.get(i) == Some(&0);
    let wide = body.len() >= 4;
    let (unit, little, rest) = match body {
        [0xff, 0xfe, 0, 0, rest @ ..] => (4, true, rest),
        [0, 0, 0xfe, 0xff, rest @ ..] => (4, false, rest),
        [0xff, 0xfe, rest @ ..] => (2, true, rest),
        [0xfe, 0xff, rest @ ..] => (2, false, rest),
        [0xef, 0xbb, 0xbf, rest @ ..] => (1, true, rest),
        all if wide && zero(0) => (if zero(1) { 4 } else { 2 }, false, all),
        all if wide && zero(1) => (if zero(2) && zero(3) { 4 } else { 2 }, true, all),
        all => (1, true, all),
    };
    if unit == 1 {
        return std::str::from_utf8(rest).ok().map(Cow::Borrowed);
    }
    if rest.len() % unit != 0 {
        return None;
    }
    let number = |bytes: &[u8]| {
        let add = |sum: u32, byte: &u8| sum << 8 | u32::from(*byte);
        if little { bytes.iter().rev().fold(0, add) } else { bytes.iter().fold(0, add) }
    };
    let units = rest.chunks_exact(unit).map(number);
    if unit == 4 {
        return units.map(char::from_u32).collect::<Option<String>>().map(Cow::Owned);
    }
    let units = units.map(|u| u16::try_from(u).unwrap_or(0xfffd));
    Some(char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect::<String>().into())
}

struct Decoder<'t> {
    bytes: &'t [u8],
    text: &'t str,
}

/// A container under way; a dictionary with the key whose value comes next.
enum Open {
    List(Vec<Py>),
    Dict(IndexMap<String, Py>, String),
}

type Found = Result<(Py, usize), Failure>;

impl Decoder<'_> {
    fn document(&self) -> Result<Py, Failure> {
        let (value, end) = self.value(self.space(0))?;
        let end = self.space(end);
        if end != self.bytes.len() {
            return Err(self.error("Extra data", end));
        }
        Ok(value)
    }

    /// The value at `at`. Containers under way are kept in a list, so that depth costs no stack.
    fn value(&self, at: usize) -> Found {
        let mut open: Vec<Open> = Vec::new();
        let mut at = at;
        'value: loop {
            let (mut value, mut end) = match self.at(at) {
                b'[' => {
                    let inside = self.space(at + 1);
                    if self.at(inside) == b']' {
                        (Py::List(Vec::new()), inside + 1)
                    } else {
                        self.enter(&mut open, Open::List(Vec::new()))?;
                        at = inside;
                        continue 'value;
                    }
                }
                b'{' => {
                    let inside = self.space(at + 1);
                    if self.at(inside) == b'}' {
                        (Py::Dict(Vec::new()), inside + 1)
                    } else {
                        let (key, behind) = self.key(inside)?;
                        self.enter(&mut open, Open::Dict(IndexMap::new(), key))?;
                        at = behind;
                        continue 'value;
                    }
                }
                b'"' => self.string(at + 1).map(|(text, end)| (Py::Str(text), end))?,
                _ => self.plain(at)?,
            };
            // The value is complete: put it into its container, and close those that end here.
            loop {
                let Some(container) = open.pop() else { return Ok((value, end)) };
                let next = self.space(end);
                match container {
                    Open::List(mut items) => {
                        items.push(value);
                        match self.at(next) {
                            b']' => (value, end) = (Py::List(items), next + 1),
                            b',' => {
                                open.push(Open::List(items));
                                at = self.space(next + 1);
                                continue 'value;
                            }
                            _ => return Err(self.error("Expecting ',' delimiter", next)),
                        }
                    }
                    Open::Dict(mut members, key) => {
                        members.insert(key, value);
                        match self.at(next) {
                            b'}' => (value, end) = (Py::Dict(members.into_iter().collect()), next + 1),
                            b',' => {
                                let (key, behind) = self.key(self.space(next + 1))?;
                                open.push(Open::Dict(members, key));
                                at = behind;
                                continue 'value;
                            }
                            _ => return Err(self.error("Expecting ',' delimiter", next)),
                        }
                    }
                }
            }
        }
    }

    fn enter(&self, open: &mut Vec<Open>, container: Open) -> Result<(), Failure> {
        if open.len() >= DEPTH_MAX {
            return Err(Failure::Other);
        }
        open.push(container);
        Ok(())
    }

    /// A key and its colon; returns where the member's value starts.
    fn key(&self, at: usize) -> Result<(String, usize), Failure> {
        if self.at(at) != b'"' {
            return Err(self.error("Expecting property name enclosed in double quotes", at));
        }
        let (key, end) = self.string(at + 1)?;
        let colon = self.space(end);
        if self.at(colon) != b':' {
            return Err(self.error("Expecting ':' delimiter", colon));
        }
        Ok((key, self.space(colon + 1)))
    }

    fn error(&self, message: &'static str, at: usize) -> Failure {
        // Offsets come in bytes, always at the border of a character, and past the end only where the text ends.
        let at = at.min(self.text.len());
        Failure::Syntax(message, self.text.get(..at).map_or(at, |before| before.chars().count()))
    }

    fn at(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    fn space(&self, mut at: usize) -> usize {
        while matches!(self.bytes.get(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            at += 1;
        }
        at
    }

    /// A word or a number.
    fn plain(&self, at: usize) -> Found {
        let rest = self.bytes.get(at..).unwrap_or_default();
        for (word, value) in [
            (&b"null"[..], Py::None),
            (b"true", Py::Bool(true)),
            (b"false", Py::Bool(false)),
            (b"NaN", Py::Float(f64::NAN)),
            (b"Infinity", Py::Float(f64::INFINITY)),
            (b"-Infinity", Py::Float(f64::NEG_INFINITY)),
        ] {
            if rest.starts_with(word) {
                return Ok((value, at + word.len()));
            }
        }
        self.number(at)
    }

    fn digits(&self, mut at: usize) -> usize {
        while self.at(at).is_ascii_digit() {
            at += 1;
        }
        at
    }

    fn number(&self, start: usize) -> Found {
        let unsigned = start + usize::from(self.at(start) == b'-');
        let mut end = match self.at(unsigned) {
            b'0' => unsigned + 1,
            b'1'..=b'9' => self.digits(unsigned),
            _ => return Err(self.error("Expecting value", start)),
        };
        let mut float = false;
        if self.at(end) == b'.' && self.at(end + 1).is_ascii_digit() {
            float = true;
            end = self.digits(end + 1);
        }
        if matches!(self.at(end), b'e' | b'E') {
            let digits = end + 1 + usize::from(matches!(self.at(end + 1), b'+' | b'-'));
            let exponent = self.digits(digits);
            if exponent > digits {
                float = true;
                end = exponent;
            }
        }
        let text = &self.text[start..end];
        if float {
            // Every text of that form is a float for Rust too.
            return Ok((Py::Float(text.parse().unwrap_or(f64::NAN)), end));
        }
        if end - unsigned > INT_DIGITS_MAX {
            return Err(Failure::Other);
        }
        Ok((Py::Int(if text == "-0" { "0".to_owned() } else { text.to_owned() }), end))
    }

    /// A string whose opening quotation mark is just before `start`.
    fn string(&self, start: usize) -> Result<(String, usize), Failure> {
        let mut out = String::new();
        let mut at = start;
        loop {
            let run = at;
            while !matches!(self.bytes.get(at), None | Some(b'"' | b'\\' | 0..=0x1f)) {
                at += 1;
            }
            out.push_str(&self.text[run..at]);
            match self.bytes.get(at) {
                None => return Err(self.error("Unterminated string starting at", start - 1)),
                Some(b'"') => return Ok((out, at + 1)),
                Some(b'\\') => at = self.escape(at, start, &mut out)?,
                Some(_) => return Err(self.error("Invalid control character at", at)),
            }
        }
    }

    /// An escape whose backslash is at `at`; returns the offset behind it.
    fn escape(&self, at: usize, start: usize, out: &mut String) -> Result<usize, Failure> {
        let Some(letter) = self.bytes.get(at + 1) else {
            return Err(self.error("Unterminated string starting at", start - 1));
        };
        let plain = match letter {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(at, out),
            _ => return Err(self.error("Invalid \\escape", at)),
        };
        out.push(plain);
        Ok(at + 2)
    }

    fn unicode_escape(&self, at: usize, out: &mut String) -> Result<usize, Failure> {
        let first = self
            .hex(at + 2)
            .filter(|_| at + 6 < self.bytes.len())
            .ok_or_else(|| self.error(BAD_UNICODE, at + 1))?;
        if (0xd800..0xdc00).contains(&first)
            && self.at(at + 6) == b'\\'
            && self.at(at + 7) == b'u'
            && let Some(second) = self.hex(at + 8).filter(|s| (0xdc00..0xe000).contains(s))
        {
            let joined = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            out.push(char::from_u32(joined).unwrap_or('\u{fffd}'));
            return Ok(at + 12);
        }
        // A lone surrogate is a text that Python can hold and Rust cannot.
        out.push(char::from_u32(first).unwrap_or('\u{fffd}'));
        Ok(at + 6)
    }

    fn hex(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 4)?;
        digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each pair was asked of CPython 3.11.
    #[test]
    fn errors_are_worded_and_placed_as_by_python() {
        for (text, message, at) in [
            ("", "Expecting value", 0),
            ("{", "Expecting property name enclosed in double quotes", 1),
            ("[", "Expecting value", 1),
            ("{\"v\": }", "Expecting value", 6),
            ("{\"v\": 1,}", "Expecting property name enclosed in double quotes", 8),
            ("[1,]", "Expecting value", 3),
            ("{\"v\" 1}", "Expecting ':' delimiter", 5),
            ("[1 2]", "Expecting ',' delimiter", 3),
            ("{} x", "Extra data", 3),
            ("\"abc", "Unterminated string starting at", 0),
            ("\"a\\x\"", "Invalid \\escape", 2),
            ("\"\\u12\"", BAD_UNICODE, 2),
            ("\"a\nb\"", "Invalid control character at", 2),
            ("01", "Extra data", 1),
            ("-", "Expecting value", 0),
            ("\"ü\" x", "Extra data", 4),
        ] {
            assert_eq!(loads(text.as_bytes()), Err(Failure::Syntax(message, at)), "{text}");
        }
        assert_eq!(loads(b"\"\xff\""), Err(Failure::Other));
        assert_eq!(loads(b"\xff\xfe"), Err(Failure::Syntax("Expecting value", 0)));
        assert_eq!(loads(b"\xff\xfe["), Err(Failure::Other));
    }

    #[test]
    fn what_python_takes_is_taken() {
        assert_eq!(loads(b"\xef\xbb\xbf 99999999999999999999 "), Ok(Py::Int("99999999999999999999".into())));
        assert_eq!(loads(br#"{"a":1,"b":2,"a":null}"#).unwrap().repr(), "{'a': None, 'b': 2}");
        assert_eq!(loads(br#""\u00fc\ud83d\ude00\n""#), Ok(Py::Str("ü😀\n".into())));
        assert_eq!(loads(b"\xff\xfe1\0"), Ok(Py::Int("1".into())));
        assert_eq!(loads(b"\0\0\0\"\0\0\0a\0\0\0\""), Ok(Py::from("a")));
        assert_eq!(loads(b"[1e999, -0, 1.50]").unwrap().repr(), "[inf, 0, 1.5]");
    }

    #[test]
    fn depth_and_digits_are_bounded() {
        let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n)).into_bytes();
        assert!(loads(&deep(DEPTH_MAX + 1)).is_ok());
        assert_eq!(loads(&deep(DEPTH_MAX + 2)), Err(Failure::Other));
        assert_eq!(loads("9".repeat(INT_DIGITS_MAX + 1).as_bytes()), Err(Failure::Other));
    }
}
