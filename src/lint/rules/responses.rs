//! What operations answer.

use crate::contract::StatusKey;
use crate::document::Severity;
use crate::lint::rule::{Linter, Rule};

/// The rules.
pub const RULES: [Rule; 1] = [Rule {
    name: "success-response",
    severity: Severity::Warning,
    summary: "an operation documents what it answers when all goes well",
    explanation: "The Responses Object is expected to cover a successful response (OpenAPI 3.1, Responses Object). \
        Where only errors are documented, clients can't tell success, testers have nothing to judge it by, and mocks have \
        to answer with an error. Document the 2xx, `204` where there is no body; a `default`, a redirect or a range such \
        as `2XX` will do as well.",
    run: Some(run),
}];

fn run(linter: &mut Linter) {
    let fails = |status: StatusKey| match status {
        StatusKey::Exact(status) => status >= 400,
        StatusKey::Range(digit) => digit >= 4,
        StatusKey::Default => false,
    };
    let operations = linter.operations.clone();
    for operation in operations {
        let responses = &operation.responses;
        if !responses.is_empty() && responses.iter().all(|response| fails(response.status)) {
            let message = format!("{} documents nothing but errors", operation.head.id);
            let at = operation.head.location.join("responses");
            let diagnostic = linter.warn("success-response", &at, message);
            diagnostic.hint = Some("add the response for success: `204` where there is no body".to_owned());
        }
    }
}
