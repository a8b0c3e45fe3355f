//! What may be shown: texts and bytes that went through a [`super::Redactor`]. Nothing else makes them.

use std::fmt;
use std::ops::Deref;

use serde::{Serialize, Serializer};

/// A text without secrets.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Masked(String);

impl Masked {
    pub(super) fn new(text: String) -> Self {
        Self(text)
    }

    /// Its first characters, with a sign where some are left out.
    #[must_use]
    pub fn cut(&self, chars: usize) -> Self {
        match self.0.char_indices().nth(chars) {
            None => self.clone(),
            Some((at, _)) => Self(format!("{}…", &self.0[..at])),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

/// Texts of the program itself hold no secret.
impl From<&'static str> for Masked {
    fn from(text: &'static str) -> Self {
        Self(text.to_owned())
    }
}

impl Deref for Masked {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Masked {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl PartialEq<str> for Masked {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Masked {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl PartialEq<String> for Masked {
    fn eq(&self, other: &String) -> bool {
        &self.0 == other
    }
}

impl Serialize for Masked {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Bytes without secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MaskedBytes(Vec<u8>);

impl MaskedBytes {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// As text; what is no UTF-8 is replaced.
    #[must_use]
    pub fn to_text(&self) -> Masked {
        Masked(String::from_utf8_lossy(&self.0).into_owned())
    }
}

impl Deref for MaskedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}
