//! The answer to a deletion is the record that was asked for.

use crate::check::context::shown;
use crate::check::{Check, Failure, HistoryFailure, OperationHistory, Role};

/// Fails when the record in the answer carries another id than the path.
pub(super) struct RecordIdentity;

impl Check for RecordIdentity {
    fn name(&self) -> &'static str {
        "record-identity"
    }

    fn about(&self) -> &'static str {
        "The answer to a deletion is the record that was asked for."
    }

    fn check_history(&self, history: &OperationHistory) -> Vec<HistoryFailure> {
        let Some(pointer) = &history.lifecycle.id else { return Vec::new() };
        let mut failures = Vec::new();
        for (l, life) in history.histories.iter().enumerate() {
            for (s, step) in life.steps.iter().enumerate() {
                if !step.succeeded() || step.role == Role::UnsupportedMethod {
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
                    failures.push(history.failure(l, s, failure));
                }
            }
        }
        failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{history_causes, json, life};

    #[test]
    fn the_record_asked_for_passes() {
        let histories = vec![
            life("a", &[(Role::Plain, json(200, r#"{"id":"a"}"#))]),
            life("7", &[(Role::Plain, json(200, r#"{"id":7}"#)), (Role::Again, json(422, r#"{"id":"x"}"#))]),
        ];
        assert!(history_causes(&RecordIdentity, histories).is_empty());
    }

    #[test]
    fn another_record_fails() {
        let histories = vec![life("a", &[(Role::Plain, json(200, r#"{"id":"b"}"#))])];
        assert_eq!(history_causes(&RecordIdentity, histories), ["another id"]);
    }
}
