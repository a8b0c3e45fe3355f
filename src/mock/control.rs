//! The control API under `/__counterpart/`: what the mock knows and does, for tests and people. Described by
//! `spec/control.yaml`.

mod faults;
mod page;
mod requests;
mod state;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::base::Pointer;
use crate::document::{FileId, Location};
use crate::mock::fault::Faults;
use crate::mock::site::Reloaded;
use crate::mock::{Mock, MockError, coding};
use crate::wire::query;
use crate::wire::{Headers, Request, Response};

/// Where the control API lives.
pub(crate) const PREFIX: &str = "/__counterpart/";

/// Whether a request is meant for the control API.
#[must_use]
pub(crate) fn is_control(request: &Request) -> bool {
    request.target.starts_with(PREFIX)
}

/// The methods of a control path; empty for an unknown one.
fn methods(name: &str) -> &'static [&'static str] {
    match name {
        "state" => &["GET", "PUT"],
        "reset" | "clock" | "reload" => &["POST"],
        "requests" => &["GET", "DELETE"],
        "faults" => &["GET", "POST", "DELETE"],
        "contract" | "health" | "metrics" | "ui" | "ui/page.js" | "ui/page.css" => &["GET"],
        _ => &[],
    }
}

/// Answers a request to the control API.
#[must_use]
pub(crate) fn answer(mock: &Mock, request: &Request) -> Response {
    let name = request.path().strip_prefix(PREFIX).unwrap_or_default();
    let known = methods(name);
    if known.is_empty() {
        return problem(404, "There is no such control path");
    }
    if from_elsewhere(request) {
        return problem(403, "Pages of other origins may not use the control API");
    }
    let method = if request.method == "HEAD" { "GET" } else { request.method.as_str() };
    let mut response = match (method, name) {
        ("GET", "health") => reply(200, &health(mock)),
        ("GET", "contract") => contract(mock),
        ("GET", "ui" | "ui/page.js" | "ui/page.css") => page::get(mock, name),
        ("GET", "metrics") => requests::metrics(mock),
        ("GET", "state") => state::get(mock, request),
        ("PUT", "state") => state::put(mock, request),
        ("POST", "reset") => state::reset(mock),
        ("POST", "clock") => state::clock(mock, request),
        // One that can be made again is asked before it comes to this.
        ("POST", "reload") => problem(409, &MockError::NotFromFiles.to_string()),
        ("GET", "requests") => requests::get(mock, request),
        ("DELETE", "requests") => {
            mock.journal.clear();
            Response { status: 204, ..Response::default() }
        }
        ("GET", "faults") => faults::get(mock),
        ("POST", "faults") => faults::post(mock, request),
        ("DELETE", "faults") => faults::delete(mock, request),
        _ => {
            let mut response = problem(405, "The control path does not have this method");
            response.headers.push("allow", known.join(", "));
            response
        }
    };
    if mock.settings.compression {
        coding::pack(request, &mut response);
    }
    if request.method == "HEAD" {
        response.headers.set("content-length", response.body.len().to_string());
        response.body = Bytes::new();
    }
    response
}

/// Whether the mock is to be made anew: that can't be done by itself.
pub(crate) fn asks_to_reload(request: &Request) -> bool {
    request.method == "POST"
        && request.path().strip_prefix(PREFIX) == Some("reload")
        && !from_elsewhere(request)
}

/// The answer once it was tried.
pub(crate) fn reloaded(outcome: Result<Reloaded, MockError>) -> Response {
    match outcome {
        Ok(reloaded) => {
            let mut value = health(&reloaded.mock);
            value["remarks"] = json!(reloaded.remarks);
            reply(200, &value)
        }
        Err(error) => problem(422, &error.to_string()),
    }
}

/// A page of another origin: its requests carry an `Origin` that is not the host they are sent to. Without this, any
/// page that somebody looks at could change the mock's state.
fn from_elsewhere(request: &Request) -> bool {
    let Some(origin) = request.headers.get("origin") else { return false };
    let host = request.headers.get("host").map_or(&b""[..], |h| h.as_ref());
    let own = origin.strip_prefix(b"http://").or(origin.strip_prefix(b"https://"));
    own.is_none_or(|own| own != host)
}

fn health(mock: &Mock) -> Value {
    let info = mock.contract.info();
    json!({
        "status": "ok",
        "contract": {"title": info.title, "version": info.version},
        "operations": mock.contract.heads().len(),
        "resources": mock.resources.all.iter().map(|r| &r.name).collect::<Vec<_>>(),
    })
}

fn contract(mock: &Mock) -> Response {
    match mock.contract.raw(&Location::new(FileId(0), Pointer::root())) {
        Some(value) => reply(200, &value),
        None => problem(404, "The contract has no document of its own"),
    }
}

/// A JSON response.
fn reply(status: u16, value: &Value) -> Response {
    let mut headers = Headers::new();
    headers.push("content-type", "application/json");
    Response { status, headers, body: value.to_string().into(), truncated: false }
}

/// A refusal (RFC 9457).
fn problem(status: u16, detail: &str) -> Response {
    let title = crate::dialect::refusal::phrase(status);
    let body = json!({"type": "about:blank", "title": title, "status": status, "detail": detail});
    let mut response = reply(status, &body);
    response.headers.set("content-type", "application/problem+json");
    response
}

/// The body as JSON; an absent one is `null`.
fn body(request: &Request) -> Result<Value, Response> {
    match request.body.as_deref().filter(|b| !b.is_empty()) {
        None => Ok(Value::Null),
        Some(bytes) => {
            serde_json::from_slice(bytes).map_err(|e| problem(400, &format!("The body is no JSON: {e}")))
        }
    }
}

/// The members of the query, decoded; unknown names are refused.
fn members(request: &Request, known: &[&str]) -> Result<Vec<(String, String)>, Response> {
    let mut found = Vec::new();
    for member in query::members(request.query().unwrap_or_default()) {
        if !known.contains(&member.name.as_ref()) {
            let text = format!("`{}` is not one of: {}", member.name, known.join(", "));
            return Err(problem(400, &text));
        }
        found.push((member.name.clone().into_owned(), member.value().into_owned()));
    }
    Ok(found)
}

/// Puts the rules that the mock started with back.
fn initial_faults(mock: &Mock) {
    let faults: &Faults = &mock.faults;
    faults.set(&mock.settings.faults);
}
