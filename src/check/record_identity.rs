//! The answer to a deletion is the record that was asked for.

use crate::check::situation::shown;
use crate::check::{Check, Failure, Role, Saga, SagaFailure};

/// Fails when the record in the answer carries another id than the path.
pub(super) struct RecordIdentity;

impl Check for RecordIdentity {
    fn name(&self) -> &'static str {
        "record-identity"
    }

    fn about(&self) -> &'static str {
        "The answer to a deletion is the record that was asked for."
    }

    fn check_saga(&self, saga: &Saga) -> Vec<SagaFailure> {
        let Some(pointer) = &saga.lifecycle.id else { return Vec::new() };
        let mut failures = Vec::new();
        for (l, life) in saga.lives.iter().enumerate() {
            for (s, step) in life.steps.iter().enumerate() {
                if !step.succeeded() || step.role == Role::Disturber {
                    continue;
                }
                let Some(id) = step.json().as_ref().and_then(|body| pointer.lookup(body).cloned()) else {
                    continue;
                };
                let text = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
                if text != life.id {
                    let failure = Failure::new(
                        "another id",
                        format!("The answer is another record: `{pointer}` differs."),
                    )
                    .expected(shown(&life.id), shown(&text));
                    failures.push(saga.failure(l, s, failure));
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

    #[test]
    fn the_record_asked_for_passes() {
        let lives = vec![
            life("a", &[(Role::Plain, json(200, r#"{"id":"a"}"#))]),
            life("7", &[(Role::Plain, json(200, r#"{"id":7}"#)), (Role::Again, json(422, r#"{"id":"x"}"#))]),
        ];
        assert!(saga_causes(&RecordIdentity, lives).is_empty());
    }

    #[test]
    fn another_record_fails() {
        let lives = vec![life("a", &[(Role::Plain, json(200, r#"{"id":"b"}"#))])];
        assert_eq!(saga_causes(&RecordIdentity, lives), ["another id"]);
    }
}
