//! Messages as they may be shown.

use std::collections::HashSet;

use bytes::Bytes;

use crate::base::limits::{MESSAGE_SECRETS_MAX, RECORD_BODY_BYTES_MAX};
use crate::base::secret::{Masked, MaskedBytes, Redactor, Secret};
use crate::wire::{Headers, Request, Response, coding};

/// Header fields without secrets: names and values in the order of the message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MaskedHeaders(Vec<(Masked, MaskedBytes)>);

impl MaskedHeaders {
    /// The fields as they may be shown.
    #[must_use]
    pub fn of(headers: &Headers, redactor: &Redactor) -> Self {
        let field =
            |(name, value): (&str, &Bytes)| (redactor.looks(name), redactor.header_bytes(name, value));
        Self(headers.iter().map(field).collect())
    }

    /// All fields.
    pub fn iter(&self) -> impl Iterator<Item = (&Masked, &MaskedBytes)> {
        self.0.iter().map(|(name, value)| (name, value))
    }

    /// All fields as texts; what is no UTF-8 is replaced.
    #[must_use]
    pub fn texts(&self) -> Vec<(Masked, Masked)> {
        self.0.iter().map(|(name, value)| (name.clone(), value.to_text())).collect()
    }

    /// The first value of the name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Masked> {
        self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_text())
    }
}

/// A request without secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MaskedRequest {
    /// The method.
    pub method: Masked,
    /// The target.
    pub target: Masked,
    /// The header fields.
    pub headers: MaskedHeaders,
    /// The body.
    pub body: Option<MaskedBytes>,
    /// How long the body was that was sent, in bytes.
    pub body_bytes: usize,
}

impl MaskedRequest {
    /// The request as it may be shown.
    #[must_use]
    pub fn of(request: &Request, redactor: &Redactor) -> Self {
        Self {
            method: redactor.looks(&request.method),
            target: redactor.target(&request.target),
            headers: MaskedHeaders::of(&request.headers, redactor),
            body: request.body.as_ref().map(|body| body_of(&request.headers, body, redactor)),
            body_bytes: request.body.as_ref().map_or(0, Bytes::len),
        }
    }

    /// The members of the query, still encoded.
    pub fn query_members(&self) -> impl Iterator<Item = (&str, &str)> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        let members = query.split('&').filter(|member| !member.is_empty());
        members.map(|member| member.split_once('=').unwrap_or((member, "")))
    }
}

/// A response without secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MaskedResponse {
    /// The status code.
    pub status: u16,
    /// The header fields.
    pub headers: MaskedHeaders,
    /// The body.
    pub body: MaskedBytes,
    /// How long the body was that came, in bytes.
    pub body_bytes: usize,
}

impl MaskedResponse {
    /// The response as it may be shown.
    #[must_use]
    pub fn of(response: &Response, redactor: &Redactor) -> Self {
        Self {
            status: response.status,
            headers: MaskedHeaders::of(&response.headers, redactor),
            body: body_of(&response.headers, &response.body, redactor),
            body_bytes: response.body.len(),
        }
    }
}

/// A body as it may be shown. A packed one with a secret in it is shown unpacked.
#[must_use]
pub fn body_of(headers: &Headers, body: &Bytes, redactor: &Redactor) -> MaskedBytes {
    match unpacked(headers, body) {
        None => redactor.bytes(body),
        Some(plain) => {
            let masked = redactor.bytes(&plain);
            if *masked == *plain { redactor.bytes(body) } else { masked }
        }
    }
}

/// A packed body without its coding; `None` where it has none, and where it can't be read.
fn unpacked(headers: &Headers, body: &Bytes) -> Option<Bytes> {
    let codings = coding::codings(headers);
    if codings.is_empty() {
        return None;
    }
    coding::decode(body, &codings, RECORD_BODY_BYTES_MAX).ok()
}

/// A redactor for what belongs to exchanges: it also searches for what they carry where secrets stand, such as the token
/// of a request that the answer repeats, or one of an answer that a message quotes.
#[must_use]
pub fn redactor_of<'m>(
    redactor: &Redactor,
    requests: impl IntoIterator<Item = &'m Request>,
    responses: impl IntoIterator<Item = &'m Response>,
) -> Redactor {
    let mut secrets: Vec<Secret> = Vec::new();
    for request in requests {
        secrets.extend(redactor.found(request.target.as_bytes()));
        of_headers(redactor, &request.headers, &mut secrets);
        secrets.extend(request.body.iter().flat_map(|body| of_body(redactor, &request.headers, body)));
    }
    for response in responses {
        of_headers(redactor, &response.headers, &mut secrets);
        secrets.extend(of_body(redactor, &response.headers, &response.body));
    }
    let mut seen = HashSet::new();
    secrets.retain(|secret| seen.insert(secret.clone()));
    secrets.truncate(MESSAGE_SECRETS_MAX);
    redactor.with(&secrets)
}

fn of_body(redactor: &Redactor, headers: &Headers, body: &Bytes) -> Vec<Secret> {
    unpacked(headers, body).map_or_else(|| redactor.found(body), |plain| redactor.found(&plain))
}

fn of_headers(redactor: &Redactor, headers: &Headers, secrets: &mut Vec<Secret>) {
    for (name, value) in headers.iter() {
        secrets.extend(redactor.found_in_header(name, value));
    }
}
