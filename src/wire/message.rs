//! Messages as they are on the wire. Own types: the HTTP libraries on the two sides disagree about theirs.

use std::time::Duration;

use bytes::Bytes;
use compact_str::CompactString;

/// Header fields in the order of the message; names keep their case and compare without it, values are bytes. Names are
/// short as a rule, and those take no memory of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(pub Vec<(CompactString, Bytes)>);

impl Headers {
    /// No fields.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a field.
    pub fn push(&mut self, name: impl Into<CompactString>, value: impl Into<Bytes>) {
        self.0.push((name.into(), value.into()));
    }

    /// Removes all fields of the name, then appends one.
    pub fn set(&mut self, name: &str, value: impl Into<Bytes>) {
        self.remove(name);
        self.push(name, value);
    }

    /// Removes all fields of the name.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
    }

    /// The first value of the name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Bytes> {
        self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v)
    }

    /// The first value of the name, when it is UTF-8.
    #[must_use]
    pub fn get_str(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(|v| std::str::from_utf8(v).ok())
    }

    /// All values of the name, in order.
    pub fn all<'h>(&'h self, name: &'h str) -> impl Iterator<Item = &'h Bytes> {
        self.0.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v)
    }

    /// All fields.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Bytes)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v))
    }
}

/// A request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The method token, any.
    pub method: String,
    /// The request target in origin form, percent-encoded as it goes on the wire: `/a%2Fb?x=1`. Without the base path
    /// of the target's URL (the client puts that in front).
    pub target: String,
    /// The header fields, without `Host`, `Content-Length` and `Transfer-Encoding`, which the sender sets.
    pub headers: Headers,
    /// The body.
    pub body: Option<Bytes>,
}

impl Request {
    /// The path of the target, still encoded.
    #[must_use]
    pub fn path(&self) -> &str {
        memchr::memchr(b'?', self.target.as_bytes()).map_or(self.target.as_str(), |end| &self.target[..end])
    }

    /// The query of the target, still encoded, without the `?`.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        memchr::memchr(b'?', self.target.as_bytes()).map(|end| &self.target[end + 1..])
    }
}

/// A response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The header fields.
    pub headers: Headers,
    /// The body, decoded from transfer encodings; empty when there is none.
    pub body: Bytes,
    /// True when the body was longer than the limit and was cut off.
    pub truncated: bool,
}

/// Why no response came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// No connection: refused, no such host, TLS failure.
    #[error("could not connect: {0}")]
    Connect(String),
    /// No answer in time.
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    /// The connection broke before the answer was complete, or what came was no HTTP.
    #[error("the answer broke off or was no HTTP: {0}")]
    Broken(String),
    /// The answer came, but its body is not what its `Content-Encoding` says, or has too many codings.
    #[error("the answer's body can't be unpacked: {0}")]
    Packed(String),
    /// The request can't be sent by this sender.
    #[error("the request can't be sent: {0}")]
    Unsendable(String),
}

/// A request and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// What was sent.
    pub request: Request,
    /// What came back.
    pub outcome: Result<Response, SendError>,
    /// From the first byte sent to the last received.
    pub elapsed: Duration,
}
