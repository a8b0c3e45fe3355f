//! No request may make the server fail (RFC 9110 §15.6).

use crate::check::context::shown_body;
use crate::check::{Check, CheckContext, Failure};
use crate::validate::intent::Intent;

/// Fails on 5xx. 501 is the right answer to a method nobody knows; a 5xx that the contract documents exactly is the
/// business of the other checks.
pub(super) struct ServerError;

impl Check for ServerError {
    fn name(&self) -> &'static str {
        "server-error"
    }

    fn about(&self) -> &'static str {
        "No request makes the server fail (5xx)."
    }

    fn check(&self, s: &CheckContext<'_>) -> Vec<Failure> {
        let Some(response) = s.response() else { return Vec::new() };
        let status = response.status;
        let unknown_method =
            matches!(s.intent, Intent::Method | Intent::Malformed) && matches!(status, 501 | 505);
        if status < 500 || unknown_method || s.fair.contains(&status) {
            return Vec::new();
        }
        vec![
            Failure::new(format!("{status}"), format!("The server failed with {status}."))
                .expected("an answer below 500", format!("{status}: {}", shown_body(response)))
                .at(&s.operation.head.location),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{exchange, json, verdict};
    use crate::validate::intent::Subject;

    #[test]
    fn a_refusal_passes() {
        assert_eq!(verdict(&ServerError, &Intent::Valid(Subject::Unknown), &json(422, "{}")), []);
        assert_eq!(verdict(&ServerError, &Intent::Method, &exchange(501, &[], "")), []);
    }

    #[test]
    fn a_server_error_fails() {
        let got = verdict(&ServerError, &Intent::Valid(Subject::Unknown), &exchange(500, &[], "oh"));
        assert_eq!(got[0].cause, "500");
        assert_eq!(got[0].seen, "500: oh");
    }
}
