//! `application/x-www-form-urlencoded` (URL Standard §5): pairs of text.

use crate::base::limits::FORM_MEMBERS_MAX;
use crate::wire::media::CodecError;
use crate::wire::percent::{self, Keep};
use crate::wire::query;

/// The pairs of a form, decoded. Bytes that are no UTF-8 become U+FFFD.
///
/// # Errors
/// [`CodecError`]: there are more than [`FORM_MEMBERS_MAX`].
pub fn decode(body: &[u8]) -> Result<Vec<(String, String)>, CodecError> {
    let text = String::from_utf8_lossy(body);
    let mut pairs = Vec::new();
    for member in query::members(&text) {
        if pairs.len() == FORM_MEMBERS_MAX {
            return Err(CodecError::new(format!("more than {FORM_MEMBERS_MAX} members")));
        }
        pairs.push((member.name.clone().into_owned(), member.value().into_owned()));
    }
    Ok(pairs)
}

/// The pairs as a form.
pub fn encode<N: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (N, V)>) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        percent::encode_into(&mut text, name.as_ref().as_bytes(), Keep::Form);
        text.push('=');
        percent::encode_into(&mut text, value.as_ref().as_bytes(), Keep::Form);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pairs_survive(pairs in proptest::collection::vec((".{0,8}", ".{0,8}"), 0..6)) {
            prop_assert_eq!(decode(encode(pairs.iter().map(|(n, v)| (n, v))).as_bytes()), Ok(pairs));
        }
    }

    #[test]
    fn a_space_is_a_plus() {
        assert_eq!(encode([("a b", "c&d")]), "a+b=c%26d");
        assert_eq!(decode(b"x=%ff").unwrap(), [("x".to_owned(), "\u{fffd}".to_owned())]);
        let many = |members: usize| "a=1&".repeat(members);
        assert_eq!(decode(many(FORM_MEMBERS_MAX).as_bytes()).unwrap().len(), FORM_MEMBERS_MAX);
        assert!(decode(many(FORM_MEMBERS_MAX + 1).as_bytes()).is_err());
    }
}
