//! Answers tell nothing that only the operators may know.

use crate::check::context::shown;
use crate::check::{Check, CheckContext, Failure};

/// Marks that stack traces and error pages of common platforms leave.
const TRACES: [&str; 9] = [
    "Traceback (most recent call last)",
    "\tat java.",
    "at org.springframework.",
    "goroutine 1 [running]",
    "panicked at ",
    "System.NullReferenceException",
    "Stack trace:",
    "node_modules/",
    "SQLSTATE[",
];

/// The shortest secret looked for; shorter ones stand in texts by chance.
const SECRET_CHARS_MIN: usize = 8;

/// Fails when an error's body carries a stack trace, or any answer the caller's credential.
pub(super) struct InternalsHidden;

impl Check for InternalsHidden {
    fn name(&self) -> &'static str {
        "internals-hidden"
    }

    fn about(&self) -> &'static str {
        "Answers carry no stack traces and no credentials."
    }

    fn check(&self, s: &CheckContext<'_>) -> Vec<Failure> {
        let Some(response) = s.response() else { return Vec::new() };
        let contains = |needle: &str| memchr::memmem::find(&response.body, needle.as_bytes()).is_some();
        let mut failures = Vec::new();
        if response.status >= 400
            && let Some(trace) = TRACES.iter().find(|trace| contains(trace))
        {
            failures.push(
                Failure::new("stack trace", "The error's body shows the server's inner workings.")
                    .expected("a message for the caller", shown(trace))
                    .at(&s.operation.head.location),
            );
        }
        if s.facts.secrets.iter().any(|secret| secret.len() >= SECRET_CHARS_MIN && contains(secret)) {
            failures.push(
                Failure::new("credential echoed", "The answer repeats the caller's credential.")
                    .expected("no credential in the answer", "the credential (not shown here)")
                    .at(&s.operation.head.location),
            );
        }
        failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{exchange, json, verdict};
    use crate::validate::intent::{Intent, Subject};

    const VALID: Intent = Intent::Valid(Subject::Known);

    #[test]
    fn plain_messages_pass() {
        assert_eq!(verdict(&InternalsHidden, &VALID, &json(422, r#"{"detail":[]}"#)), []);
    }

    #[test]
    fn traces_and_credentials_fail() {
        let trace = exchange(500, &[], "Traceback (most recent call last):\n  File");
        assert_eq!(verdict(&InternalsHidden, &VALID, &trace)[0].cause, "stack trace");
        let echoed = json(200, r#"{"key":"hunter2hunter2"}"#);
        let got = verdict(&InternalsHidden, &VALID, &echoed);
        assert_eq!(got[0].cause, "credential echoed");
        assert!(!got[0].seen.contains("hunter2"));
    }
}
