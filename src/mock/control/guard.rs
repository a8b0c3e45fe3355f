//! Whom the control API serves: its owner. It is asked under the names of the machine it runs on, by no page of another
//! origin unless that was allowed, and with the token where there is one.
//!
//! A page in a browser can reach whatever the browser's machine reaches. Its `Host` gives away a name that was made to
//! point here (DNS rebinding), its `Origin` and `Sec-Fetch-Site` (Fetch Metadata Request Headers) where it comes from.

use super::message::problem;
use super::settings::{ControlSettings, PREFIX, Token};
use crate::mock::cors;
use crate::mock::engine::Engine;
use crate::wire::{Request, Response, authority};

/// The header that may carry the token instead of `Authorization`.
const TOKEN_HEADER: &str = "x-counterpart-token";

/// The refusal of a request that is not the owner's, if it is not. The page itself is shown without the token, which it
/// could not bring: it holds no secrets.
/// `methods` gives the methods of a path.
pub(super) fn refusal(
    mock: &Engine,
    request: &Request,
    methods: impl Fn(&str) -> Vec<String>,
) -> Option<Response> {
    let settings = &mock.settings().control;
    let bound = mock.settings().host.as_str();
    let foreign = request.headers.all("host").find(|host| !is_own(settings, bound, host.as_ref()));
    if let Some(host) = foreign {
        let host = shown(host);
        return Some(problem(
            421,
            &format!("The control API is not asked under the host `{host}`; --allow-host allows one more"),
        ));
    }
    if is_elsewhere(settings, request) {
        return Some(problem(
            403,
            "Pages of other origins may not use the control API; --control-origin allows one",
        ));
    }
    if is_preflight(settings, request) {
        let methods = methods(request.path());
        return (!methods.is_empty()).then(|| cors::preflight(request, &methods));
    }
    let page =
        request.path().strip_prefix(PREFIX).is_some_and(|rest| rest == "ui" || rest.starts_with("ui/"));
    match &settings.token {
        Some(token) if !page && !brings(token, request) => {
            let mut response = problem(401, "The control API's token is missing or wrong");
            response.headers.push("www-authenticate", "Bearer realm=\"counterpart\"");
            Some(response)
        }
        None if !authority::is_loopback(bound) => {
            Some(problem(403, "The control API of a mock that other machines can reach needs a token"))
        }
        _ => None,
    }
}

/// Lets a page whose origin is allowed read the answer.
pub(super) fn expose(settings: &ControlSettings, request: &Request, response: &mut Response) {
    let origin = request.headers.get("origin");
    if origin.is_some_and(|origin| is_allowed(settings, origin.as_ref())) {
        cors::expose(request, response);
    }
}

fn shown(text: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(text).chars().take(80).collect();
    // User information is not repeated.
    text.rsplit_once('@').map_or(text.as_str(), |(_, host)| host).escape_debug().to_string()
}

fn is_own(settings: &ControlSettings, bound: &str, host: &[u8]) -> bool {
    let Some((host, _)) = std::str::from_utf8(host).ok().and_then(authority::split) else { return false };
    let name = host.to_ascii_lowercase();
    if authority::is_loopback(&name) || name == bound.to_ascii_lowercase() || settings.hosts.contains(&name) {
        return true;
    }
    // An address can't be made to point elsewhere; which ones a mock has that listens on all is not known here.
    match (authority::address(&name), authority::address(bound)) {
        (Some(asked), Some(bound)) => asked == bound || bound.is_unspecified(),
        _ => false,
    }
}

fn is_allowed(settings: &ControlSettings, origin: &[u8]) -> bool {
    settings.origins.iter().any(|allowed| origin.eq_ignore_ascii_case(allowed.as_bytes()))
}

/// Whether a page of another origin asks: it says so itself, or its browser does.
fn is_elsewhere(settings: &ControlSettings, request: &Request) -> bool {
    let headers = &request.headers;
    let own = |origin: &[u8]| {
        let at = origin.strip_prefix(b"http://").or(origin.strip_prefix(b"https://"));
        at.is_some_and(|at| headers.get("host").is_some_and(|host| at.eq_ignore_ascii_case(host)))
    };
    let mut allowed = false;
    for origin in headers.all("origin") {
        let invited = is_allowed(settings, origin);
        if !invited && !own(origin) {
            return true;
        }
        allowed |= invited;
    }
    let other =
        |site: &[u8]| !site.eq_ignore_ascii_case(b"same-origin") && !site.eq_ignore_ascii_case(b"none");
    !allowed && headers.all("sec-fetch-site").any(|site| other(site))
}

fn is_preflight(settings: &ControlSettings, request: &Request) -> bool {
    cors::is_preflight(request)
        && request.headers.get("origin").is_some_and(|origin| is_allowed(settings, origin.as_ref()))
}

fn brings(token: &Token, request: &Request) -> bool {
    let headers = &request.headers;
    let bearer = headers.get("authorization").and_then(|value| {
        let (scheme, rest) = value.split_at_checked(7)?;
        scheme.eq_ignore_ascii_case(b"bearer ").then(|| rest.trim_ascii())
    });
    let own = headers.get(TOKEN_HEADER).map(AsRef::as_ref);
    bearer.into_iter().chain(own).any(|sent| token.is(sent))
}
