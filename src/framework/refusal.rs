//! What is refused and why, before a dialect gives it words; and what was understood of a body.

use serde_json::Value;

use crate::base::Pointer;
use crate::schema::Violation;

/// The part of a request that an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// A path parameter.
    Path,
    /// A query parameter.
    Query,
    /// A header.
    Header,
    /// A cookie.
    Cookie,
    /// The body.
    Body,
}

impl Part {
    /// Its name in lower case, as FastAPI's `loc` starts and as contracts say `in`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
            Self::Body => "body",
        }
    }

    /// The part of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Path, Self::Query, Self::Header, Self::Cookie, Self::Body]
            .into_iter()
            .find(|p| p.as_str() == text)
    }
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// It breaks the contract.
    Invalid,
    /// Credentials are missing or wrong.
    Unauthenticated,
    /// The credentials are good, but not for this.
    Forbidden,
    /// No such path.
    NoPath,
    /// No such entity, or none that the caller may know of.
    NoEntity,
    /// The path has no such method.
    Method,
    /// None of the media types asked for can be sent.
    NotAcceptable,
    /// The body's media type is not taken.
    MediaType,
    /// The entity's state forbids it.
    State,
    /// The body is too long.
    TooLarge,
    /// A precondition (`If-Match`, …) is not met.
    Precondition,
    /// A fault, injected.
    Fault,
    /// The client asked for this status itself.
    Asked,
}

/// What is wrong with one part of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Which part.
    pub part: Part,
    /// The parameter's name; `None` for the body as a whole.
    pub name: Option<String>,
    /// What is wrong.
    pub fact: Fact,
}

/// The substance of an entry.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// A keyword of the contract is broken.
    Violation {
        /// Which, and where in the value.
        violation: Box<Violation>,
        /// The whole value as it was sent (text for parameters), where something was sent.
        sent: Option<Value>,
    },
    /// The body is no JSON: what the parser said, and at which byte.
    Syntax {
        /// What the parser said.
        message: String,
        /// The offset in bytes.
        offset: usize,
    },
    /// Something that no schema says: a state, an unknown id.
    Told {
        /// A short machine-readable word for it.
        kind: String,
        /// A sentence.
        message: String,
        /// What was sent.
        input: Value,
    },
}

impl Entry {
    /// An entry about a broken keyword.
    #[must_use]
    pub fn violation(part: Part, name: Option<String>, violation: Violation, sent: Option<Value>) -> Self {
        Self { part, name, fact: Fact::Violation { violation: Box::new(violation), sent } }
    }

    /// An entry about something that no schema says.
    #[must_use]
    pub fn told(part: Part, name: &str, kind: &str, message: &str, input: Value) -> Self {
        let fact = Fact::Told { kind: kind.to_owned(), message: message.to_owned(), input };
        Self { part, name: Some(name.to_owned()), fact }
    }

    /// The entry's sentence, without a dialect's own wording.
    #[must_use]
    pub fn message(&self) -> &str {
        match &self.fact {
            Fact::Violation { violation, .. } => &violation.message,
            Fact::Syntax { message, .. } | Fact::Told { message, .. } => message,
        }
    }

    /// Where in the part's value: a pointer, including the name of a missing member.
    #[must_use]
    pub fn pointer(&self) -> Pointer {
        match &self.fact {
            Fact::Violation { violation: v, .. } if self.part == Part::Body && v.keyword == "required" => {
                v.expected.as_str().map_or_else(|| v.instance.clone(), |name| v.instance.join(name))
            }
            Fact::Violation { violation, .. } => violation.instance.clone(),
            Fact::Syntax { .. } | Fact::Told { .. } => Pointer::root(),
        }
    }
}

/// A refusal: what an error body has to say.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The status it is sent with.
    pub status: u16,
    /// Why.
    pub reason: Reason,
    /// One sentence for the whole.
    pub message: String,
    /// What is wrong in particular.
    pub entries: Vec<Entry>,
}

impl Refusal {
    /// A refusal without particulars.
    #[must_use]
    pub fn plain(status: u16, reason: Reason, message: impl Into<String>) -> Self {
        Self { status, reason, message: message.into(), entries: Vec::new() }
    }

    /// A request that breaks the contract.
    #[must_use]
    pub fn validation(status: u16, entries: Vec<Entry>) -> Self {
        let message = match entries.as_slice() {
            [] => "the request does not match the contract".to_owned(),
            [one] => one.message().to_owned(),
            [first, rest @ ..] => format!("{} (and {} more)", first.message(), rest.len()),
        };
        Self { status, reason: Reason::Invalid, message, entries }
    }
}

/// What was understood of an error body.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ErrorBody {
    /// The sentence for the whole, when there is one.
    pub message: Option<String>,
    /// The particulars.
    pub entries: Vec<ErrorEntry>,
}

/// One particular of an error body.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ErrorEntry {
    /// The part it blames; `None` when it names none.
    pub part: Option<Part>,
    /// The parameter it blames.
    pub name: Option<String>,
    /// Where in the parameter's value or the body.
    pub pointer: Pointer,
    /// The machine-readable word.
    pub kind: Option<String>,
    /// The sentence; empty when there is none.
    pub message: String,
}

/// The reason phrase of a status (RFC 9110 §15, RFC 6585); `"Error"` for others.
#[must_use]
pub fn phrase(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        423 => "Locked",
        424 => "Failed Dependency",
        428 => "Precondition Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Error",
    }
}
