//! The control API under `/__counterpart/`: what the mock knows and does, for tests and people. Described by
//! `spec/control.yaml`; each topic is a file with its own `ENDPOINTS`, and [`ALL`] is the one list of them.

mod about;
mod callbacks;
mod expectations;
mod export;
mod faults;
mod message;
mod own;
mod page;
mod requests;
mod snapshots;
mod state;

use bytes::Bytes;

use crate::mock::{Mock, coding};
use crate::wire::percent;
use crate::wire::{Request, Response};

pub(crate) use about::{asks_to_reload, reloaded};
pub(super) use message::{Ask, Outcome, body, done, members, parsed, problem, reply};

/// Where the control API lives.
pub(crate) const PREFIX: &str = "/__counterpart/";

/// One method of one control path.
pub(super) struct Endpoint {
    /// The method.
    pub(super) method: &'static str,
    /// The path behind [`PREFIX`]; a segment in braces stands for any text, which is handed over in [`Ask::values`].
    pub(super) path: &'static str,
    /// What answers it; refusals are `Err`.
    pub(super) answer: fn(&Mock, &Ask<'_>) -> Outcome,
}

/// All endpoints, by topic.
const ALL: &[&[Endpoint]] = &[
    about::ENDPOINTS,
    state::ENDPOINTS,
    snapshots::ENDPOINTS,
    requests::ENDPOINTS,
    expectations::ENDPOINTS,
    faults::ENDPOINTS,
    callbacks::ENDPOINTS,
    page::ENDPOINTS,
];

/// Method and path of each endpoint.
pub(crate) fn endpoints() -> impl Iterator<Item = (&'static str, &'static str)> {
    ALL.iter().copied().flatten().map(|endpoint| (endpoint.method, endpoint.path))
}

/// Whether a request is meant for the control API.
#[must_use]
pub(crate) fn is_control(request: &Request) -> bool {
    request.target.starts_with(PREFIX)
}

/// The texts of a template's braces, decoded; `None` when the path is another one.
fn values(template: &str, path: &str) -> Option<Vec<String>> {
    let mut values = Vec::new();
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(values),
            (Some(wanted), Some(given)) if wanted.starts_with('{') && !given.is_empty() => {
                values.push(percent::decode_text(given).into_owned());
            }
            (Some(wanted), Some(given)) if wanted == given => {}
            _ => return None,
        }
    }
}

/// Answers a request to the control API.
#[must_use]
pub(crate) fn answer(mock: &Mock, request: &Request) -> Response {
    let path = request.path().strip_prefix(PREFIX).unwrap_or_default();
    let fitting = || ALL.iter().copied().flatten().filter_map(|e| Some((e, values(e.path, path)?)));
    let mut methods: Vec<&str> = fitting().map(|(endpoint, _)| endpoint.method).collect();
    if methods.is_empty() {
        return problem(404, "There is no such control path");
    }
    if from_elsewhere(request) {
        return problem(403, "Pages of other origins may not use the control API");
    }
    let method = if request.method == "HEAD" { "GET" } else { request.method.as_str() };
    let Some((endpoint, values)) = fitting().find(|(endpoint, _)| endpoint.method == method) else {
        methods.dedup();
        let mut response = problem(405, "The control path does not have this method");
        response.headers.push("allow", methods.join(", "));
        return response;
    };
    let mut response = own::refusal(method, request).unwrap_or_else(|| {
        (endpoint.answer)(mock, &Ask { request, values }).unwrap_or_else(|refusal| refusal)
    });
    if mock.settings.compression {
        coding::pack(request, &mut response);
    }
    if request.method == "HEAD" {
        response.headers.set("content-length", response.body.len().to_string());
        response.body = Bytes::new();
    }
    response
}

/// A page of another origin: its requests carry an `Origin` that is not the host they are sent to. Without this, any
/// page that somebody looks at could change the mock's state.
fn from_elsewhere(request: &Request) -> bool {
    let Some(origin) = request.headers.get("origin") else { return false };
    let host = request.headers.get("host").map_or(&b""[..], |h| h.as_ref());
    let own = origin.strip_prefix(b"http://").or(origin.strip_prefix(b"https://"));
    own.is_none_or(|own| own != host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_give_their_values() {
        assert_eq!(values("a/{id}", "a/x%20y"), Some(vec!["x y".to_owned()]));
        assert_eq!(values("a", "a"), Some(Vec::new()));
        for (template, path) in [("a/{id}", "a/"), ("a/{id}", "a"), ("a", "a/b"), ("a/{id}", "b/c")] {
            assert_eq!(values(template, path), None, "{path}");
        }
    }
}
