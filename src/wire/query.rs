//! The query of a URI as members: split at `&`, each at its first `=`. Nothing is lost: values stay encoded.

use std::borrow::Cow;

use crate::wire::percent;

/// A member of a query or form: the decoded name, and the value still encoded (`None` where there was no `=`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member<'q> {
    /// The name, decoded.
    pub name: Cow<'q, str>,
    /// The value as written.
    pub raw: Option<&'q str>,
}

impl<'q> Member<'q> {
    /// The value as written; empty where there was no `=`.
    #[must_use]
    pub fn raw(&self) -> &'q str {
        self.raw.unwrap_or("")
    }

    /// The value decoded, `+` as a space.
    #[must_use]
    pub fn value(&self) -> Cow<'q, str> {
        percent::decode_form_text(self.raw())
    }
}

/// The members of `query` in order; empty ones (`a=1&&b=2`) are left out, as the URL Standard §5.1 says.
pub fn members(query: &str) -> impl Iterator<Item = Member<'_>> {
    query.split('&').filter(|piece| !piece.is_empty()).map(|piece| match piece.split_once('=') {
        Some((name, value)) => Member { name: percent::decode_form_text(name), raw: Some(value) },
        None => Member { name: percent::decode_form_text(piece), raw: None },
    })
}

/// The keys of a bracketed name: `a[b][]` gives `("a", ["b", ""])`. `None` for a name without well-formed brackets.
#[must_use]
pub fn brackets(name: &str) -> Option<(&str, Vec<&str>)> {
    let open = name.find('[')?;
    let (head, mut rest) = name.split_at(open);
    let mut keys = Vec::new();
    while !rest.is_empty() {
        let inner = rest.strip_prefix('[')?;
        let close = inner.find(']')?;
        keys.push(&inner[..close]);
        rest = &inner[close + 1..];
    }
    (!head.is_empty()).then_some((head, keys))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_order_doubles_and_raw_text() {
        let got: Vec<_> = members("a=1&b&a=%2C&&=x&c=d=e").collect();
        let want = [("a", Some("1")), ("b", None), ("a", Some("%2C")), ("", Some("x")), ("c", Some("d=e"))];
        assert_eq!(got.len(), want.len());
        for (got, (name, raw)) in got.iter().zip(want) {
            assert_eq!((&*got.name, got.raw), (name, raw));
        }
        assert_eq!(got[2].value(), ",");
        assert_eq!(members("").count(), 0);
    }

    #[test]
    fn brackets_must_be_closed() {
        assert_eq!(brackets("a[b][]"), Some(("a", vec!["b", ""])));
        for not in ["a", "a[b", "[a]", "a[b]c", "a]b["] {
            assert_eq!(brackets(not), None, "{not}");
        }
    }
}
