//! What the control API shows of an entry, without secrets. What is kept is whole, so that matchers see the true values.

use base64::Engine;
use bytes::Bytes;
use indexmap::IndexMap;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::base::secret::{Masked, MaskedBytes, Redactor};
use crate::contract::Contract;
use crate::mock::journal::{Entry, Outcome};
use crate::validate::Breach;
use crate::wire::masked::{body_of, redactor_of};
use crate::wire::{Headers, MaskedHeaders, Response};

/// Header fields for showing, by lower-case name; values of one name are shown joined.
pub type ShownHeaders = IndexMap<String, ShownValues>;

/// The values of a header field; shown joined by commas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShownValues(Vec<Masked>);

impl ShownValues {
    fn push(&mut self, value: Masked) {
        self.0.push(value);
    }
}

impl Serialize for ShownValues {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.iter().map(Masked::as_str).collect::<Vec<_>>().join(", "))
    }
}

/// A body for showing: a text, or `{"base64": "…"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownBody(MaskedBytes);

impl From<MaskedBytes> for ShownBody {
    fn from(bytes: MaskedBytes) -> Self {
        Self(bytes)
    }
}

impl Serialize for ShownBody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("base64", &base64::engine::general_purpose::STANDARD.encode(&*self.0))?;
                map.end()
            }
        }
    }
}

/// An entry for showing.
#[derive(Debug, Serialize)]
pub struct Shown {
    /// Its number.
    pub number: u64,
    /// The logical time.
    pub time: String,
    /// The method.
    pub method: Masked,
    /// The path, still encoded.
    pub path: Masked,
    /// The query, still encoded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<Masked>,
    /// The headers, by lower-case name.
    pub headers: ShownHeaders,
    /// The body: a text, or `{"base64": "…"}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<ShownBody>,
    /// How long the body was, in bytes.
    pub body_bytes: usize,
    /// The operation's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Whether the request keeps the contract; not there where that can't be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid: Option<bool>,
    /// What breaks the contract.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub breaches: Vec<ShownBreach>,
    /// The status of the answer.
    pub status: u16,
    /// The rest of the answer.
    pub answer: ShownAnswer,
}

/// An answer for showing.
#[derive(Debug, Serialize)]
pub struct ShownAnswer {
    /// The headers, by lower-case name.
    pub headers: ShownHeaders,
    /// The body, as that of the request; not there when it had to make room for newer ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<ShownBody>,
    /// How long the body was, in bytes.
    pub body_bytes: usize,
    /// How long it took to make, in milliseconds.
    pub took_ms: f64,
    /// How long it was kept waiting on purpose, in milliseconds.
    pub delay_ms: f64,
    /// The fault that struck.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// The id of the expectation that answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expectation: Option<String>,
    /// Whether the answer keeps the contract; not there where that can't be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid: Option<bool>,
    /// What breaks the contract.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub breaches: Vec<ShownBreach>,
}

/// A breach for showing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownBreach {
    /// The part of the message.
    pub part: &'static str,
    /// The parameter's or header's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where in the value, as a JSON Pointer.
    pub pointer: Masked,
    /// The broken keyword.
    pub keyword: String,
    /// One sentence.
    pub message: Masked,
    /// Where the contract says so: `file:line:column`.
    pub contract: Masked,
}

impl std::fmt::Display for ShownBreach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.part)?;
        if let Some(name) = &self.name {
            write!(f, " `{name}`")?;
        }
        if !self.pointer.is_empty() {
            write!(f, " `{}`", self.pointer)?;
        }
        write!(f, ": {} (contract: {})", self.message, self.contract)
    }
}

/// Breaches for showing. The values of secrets are not quoted.
#[must_use]
pub fn breaches(contract: &Contract, found: &[Breach], redactor: &Redactor) -> Vec<ShownBreach> {
    let shown = |breach: &Breach| {
        let last = breach.violation.instance.as_str().rsplit('/').next().unwrap_or_default();
        let name = breach.name.as_deref().unwrap_or_default();
        let message = if redactor.hides(name) || redactor.hides_member(last) {
            redactor.looks(&format!("the value breaks `{}`", breach.violation.keyword))
        } else {
            redactor.text(&breach.violation.message)
        };
        ShownBreach {
            part: breach.part.as_str(),
            name: breach.name.clone(),
            pointer: redactor.looks(breach.violation.instance.as_str()),
            keyword: breach.violation.keyword.clone(),
            message,
            contract: redactor.text(&contract.place(&breach.violation.schema).to_string()),
        }
    };
    found.iter().map(shown).collect()
}

/// An entry for showing, with a redactor for it; what is told of its validity is for the caller to fill in.
#[must_use]
pub fn show(entry: &Entry, time: String, redactor: &Redactor) -> Shown {
    let request = &entry.request;
    let outcome = &entry.outcome;
    Shown {
        number: entry.number,
        time,
        method: redactor.looks(&request.method),
        path: redactor.target(request.path()),
        query: request.query().map(|query| redactor.target(query)),
        headers: headers(&request.headers, redactor),
        body: request.body.as_ref().and_then(|bytes| body(bytes, &request.headers, redactor)),
        body_bytes: entry.body_bytes,
        operation: entry.operation.as_ref().map(|operation| operation.head.id.clone()),
        valid: None,
        breaches: Vec::new(),
        status: entry.status,
        answer: ShownAnswer {
            headers: headers(&outcome.headers, redactor),
            body: outcome.body.as_ref().and_then(|bytes| body(bytes, &outcome.headers, redactor)),
            body_bytes: outcome.body_bytes,
            took_ms: outcome.took.as_secs_f64() * 1000.0,
            delay_ms: outcome.delay.as_secs_f64() * 1000.0,
            fault: outcome.fault.clone(),
            expectation: outcome.expectation.as_deref().map(str::to_owned),
            valid: None,
            breaches: Vec::new(),
        },
    }
}

/// Headers by lower-case name, several of one name joined.
pub(crate) fn headers(fields: &Headers, redactor: &Redactor) -> ShownHeaders {
    let mut headers = ShownHeaders::new();
    for (name, value) in MaskedHeaders::of(fields, redactor).texts() {
        let shown = headers.entry(name.to_ascii_lowercase()).or_default();
        shown.push(value);
    }
    headers
}

/// A body for showing; `None` for an empty one.
pub(in crate::mock) fn body(bytes: &Bytes, fields: &Headers, redactor: &Redactor) -> Option<ShownBody> {
    (!bytes.is_empty()).then(|| ShownBody(body_of(fields, bytes, redactor)))
}

/// A redactor for what belongs to an entry: what stands there as a credential is masked in the rest of it, too.
#[must_use]
pub fn redactor_for(entry: &Entry, redactor: &Redactor) -> Redactor {
    let Outcome { headers, body, .. } = &entry.outcome;
    let (headers, body) = (headers.clone(), body.clone().unwrap_or_default());
    let answer = Response { status: entry.status, headers, body, truncated: false };
    redactor_of(redactor, [&entry.request], [&answer])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::journal::Outcome;
    use crate::wire::Request;

    #[test]
    fn secrets_are_masked() {
        let mut asked = Request {
            method: "GET".into(),
            target: "/a?token=s3cret&x=1&api_key=s3cret".into(),
            ..Request::default()
        };
        for (name, value) in [("Authorization", "s3cret"), ("X-Own-Key", "s3cret"), ("accept", "*/*")] {
            asked.headers.push(name, value);
        }
        asked.body = Some(Bytes::from_static(&[0xff, 0x00]));
        let mut outcome = Outcome::default();
        outcome.headers.push("Set-Cookie", "a=s3cret");
        outcome.body = Some(Bytes::from_static(br#"{"a": [{"accessToken": "s3cret", "b": 1}]}"#));
        let entry = Entry {
            number: 1,
            time: 0,
            request: asked,
            body_bytes: 2,
            operation: None,
            status: 200,
            outcome,
        };
        let redactor = Redactor::builder().field("x-own-key").build();
        let shown = show(&entry, String::new(), &redactor_for(&entry, &redactor));
        let shown = serde_json::to_string(&shown).unwrap();
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(shown.contains("token=***&x=1") && shown.contains(r#""base64":"/wA=""#), "{shown}");
        assert!(shown.contains(r#"\"b\": 1"#), "{shown}");
    }
}
