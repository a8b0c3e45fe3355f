//! The answer's media type is one that the contract documents for the status.

use crate::check::{Check, CheckContext, Failure};
use crate::validate::Part;

/// Fails on a body in an undocumented media type, or on a body with none said. Bodies of undocumented statuses are
/// nobody's promise.
pub(super) struct MediaTypeDocumented;

impl Check for MediaTypeDocumented {
    fn name(&self) -> &'static str {
        "media-type-documented"
    }

    fn about(&self) -> &'static str {
        "The answer's media type is documented for its status."
    }

    fn check(&self, s: &CheckContext<'_>) -> Vec<Failure> {
        let Some(response) = s.response().filter(|_| s.reaches_operation()) else { return Vec::new() };
        let untyped = response.headers.get("content-type").is_none_or(|value| value.trim_ascii().is_empty());
        let documented_body = s.operation.response_for(response.status).filter(|r| !r.content.is_empty());
        if let Some(wanted) = documented_body.filter(|_| untyped && !response.body.is_empty()) {
            let missing = Failure::new(
                format!("{} none", response.status),
                "The answer has a body but does not say of which media type (RFC 9110 §8.3).",
            );
            return vec![
                missing.expected(documented(s, response.status), "no content-type").at(&wanted.location),
            ];
        }
        s.breaches
            .iter()
            .filter(|breach| breach.part == Part::MediaType)
            .map(|breach| {
                Failure::new(
                    format!("{} {}", response.status, essence(response.headers.get_str("content-type"))),
                    breach.violation.message.clone(),
                )
                .expected(
                    documented(s, response.status),
                    response.headers.get_str("content-type").unwrap_or("no content-type"),
                )
                .at(&breach.violation.schema)
            })
            .take(1)
            .collect()
    }
}

fn essence(content_type: Option<&str>) -> String {
    content_type.and_then(|t| t.split(';').next()).unwrap_or("none").trim().to_lowercase()
}

fn documented(s: &CheckContext<'_>, status: u16) -> String {
    let names: Vec<String> = s
        .operation
        .response_for(status)
        .map(|r| r.content.iter().map(|m| m.name.clone()).collect())
        .unwrap_or_default();
    if names.is_empty() { "no body".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{breach, exchange, verdict_with};
    use crate::validate::intent::{Intent, Subject};

    const VALID: Intent = Intent::Valid(Subject::Known);

    #[test]
    fn no_breach_passes() {
        let answer = exchange(200, &[("content-type", "application/json")], "{}");
        assert_eq!(verdict_with(&MediaTypeDocumented, &VALID, &answer, &[], &[]), []);
    }

    #[test]
    fn another_type_fails() {
        let answer = exchange(200, &[("Content-Type", "text/html; charset=utf-8")], "<p>");
        let breaches = [breach(Part::MediaType, "content", "/responses/200")];
        let got = verdict_with(&MediaTypeDocumented, &VALID, &answer, &breaches, &[]);
        assert_eq!(got[0].cause, "200 text/html");
        assert_eq!(got[0].expected, "application/json");
        assert_eq!(verdict_with(&MediaTypeDocumented, &Intent::Path, &answer, &breaches, &[]), []);
        let untyped = exchange(200, &[], "{}");
        assert_eq!(verdict_with(&MediaTypeDocumented, &VALID, &untyped, &[], &[])[0].cause, "200 none");
        assert_eq!(verdict_with(&MediaTypeDocumented, &VALID, &exchange(200, &[], ""), &[], &[]), []);
    }
}
