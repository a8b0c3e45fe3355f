//! A second deletion is rejected, or answers the identical record.

use crate::check::situation::shown_body;
use crate::check::{Check, Failure, Role, Saga, SagaFailure};

/// Fails when a second deletion succeeds with anything else than the first one's answer, or makes the server fail.
pub(super) struct SecondDelete;

impl Check for SecondDelete {
    fn name(&self) -> &'static str {
        "second-delete"
    }

    fn about(&self) -> &'static str {
        "A second deletion is rejected, or answers the identical record."
    }

    fn check_saga(&self, saga: &Saga) -> Vec<SagaFailure> {
        let mut failures = Vec::new();
        for (l, life) in saga.lives.iter().enumerate() {
            for (s, pair) in life.steps.windows(2).enumerate() {
                let (first, again) = (&pair[0], &pair[1]);
                if again.role != Role::Again
                    || !first.succeeded()
                    || !matches!(first.role, Role::Plain | Role::Again)
                {
                    continue;
                }
                let (Some(before), Some(after)) = (first.response(), again.response()) else { continue };
                let same = match (first.json(), again.json()) {
                    (Some(a), Some(b)) => a == b,
                    _ => before.body == after.body,
                };
                if again.succeeded() && !same {
                    let failure = Failure::new(
                        "answered differently",
                        "A second deletion succeeded with another answer than the first.",
                    )
                    .expected(
                        format!("a 4xx, or the identical answer {}", shown_body(before)),
                        format!("{}: {}", after.status, shown_body(after)),
                    );
                    failures.push(saga.failure(l, s + 1, failure));
                } else if after.status >= 500 {
                    let failure = Failure::new("server error", "A second deletion made the server fail.")
                        .expected(
                            "a 4xx, or the identical answer",
                            format!("{}: {}", after.status, shown_body(after)),
                        );
                    failures.push(saga.failure(l, s + 1, failure));
                }
            }
        }
        failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{json, life, saga_causes};

    fn twice(first: (u16, &str), again: (u16, &str)) -> Vec<String> {
        let steps = [(Role::Plain, json(first.0, first.1)), (Role::Again, json(again.0, again.1))];
        saga_causes(&SecondDelete, vec![life("a", &steps)])
    }

    #[test]
    fn rejection_and_the_identical_record_pass() {
        assert!(twice((200, r#"{"id":"a"}"#), (422, "no")).is_empty());
        assert!(twice((200, r#"{"id":"a","n":1}"#), (200, r#"{"n":1,"id":"a"}"#)).is_empty());
        assert!(twice((204, ""), (204, "")).is_empty());
        assert!(twice((422, ""), (200, "{}")).is_empty());
    }

    #[test]
    fn a_changed_record_and_a_crash_fail() {
        assert_eq!(twice((200, r#"{"n":1}"#), (200, r#"{"n":2}"#)), ["answered differently"]);
        assert_eq!(twice((200, "{}"), (500, "")), ["server error"]);
    }
}
