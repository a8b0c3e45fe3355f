//! `ui`: the page for people, where the mock was given one.

use bytes::Bytes;

use super::endpoint::Endpoint;
use super::message::{Ask, Outcome, problem};
use crate::mock::engine::Engine;
use crate::wire::{Headers, Response};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint { method: "GET", path: "ui", answer: get },
    Endpoint { method: "GET", path: "ui/{file}", answer: get },
];

/// What the page may do (CSP Level 3): load its own script and style, and ask this server. No frame may hold it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'";

/// The page or one of its files.
fn get(mock: &Engine, ask: &Ask<'_>) -> Outcome {
    let Some(page) = &mock.settings().page else {
        return Err(problem(404, "This mock was started without the page for people"));
    };
    let (media, text) = match ask.values.first().map(String::as_str) {
        None => ("text/html; charset=utf-8", page.html),
        Some("page.js") => ("text/javascript; charset=utf-8", page.script),
        Some("page.css") => ("text/css; charset=utf-8", page.style),
        Some(_) => return Err(problem(404, "The page has no such file")),
    };
    let mut headers = Headers::new();
    headers.push("content-type", media);
    headers.push("content-security-policy", POLICY);
    headers.push("x-content-type-options", "nosniff");
    headers.push("referrer-policy", "no-referrer");
    headers.push("cache-control", "no-store");
    Ok(Response { status: 200, headers, body: Bytes::from_static(text.as_bytes()), truncated: false })
}
