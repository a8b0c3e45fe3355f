//! No other account can delete a record.

use crate::check::situation::shown_body;
use crate::check::{Check, Failure, Role, Saga, SagaFailure};

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

    fn check_saga(&self, saga: &Saga) -> Vec<SagaFailure> {
        if saga.makes_up_records() {
            return Vec::new();
        }
        let mut failures = Vec::new();
        for (l, life) in saga.lives.iter().enumerate().filter(|(_, life)| life.known) {
            for (s, step) in life.steps.iter().enumerate() {
                let Some(response) =
                    step.response().filter(|_| step.role == Role::Intruder && step.succeeded())
                else {
                    continue;
                };
                let header = saga.lifecycle.tenant_header.as_deref().unwrap_or("the account");
                let failure = Failure::new(
                    "deleted by another",
                    format!("Another account (`{header}`) could delete the record."),
                )
                .expected("a refusal", format!("{}: {}", response.status, shown_body(response)));
                failures.push(saga.failure(l, s, failure));
            }
        }
        failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{json, life, made_up, saga_causes};

    #[test]
    fn a_refused_intruder_passes() {
        assert!(
            saga_causes(&TenantIsolation, vec![life("a", &[(Role::Intruder, json(422, "{}"))])]).is_empty()
        );
        let lives = vec![
            life("a", &[(Role::Intruder, json(200, "{}"))]),
            made_up("u", &[(Role::Plain, json(200, "{}"))]),
        ];
        assert!(saga_causes(&TenantIsolation, lives).is_empty());
    }

    #[test]
    fn a_successful_intruder_fails() {
        let lives = vec![life("a", &[(Role::Intruder, json(200, "{}"))])];
        assert_eq!(saga_causes(&TenantIsolation, lives), ["deleted by another"]);
    }
}
