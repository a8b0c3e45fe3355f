//! Conditional requests (RFC 9110 §13): entity tags, `If-Match`, `If-None-Match`. There is no `Last-Modified`: the logical
//! clock is not the one by which clients and caches would judge it, so the conditions on dates are passed over (§13.1.3).

use std::borrow::Cow;

use super::{Call, Refused};
use crate::base::limits::LIST_ELEMENTS_MAX;
use crate::framework::Reason;
use crate::wire::Headers;

/// What conditions say of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It goes on.
    Holds,
    /// The reader has the newest already: 304.
    NotModified,
    /// 412.
    Failed,
}

/// A strong entity tag. `media` is the number of the media type: each has representations of its own (§8.8.3).
pub(crate) fn etag(tag: u64, media: usize) -> String {
    let mut text = String::with_capacity(20);
    text.push('"');
    text.extend((0..16).rev().filter_map(|digit| char::from_digit((tag >> (4 * digit)) as u32 & 15, 16)));
    if media != 0 {
        text.push_str(&format!("-{media}"));
    }
    text.push('"');
    text
}

/// What the conditions say (§13.2.2), where the current representation has the tag `current`, if there is one.
pub(crate) fn outcome(headers: &Headers, reads: bool, current: Option<&str>) -> Outcome {
    if headers.get("if-match").is_some() && !matches(headers, "if-match", current, true) {
        return Outcome::Failed;
    }
    if headers.get("if-none-match").is_some() && matches(headers, "if-none-match", current, false) {
        return if reads { Outcome::NotModified } else { Outcome::Failed };
    }
    Outcome::Holds
}

/// Whether a list of tags names the current one. The strong comparison takes no weak tags (§8.8.3.2).
fn matches(headers: &Headers, name: &str, current: Option<&str>, strong: bool) -> bool {
    let Some(current) = current else { return false };
    let current = current.trim_matches('"');
    headers.all(name).any(|field| {
        let field = String::from_utf8_lossy(field.as_ref());
        tags(&field).into_iter().any(|(weak, tag)| match tag {
            Cow::Borrowed("*") => true,
            tag => tag == current && !(strong && weak),
        })
    })
}

/// The tags of a field, at most [`LIST_ELEMENTS_MAX`], each with whether it is weak; `*` as it is. A tag without quotes, which some clients send, is
/// taken for one with them.
fn tags(field: &str) -> Vec<(bool, Cow<'_, str>)> {
    let mut found = Vec::new();
    let mut rest = field.trim();
    while !rest.is_empty() && found.len() < LIST_ELEMENTS_MAX {
        let (weak, after) = rest.strip_prefix("W/").map_or((false, rest), |after| (true, after));
        let (tag, after) = match after.strip_prefix('"').and_then(|inner| inner.split_once('"')) {
            // A `*` in quotes is a tag like any other.
            Some((tag, after)) => (Cow::Owned(tag.to_owned()), after),
            None => {
                let (tag, after) = after.split_once(',').unwrap_or((after, ""));
                (Cow::Borrowed(tag.trim()), after)
            }
        };
        if !tag.is_empty() {
            found.push((weak, tag));
        }
        rest = after.trim_start_matches(|c: char| c == ',' || c.is_whitespace());
    }
    found
}

impl Call<'_> {
    /// What the conditions say, where the entity's properties have the tag `current`, if there is one.
    pub(super) fn conditions(&self, current: Option<u64>) -> Outcome {
        let headers = &self.request.headers;
        // The usual case costs no text.
        if headers.get("if-match").is_none() && headers.get("if-none-match").is_none() {
            return Outcome::Holds;
        }
        let reads = matches!(self.request.method.as_str(), "GET" | "HEAD");
        let current = current.map(|tag| etag(tag, self.media));
        outcome(headers, reads, current.as_deref())
    }

    /// Stops a change whose conditions do not hold.
    pub(super) fn may_change(&self, current: Option<u64>) -> Result<(), Refused> {
        if self.conditions(current) == Outcome::Holds { Ok(()) } else { Err(failed(self)) }
    }
}

/// 412: no other status tells a client that it must look again.
pub(super) fn failed(call: &Call<'_>) -> Refused {
    Refused {
        reason: Reason::Precondition,
        status: Some(412),
        message: format!("A condition of the request does not hold: {} was changed", call.resource.name),
        entry: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(fields: &[(&str, &str)], reads: bool, current: Option<&str>) -> Outcome {
        let mut headers = Headers::new();
        for (name, value) in fields {
            headers.push(*name, (*value).to_owned());
        }
        outcome(&headers, reads, current)
    }

    #[test]
    fn conditions_are_judged_as_the_rfc_says() {
        use Outcome::{Failed, Holds, NotModified};
        for (name, value, current, of_reads, of_changes) in [
            ("if-match", "\"a\"", Some("\"a\""), Holds, Holds),
            ("if-match", "\"b\", \"a\"", Some("\"a\""), Holds, Holds),
            ("if-match", "\"b\"", Some("\"a\""), Failed, Failed),
            ("if-match", "W/\"a\"", Some("\"a\""), Failed, Failed),
            ("if-match", "*", Some("\"a\""), Holds, Holds),
            ("if-match", "*", None, Failed, Failed),
            ("if-match", "\"*\"", Some("\"a\""), Failed, Failed),
            ("if-match", "a", Some("\"a\""), Holds, Holds),
            ("if-match", "", Some("\"a\""), Failed, Failed),
            ("if-none-match", "\"a\"", Some("\"a\""), NotModified, Failed),
            ("if-none-match", "W/\"a\"", Some("\"a\""), NotModified, Failed),
            ("if-none-match", "\"b\",,\"c,d\"", Some("\"c,d\""), NotModified, Failed),
            ("if-none-match", "\"b\"", Some("\"a\""), Holds, Holds),
            ("if-none-match", "*", Some("\"a\""), NotModified, Failed),
            ("if-none-match", "*", None, Holds, Holds),
            ("if-none-match", "\"a", Some("\"a\""), Holds, Holds),
        ] {
            assert_eq!(said(&[(name, value)], true, current), of_reads, "{name}: {value}");
            assert_eq!(said(&[(name, value)], false, current), of_changes, "{name}: {value}");
        }
        let both = [("if-match", "\"a\""), ("if-none-match", "\"a\"")];
        assert_eq!(said(&both, true, Some("\"a\"")), NotModified);
        assert_eq!(said(&both, true, Some("\"b\"")), Failed);
        let lines = [("If-None-Match", "\"x\""), ("if-none-match", "\"a\"")];
        assert_eq!(said(&lines, true, Some("\"a\"")), NotModified);
    }
}
