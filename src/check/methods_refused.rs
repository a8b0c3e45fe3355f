//! Methods that the contract does not list are refused, and the refusal says which are there (RFC 9110 §15.5.6).

use crate::check::context::shown_body;
use crate::check::{Check, CheckContext, Failure};
use crate::validate::intent::Intent;

/// Fails when an unsupported method succeeds, or is fails, or is refused with a 405 whose `Allow` is wrong. 404, 401,
/// 403 and 501 are refusals as well. `Allow` may name some of the documented methods only: frameworks that route each
/// method on its own (FastAPI's does) can't name the others, which RFC 9110 §15.5.6 asks for.
pub(super) struct MethodsRefused;

impl Check for MethodsRefused {
    fn name(&self) -> &'static str {
        "methods-refused"
    }

    fn about(&self) -> &'static str {
        "Undocumented methods are refused, with 405 and `Allow`."
    }

    fn check(&self, s: &CheckContext<'_>) -> Vec<Failure> {
        let (Intent::Method, Some(response)) = (s.intent, s.response()) else { return Vec::new() };
        let method = &s.exchange.request.method;
        let place = &s.operation.head.location;
        match response.status {
            405 => allow_is_right(s, method),
            status @ (200..=399 | 422 | 500 | 502..) => vec![
                Failure::new(
                    format!("{method} not refused"),
                    format!("{method} is not documented at this path, and was not refused."),
                )
                .expected("405 with Allow", format!("{status}: {}", shown_body(response)))
                .at(place),
            ],
            _ => Vec::new(),
        }
    }
}

fn allow_is_right(s: &CheckContext<'_>, method: &str) -> Vec<Failure> {
    let place = &s.operation.head.location;
    let Some(response) = s.response() else { return Vec::new() };
    if response.headers.get("allow").is_none() {
        // `http-conformity` says so.
        return Vec::new();
    }
    let listed: Vec<String> = response
        .headers
        .all("allow")
        .flat_map(|line| {
            String::from_utf8_lossy(line).split(',').map(|m| m.trim().to_owned()).collect::<Vec<_>>()
        })
        .filter(|m| !m.is_empty())
        .collect();
    let mut failures = Vec::new();
    if listed.iter().any(|m| m == method) {
        failures.push(
            Failure::new(
                "Allow lists the refused",
                format!("`Allow` lists {method}, which was just refused."),
            )
            .expected(format!("no {method} in Allow"), listed.join(", "))
            .at(place),
        );
    }
    let none = !s.facts.methods.iter().chain(&s.facts.other_methods).any(|m| listed.contains(m));
    if let Some(missing) = s.facts.methods.first().filter(|_| none) {
        failures.push(
            Failure::new(
                "Allow lacks a documented",
                format!("`Allow` lacks {missing}, which the contract documents."),
            )
            .expected(s.facts.methods.join(", "), listed.join(", "))
            .at(place),
        );
    }
    failures
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{exchange, json, verdict};
    use crate::wire::Exchange;

    fn put(mut exchange: Exchange) -> Exchange {
        exchange.request.method = "PUT".to_owned();
        exchange
    }

    #[test]
    fn a_refusal_with_allow_passes() {
        for allow in ["DELETE, OPTIONS", "PATCH"] {
            let refused = put(exchange(405, &[("Allow", allow)], ""));
            assert_eq!(verdict(&MethodsRefused, &Intent::Method, &refused), []);
        }
        assert_eq!(verdict(&MethodsRefused, &Intent::Path, &json(200, "")), []);
    }

    #[test]
    fn success_and_a_bad_allow_fail() {
        let cause = |e: Exchange| verdict(&MethodsRefused, &Intent::Method, &put(e))[0].cause.clone();
        assert_eq!(cause(json(200, "{}")), "PUT not refused");
        assert_eq!(cause(exchange(500, &[], "")), "PUT not refused");
        assert_eq!(cause(exchange(405, &[("allow", "DELETE, PUT")], "")), "Allow lists the refused");
        assert_eq!(cause(exchange(405, &[("allow", "GET")], "")), "Allow lacks a documented");
    }
}
