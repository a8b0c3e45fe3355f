//! What HTTP itself asks of an answer, whatever the contract says: no body where none may be, a place to go to where one
//! is sent away. And which of several examples answers a request.

use bytes::Bytes;
use serde_json::Value;

use super::responder::Responder;
use crate::contract::{ParameterPlace, ParameterShape, Response as Documented};
use crate::document::Direction;
use crate::mock::catalog::plan::Plan;
use crate::wire::{Request, Response, percent, query};

impl Responder<'_> {
    /// Makes an answer fit HTTP: 1xx, 204 and 304 have no body (RFC 9110 §6.4.1), a redirect has a `Location` that can
    /// be followed (§15.4).
    pub(super) fn apply_http_rules(
        &self,
        plan: &Plan,
        at: usize,
        request: &Request,
        response: &mut Response,
    ) {
        match response.status {
            100..=199 | 204 | 304 => {
                response.body = Bytes::new();
                response.headers.remove("content-type");
            }
            301..=303 | 307 | 308 => {
                if let Some(location) = self.redirect_target(plan, &plan.operation.responses[at], request) {
                    response.headers.set("location", location);
                }
            }
            // A text that is no reference would break the client that follows it.
            201 | 202
                if response.headers.get_str("location").is_some_and(|l| l.contains(char::is_whitespace)) =>
            {
                response.headers.set("location", request.path().to_owned());
            }
            _ => {}
        }
    }

    /// Where a redirect leads: to an operation of the mock itself that needs nothing, as what the contract says of
    /// `Location` allows. `None` where it gives an example of its own.
    fn redirect_target(&self, plan: &Plan, documented: &Documented, request: &Request) -> Option<String> {
        let header = documented.headers.iter().find(|h| h.name.eq_ignore_ascii_case("location"));
        if header.is_some_and(|h| !h.examples.is_empty()) {
            return None;
        }
        let own = &plan.operation.head.path;
        let mut heads = self.catalog.contract().heads().iter();
        let plain = heads.find(|h| h.method == "GET" && h.path != *own && !h.path.contains(['{', '?', '#']));
        let path = plain.map_or("/", |head| head.path.as_str());
        let path = if path.starts_with('/') { path } else { "/" };
        let schema = header
            .filter(|h| matches!(h.shape, ParameterShape::Styled { .. }))
            .and_then(|h| self.catalog.schemas().get(h.schema()?, Direction::Response).ok());
        let host = request.headers.get_str("host").unwrap_or("localhost");
        let ways = [path.to_owned(), format!("http://{host}{path}")];
        let fits = |way: &String| schema.as_ref().is_none_or(|s| s.is_valid(&Value::String(way.clone())));
        ways.into_iter().find(fits)
    }
}

/// The example of the success whose name the request's own examples have: parameters and body as the example of that
/// name gives them.
pub(super) fn matching_example(
    plan: &Plan,
    at: usize,
    values: &[(String, String)],
    request: &Request,
) -> Option<String> {
    let content = &plan.operation.responses.get(at)?.content;
    let named = content.iter().flat_map(|media| &media.examples).map(|example| example.name.as_str());
    let mut names: Vec<&str> = named.filter(|name| !name.is_empty()).collect();
    names.dedup();
    if names.len() < 2 {
        return None;
    }
    names.into_iter().find(|name| matches(plan, name, values, request)).map(str::to_owned)
}

fn matches(plan: &Plan, name: &str, values: &[(String, String)], request: &Request) -> bool {
    let mut said = false;
    for parameter in &plan.operation.parameters {
        let Some(example) = parameter.examples.iter().find(|e| e.name == name) else { continue };
        let wanted = match &example.value {
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
            None => continue,
        };
        let sent = match parameter.place {
            ParameterPlace::Path => values
                .iter()
                .find(|(n, _)| *n == parameter.name)
                .map(|(_, raw)| percent::decode_text(raw).into_owned()),
            ParameterPlace::Query => query::members(request.query().unwrap_or_default())
                .find(|m| m.name == parameter.name)
                .map(|m| m.value().into_owned()),
            ParameterPlace::Header => request.headers.get_str(&parameter.name).map(str::to_owned),
            ParameterPlace::Cookie | ParameterPlace::QueryString => continue,
        };
        if sent.as_deref() != Some(&*wanted) {
            return false;
        }
        said = true;
    }
    let bodies = plan.operation.request_body.iter().flat_map(|body| &body.content);
    let mut examples = bodies.flat_map(|media| &media.examples).filter(|e| e.name == name).peekable();
    if examples.peek().is_some() {
        let sent: Option<Value> = request.body.as_ref().and_then(|body| serde_json::from_slice(body).ok());
        if !examples.any(|example| example.value == sent) {
            return false;
        }
        said = true;
    }
    said
}

/// Whether the body asks for a stream, as the clients of language models do: `"stream": true`.
pub(super) fn asks_for_stream(request: &Request) -> bool {
    let Some(body) = &request.body else { return false };
    // Most bodies do not even have the word: then nothing is read.
    body.windows(8).any(|window| window == b"\"stream\"")
        && serde_json::from_slice::<Value>(body)
            .is_ok_and(|body| body.get("stream") == Some(&Value::Bool(true)))
}
