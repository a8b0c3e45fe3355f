//! Python's `json.loads`: what it takes, and what it says where of what it does not take.
//!
//! It differs from RFC 8259: `NaN` and `Infinity` are taken, integers have any size, the last of several equal keys
//! wins at the place of the first, and errors are counted in characters. Wording and offsets are those of CPython
//! before 3.13 (which words trailing commas of its own).

use super::python::Py;

/// How deep arrays and objects may be nested; CPython gives up a little below its recursion limit of 1000.
pub(super) const DEPTH_MAX: usize = 960;

/// How many digits an integer may have (CPython's `sys.int_info.default_max_str_digits`).
const INT_DIGITS_MAX: usize = 4300;

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
    let text = std::str::from_utf8(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body))
        .map_err(|_| Failure::Other)?;
    let mut decoder = Decoder { bytes: text.as_bytes(), text };
    decoder.document()
}

struct Decoder<'t> {
    bytes: &'t [u8],
    text: &'t str,
}

type Found = Result<(Py, usize), Failure>;

impl Decoder<'_> {
    fn document(&mut self) -> Result<Py, Failure> {
        let start = self.space(0);
        let (value, end) = self.value(start, 0)?;
        let end = self.space(end);
        if end != self.bytes.len() {
            return Err(self.error("Extra data", end));
        }
        Ok(value)
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

    fn value(&self, at: usize, depth: usize) -> Found {
        if depth > DEPTH_MAX {
            return Err(Failure::Other);
        }
        let rest = self.bytes.get(at..).unwrap_or_default();
        match rest.first() {
            Some(b'"') => self.string(at + 1).map(|(text, end)| (Py::Str(text), end)),
            Some(b'{') => self.object(at + 1, depth),
            Some(b'[') => self.array(at + 1, depth),
            _ => {
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
        }
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
        if at + 6 >= self.bytes.len() {
            return Err(self.error("Invalid \\uXXXX escape", at + 2));
        }
        let first = self.hex(at + 2).ok_or_else(|| self.error("Invalid \\uXXXX escape", at + 1))?;
        if (0xd800..0xdc00).contains(&first) && self.at(at + 6) == b'\\' && self.at(at + 7) == b'u' {
            if let Some(second) = self.hex(at + 8).filter(|s| (0xdc00..0xe000).contains(s)) {
                let joined = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                out.push(char::from_u32(joined).unwrap_or('\u{fffd}'));
                return Ok(at + 12);
            }
        }
        // A lone surrogate is a text that Python can hold and Rust cannot.
        out.push(char::from_u32(first).unwrap_or('\u{fffd}'));
        Ok(at + 6)
    }

    fn hex(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 4)?;
        digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
    }

    fn array(&self, start: usize, depth: usize) -> Found {
        let mut items = Vec::new();
        let mut at = self.space(start);
        if self.at(at) == b']' {
            return Ok((Py::List(items), at + 1));
        }
        loop {
            let (item, end) = self.value(at, depth + 1)?;
            items.push(item);
            at = self.space(end);
            match self.at(at) {
                b']' => return Ok((Py::List(items), at + 1)),
                b',' => at = self.space(at + 1),
                _ => return Err(self.error("Expecting ',' delimiter", at)),
            }
        }
    }

    fn object(&self, start: usize, depth: usize) -> Found {
        let mut members: indexmap::IndexMap<String, Py> = indexmap::IndexMap::new();
        let mut at = self.space(start);
        if self.at(at) == b'}' {
            return Ok((Py::Dict(Vec::new()), at + 1));
        }
        loop {
            if self.at(at) != b'"' {
                return Err(self.error("Expecting property name enclosed in double quotes", at));
            }
            let (key, end) = self.string(at + 1)?;
            at = self.space(end);
            if self.at(at) != b':' {
                return Err(self.error("Expecting ':' delimiter", at));
            }
            at = self.space(at + 1);
            let (value, end) = self.value(at, depth + 1)?;
            members.insert(key, value);
            at = self.space(end);
            match self.at(at) {
                b'}' => return Ok((Py::Dict(members.into_iter().collect()), at + 1)),
                b',' => at = self.space(at + 1),
                _ => return Err(self.error("Expecting ',' delimiter", at)),
            }
        }
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
            ("\"a\nb\"", "Invalid control character at", 2),
            ("01", "Extra data", 1),
            ("-", "Expecting value", 0),
            ("\"ü\" x", "Extra data", 4),
        ] {
            assert_eq!(loads(text.as_bytes()), Err(Failure::Syntax(message, at)), "{text}");
        }
        assert_eq!(loads(b"\"\xff\""), Err(Failure::Other));
    }

    #[test]
    fn what_python_takes_is_taken() {
        assert_eq!(loads(b"\xef\xbb\xbf 99999999999999999999 "), Ok(Py::Int("99999999999999999999".into())));
        assert_eq!(loads(br#"{"a":1,"b":2,"a":null}"#).unwrap().repr(), "{'a': None, 'b': 2}");
        assert_eq!(loads(br#""\u00fc\ud83d\ude00\n""#), Ok(Py::Str("ü😀\n".into())));
        assert_eq!(loads(b"[1e999, -0, 1.50]").unwrap().repr(), "[inf, 0, 1.5]");
    }

    #[test]
    fn depth_and_digits_are_bounded() {
        let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n)).into_bytes();
        assert!(loads(&deep(DEPTH_MAX)).is_ok());
        assert_eq!(loads(&deep(DEPTH_MAX + 2)), Err(Failure::Other));
        assert_eq!(loads("9".repeat(INT_DIGITS_MAX + 1).as_bytes()), Err(Failure::Other));
    }
}
