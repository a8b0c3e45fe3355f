//! As much of URI references (RFC 3986) as `$ref` needs.

use std::path::{Component, Path, PathBuf};

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// A reference without its fragment, and the fragment (none: the whole document).
#[must_use]
pub(crate) fn split(reference: &str) -> (&str, &str) {
    reference.split_once('#').unwrap_or((reference, ""))
}

/// The scheme in lower case, if the reference has one. A single letter is a Windows drive, not a scheme.
#[must_use]
pub(crate) fn scheme(reference: &str) -> Option<String> {
    let (scheme, _) = reference.split_once(':')?;
    let mut letters = scheme.chars();
    let starts = letters.next().is_some_and(|c| c.is_ascii_alphabetic());
    let goes_on = letters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    (starts && goes_on && scheme.len() > 1).then(|| scheme.to_ascii_lowercase())
}

/// Percent-decodes; invalid UTF-8 stays as written.
#[must_use]
pub(crate) fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8().map_or_else(|_| text.to_owned(), Into::into)
}

/// Percent-encodes what may not stand in a fragment, `%` above all.
#[must_use]
pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, FRAGMENT).to_string()
}

/// What is encoded in fragments (RFC 3986 §3.5).
const FRAGMENT: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'<').add(b'>').add(b'`');

/// Resolves a reference without fragment against a base URI (RFC 3986 §5.2).
#[must_use]
pub(crate) fn join(base: &str, reference: &str) -> String {
    if scheme(reference).is_some() {
        return reference.to_owned();
    }
    if reference.is_empty() {
        return base.to_owned();
    }
    let (scheme, rest) = base.split_once(':').map_or(("", base), |(s, r)| (s, r));
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => {
            let end = rest.find(['/', '?']).unwrap_or(rest.len());
            (Some(&rest[..end]), &rest[end..])
        }
        None => (None, rest),
    };
    let path = path.split('?').next().unwrap_or_default();
    let prefix = |authority: Option<&str>| {
        let scheme = if scheme.is_empty() { String::new() } else { format!("{scheme}:") };
        scheme + &authority.map(|a| format!("//{a}")).unwrap_or_default()
    };
    if let Some(rest) = reference.strip_prefix("//") {
        return format!("{}//{rest}", prefix(None));
    }
    let joined = if reference.starts_with('/') {
        reference.to_owned()
    } else if reference.starts_with('?') {
        return format!("{}{path}{reference}", prefix(authority));
    } else {
        // RFC 3986 §5.2.3.
        let none = if authority.is_some() { "/" } else { "" };
        let folder = path.rfind('/').map_or(none, |n| &path[..=n]);
        format!("{folder}{reference}")
    };
    format!("{}{}", prefix(authority), without_dots(&joined))
}

/// Removes dot segments (RFC 3986 §5.2.4).
fn without_dots(path: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    let absolute = path.starts_with('/');
    let segments: Vec<&str> = path.split('/').collect();
    for (n, segment) in segments.iter().enumerate() {
        let last = n + 1 == segments.len();
        match *segment {
            "." | ".." => {
                if *segment == ".." && out.len() > usize::from(absolute) {
                    out.pop();
                }
                if last {
                    out.push("");
                }
            }
            other => out.push(other),
        }
    }
    out.join("/")
}

/// A path without `.` and `..`, as far as that can be told without the file system.
#[must_use]
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    if out.as_os_str().is_empty() { PathBuf::from(".") } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_join_as_rfc_3986_says() {
        let base = "http://a/b/c/d?q";
        for (reference, wanted) in [
            ("g", "http://a/b/c/g"),
            ("./g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("..", "http://a/b/"),
            ("../../../g", "http://a/g"),
            ("g;x=1/../y", "http://a/b/c/y"),
            ("?y", "http://a/b/c/d?y"),
            ("", "http://a/b/c/d?q"),
            ("urn:x:y", "urn:x:y"),
        ] {
            assert_eq!(join(base, reference), wanted, "{reference}");
        }
        assert_eq!(join("http://a", "g"), "http://a/g");
        assert_eq!(join("", "g"), "g");
        assert_eq!(join("urn:a", "g"), "urn:g");
    }

    #[test]
    fn schemes_are_not_drives() {
        assert_eq!(scheme("HTTPS://x").as_deref(), Some("https"));
        assert_eq!(scheme("c:/x"), None);
        assert_eq!(scheme("a/b:c"), None);
        assert_eq!(normal(Path::new("a/./b/../../../c")), PathBuf::from("../c"));
    }
}
