//! A request that was refused has changed nothing.

use crate::check::context::shown;
use crate::check::{Check, Failure, HistoryFailure, OperationHistory, ResourceHistory, Role};

/// How many histories must agree before the refusal is called a deletion: one id may have ended before the run.
const LIVES_MIN: usize = 2;

/// Fails when records on which only refused requests were made are found deleted: the proper deletion that follows
/// gets the answer of a second one. Whether an id was alive before the run can't be known for sure, so the verdict
/// rests on several histories, and on none that contradicts.
pub(super) struct RefusalChangesNothing;

impl Check for RefusalChangesNothing {
    fn name(&self) -> &'static str {
        "refusal-changes-nothing"
    }

    fn about(&self) -> &'static str {
        "A refused request changes nothing: the proper one still succeeds afterwards."
    }

    fn check_history(&self, history: &OperationHistory) -> Vec<HistoryFailure> {
        let again = history.again_signatures();
        if again.is_empty() || self_evidently_ended(history, &again) {
            return Vec::new();
        }
        [Role::OtherTenant, Role::Unauthenticated, Role::UnsupportedMethod]
            .into_iter()
            .filter_map(|trespass| verdict(history, trespass, &again))
            .collect()
    }
}

/// True when a plain first deletion met the answer of a second one: some ids had ended before the run, and nothing
/// can be concluded from such an answer.
fn self_evidently_ended(history: &OperationHistory, again: &[String]) -> bool {
    history.histories.iter().filter(|life| life.known).any(|life| {
        life.steps
            .first()
            .filter(|step| step.role == Role::Plain && step.refused())
            .and_then(|step| life.signature(step))
            .is_some_and(|signature| again.contains(&signature))
    })
}

fn verdict(history: &OperationHistory, trespass: Role, again: &[String]) -> Option<HistoryFailure> {
    let mut found: Vec<(usize, usize, String)> = Vec::new();
    for (l, life) in history.histories.iter().enumerate().filter(|(_, life)| life.known) {
        let Some(at) = proper_after(life, trespass) else { continue };
        let proper = &life.steps[at];
        if proper.succeeded() {
            return None;
        }
        match life.signature(proper) {
            Some(signature) if again.contains(&signature) => found.push((l, at, signature)),
            _ => {}
        }
    }
    if found.len() < LIVES_MIN {
        return None;
    }
    let (life, step, seen) = found.swap_remove(0);
    let failure = Failure::new(
        format!("changed by {}", trespass.as_str()),
        format!(
            "A refused request ({}) has deleted the record: the proper one comes too late.",
            trespass.as_str()
        ),
    )
    .expected("the proper deletion to succeed", shown(&seen));
    Some(history.failure(life, step, failure))
}

/// The proper deletion right after refused trespasses of this kind and nothing else.
fn proper_after(life: &ResourceHistory, trespass: Role) -> Option<usize> {
    let at = life.steps.iter().position(|step| step.role == Role::Plain)?;
    let before = &life.steps[..at];
    (!before.is_empty() && before.iter().all(|step| step.role == trespass && step.refused())).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{history_causes, json, life};

    fn trespassed(id: &str, proper: u16) -> ResourceHistory {
        life(id, &[(Role::OtherTenant, json(404, "")), (Role::Plain, json(proper, "late"))])
    }

    fn twice() -> ResourceHistory {
        life("t", &[(Role::Plain, json(200, "{}")), (Role::Again, json(422, "late"))])
    }

    #[test]
    fn untouched_records_pass() {
        let histories = vec![twice(), trespassed("a", 200), trespassed("b", 422)];
        assert!(history_causes(&RefusalChangesNothing, histories).is_empty());
    }

    #[test]
    fn ended_ids_prove_nothing() {
        let ended = life("e", &[(Role::Plain, json(422, "late"))]);
        let histories = vec![twice(), ended, trespassed("a", 422), trespassed("b", 422)];
        assert!(history_causes(&RefusalChangesNothing, histories).is_empty());
        assert!(history_causes(&RefusalChangesNothing, vec![twice(), trespassed("a", 422)]).is_empty());
    }

    #[test]
    fn records_deleted_by_refused_requests_fail() {
        let histories = vec![twice(), trespassed("a", 422), trespassed("b", 422)];
        assert_eq!(history_causes(&RefusalChangesNothing, histories), ["changed by other account"]);
    }
}
