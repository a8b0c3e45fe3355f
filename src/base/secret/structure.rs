//! Secrets by name: what a text that looks like JSON, a form, a query, XML, a multipart body or lines of `name: value`
//! gives under a name that says so. It is read as it comes, so that texts that were cut off, and one format in another,
//! are masked as well.

use std::cell::Cell;

use super::encoded::plain;
use super::names::{NAME_BYTES_MAX, is_secret_header};
use super::search::{By, Span};
use crate::base::limits::UNCLOSED_ELEMENTS_MAX;

/// How far the header of a part of a multipart body is read, in bytes.
const PART_HEAD_BYTES_MAX: usize = 4096;

/// Where secrets stand by name; `is_secret` says which names are. Gives how many bytes were looked at, each as often as it
/// was: the work is linear in the text, whatever it is.
pub(super) fn spans(text: &[u8], is_secret: &dyn Fn(&str) -> bool, found: &mut Vec<Span>) -> usize {
    let mut reader = Reader { text, is_secret, unclosed: 0, looked_at: Cell::new(text.len()) };
    let mut at = 0;
    let mut done = 0;
    while at < text.len() {
        let telling = |byte: &u8| matches!(byte, b'"' | b'\'' | b'=' | b':' | b'<');
        let Some(next) = text[at..].iter().position(telling).map(|offset| at + offset) else { break };
        let span = match text[next] {
            quote @ (b'"' | b'\'') => reader.member(next, quote),
            b'=' => reader.pair(next, done),
            b':' => reader.line(next, done),
            _ => reader.element(next),
        };
        at = next + 1;
        if let Some(span) = span {
            at = at.max(span.end);
            done = span.end;
            if span.end > span.start {
                found.push(span);
            }
        }
    }
    reader.looked_at.get()
}

struct Reader<'t> {
    text: &'t [u8],
    is_secret: &'t dyn Fn(&str) -> bool,
    unclosed: usize,
    looked_at: Cell<usize>,
}

impl Reader<'_> {
    fn names_secret(&self, name: &[u8]) -> bool {
        name.len() <= NAME_BYTES_MAX * 3
            && std::str::from_utf8(&plain(name)).is_ok_and(|name| (self.is_secret)(name))
    }

    /// How many backslashes stand before a place.
    fn backslashes(&self, at: usize) -> usize {
        self.text[..at].iter().rev().take(NAME_BYTES_MAX).take_while(|byte| **byte == b'\\').count()
    }

    /// The end of a string that began with `quote` behind so many backslashes: where its closing quote (its backslashes
    /// included) begins, and what follows it.
    fn string_end(&self, start: usize, quote: u8, depth: usize, limit: usize) -> Option<(usize, usize)> {
        let end = self.text.len().min(start.saturating_add(limit));
        let mut backslashes = 0;
        for at in start..end {
            self.looked_at.set(self.looked_at.get() + 1);
            match self.text[at] {
                b'\\' => backslashes += 1,
                byte => {
                    // As many or fewer: the string around this one ends.
                    let closes = if depth == 0 { backslashes % 2 == 0 } else { backslashes <= depth };
                    if byte == quote && closes {
                        return Some((at - backslashes.min(depth), at + 1));
                    }
                    backslashes = 0;
                }
            }
        }
        None
    }

    fn blanks(&self, mut at: usize) -> usize {
        while self.text.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        at
    }

    /// `"name": value`, and the same in a string.
    fn member(&self, at: usize, quote: u8) -> Option<Span> {
        let depth = self.backslashes(at);
        let (name_end, after) = self.string_end(at + 1, quote, depth, NAME_BYTES_MAX * 3)?;
        let colon = self.blanks(after);
        if self.text.get(colon) != Some(&b':') || !self.names_secret(&self.text[at + 1..name_end]) {
            return None;
        }
        let start = self.blanks(colon + 1);
        self.value(start, depth)
    }

    /// A value of JSON: its place without the quotes of a string.
    fn value(&self, start: usize, depth: usize) -> Option<Span> {
        let text = self.text;
        let opening = text[start..].iter().take_while(|byte| **byte == b'\\').count();
        let first = *text.get(start + opening)?;
        match first {
            b'"' | b'\'' => {
                let inner = start + opening + 1;
                let end =
                    self.string_end(inner, first, opening, usize::MAX).map_or(text.len(), |(end, _)| end);
                Some(Span { start: inner, end, by: By::Mask })
            }
            b'{' | b'[' if opening == 0 => {
                let end = self.container_end(start, depth);
                let empty = text[start + 1..end].iter().all(|b| b.is_ascii_whitespace() || b"]}".contains(b));
                (!empty).then_some(Span { start, end, by: By::Quoted(depth) })
            }
            _ => {
                let ends = |byte: &u8| byte.is_ascii_whitespace() || b",}]\"'\\&<;)".contains(byte);
                let end = text[start..].iter().position(ends).map_or(text.len(), |len| start + len);
                let plain = matches!(&text[start..end], b"" | b"null" | b"None");
                (!plain).then_some(Span { start, end, by: By::Quoted(depth) })
            }
        }
    }

    fn container_end(&self, start: usize, depth: usize) -> usize {
        let (mut at, mut open) = (start, 0usize);
        while at < self.text.len() {
            self.looked_at.set(self.looked_at.get() + 1);
            match self.text[at] {
                b'{' | b'[' => open += 1,
                b'}' | b']' => {
                    open -= 1;
                    if open == 0 {
                        return at + 1;
                    }
                }
                b'"' => {
                    let backslashes = self.backslashes(at);
                    if backslashes < depth {
                        // The string around it ends.
                        return at - backslashes;
                    }
                    match self.string_end(at + 1, b'"', depth, usize::MAX) {
                        Some((_, after)) => at = after - 1,
                        None => return self.text.len(),
                    }
                }
                _ => {}
            }
            at += 1;
        }
        self.text.len()
    }

    /// `name=value` of a query, a form, a cookie, an attribute; and a part of a multipart body by its name.
    fn pair(&self, equals: usize, from: usize) -> Option<Span> {
        let text = self.text;
        let named = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-[]%$~:\\".contains(byte);
        let len = text[from..equals].iter().rev().take(NAME_BYTES_MAX).take_while(|byte| named(byte)).count();
        let name = &text[equals - len..equals];
        if name.eq_ignore_ascii_case(b"name") {
            return self.part(equals);
        }
        let name = name.rsplit(|byte| matches!(byte, b':' | b'\\')).next().unwrap_or(name);
        let next = text.get(equals + 1)?;
        if *next == b'=' || name.is_empty() || !self.names_secret(name) {
            return None;
        }
        let start = equals + 1;
        let opening = text[start..].iter().take_while(|byte| **byte == b'\\').count();
        if let Some(quote @ (b'"' | b'\'')) = text.get(start + opening).copied() {
            // An attribute; else the quote ends a string around a pair without a value.
            let inner = start + opening + 1;
            let stands_alone = text[..equals - len].last().is_none_or(u8::is_ascii_whitespace);
            let follows = text.get(inner).is_some_and(|b| !b.is_ascii_whitespace() && !b",:}]".contains(b));
            let end = (stands_alone && follows).then(|| self.string_end(inner, quote, opening, usize::MAX));
            return end.flatten().map(|(end, _)| Span { start: inner, end, by: By::Mask });
        }
        let mut end = start;
        while let Some(byte) = text.get(end) {
            let last = byte.is_ascii_whitespace()
                || b"&\"'<>#`|".contains(byte)
                || *byte == b'\\' && matches!(text.get(end + 1), Some(b'"' | b'\'' | b'n' | b'r' | b'\\'))
                || *byte == b';' && text.get(end + 1).is_none_or(u8::is_ascii_whitespace);
            if last {
                break;
            }
            end += 1;
        }
        Some(Span { start, end, by: By::Mask })
    }

    /// The part of a multipart body (RFC 7578 §4.2) whose name stands here.
    fn part(&self, equals: usize) -> Option<Span> {
        let text = self.text;
        let line = text[..equals].iter().rev().take(NAME_BYTES_MAX * 2).position(|byte| *byte == b'\n');
        let line = &text[line.map_or(0, |back| equals - back)..equals];
        let is_part = line.get(..19).is_some_and(|start| start.eq_ignore_ascii_case(b"content-disposition"));
        if !is_part {
            return None;
        }
        let (start, end) = match text.get(equals + 1) {
            Some(b'"') => (equals + 2, self.string_end(equals + 2, b'"', 0, NAME_BYTES_MAX * 3)?.0),
            _ => {
                let rest = &text[equals + 1..];
                let ends = |byte: &u8| matches!(byte, b';' | b'\r' | b'\n');
                (equals + 1, equals + 1 + rest.iter().position(ends).unwrap_or(rest.len()))
            }
        };
        if !self.names_secret(&text[start..end]) {
            return None;
        }
        let head = &text[end..text.len().min(end + PART_HEAD_BYTES_MAX)];
        let blank = |mark: &[u8]| memchr::memmem::find(head, mark).map(|at| at + mark.len());
        let start = end + blank(b"\r\n\r\n").or_else(|| blank(b"\n\n"))?;
        let body = &text[start..];
        let border = memchr::memmem::find(body, b"\n--")
            .map_or(body.len(), |at| if at > 0 && body[at - 1] == b'\r' { at - 1 } else { at });
        Some(Span { start, end: start + border, by: By::Mask })
    }

    /// `name: value` where a line begins.
    fn line(&self, colon: usize, from: usize) -> Option<Span> {
        let text = self.text;
        let named = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-".contains(byte);
        let len = text[from..colon].iter().rev().take(NAME_BYTES_MAX).take_while(|byte| named(byte)).count();
        let name_start = colon - len;
        let indent = |byte: &u8| matches!(byte, b' ' | b'\t' | b'-');
        let blank =
            text[from..name_start].iter().rev().take(NAME_BYTES_MAX).take_while(|b| indent(b)).count();
        let begins = name_start == blank
            || text[..name_start - blank].last().is_some_and(|b| matches!(b, b'\n' | b'\r'));
        if len == 0 || !begins || !text.get(colon + 1).is_some_and(|byte| matches!(byte, b' ' | b'\t')) {
            return None;
        }
        let name = std::str::from_utf8(&text[name_start..colon]).ok()?;
        if !(self.is_secret)(name) && !is_secret_header(name) {
            return None;
        }
        let mut start = colon + 1;
        while matches!(text.get(start), Some(b' ' | b'\t')) {
            start += 1;
        }
        match text.get(start) {
            // A block, or a value that is read as JSON.
            Some(b'|' | b'>' | b'{' | b'[' | b'\r' | b'\n') | None => None,
            Some(quote @ (b'"' | b'\'')) => {
                let end =
                    self.string_end(start + 1, *quote, 0, usize::MAX).map_or(text.len(), |(end, _)| end);
                Some(Span { start: start + 1, end, by: By::Mask })
            }
            Some(_) => {
                let ends = |byte: &u8| matches!(byte, b'\r' | b'\n');
                let end = text[start..].iter().position(ends).map_or(text.len(), |len| start + len);
                Some(Span { start, end, by: By::Mask })
            }
        }
    }

    /// `<name>value</name>`.
    fn element(&mut self, at: usize) -> Option<Span> {
        let text = self.text;
        let named = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-:".contains(byte) || *byte >= 0x80;
        let len = text[at + 1..].iter().take(NAME_BYTES_MAX).take_while(|byte| named(byte)).count();
        let name = &text[at + 1..at + 1 + len];
        let local = name.rsplit(|byte| *byte == b':').next().unwrap_or(name);
        if len == 0 || !self.names_secret(local) {
            return None;
        }
        let head = &text[at + 1 + len..text.len().min(at + PART_HEAD_BYTES_MAX)];
        let close = head.iter().position(|byte| *byte == b'>')?;
        if close > 0 && head[close - 1] == b'/' {
            return None;
        }
        let start = at + 1 + len + close + 1;
        let rest = &text[start..];
        let closing = [b"</", name].concat();
        let end =
            (self.unclosed < UNCLOSED_ELEMENTS_MAX).then(|| memchr::memmem::find(rest, &closing)).flatten();
        if self.unclosed < UNCLOSED_ELEMENTS_MAX {
            self.looked_at.set(self.looked_at.get() + end.unwrap_or(rest.len()));
        }
        if let Some(end) = end {
            return Some(Span { start, end: start + end, by: By::Mask });
        }
        self.unclosed += 1;
        // A document that was cut off; elsewhere it is rather a word in angle brackets.
        let is_document = text.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<');
        let end = memchr::memchr(b'<', rest).map_or(text.len(), |end| start + end);
        is_document.then_some(Span { start, end, by: By::Mask })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::secret::is_secret_name;

    #[test]
    fn the_work_is_linear_whatever_the_text_is() {
        for piece in [
            "\"",
            "\\\"",
            "\"token\":\"",
            "\"token\":{",
            "{\"token\":[\"",
            "\\\"token\\\":\\\"",
            "token=\"x ",
            " token=\\\"x token=\"x",
            "<token>",
            "<token1><token2>x",
            "token=x&",
            "\ntoken: x",
            "'token':'",
            "name=\"token\"",
            "\ncontent-disposition: form-data; name=\"token\"",
            "\\",
            "token=\\",
            ":",
        ] {
            let work = |times: usize| {
                let text = piece.repeat(times);
                let looked_at = spans(text.as_bytes(), &is_secret_name, &mut Vec::new());
                (looked_at, text.len())
            };
            for times in [1_000, 20_000] {
                let (looked_at, length) = work(times);
                assert!(looked_at <= 400 * length, "{piece}: {looked_at} for {length}");
            }
        }
    }
}
