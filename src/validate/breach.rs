//! One way in which a message breaks its operation.

use crate::schema::Violation;

/// Which part of a message is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// A parameter of the path.
    Path,
    /// A member of the query, or the whole of it.
    Query,
    /// A header.
    Header,
    /// A cookie.
    Cookie,
    /// The body.
    Body,
    /// The status.
    Status,
    /// The body's media type.
    MediaType,
    /// The credentials.
    Security,
}

impl Part {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
            Self::Body => "body",
            Self::Status => "status",
            Self::MediaType => "media type",
            Self::Security => "security",
        }
    }
}

/// A violation and the part of the message it is in.
#[derive(Clone, Debug, PartialEq)]
pub struct Breach {
    /// The part.
    pub part: Part,
    /// The parameter's or header's name.
    pub name: Option<String>,
    /// What is wrong with the value.
    pub violation: Violation,
}
