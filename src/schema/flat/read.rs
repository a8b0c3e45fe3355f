//! From JSON to a [`Flat`]: a reader of its own, since the library's asks a visitor about each value, which costs more
//! than reading it. What is rare (escapes, numbers written in unusual ways) is left to the library, and so is the word
//! on what is wrong with a document that is none.

use serde_json::{Number, Value};

use super::{Flat, Node, Parts, SPARE, What};
use crate::base::json::{is_plain, plain_length};
use crate::base::limits::{FLAT_BYTES_MAX, FLAT_DEPTH_MAX, JSON_NODES_MAX};

/// How many bytes of a document stand for a node, roughly: what is reserved.
const BYTES_PER_NODE: usize = 8;

/// How many bytes of a document there are for a number in it, roughly.
const BYTES_PER_NUMBER: usize = 64;

/// How many names of an object are compared as they are read; those of a larger one are when all of them are known.
const COMPARED_MAX: usize = 32;

/// How much longer than a document its compact text can be: an escape stays as long as it is, and the shortest number
/// that is written otherwise (`1e15`) takes up to six times its room.
const SPREAD_MAX: usize = 8;

/// Stands for a name that has to be compared with all others of its object. No name gives it: its first bytes would be
/// 255, which UTF-8 does not have.
const DOUBTFUL: u64 = u64::MAX;

/// How many digits a number has at most that is sure to be written the way it was read: no two texts of so few digits
/// are the same double, and each is a quotient of two whole doubles (10^15 < 2^53).
const DIGITS_MAX: usize = 15;

/// Powers of ten, exact.
const TENS: [f64; DIGITS_MAX] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14];

/// Why a document was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It has more than [`JSON_NODES_MAX`] values.
    TooLarge,
    /// It is no JSON, has a name twice, or is too deep: the library knows.
    Other,
}

impl Flat {
    /// Reads a document; `None` when it is no JSON (RFC 8259), an object has a name twice, it is longer than
    /// [`FLAT_BYTES_MAX`] or deeper than [`FLAT_DEPTH_MAX`].
    #[must_use]
    pub fn parse(document: &[u8]) -> Option<Self> {
        if document.len() > FLAT_BYTES_MAX {
            return None;
        }
        Self::parse_any(document).ok()
    }

    /// Reads a document of any length.
    ///
    /// # Errors
    /// [`Unread`]. Nothing of it is kept then; no more than [`JSON_NODES_MAX`] values of it were.
    pub fn parse_any(document: &[u8]) -> Result<Self, Unread> {
        let mut crowded = false;
        Self::read(document, &mut crowded).ok_or(if crowded { Unread::TooLarge } else { Unread::Other })
    }

    /// Reads a document; `crowded` becomes true when it has too many values.
    fn read(document: &[u8], crowded: &mut bool) -> Option<Self> {
        if u32::try_from(document.len().saturating_mul(SPREAD_MAX)).is_err() {
            *crowded = true;
            return None;
        }
        // Checked as a whole, so that not each of its texts has to be.
        let document = std::str::from_utf8(document).ok()?;
        let mut flat = SPARE.take().unwrap_or_default();
        flat.make_room(document.len());
        let (bytes, names) = (document.as_bytes(), std::mem::take(&mut flat.names));
        let mut reader = Reader { document, bytes, at: 0, copied: 0, shift: 0, depth: 0, names, flat };
        let first = reader.token()?;
        if reader.value(first).is_none() {
            *crowded = reader.flat.nodes.len() >= JSON_NODES_MAX;
            return None;
        }
        if reader.token().is_some() {
            return None;
        }
        reader.copy(document.len());
        let Reader { mut flat, names, .. } = reader;
        flat.names = names;
        Some(Self(flat))
    }
}

/// Reads a document from its first byte to its last.
struct Reader<'d> {
    document: &'d str,
    bytes: &'d [u8],
    /// The next byte to be read.
    at: usize,
    /// Up to here the document stands in the text of what is made of it. What lies between is copied when something has
    /// to be written otherwise than it was read: for a compact document, once.
    copied: usize,
    /// How much further on the next byte to be copied will stand in the text than it stands in the document.
    shift: usize,
    /// How many arrays and objects are open.
    depth: usize,
    /// What the names of the open objects are told apart by.
    names: Vec<u64>,
    flat: Parts,
}

impl Reader<'_> {
    /// The next byte that is no space.
    #[inline]
    fn token(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        if byte > b' ' { Some(byte) } else { self.behind_spaces() }
    }

    /// Leaves out spaces.
    #[cold]
    fn behind_spaces(&mut self) -> Option<u8> {
        self.copy(self.at);
        let is_space = |byte: &&u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
        let spaces = self.bytes.get(self.at..)?.iter().take_while(is_space).count();
        self.skip(self.at + spaces);
        self.bytes.get(self.at).copied()
    }

    /// Where in the text a byte not yet copied will stand.
    fn place(&self, at: usize) -> u32 {
        small(at.wrapping_add(self.shift))
    }

    /// Copies what has been read, up to here, which is between two tokens.
    fn copy(&mut self, to: usize) {
        self.flat.text.push_str(self.document.get(self.copied..to).unwrap_or_default());
        self.copied = to;
    }

    /// Goes on behind something that is not copied.
    fn skip(&mut self, to: usize) {
        (self.at, self.copied) = (to, to);
        self.shift = self.flat.text.len().wrapping_sub(to);
    }

    /// Notes what stands between two bytes not yet copied.
    fn push(&mut self, what: What, start: usize, end: usize) {
        let node = Node { what, start: self.place(start), end: self.place(end) };
        self.flat.nodes.push(node);
    }

    /// Reads the value that begins with this byte.
    fn value(&mut self, first: u8) -> Option<()> {
        // The name of a member and its value are two nodes.
        (self.flat.nodes.len() < JSON_NODES_MAX).then_some(())?;
        match first {
            b'"' => self.text().map(drop),
            b'{' => self.inside(Self::members),
            b'[' => self.inside(Self::items),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.word(b"true", What::Bool(true)),
            b'f' => self.word(b"false", What::Bool(false)),
            b'n' => self.word(b"null", What::Null),
            _ => None,
        }
    }

    fn word(&mut self, word: &[u8], what: What) -> Option<()> {
        let start = self.at;
        self.at += word.len();
        (self.bytes.get(start..self.at)? == word).then_some(())?;
        self.push(what, start, self.at);
        Some(())
    }

    /// Reads an array or object.
    fn inside(&mut self, read: fn(&mut Self) -> Option<What>) -> Option<()> {
        self.depth += 1;
        if self.depth > FLAT_DEPTH_MAX {
            return None;
        }
        let opened = self.flat.nodes.len();
        self.push(What::Null, self.at, self.at);
        self.at += 1;
        let what = read(self)?;
        self.at += 1;
        let end = self.place(self.at);
        let inside = small(self.flat.nodes.len() - opened - 1);
        let node = self.flat.nodes.get_mut(opened)?;
        node.end = end;
        node.what = match what {
            What::Array(count, _) => What::Array(count, inside),
            What::Object(count, _) => What::Object(count, inside),
            other => other,
        };
        self.depth -= 1;
        Some(())
    }

    /// The items of an array, up to its bracket.
    fn items(&mut self) -> Option<What> {
        let mut count = 0;
        let mut next = self.token()?;
        if next != b']' {
            loop {
                self.value(next)?;
                count += 1;
                match self.token()? {
                    b',' => self.at += 1,
                    b']' => break,
                    _ => return None,
                }
                next = self.token()?;
            }
        }
        Some(What::Array(count, 0))
    }

    /// The members of an object, up to its bracket; no name may be there twice.
    fn members(&mut self) -> Option<What> {
        let (opened, before) = (self.flat.nodes.len() - 1, self.names.len());
        let (mut count, mut doubtful) = (0, false);
        let mut next = self.token()?;
        if next != b'}' {
            loop {
                (next == b'"').then_some(())?;
                let name = self.text()?;
                let known = self.names.get(before..)?;
                doubtful |= name == DOUBTFUL || known.len() >= COMPARED_MAX || known.contains(&name);
                if !doubtful {
                    self.names.push(name);
                }
                (self.token()? == b':').then_some(())?;
                self.at += 1;
                next = self.token()?;
                self.value(next)?;
                count += 1;
                match self.token()? {
                    b',' => self.at += 1,
                    b'}' => break,
                    _ => return None,
                }
                next = self.token()?;
            }
        }
        self.names.truncate(before);
        if doubtful {
            // What has been read is looked at: it has to stand in the text.
            self.copy(self.at);
            let inside = small(self.flat.nodes.len() - opened - 1);
            self.flat.nodes.get_mut(opened)?.what = What::Object(count, inside);
            (!self.flat.repeats(opened)).then_some(())?;
        }
        Some(What::Object(count, 0))
    }

    /// Reads a text; answers a number that texts of other lengths or beginnings don't have, or [`DOUBTFUL`].
    #[inline]
    fn text(&mut self) -> Option<u64> {
        let start = self.at;
        let bytes = self.bytes.get(start + 1..)?;
        let length = plain_length(bytes);
        if *bytes.get(length)? == b'"' {
            self.at = start + length + 2;
            self.push(What::Plain, start, self.at);
            return Some(sign(bytes, length));
        }
        self.escaped(start, length)
    }

    /// Reads a text that has escapes, the first of them behind so many bytes.
    #[cold]
    fn escaped(&mut self, start: usize, mut length: usize) -> Option<u64> {
        let bytes = self.bytes.get(start + 1..)?;
        loop {
            match bytes.get(length)? {
                b'"' => break,
                b'\\' => length += 2,
                _ => return None,
            }
            length += plain_length(bytes.get(length..)?);
        }
        let end = start + length + 2;
        let text: String = serde_json::from_str(self.document.get(start..end)?).ok()?;
        self.copy(start);
        self.flat.put_text(&text);
        self.skip(end);
        Some(DOUBTFUL)
    }

    fn number(&mut self) -> Option<()> {
        let start = self.at;
        let Some((number, length)) = short_number(self.bytes.get(start..)?) else {
            return self.long_number(start);
        };
        self.at += length;
        self.flat.numbers.push(number);
        self.push(What::Number(small(self.flat.numbers.len() - 1)), start, self.at);
        Some(())
    }

    /// Reads a number that may be written otherwise than it would be.
    #[cold]
    fn long_number(&mut self, start: usize) -> Option<()> {
        let in_number = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let end = start + self.bytes.get(start..)?.iter().take_while(in_number).count();
        let number: Number = serde_json::from_str(self.document.get(start..end)?).ok()?;
        self.copy(start);
        self.flat.put_number(number);
        self.skip(end);
        Some(())
    }
}

impl Parts {
    /// Forgets what is there, and has room for what a document of this length holds as a rule.
    fn make_room(&mut self, length: usize) {
        self.text.clear();
        self.loose.clear();
        self.numbers.clear();
        self.nodes.clear();
        self.names.clear();
        self.text.reserve(length);
        self.numbers.reserve(length / BYTES_PER_NUMBER + 1);
        self.nodes.reserve((length / BYTES_PER_NODE + 1).min(JSON_NODES_MAX));
        self.names.reserve(COMPARED_MAX);
    }

    /// Writes a text.
    fn put_text(&mut self, text: &str) {
        let start = self.text.len();
        self.text.push_str(&Value::from(text).to_string());
        let what = if is_plain(text) {
            What::Plain
        } else {
            let loose = self.loose.len();
            self.loose.push_str(text);
            What::Loose(small(loose), small(self.loose.len()))
        };
        self.nodes.push(Node { what, start: small(start), end: small(self.text.len()) });
    }

    /// Writes a number.
    fn put_number(&mut self, number: Number) {
        let start = self.text.len();
        self.text.push_str(&number.to_string());
        self.numbers.push(number);
        let what = What::Number(small(self.numbers.len() - 1));
        self.nodes.push(Node { what, start: small(start), end: small(self.text.len()) });
    }
}

/// A place in a document, or a number of things in it. What is written takes at most some times the room of what was
/// read, which [`FLAT_BYTES_MAX`] keeps far below this type's end.
fn small(number: usize) -> u32 {
    number.min(u32::MAX as usize) as u32
}

/// A number made of a text's length and its first bytes.
fn sign(bytes: &[u8], length: usize) -> u64 {
    let Some(first) = bytes.first_chunk() else { return DOUBTFUL };
    let bits = 8 * length.min(7);
    u64::from_le_bytes(*first) & ((1 << bits) - 1) | (length as u64) << 56
}

/// A number of few digits that is written as it would be written again, and how many bytes it takes.
fn short_number(bytes: &[u8]) -> Option<(Number, usize)> {
    let negative = bytes.first() == Some(&b'-');
    let first = usize::from(negative);
    let mut mantissa = 0;
    let mut digits = |mut at: usize| {
        while let Some(digit @ b'0'..=b'9') = bytes.get(at)
            && at <= first + DIGITS_MAX
        {
            mantissa = mantissa * 10 + i64::from(digit - b'0');
            at += 1;
        }
        at
    };
    let whole = digits(first);
    let point = bytes.get(whole) == Some(&b'.');
    let end = if point { digits(whole + 1) } else { whole };
    let long = end - first - usize::from(point) > DIGITS_MAX;
    if whole == first || long || matches!(bytes.get(end), Some(b'0'..=b'9' | b'.' | b'e' | b'E')) {
        return None;
    }
    let zero = bytes[first] == b'0';
    let signed = if negative { -mantissa } else { mantissa };
    if !point {
        let odd = zero && (whole - first > 1 || negative);
        let number = u64::try_from(signed).map_or_else(|_| Number::from(signed), Number::from);
        return (!odd).then_some((number, end));
    }
    let fraction = &bytes[whole + 1..end];
    // Without zeros that would not be written, and not so small that it would be written with an exponent.
    let odd = match fraction {
        [] => true,
        [_] => false,
        [.., last] => *last == b'0',
    } || zero && (whole - first > 1 || fraction[0] == b'0');
    #[expect(clippy::cast_precision_loss, reason = "fifteen digits are fewer than 2^53")]
    let number = || Number::from_f64(signed as f64 / TENS.get(fraction.len())?);
    if odd { None } else { Some((number()?, end)) }
}
