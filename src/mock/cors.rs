//! Cross-origin requests (Fetch Standard, "CORS protocol"): preflights are answered, other answers get the fields
//! that let a browser read them.
//!
//! The origin is echoed instead of `*`, because `*` forbids credentials; without an `Origin` nothing is added.

use crate::wire::{Headers, Request, Response};

/// How long a browser may remember a preflight, in seconds.
const MAX_AGE: &str = "600";

/// Fields of answers that a page may always read without being named.
const SAFE: [&str; 7] = [
    "cache-control",
    "content-language",
    "content-length",
    "content-type",
    "expires",
    "last-modified",
    "pragma",
];

/// True for a preflight: `OPTIONS` with an origin and the method it asks for.
#[must_use]
pub(crate) fn is_preflight(request: &Request) -> bool {
    request.method == "OPTIONS"
        && request.headers.get("origin").is_some()
        && request.headers.get("access-control-request-method").is_some()
}

/// The answer to a preflight for a path with these methods.
#[must_use]
pub(crate) fn preflight(request: &Request, methods: &[String]) -> Response {
    let mut headers = Headers::new();
    allow_origin(request, &mut headers);
    headers.push("access-control-allow-methods", methods.join(", "));
    let asked: Vec<&[u8]> =
        request.headers.all("access-control-request-headers").map(AsRef::as_ref).collect();
    if !asked.is_empty() {
        headers.push("access-control-allow-headers", asked.join(&b", "[..]));
    }
    headers.push("access-control-max-age", MAX_AGE);
    headers.push("vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
    Response { status: 204, headers, ..Response::default() }
}

/// Adds to an answer what lets the page that asked read it.
pub(crate) fn expose(request: &Request, response: &mut Response) {
    if request.headers.get("origin").is_none() {
        return;
    }
    let mut names: Vec<String> = response.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.retain(|name| !SAFE.contains(&name.as_str()) && name != "vary");
    names.sort();
    names.dedup();
    allow_origin(request, &mut response.headers);
    if !names.is_empty() {
        response.headers.push("access-control-expose-headers", names.join(", "));
    }
    response.headers.push("vary", "Origin");
}

fn allow_origin(request: &Request, headers: &mut Headers) {
    let Some(origin) = request.headers.get("origin") else { return };
    headers.push("access-control-allow-origin", origin.clone());
    // Not for opaque origins: any sandboxed page has the origin `null`.
    if origin.as_ref() != b"null" {
        headers.push("access-control-allow-credentials", "true");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(fields: &[(&str, &str)]) -> Request {
        let mut headers = Headers::new();
        for (name, value) in fields {
            headers.push(*name, value.as_bytes().to_vec());
        }
        Request { method: "OPTIONS".into(), target: "/x".into(), headers, body: None }
    }

    #[test]
    fn a_preflight_echoes_what_was_asked() {
        let asked = request(&[
            ("Origin", "http://a.example"),
            ("Access-Control-Request-Method", "DELETE"),
            ("Access-Control-Request-Headers", "x-key, x-other"),
        ]);
        assert!(is_preflight(&asked));
        let answer = preflight(&asked, &["DELETE".into(), "GET".into()]);
        let text = |name: &str| answer.headers.get_str(name).unwrap().to_owned();
        assert_eq!(answer.status, 204);
        assert_eq!(text("access-control-allow-origin"), "http://a.example");
        assert_eq!(text("access-control-allow-credentials"), "true");
        assert_eq!(text("access-control-allow-methods"), "DELETE, GET");
        assert_eq!(text("access-control-allow-headers"), "x-key, x-other");
        assert!(text("vary").contains("Origin"));
    }

    #[test]
    fn no_origin_no_fields() {
        let plain = request(&[("Access-Control-Request-Method", "DELETE")]);
        assert!(!is_preflight(&plain));
        let mut answer = Response::default();
        expose(&plain, &mut answer);
        assert!(answer.headers.0.is_empty());
    }

    #[test]
    fn answers_expose_their_own_fields_and_vary() {
        let asked = request(&[("Origin", "null")]);
        let mut answer = Response::default();
        answer.headers.push("Content-Type", "a/b");
        answer.headers.push("WWW-Authenticate", "APIKey");
        expose(&asked, &mut answer);
        assert_eq!(answer.headers.get_str("access-control-expose-headers"), Some("www-authenticate"));
        assert_eq!(answer.headers.get_str("access-control-allow-origin"), Some("null"));
        assert_eq!(answer.headers.get_str("access-control-allow-credentials"), None);
        assert_eq!(answer.headers.get_str("vary"), Some("Origin"));
    }
}
