//! A secret as a value that never prints.

use std::fmt;

/// What stands in the place of a secret.
pub const MASK: &str = "***";

/// Secrets shorter than this, in characters, are hidden where credentials stand but not searched for elsewhere: they are
/// found in any text, and what is left of it says nothing.
const SEARCHED_CHARS_MIN: usize = 4;

/// Words that are no secrets wherever else they stand, though they may be a credential's value somewhere.
const WORDS: [&str; 6] = ["true", "false", "null", "none", "undefined", "string"];

/// True for secrets that are told from other text wherever they stand.
#[must_use]
pub fn is_searchable(secret: &str) -> bool {
    secret.chars().count() >= SEARCHED_CHARS_MIN
        && !WORDS.contains(&secret)
        && secret.chars().any(|c| c != '*')
}

/// A text that prints as [`MASK`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(String);

impl Secret {
    /// Takes the text in.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the wire only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
        assert_eq!(secret.expose(), "hunter2");
        assert!(
            is_searchable("hunter2") && !is_searchable("k") && !is_searchable("") && !is_searchable("null")
        );
    }
}
