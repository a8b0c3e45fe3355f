//! A deleted record says that it is deleted.

use serde_json::Value;

use crate::check::context::shown;
use crate::check::{Check, Failure, HistoryFailure, OperationHistory, Role};
use crate::resource::lexicon::is_ended;

/// Fails when the record that a deletion answers with is in a state that does not say that it ended.
pub(super) struct TerminalState;

impl Check for TerminalState {
    fn name(&self) -> &'static str {
        "terminal-state"
    }

    fn about(&self) -> &'static str {
        "The record that a deletion answers with is in a terminal state."
    }

    fn check_history(&self, history: &OperationHistory) -> Vec<HistoryFailure> {
        let Some(pointer) = &history.lifecycle.state else { return Vec::new() };
        let mut failures = Vec::new();
        for (l, life) in history.histories.iter().enumerate() {
            for (s, step) in life.steps.iter().enumerate() {
                if !step.succeeded() || step.role == Role::UnsupportedMethod {
                    continue;
                }
                let body = step.json();
                let Some(Value::String(state)) = body.as_ref().and_then(|body| pointer.lookup(body)) else {
                    continue;
                };
                if !is_ended(state) {
                    let failure = Failure::new(
                        "not terminal",
                        "The deleted record's state does not say that it is over.",
                    )
                    .expected(format!("a terminal state at `{pointer}`, such as DELETED"), shown(state));
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
    fn an_ended_record_passes() {
        let histories = vec![
            life("a", &[(Role::Plain, json(200, r#"{"status":"DELETED"}"#))]),
            life("b", &[(Role::Plain, json(422, r#"{"status":"RUNNING"}"#))]),
        ];
        assert!(history_causes(&TerminalState, histories).is_empty());
    }

    #[test]
    fn a_living_record_fails() {
        let histories = vec![life("a", &[(Role::Plain, json(200, r#"{"status":"RUNNING"}"#))])];
        assert_eq!(history_causes(&TerminalState, histories), ["not terminal"]);
    }
}
