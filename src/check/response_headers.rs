//! The answer's headers are there and valid as documented for the status.

use crate::check::context::shown;
use crate::check::{Check, CheckContext, Failure};
use crate::validate::Part;

/// Fails on a documented header that is missing though required, or does not fit its schema.
pub(super) struct ResponseHeaders;

impl Check for ResponseHeaders {
    fn name(&self) -> &'static str {
        "response-headers"
    }

    fn about(&self) -> &'static str {
        "Documented headers of the answer are there and valid."
    }

    fn check(&self, s: &CheckContext<'_>) -> Vec<Failure> {
        let Some(response) = s.response().filter(|_| s.reaches_operation()) else { return Vec::new() };
        s.breaches
            .iter()
            .filter(|breach| breach.part == Part::Header)
            .map(|breach| {
                let name = breach.name.as_deref().unwrap_or_default();
                Failure::new(
                    format!("{} {name} {}", response.status, breach.violation.keyword),
                    format!("Header `{name}`: {}", breach.violation.message),
                )
                .expected(
                    format!(
                        "{}: {}",
                        breach.violation.keyword,
                        shown(&breach.violation.expected.to_string())
                    ),
                    shown(response.headers.get_str(name).unwrap_or("nothing")),
                )
                .at(&breach.violation.schema)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{breach, json, verdict_with};
    use crate::validate::intent::{Intent, Subject};

    const VALID: Intent = Intent::Valid(Subject::Known);

    #[test]
    fn no_breach_passes() {
        let other = [breach(Part::Body, "type", "/body")];
        assert_eq!(verdict_with(&ResponseHeaders, &VALID, &json(200, "{}"), &other, &[]), []);
    }

    #[test]
    fn a_breach_fails() {
        let breaches = [breach(Part::Header, "required", "/responses/200/headers/ETag")];
        let got = verdict_with(&ResponseHeaders, &VALID, &json(200, "{}"), &breaches, &[]);
        assert_eq!(got[0].cause, "200 part required");
        assert_eq!(got[0].seen, "nothing");
    }
}
