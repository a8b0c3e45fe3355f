//! What is left out of kept cases for being secret.

use crate::base::secret::MASK;
use crate::exercise::store::{SECRET, StoredStep};

/// A part of a request that was not written down because it is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Withheld {
    /// The value of a header field.
    Header(String),
    /// Something in path or query.
    Target,
    /// The body.
    Body,
}

impl Withheld {
    /// The name of the header field.
    pub(super) fn header(&self) -> Option<&str> {
        match self {
            Self::Header(name) => Some(name),
            _ => None,
        }
    }
}

impl std::fmt::Display for Withheld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Header(name) => write!(f, "the header {name}"),
            Self::Target => f.write_str("the path or query"),
            Self::Body => f.write_str("the body"),
        }
    }
}

impl StoredStep {
    /// What was not written down of the request because it is secret.
    pub(super) fn withheld(&self) -> Vec<Withheld> {
        let is_secret = |value: &[u8]| value == SECRET.as_bytes();
        let headers = self.request.headers.iter().filter(|(_, value)| is_secret(value));
        let mut parts: Vec<Withheld> = headers.map(|(name, _)| Withheld::Header(name.to_owned())).collect();
        parts.extend(self.request.body.as_ref().filter(|body| is_secret(body)).map(|_| Withheld::Body));
        parts.extend(self.request.target.contains(MASK).then_some(Withheld::Target));
        parts
    }
}
