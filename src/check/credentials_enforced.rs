//! Where the contract asks for credentials, nobody gets in without them.

use crate::base::limits::REFUSAL_BYTES_MAX;
use crate::check::context::shown_body;
use crate::check::{Check, CheckContext, Failure, refusal};
use crate::validate::intent::Intent;
use crate::wire::Response;

/// Fails when a request without (or with wrong) credentials is let through to the operation. 401 and 403 refuse;
/// so do 404 and 405, which tell even less. A 422 does too when it names the credential; one that names anything
/// else shows that the server looked at the request before it asked who is calling.
pub(super) struct CredentialsEnforced;

impl Check for CredentialsEnforced {
    fn name(&self) -> &'static str {
        "credentials-enforced"
    }

    fn about(&self) -> &'static str {
        "Requests without valid credentials are refused with 401 or 403."
    }

    fn check(&self, s: &CheckContext<'_>) -> Vec<Failure> {
        let (Intent::Credentials(how), Some(response)) = (s.intent, s.response()) else { return Vec::new() };
        let status = response.status;
        let refused = match status {
            401 | 403 | 404 | 405 | 407 | 429 | 500.. => true,
            // A redirect to a login page lets nobody in.
            300..=399 => true,
            400 | 422 => names_credential(s, response),
            _ => false,
        };
        if refused {
            return Vec::new();
        }
        let effect = if status < 300 { "was accepted" } else { "was looked at before asking who is calling" };
        vec![
            Failure::new(
                format!("{} {}", how.as_str(), if status < 300 { "accepted" } else { "processed" }),
                format!("A request with {} credentials {effect}.", how.as_str()),
            )
            .expected("401 or 403", format!("{status}: {}", shown_body(response)))
            .at(&s.operation.head.location.join("security")),
        ]
    }
}

fn names_credential(s: &CheckContext<'_>, response: &Response) -> bool {
    match refusal::entries(response) {
        Some(entries) => entries.iter().any(|entry| {
            entry.steps.iter().any(|step| {
                s.facts.credential_names.iter().any(|name| {
                    name.eq_ignore_ascii_case(step) || name.eq_ignore_ascii_case(&step.replace('_', "-"))
                })
            })
        }),
        // Another dialect: benefit of the doubt when a credential's name stands anywhere in it.
        None => {
            let text = String::from_utf8_lossy(&response.body[..response.body.len().min(REFUSAL_BYTES_MAX)])
                .to_lowercase();
            s.facts.credential_names.iter().any(|name| text.contains(&name.to_lowercase()))
                || text.contains("auth")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{json, verdict};
    use crate::validate::intent::{Subject, Tampering};

    const MISSING: Intent = Intent::Credentials(Tampering::Missing);

    #[test]
    fn refusals_pass() {
        assert_eq!(verdict(&CredentialsEnforced, &MISSING, &json(401, "{}")), []);
        let named = r#"{"detail":[{"loc":["header","x-api-key"],"type":"missing","msg":"Field required"}]}"#;
        assert_eq!(verdict(&CredentialsEnforced, &MISSING, &json(422, named)), []);
        assert_eq!(verdict(&CredentialsEnforced, &Intent::Valid(Subject::Known), &json(200, "{}")), []);
    }

    #[test]
    fn being_let_in_fails() {
        assert_eq!(verdict(&CredentialsEnforced, &MISSING, &json(200, "{}"))[0].cause, "missing accepted");
        let path = r#"{"detail":[{"loc":["path","thing_id"],"type":"value_error","msg":"unknown"}]}"#;
        let got = verdict(&CredentialsEnforced, &Intent::Credentials(Tampering::Empty), &json(422, path));
        assert_eq!(got[0].cause, "empty processed");
    }
}
