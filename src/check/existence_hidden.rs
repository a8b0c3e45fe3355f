//! Another account's record is answered as one that nobody has.

use crate::check::context::shown;
use crate::check::{Check, Failure, HistoryFailure, OperationHistory, Role};

/// How many made-up ids must have been answered alike before a difference means anything.
const ALIKE_MIN: usize = 2;

/// Fails when the refusal of a record of another account differs from that of an id nobody has: so ids can be
/// tried out (OWASP API1:2023). Silent where refusals of made-up ids differ among themselves.
pub(super) struct ExistenceHidden;

impl Check for ExistenceHidden {
    fn name(&self) -> &'static str {
        "existence-hidden"
    }

    fn about(&self) -> &'static str {
        "Another account's record is answered as one that nobody has."
    }

    fn check_history(&self, history: &OperationHistory) -> Vec<HistoryFailure> {
        let mut unknown: Vec<String> = Vec::new();
        let mut count = 0;
        for life in history.histories.iter().filter(|life| !life.known) {
            for step in life.steps.iter().filter(|s| s.role == Role::Plain && s.refused()) {
                count += 1;
                unknown.extend(life.signature(step));
            }
        }
        unknown.sort();
        unknown.dedup();
        let [of_nobody] = unknown.as_slice() else { return Vec::new() };
        if count < ALIKE_MIN {
            return Vec::new();
        }
        let mut failures = Vec::new();
        for (l, life) in history.histories.iter().enumerate().filter(|(_, life)| life.known) {
            for (s, step) in life.steps.iter().enumerate() {
                if step.role != Role::OtherTenant || !step.refused() {
                    continue;
                }
                if let Some(seen) = life.signature(step).filter(|seen| seen != of_nobody) {
                    let failure = Failure::new(
                        "tells of existence",
                        "The refusal tells another account that the record exists.",
                    )
                    .expected(format!("as for an unknown id: {}", shown(of_nobody)), shown(&seen));
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
    use crate::check::testing::{history_causes, json, life, made_up};

    fn histories(intruder: &str, unknown: [&str; 2]) -> Vec<String> {
        history_causes(
            &ExistenceHidden,
            vec![
                life("a", &[(Role::OtherTenant, json(422, intruder))]),
                made_up("u1", &[(Role::Plain, json(422, unknown[0]))]),
                made_up("u2", &[(Role::Plain, json(422, unknown[1]))]),
            ],
        )
    }

    #[test]
    fn the_same_refusal_passes() {
        assert!(histories(r#"{"input":"a"}"#, [r#"{"input":"u1"}"#, r#"{"input":"u2"}"#]).is_empty());
        assert!(histories("x", ["request 1", "request 2"]).is_empty());
    }

    #[test]
    fn another_refusal_fails() {
        assert_eq!(histories("belongs to another", ["unknown", "unknown"]), ["tells of existence"]);
    }
}
