//! What the control API shows of an entry. Secrets are masked: the usual headers, the contract's own key names, and
//! members of bodies and queries whose names say that they are secret.

use base64::Engine;
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::base::secret::{MASK, is_secret_header, is_secret_member};
use crate::contract::Contract;
use crate::mock::journal::Entry;
use crate::validate::Breach;
use crate::wire::Headers;

/// An entry for showing.
#[derive(Debug, Serialize)]
pub struct Shown {
    /// Its number.
    pub number: u64,
    /// The logical time.
    pub time: String,
    /// The method.
    pub method: String,
    /// The path, still encoded.
    pub path: String,
    /// The query, still encoded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// The headers, by lower-case name.
    pub headers: Map<String, Value>,
    /// The body: a text, or `{"base64": "…"}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
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
    pub headers: Map<String, Value>,
    /// The body, as that of the request; not there when it had to make room for newer ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
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
    pub pointer: String,
    /// The broken keyword.
    pub keyword: String,
    /// One sentence.
    pub message: String,
    /// Where the contract says so: `file:line:column`.
    pub contract: String,
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
pub fn breaches(contract: &Contract, found: &[Breach], secrets: &SecretNames) -> Vec<ShownBreach> {
    let shown = |breach: &Breach| {
        let last = breach.violation.instance.as_str().rsplit('/').next().unwrap_or_default();
        let name = breach.name.as_deref().unwrap_or_default().to_ascii_lowercase();
        let secret = is_secret_header(&name)
            || secrets.contains(&name)
            || is_secret_member(&name)
            || is_secret_member(last);
        let message = if secret {
            format!("the value breaks `{}`", breach.violation.keyword)
        } else {
            breach.violation.message.clone()
        };
        ShownBreach {
            part: breach.part.as_str(),
            name: breach.name.clone(),
            pointer: breach.violation.instance.as_str().to_owned(),
            keyword: breach.violation.keyword.clone(),
            message,
            contract: contract.place(&breach.violation.schema).to_string(),
        }
    };
    found.iter().map(shown).collect()
}

/// Names of headers, cookies and query members that carry keys, in lower case.
pub type SecretNames = [String];

/// An entry for showing; what is told of its validity is for the caller to fill in.
#[must_use]
pub fn show(entry: &Entry, time: String, secrets: &SecretNames) -> Shown {
    let request = &entry.request;
    let outcome = &entry.outcome;
    Shown {
        number: entry.number,
        time,
        method: request.method.clone(),
        path: request.path().to_owned(),
        query: request.query().map(|query| masked_query(query, secrets)),
        headers: headers(&request.headers, secrets),
        body: request.body.as_ref().and_then(|bytes| body(bytes, &request.headers, secrets)),
        body_bytes: entry.body_bytes,
        operation: entry.operation.as_ref().map(|operation| operation.head.id.clone()),
        valid: None,
        breaches: Vec::new(),
        status: entry.status,
        answer: ShownAnswer {
            headers: headers(&outcome.headers, secrets),
            body: outcome.body.as_ref().and_then(|bytes| body(bytes, &outcome.headers, secrets)),
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
pub(in crate::mock) fn headers(fields: &Headers, secrets: &SecretNames) -> Map<String, Value> {
    let mut headers = Map::new();
    for (name, value) in fields.iter() {
        let name = name.to_ascii_lowercase();
        let value = if is_secret_header(&name) || secrets.contains(&name) {
            MASK.to_owned()
        } else {
            String::from_utf8_lossy(value).into_owned()
        };
        match headers.get_mut(&name) {
            Some(Value::String(before)) => {
                before.push_str(", ");
                before.push_str(&value);
            }
            _ => {
                headers.insert(name, Value::String(value));
            }
        }
    }
    headers
}

/// A body for showing; `None` for an empty one.
pub(in crate::mock) fn body(bytes: &Bytes, fields: &Headers, secrets: &SecretNames) -> Option<Value> {
    if bytes.is_empty() {
        return None;
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Some(json!({"base64": base64::engine::general_purpose::STANDARD.encode(bytes)}));
    };
    let form =
        fields.get_str("content-type").is_some_and(|t| t.starts_with("application/x-www-form-urlencoded"));
    if form {
        return Some(json!(masked_query(text, secrets)));
    }
    // Only a text with a secret in it is written anew.
    if let Ok(mut value) = serde_json::from_str::<Value>(text)
        && mask(&mut value)
    {
        return Some(json!(value.to_string()));
    }
    Some(json!(text))
}

/// Masks what is secret by its name; `true` when there was any.
fn mask(value: &mut Value) -> bool {
    match value {
        Value::Object(members) => {
            let mut any = false;
            for (name, member) in members {
                if is_secret_member(name) && !member.is_null() {
                    *member = json!(MASK);
                    any = true;
                } else {
                    any |= mask(member);
                }
            }
            any
        }
        Value::Array(items) => items.iter_mut().fold(false, |any, item| mask(item) | any),
        _ => false,
    }
}

/// A URL, its query's secrets masked.
pub(in crate::mock) fn url(url: &str, secrets: &SecretNames) -> String {
    match url.split_once('?') {
        Some((start, query)) => format!("{start}?{}", masked_query(query, secrets)),
        None => url.to_owned(),
    }
}

/// A query with the values of secrets masked: the contract's own, and what everybody calls so.
pub(in crate::mock) fn masked_query(query: &str, secrets: &SecretNames) -> String {
    let mask = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if secrets.contains(&name.to_ascii_lowercase()) || is_secret_member(name) => {
            format!("{name}={MASK}")
        }
        _ => pair.to_owned(),
    };
    query.split('&').map(mask).collect::<Vec<_>>().join("&")
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
        let secrets = ["x-own-key".to_owned(), "token".to_owned()];
        let shown = serde_json::to_string(&show(&entry, String::new(), &secrets)).unwrap();
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(shown.contains("token=***&x=1") && shown.contains(r#""base64":"/wA=""#), "{shown}");
        assert!(shown.contains(r#"\"b\":1"#), "{shown}");
    }
}
