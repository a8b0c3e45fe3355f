//! What a request was made for, so that its answer can be judged fairly.
//!
//! Written by the maker of requests, read by the checks; it stands here because neither may know the other.

use serde_json::Value;

use crate::base::Pointer;
use crate::contract::ParameterPlace;
use crate::document::Location;

/// Why a request was sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Intent {
    /// All is as the contract asks.
    Valid(Subject),
    /// Exactly one thing breaks the contract.
    Broken(Box<Broken>),
    /// All is valid, but the credentials were tampered with.
    Credentials(Tampering),
    /// The path exists, the method does not.
    Method,
    /// No such path.
    Path,
    /// `Accept` asks for what the contract does not offer.
    Accept,
    /// The body comes in a media type that the contract does not name.
    MediaType,
    /// At or past the border of HTTP (RFC 9110, 9112): a refusal of any kind is fair, a failure is not.
    Malformed,
}

/// Which resource a valid request names by its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// None: the path has no parameters.
    None,
    /// One that nobody created, as far as known: a refusal is no refusal of valid input.
    Unknown,
    /// One that exists, or existed.
    Known,
}

/// How credentials were tampered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tampering {
    /// Not sent.
    Missing,
    /// Sent with no text.
    Empty,
    /// Sent with a text that is nobody's.
    Wrong,
}

impl Tampering {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Empty => "empty",
            Self::Wrong => "wrong",
        }
    }
}

/// Where the broken thing is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Site {
    /// A parameter.
    Parameter(ParameterPlace, String),
    /// The body.
    Body,
}

impl std::fmt::Display for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Parameter(place, name) => write!(f, "{} `{name}`", place.as_str()),
            Self::Body => f.write_str("body"),
        }
    }
}

/// What was broken, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken {
    /// Where.
    pub site: Site,
    /// Where inside the value.
    pub instance: Pointer,
    /// The keyword that is broken; `required` when a whole parameter or body was left out.
    pub keyword: String,
    /// Where the keyword stands in the contract.
    pub schema: Location,
    /// The value before (null when nothing was there).
    pub before: Value,
    /// The value after (null when it was taken away).
    pub after: Value,
}

/// A parameter as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Where.
    pub place: ParameterPlace,
    /// Its name.
    pub name: String,
    /// Its text before any encoding, when it was one text.
    pub text: Option<String>,
}

impl Intent {
    /// One word or two for lists and files.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Valid(_) => "valid",
            Self::Broken(_) => "broken",
            Self::Credentials(Tampering::Missing) => "no credentials",
            Self::Credentials(Tampering::Empty) => "empty credentials",
            Self::Credentials(Tampering::Wrong) => "wrong credentials",
            Self::Method => "unsupported method",
            Self::Path => "wrong path",
            Self::Accept => "unacceptable Accept",
            Self::MediaType => "unsupported media type",
            Self::Malformed => "malformed",
        }
    }
}

impl std::fmt::Display for Intent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Broken(broken) => {
                write!(f, "{} breaks `{}`", broken.site, broken.keyword)?;
                if !broken.instance.is_root() {
                    write!(f, " at {}", broken.instance)?;
                }
                Ok(())
            }
            other => f.write_str(other.label()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_intent_says_what_is_broken() {
        let broken = Broken {
            site: Site::Parameter(ParameterPlace::Query, "limit".into()),
            instance: Pointer::root(),
            keyword: "maximum".into(),
            schema: Location::default(),
            before: Value::from(5),
            after: Value::from(501),
        };
        assert_eq!(Intent::Broken(Box::new(broken)).to_string(), "query `limit` breaks `maximum`");
        assert_eq!(Intent::Credentials(Tampering::Empty).to_string(), "empty credentials");
    }
}
