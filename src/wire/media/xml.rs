//! XML: checked for well-formed tags (XML 1.0 §2.1), not mapped to values.

use serde_json::Value;

use crate::wire::media::{Body, Codec, CodecError, Media};

/// `application/xml`, `text/xml`, `+xml`.
pub struct Xml;

impl Codec for Xml {
    fn name(&self) -> &'static str {
        "xml"
    }

    fn takes(&self, media: &Media) -> bool {
        matches!(media.essence(), "application/xml" | "text/xml") || media.suffix() == Some("xml")
    }

    fn decode(&self, _: &Media, body: &[u8]) -> Result<Body, CodecError> {
        let text = std::str::from_utf8(body).map_err(|error| CodecError {
            reason: "no UTF-8".to_owned(),
            offset: Some(error.valid_up_to()),
        })?;
        well_formed(text)
            .map(|()| Body::Opaque)
            .map_err(|(offset, reason)| CodecError { reason: reason.to_owned(), offset: Some(offset) })
    }

    /// Objects as elements, arrays as repeated elements, under `<root>`: the default mapping of OpenAPI's XML Object.
    fn encode(&self, _: &Media, value: &Value) -> Result<Vec<u8>, CodecError> {
        let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        if let Value::Array(items) = value {
            // A document has one root (XML 1.0 §2.1).
            text.push_str("<root>");
            items.iter().for_each(|item| write(&mut text, "item", item));
            text.push_str("</root>");
        } else {
            write(&mut text, "root", value);
        }
        Ok(text.into_bytes())
    }
}

fn write(text: &mut String, name: &str, value: &Value) {
    let name = if is_name(name) { name } else { "item" };
    if let Value::Array(items) = value {
        items.iter().for_each(|item| write(text, name, item));
        return;
    }
    text.push_str(&format!("<{name}>"));
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| write(text, name, value)),
        Value::String(content) => escape(text, content),
        Value::Null => {}
        other => text.push_str(&other.to_string()),
    }
    text.push_str(&format!("</{name}>"));
}

/// Adds text with what is markup escaped.
pub(crate) fn escape(text: &mut String, content: &str) {
    for c in content.chars() {
        match c {
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '&' => text.push_str("&amp;"),
            // Characters that XML 1.0 §2.2 does not know can't be written at all.
            '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                text.push('\u{fffd}');
            }
            other => text.push(other),
        }
    }
}

/// Whether a text can be the name of an element (XML 1.0 §2.3, the usual characters of it).
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == ':')
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.'))
}

/// One root element, tags that match, attributes quoted, no bare `<` or `&`. The stack is the only memory: depth is
/// bounded by the body's own limit.
fn well_formed(text: &str) -> Result<(), (usize, &'static str)> {
    let mut open: Vec<&str> = Vec::new();
    let mut roots = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if let Some(skipped) = skip_markup(rest) {
            at += skipped.ok_or((at, "a comment, declaration or section is not closed"))?;
        } else if rest.starts_with('<') {
            let end = tag_end(rest).ok_or((at, "a tag is not closed"))?;
            let inner = &rest[1..end];
            if let Some(name) = inner.strip_prefix('/') {
                if open.pop() != Some(name.trim_end()) {
                    return Err((at, "an end tag does not match its start tag"));
                }
            } else {
                let body = inner.strip_suffix('/').unwrap_or(inner);
                let name = body.split(char::is_whitespace).next().unwrap_or("");
                if !is_name(name) || !attributes(&body[name.len()..]) {
                    return Err((at, "a start tag is malformed"));
                }
                roots += usize::from(open.is_empty());
                if roots > 1 {
                    return Err((at, "there is more than one root element"));
                }
                if !inner.ends_with('/') {
                    open.push(name);
                }
            }
            at += end + 1;
        } else {
            let end = rest.find('<').unwrap_or(rest.len());
            let content = &rest[..end];
            if open.is_empty()
                && !content.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').is_empty()
            {
                return Err((at, "there is text outside the root element"));
            }
            if content.split('&').skip(1).any(|reference| !is_reference(reference)) {
                return Err((at, "an `&` starts no reference"));
            }
            at += end;
        }
    }
    match (roots, open.is_empty()) {
        (1, true) => Ok(()),
        (0, _) => Err((text.len(), "there is no root element")),
        _ => Err((text.len(), "an element is not closed")),
    }
}

/// The length of a comment, section, instruction or declaration at the start; `Some(None)` when it has no end.
fn skip_markup(rest: &str) -> Option<Option<usize>> {
    let (_, end) = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">")]
        .into_iter()
        .find(|(start, _)| rest.starts_with(start))?;
    Some(rest.find(end).map(|at| at + end.len()))
}

/// Where the tag at the start ends: its `>` outside quotes.
fn tag_end(rest: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'<') => return None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(q), _) if q == byte => quote = None,
            _ => {}
        }
    }
    None
}

fn attributes(text: &str) -> bool {
    let mut rest = text.trim();
    while !rest.is_empty() {
        let Some((name, after)) = rest.split_once('=') else { return false };
        let after = after.trim_start();
        let Some(quote) = after.chars().next().filter(|c| matches!(c, '"' | '\'')) else { return false };
        let Some(end) = after[1..].find(quote) else { return false };
        if !is_name(name.trim()) || after[1..=end].contains('<') {
            return false;
        }
        rest = after[end + 2..].trim_start();
    }
    true
}

fn is_reference(text: &str) -> bool {
    text.split_once(';').is_some_and(|(name, _)| is_name(name.strip_prefix('#').map_or(name, |_| "n")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::media::parse;
    use serde_json::json;

    #[test]
    fn good_and_bad_documents_are_told_apart() {
        for good in [
            "<a/>",
            "<?xml version='1.0'?><!DOCTYPE a><!-- < --><a b=\"1>2\" c='x'>t &amp; &#10;<b/><![CDATA[<&]]></a >\n",
        ] {
            assert_eq!(well_formed(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "x",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a b=1/>",
            "<a>&</a>",
            "<1/>",
            "<a",
            "<!-- <a/>",
            "<a/>x",
        ] {
            assert!(well_formed(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_written_is_well_formed() {
        let media = parse("application/xml").unwrap();
        let value = json!({"a b": 1, "list": [1, {"x": "<&>\u{0}"}], "n": null});
        let bytes = Xml.encode(&media, &value).unwrap();
        assert_eq!(Xml.decode(&media, &bytes), Ok(Body::Opaque));
        // Deep nesting costs a stack entry, no recursion.
        assert!(well_formed(&"<a>".repeat(100_000)).is_err());
    }
}
