//! The `Cookie` header (RFC 6265 §5.4): pairs separated by `;`.

use crate::base::limits::COOKIES_MAX;
use crate::wire::message::Headers;

/// The pairs of one `Cookie` value, trimmed; quotes around a value are taken off (RFC 6265 §4.1.1).
/// Pieces without `=` are left out, and what comes behind [`COOKIES_MAX`] pieces.
pub fn pairs(value: &str) -> impl Iterator<Item = (&str, &str)> {
    value.split(';').take(COOKIES_MAX).filter_map(|piece| {
        let (name, value) = piece.split_once('=')?;
        let value = value.trim();
        let unquoted = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
        Some((name.trim(), unquoted))
    })
}

/// The first cookie of that name in a request's headers.
#[must_use]
pub fn find<'h>(headers: &'h Headers, name: &'h str) -> Option<&'h str> {
    headers
        .all("cookie")
        .filter_map(|value| std::str::from_utf8(value).ok())
        .flat_map(pairs)
        .find_map(|(n, v)| (n == name).then_some(v))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_trimmed_and_unquoted() {
        let got: Vec<_> = pairs("a=1; b=\"x y\";c; d==e; =f").collect();
        assert_eq!(got, [("a", "1"), ("b", "x y"), ("d", "=e"), ("", "f")]);
    }

    #[test]
    fn several_headers_are_one_jar() {
        let mut headers = Headers::new();
        headers.push("Cookie", "a=1");
        headers.push("cookie", "b=2");
        assert_eq!((find(&headers, "b"), find(&headers, "B")), (Some("2"), None));
    }
}
