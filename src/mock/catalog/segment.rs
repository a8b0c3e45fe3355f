//! One segment of a path template: text and parameters in turn, and how a segment of a request fits it.
//!
//! Text fits its percent-encoding too (RFC 3986 §6.2.2): `:` and `%3A` are the same text. Values stay encoded, so that
//! `%2F` in one is no separator.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// A piece of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::mock) enum Piece {
    /// Text, decoded.
    Text(String),
    /// A parameter.
    Value,
}

/// Splits a segment of a path template; the names of its parameters go to `names`.
pub(in crate::mock) fn pieces(segment: &str, names: &mut Vec<String>) -> Vec<Piece> {
    let decoded = |text: &str| Piece::Text(percent_decode_str(text).decode_utf8_lossy().into_owned());
    let mut pieces = Vec::new();
    let mut rest = segment;
    while let Some(open) = rest.find('{') {
        let Some(length) = rest[open..].find('}') else { break };
        if open > 0 {
            pieces.push(decoded(&rest[..open]));
        }
        names.push(rest[open + 1..open + length].to_owned());
        pieces.push(Piece::Value);
        rest = &rest[open + length + 1..];
    }
    if !rest.is_empty() {
        pieces.push(decoded(rest));
    }
    pieces
}

/// How much text a segment has: the more, the more precise.
pub(in crate::mock) fn literal_chars(pieces: &[Piece]) -> usize {
    pieces.iter().map(|piece| if let Piece::Text(text) = piece { text.chars().count() } else { 0 }).sum()
}

/// Fits a segment: values are as short as they can be (at least one character) except the last, which takes the rest.
/// Text between values is searched from the left; the text at the end must be the segment's end. On failure some
/// values may have been pushed.
pub(in crate::mock) fn take<'p>(pieces: &[Piece], segment: &'p str, values: &mut Vec<&'p str>) -> bool {
    let Some((first, rest)) = pieces.split_first() else { return segment.is_empty() };
    match (first, rest) {
        (Piece::Text(text), _) => {
            prefix(segment, text).is_some_and(|end| take(rest, &segment[end..], values))
        }
        (Piece::Value, []) => {
            values.push(segment);
            !segment.is_empty()
        }
        (Piece::Value, [Piece::Value, ..]) => {
            // Two values with nothing between them: the first takes one character.
            let Some(end) = starts(segment).nth(1) else { return false };
            values.push(&segment[..end]);
            take(rest, &segment[end..], values)
        }
        (Piece::Value, [Piece::Text(text), behind @ ..]) => {
            for start in starts(segment).skip(1) {
                let Some(end) = prefix(&segment[start..], text).map(|length| start + length) else {
                    continue;
                };
                // The text at the end of the template is the segment's end; any other is the first that there is.
                if !behind.is_empty() || end == segment.len() {
                    values.push(&segment[..start]);
                    return take(behind, &segment[end..], values);
                }
            }
            false
        }
    }
}

/// Where the characters of a segment start; a percent-encoded octet is one.
fn starts(segment: &str) -> impl Iterator<Item = usize> {
    let mut next = 0;
    segment.char_indices().filter_map(move |(at, _)| {
        if at < next {
            return None;
        }
        next = if octet(&segment.as_bytes()[at..]).is_some() { at + 3 } else { at + 1 };
        Some(at)
    })
}

/// How many bytes at the segment's start are this text, as it is or percent-encoded.
fn prefix(segment: &str, text: &str) -> Option<usize> {
    let bytes = segment.as_bytes();
    let mut at = 0;
    for wanted in text.bytes() {
        at += match bytes.get(at)? {
            byte if *byte == wanted => 1,
            b'%' if octet(&bytes[at..]) == Some(wanted) => 3,
            _ => return None,
        };
    }
    Some(at)
}

/// The octet that `%XX` at the start stands for.
pub(in crate::mock) fn octet(bytes: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = bytes else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? * 16 + digit(low)?)
}

/// Percent-encoded octets of a literal are the same as the octets themselves (RFC 3986 §6.2.2.2).
pub(in crate::mock) fn decoded(segment: &str) -> Cow<'_, str> {
    if memchr::memchr(b'%', segment.as_bytes()).is_none() {
        return Cow::Borrowed(segment);
    }
    percent_decode_str(segment).decode_utf8_lossy()
}

/// The path with every encoded octet decoded that needs no encoding (RFC 3986 §2.3).
pub(in crate::mock) fn normal(path: &str) -> Cow<'_, str> {
    if memchr::memchr(b'%', path.as_bytes()).is_none() {
        return Cow::Borrowed(path);
    }
    let mut normal = String::new();
    let mut done = 0;
    for (at, _) in path.match_indices('%') {
        let unreserved = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
        if let Some(byte) = octet(&path.as_bytes()[at..]).filter(unreserved) {
            normal.push_str(&path[done..at]);
            normal.push(char::from(byte));
            done = at + 3;
        }
    }
    if done == 0 {
        return Cow::Borrowed(path);
    }
    normal.push_str(&path[done..]);
    Cow::Owned(normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit<'s>(template: &str, segment: &'s str) -> Option<Vec<&'s str>> {
        let mut values = Vec::new();
        take(&pieces(template, &mut Vec::new()), segment, &mut values).then_some(values)
    }

    #[test]
    fn segments_fit() {
        let cases: [(&str, &str, &[&str]); 14] = [
            ("{a}", "x", &["x"]),
            ("{a}.{b}", "x.y.z", &["x", "y.z"]),
            ("{a}-{b}", "1-2-3", &["1", "2-3"]),
            ("{a},{b}", "1.5,2.5", &["1.5", "2.5"]),
            ("{a}.json", "x.json.json", &["x.json"]),
            ("v{a}", "v7", &["7"]),
            ("{a}{b}", "xyz", &["x", "yz"]),
            ("{a}:go", "7:go", &["7"]),
            ("{a}:go", "7%3Ago", &["7"]),
            ("{a}:go", "7%3ago", &["7"]),
            ("{a}2{b}", "x%2F2y", &["x%2F", "y"]),
            ("({a})", "%28x%29", &["x"]),
            ("{a} {b}", "x%20y", &["x", "y"]),
            ("é{a}", "%C3%A9x", &["x"]),
        ];
        for (template, segment, want) in cases {
            assert_eq!(fit(template, segment).as_deref(), Some(want), "{template} {segment}");
        }
        for (template, segment) in [
            ("{a}", ""),
            ("{a}.{b}", ".y"),
            ("{a}.{b}", "x."),
            ("{a}:go", ":go"),
            ("{a}.json", "x.yaml"),
            ("v{a}", "v"),
            ("{a}2{b}", "x%2Fy"),
            ("{a}{b}", "x"),
            ("{a}:Go", "7:go"),
        ] {
            assert_eq!(fit(template, segment), None, "{template} {segment}");
        }
    }
}
