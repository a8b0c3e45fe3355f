//! No other account can delete a record.

use crate::check::context::shown_body;
use crate::check::{Check, Failure, HistoryFailure, OperationHistory, Role};

/// Fails when a deletion for another account, of a record that exists, succeeds. Silent where the target makes up a
/// record for any id: then the other account got one of its own.
pub(super) struct TenantIsolation;

impl Check for TenantIsolation {
    fn name(&self) -> &'static str {
        "tenant-isolation"
    }

    fn about(&self) -> &'static str {
        "No other account can delete a record."
    }

    fn check_history(&self, history: &OperationHistory) -> Vec<HistoryFailure> {
        if history.makes_up_records() {
            return Vec::new();
        }
        let mut failures = Vec::new();
        for (l, life) in history.histories.iter().enumerate().filter(|(_, life)| life.known) {
            for (s, step) in life.steps.iter().enumerate() {
                let Some(response) =
                    step.response().filter(|_| step.role == Role::OtherTenant && step.succeeded())
                else {
                    continue;
                };
                let header = history.lifecycle.tenant_header.as_deref().unwrap_or("the account");
                let failure = Failure::new(
                    "deleted by another",
                    format!("Another account (`{header}`) could delete the record."),
                )
                .expected("a refusal", format!("{}: {}", response.status, shown_body(response)));
                failures.push(history.failure(l, s, failure));
            }
        }
        failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{history_causes, json, life, made_up};

    #[test]
    fn a_refused_intruder_passes() {
        assert!(
            history_causes(&TenantIsolation, vec![life("a", &[(Role::OtherTenant, json(422, "{}"))])])
                .is_empty()
        );
        let histories = vec![
            life("a", &[(Role::OtherTenant, json(200, "{}"))]),
            made_up("u", &[(Role::Plain, json(200, "{}"))]),
        ];
        assert!(history_causes(&TenantIsolation, histories).is_empty());
    }

    #[test]
    fn a_successful_intruder_fails() {
        let histories = vec![life("a", &[(Role::OtherTenant, json(200, "{}"))])];
        assert_eq!(history_causes(&TenantIsolation, histories), ["deleted by another"]);
    }
}
