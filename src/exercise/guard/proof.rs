//! Whether an answer shows what was sent: a server may answer a creation with a record that was there before.

use serde_json::Value;

use crate::exercise::guard::payload::{self, Payload};
use crate::generate::case::naming::{is_marked, named, scalar};
use crate::wire::Request;

/// How many characters a text must have so that two records have it hardly by chance.
const TELLING_CHARS_MIN: usize = 6;

/// The members that a request sent: name and text.
pub(super) fn sent(request: &Request) -> Vec<(String, String)> {
    match payload::body(request) {
        Payload::Values { values, many: false, .. } => values,
        _ => Vec::new(),
    }
}

/// Whether the record shown is the one that was sent; `None` where they have no member in common.
pub(super) fn agrees(sent: &[(String, String)], shown: &Value) -> Option<bool> {
    let mut members: Vec<(String, String)> = Vec::new();
    named(shown, &mut |name, value| members.extend(scalar(value).map(|text| (name.to_owned(), text))));
    let (mut same, mut other, mut telling) = (0, 0, false);
    for (name, text) in sent {
        let mut of_name = members.iter().filter(|(shown, _)| shown == name).peekable();
        if of_name.peek().is_none() {
            continue;
        }
        if of_name.any(|(_, shown)| shown == text) {
            if is_marked(text) {
                return Some(true);
            }
            same += 1;
            telling |= text.chars().count() >= TELLING_CHARS_MIN;
        } else {
            other += 1;
        }
    }
    match (same, other) {
        (0, 0) => None,
        // Servers fill in, round and trim.
        _ => Some(same > 0 && (other == 0 || telling && same >= other)),
    }
}

/// Whether a text stands anywhere in what is shown.
pub(super) fn shows(shown: &Value, text: &str) -> bool {
    let mut found = false;
    named(shown, &mut |_, value| found |= scalar(value).as_deref() == Some(text));
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_shown_is_compared_with_what_was_sent() {
        let sent = |members: &[(&str, &str)]| -> Vec<(String, String)> {
            members.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
        };
        let mark = "cp0123456789abcdef-x";
        for (members, shown, wanted) in [
            (&[("name", mark), ("size", "3")][..], json!({"id": 1, "name": mark, "size": 4}), Some(true)),
            (&[("name", "Rex"), ("size", "3")], json!({"id": 1, "name": "Rex", "size": 3}), Some(true)),
            (&[("name", "Rex"), ("size", "3")], json!({"id": 1, "name": "Bello", "size": 3}), Some(false)),
            (&[("name", "Bellissimo"), ("size", "3")], json!({"name": "Bellissimo", "size": 4}), Some(true)),
            (&[("name", mark)], json!({"id": 1, "name": "default"}), Some(false)),
            (&[("name", mark)], json!({"data": {"id": 1, "name": mark}}), Some(true)),
            (&[("name", mark)], json!({"id": 1}), None),
            (&[], json!({"id": 1, "name": "x"}), None),
        ] {
            assert_eq!(agrees(&sent(members), &shown), wanted, "{shown}");
        }
        assert!(shows(&json!({"data": [{"id": 7}]}), "7") && !shows(&json!({"id": 8}), "7"));
    }
}
