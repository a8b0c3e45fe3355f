//! Paths from templates.

use std::collections::BTreeMap;

use crate::wire::percent::{self, Keep};

/// The template with its parameters' texts; `None` when one has none.
pub(super) fn fill(template: &str, values: &BTreeMap<String, String>) -> Option<String> {
    let mut path = String::with_capacity(template.len() + 16);
    // A query in a path key is sent as it is written, a fragment never (RFC 3986 §3.5).
    let mut rest = template.split('#').next().unwrap_or_default();
    while let Some((before, after)) = rest.split_once('{') {
        let (name, behind) = after.split_once('}')?;
        push_literal(&mut path, before);
        path.push_str(values.get(name)?);
        rest = behind;
    }
    push_literal(&mut path, rest);
    Some(path)
}

/// Literal text of a path template. What is encoded there stays so; what no URI can hold (RFC 3986 §2) is encoded.
fn push_literal(path: &mut String, text: &str) {
    for c in text.chars() {
        if c.is_ascii_graphic() && !"\"<>\\^`|".contains(c) {
            path.push(c);
        } else {
            percent::encode_into(path, c.encode_utf8(&mut [0; 4]).as_bytes(), Keep::Unreserved);
        }
    }
}
