//! The control API under `/__counterpart/`: what the mock knows and does, for tests and people. Described by
//! `spec/control.yaml`; each topic is a file with its own `ENDPOINTS`, and `ALL` is the one list of them.

mod about;
mod callbacks;
mod endpoint;
mod expectations;
mod export;
mod faults;
mod guard;
pub(super) mod message;
mod own;
mod page;
mod requests;
pub mod settings;
mod snapshots;
mod state;

use bytes::Bytes;

use crate::mock::coding;
use crate::mock::engine::Engine;
use crate::wire::percent;
use crate::wire::{Request, Response};

pub(crate) use about::{NOT_FROM_FILES, reloaded};
use endpoint::Endpoint;
use message::{Ask, problem};
pub(super) use settings::PREFIX;

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

/// The methods of a control path, `OPTIONS` left out.
fn methods(path: &str) -> Vec<String> {
    let path = path.strip_prefix(PREFIX).unwrap_or_default();
    let fitting = ALL.iter().copied().flatten().filter(|endpoint| values(endpoint.path, path).is_some());
    fitting.map(|endpoint| endpoint.method.to_owned()).collect()
}

/// The refusal of a request that is not the owner's, if it is not.
fn refusal(mock: &Engine, request: &Request) -> Option<Response> {
    guard::refusal(mock, request, methods)
}

/// Whether the mock is to be made anew: that can't be done by itself.
pub(crate) fn asks_to_reload(mock: &Engine, request: &Request) -> bool {
    request.method == "POST"
        && request.path().strip_prefix(PREFIX) == Some("reload")
        && refusal(mock, request).is_none()
}

/// Whether the answer to a request of this head depends on its body.
#[must_use]
pub(crate) fn reads_body(mock: &Engine, head: &Request) -> bool {
    matches!(head.method.as_str(), "POST" | "PUT")
        && methods(head.path()).contains(&head.method)
        && refusal(mock, head).is_none()
}

/// Whether an answer is always made at once, however much the mock holds.
#[must_use]
pub(crate) fn is_light(head: &Request) -> bool {
    let path = head.path().strip_prefix(PREFIX).unwrap_or_default();
    path == "health" || path == "ui" || path.starts_with("ui/")
}

/// Answers a request to the control API that came from a client.
#[must_use]
pub(crate) fn serve(mock: &Engine, request: &Request) -> Response {
    let mut response = refusal(mock, request).unwrap_or_else(|| answer(mock, request));
    guard::expose(&mock.settings().control, request, &mut response);
    response
}

/// Answers a request of the owner's.
#[must_use]
pub(crate) fn answer(mock: &Engine, request: &Request) -> Response {
    let path = request.path().strip_prefix(PREFIX).unwrap_or_default();
    let fitting = || ALL.iter().copied().flatten().filter_map(|e| Some((e, values(e.path, path)?)));
    let mut methods: Vec<&str> = fitting().map(|(endpoint, _)| endpoint.method).collect();
    if methods.is_empty() {
        return problem(404, "There is no such control path");
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
    if mock.settings().compression {
        coding::pack(request, &mut response);
    }
    if request.method == "HEAD" {
        response.headers.set("content-length", response.body.len().to_string());
        response.body = Bytes::new();
    }
    response
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
