//! How much stands in a body, counted before any of it is read as values: those take many times the bytes that they were
//! written in.

use crate::base::limits::{FORM_MEMBERS_MAX, REQUEST_NODES_MAX};
use crate::wire::Request;
use crate::wire::media::{self, codec_for};

/// Bodies up to this size can't have too much in them, in bytes: a member of a form takes two.
const LOOKED_AT_BYTES_MIN: usize = 2 * FORM_MEMBERS_MAX - 1;

/// Whether a body has more in it than is read.
///
/// # Errors
/// What is too much, for the refusal (413).
pub(super) fn check(request: &Request) -> Result<(), (u16, String)> {
    let Some(body) = request.body.as_deref().filter(|body| body.len() > LOOKED_AT_BYTES_MIN) else {
        return Ok(());
    };
    let said = request.headers.get_str("content-type").and_then(media::parse);
    let codec = said.as_ref().map(|media| codec_for(media).name());
    let begins = body.iter().find(|byte| !byte.is_ascii_whitespace());
    let (found, limit, what) = match codec {
        Some("form") => (members(body), FORM_MEMBERS_MAX, "members"),
        Some("xml") => (memchr::memchr_iter(b'<', body).count() / 2, REQUEST_NODES_MAX, "elements"),
        Some("events") => (lines(body), REQUEST_NODES_MAX, "lines"),
        Some("lines") => (nodes(body) + lines(body), REQUEST_NODES_MAX, "values"),
        Some("json") => (nodes(body), REQUEST_NODES_MAX, "values"),
        Some("multipart" | "binary") => return Ok(()),
        // What is JSON by another name, or by none, is read as such.
        _ if matches!(begins, Some(b'{' | b'[')) => (nodes(body), REQUEST_NODES_MAX, "values"),
        _ => return Ok(()),
    };
    if found > limit {
        return Err((413, format!("The body has more than {limit} {what}")));
    }
    Ok(())
}

/// How many members a form or query has at most.
pub(super) fn members(text: &[u8]) -> usize {
    memchr::memchr_iter(b'&', text).count() + 1
}

/// How many values a JSON text has at most: one for each comma and each bracket that opens outside of strings.
fn nodes(text: &[u8]) -> usize {
    let (mut nodes, mut at) = (1, 0);
    while at < text.len() {
        match text[at] {
            b',' | b'[' | b'{' => nodes += 1,
            b'"' => at = string_end(text, at + 1),
            _ => {}
        }
        at += 1;
    }
    nodes
}

/// How many lines, or records behind their separators (RFC 7464), a text has.
fn lines(text: &[u8]) -> usize {
    memchr::memchr2_iter(b'\n', 0x1e, text).count()
}

/// Where a string that began before `at` ends.
fn string_end(text: &[u8], mut at: usize) -> usize {
    while let Some(step) = text.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += step;
        if text[at] == b'"' {
            return at;
        }
        at += 2;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(media: &str, body: String) -> bool {
        let mut request = Request { body: Some(body.into()), ..Request::default() };
        if !media.is_empty() {
            request.headers.push("content-type", media.to_owned());
        }
        check(&request).is_ok()
    }

    #[test]
    fn values_are_counted_outside_of_strings() {
        let list = |items: usize| format!("[{}0]", "0,".repeat(items));
        for media in ["application/json", "application/problem+json", "", "text/plain"] {
            assert!(checked(media, list(REQUEST_NODES_MAX - 2)), "{media}");
            assert!(!checked(media, list(REQUEST_NODES_MAX)), "{media}");
        }
        assert!(checked(
            "application/json",
            format!("\"{}\\\"{}\"", ",[{".repeat(200_000), ",".repeat(100_000))
        ));
        assert!(!checked("application/json", format!("[\"\\\\\",{}0]", "0,".repeat(REQUEST_NODES_MAX))));
        assert!(checked("image/png", ",".repeat(REQUEST_NODES_MAX + 2)));
        assert!(!checked("application/jsonl", "1\n".repeat(REQUEST_NODES_MAX + 2)));
        assert!(!checked("application/xml", "<a/>".repeat(2 * REQUEST_NODES_MAX + 2)));
    }

    #[test]
    fn members_of_forms_are_counted() {
        let form = "application/x-www-form-urlencoded";
        assert!(checked(form, "a&".repeat(FORM_MEMBERS_MAX - 1) + "a"));
        assert!(!checked(form, "a&".repeat(FORM_MEMBERS_MAX) + "a"));
    }
}
