//! What all control endpoints need: the request with its parts read, answers, refusals.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::wire::query;
use crate::wire::{Headers, Request, Response};

/// An answer, or a refusal.
pub(in crate::mock) type Outcome = Result<Response, Response>;

/// A request to an endpoint.
pub(in crate::mock) struct Ask<'a> {
    /// The request.
    pub(in crate::mock) request: &'a Request,
    /// The texts of the path's braces, decoded.
    pub(in crate::mock) values: Vec<String>,
}

/// A JSON response.
pub(in crate::mock) fn reply(status: u16, value: &Value) -> Response {
    let mut headers = Headers::new();
    headers.push("content-type", "application/json");
    Response { status, headers, body: value.to_string().into(), truncated: false }
}

/// Done, and nothing to say.
pub(in crate::mock) fn done() -> Response {
    Response { status: 204, ..Response::default() }
}

/// A refusal (RFC 9457).
pub(in crate::mock) fn problem(status: u16, detail: &str) -> Response {
    let title = crate::framework::refusal::phrase(status);
    let body = json!({"type": "about:blank", "title": title, "status": status, "detail": detail});
    let mut response = reply(status, &body);
    response.headers.set("content-type", "application/problem+json");
    response
}

/// The body as JSON; an absent one is `null`.
pub(in crate::mock) fn body(request: &Request) -> Result<Value, Response> {
    let Some(bytes) = request.body.as_deref().filter(|b| !b.is_empty()) else { return Ok(Value::Null) };
    serde_json::from_slice(bytes).map_err(|error| problem(400, &format!("The body is no JSON: {error}")))
}

/// The body as a `T`; `what` names it in the refusal. The contract judged its form before (422): what is wrong now is
/// that its parts do not fit (409).
pub(in crate::mock) fn parsed<T: DeserializeOwned>(request: &Request, what: &str) -> Result<T, Response> {
    let value = body(request)?;
    serde_json::from_value(value).map_err(|error| problem(409, &format!("The body is no {what}: {error}")))
}

/// The members of the query, decoded. The contract says which there are.
pub(in crate::mock) fn members(request: &Request) -> Vec<(String, String)> {
    query::members(request.query().unwrap_or_default())
        .map(|member| (member.name.clone().into_owned(), member.value().into_owned()))
        .collect()
}
