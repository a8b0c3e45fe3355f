//! The status is one that the contract lists for the operation.

use crate::check::context::shown_body;
use crate::check::{Check, CheckContext, Failure};
use crate::validate::intent::{Intent, Tampering};

/// Statuses that every HTTP server may send without a word in the contract: 429 and 503 (RFC 6585 §4,
/// RFC 9110 §15.6.4).
const ALWAYS_FAIR: [u16; 2] = [429, 503];

/// Fails on a status that neither the contract lists nor the request called for: 401 and 403 are fair where
/// credentials were tampered with, 404, 405, 406 and 415 where path, method or media type are wrong. Server errors
/// are left to `server-error`.
pub(super) struct StatusDocumented;

impl Check for StatusDocumented {
    fn name(&self) -> &'static str {
        "status-documented"
    }

    fn about(&self) -> &'static str {
        "The status is documented for the operation, or fair for what was wrong with the request."
    }

    fn check(&self, s: &CheckContext<'_>) -> Vec<Failure> {
        let Some(response) = s.response() else { return Vec::new() };
        let status = response.status;
        if !s.reaches_operation()
            || status >= 500
            // Where no answer is documented, none is promised.
            || s.operation.responses.is_empty()
            || s.operation.response_for(status).is_some()
            || ALWAYS_FAIR.contains(&status)
            || fair_for(s.intent).contains(&status)
            || s.fair.contains(&status)
        {
            return Vec::new();
        }
        let listed: Vec<String> = s.operation.responses.iter().map(|r| r.status.to_string()).collect();
        vec![
            Failure::new(format!("{status}"), format!("Status {status} is not documented."))
                .expected(listed.join(", "), format!("{status}: {}", shown_body(response)))
                .at(&s.operation.head.location.join("responses")),
        ]
    }
}

fn fair_for(intent: &Intent) -> &'static [u16] {
    match intent {
        Intent::Credentials(Tampering::Missing | Tampering::Empty | Tampering::Wrong) => &[401, 403],
        Intent::Accept => &[406],
        Intent::MediaType => &[400, 415],
        Intent::Broken(_) => &[400, 422],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{json, verdict, verdict_with};
    use crate::validate::intent::Subject;

    const VALID: Intent = Intent::Valid(Subject::Unknown);

    #[test]
    fn documented_and_fair_statuses_pass() {
        assert_eq!(verdict(&StatusDocumented, &VALID, &json(422, "{}")), []);
        assert_eq!(
            verdict(&StatusDocumented, &Intent::Credentials(Tampering::Missing), &json(401, "{}")),
            []
        );
        assert_eq!(verdict(&StatusDocumented, &Intent::Path, &json(404, "{}")), []);
        assert_eq!(verdict_with(&StatusDocumented, &VALID, &json(414, ""), &[], &[414]), []);
    }

    #[test]
    fn an_undocumented_status_fails_with_its_place() {
        let got = verdict(&StatusDocumented, &VALID, &json(418, "{}"));
        assert_eq!(got[0].cause, "418");
        assert_eq!(got[0].expected, "200, 422");
        assert_eq!(got[0].place.as_ref().unwrap().pointer.as_str(), "/operation/responses");
        assert_eq!(verdict(&StatusDocumented, &VALID, &json(401, "{}")).len(), 1);
    }
}
