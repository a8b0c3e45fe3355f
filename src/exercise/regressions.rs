//! Kept cases, sent first: what failed before is looked at before anything else.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::Seed;
use crate::contract::{Operation, OperationIndex};
use crate::exercise::findings;
use crate::exercise::guard::Reason;
use crate::exercise::ledger::Key;
use crate::exercise::run::{Run, Sending};
use crate::exercise::store::{Stored, StoredStep};
use crate::exercise::usable::turns_away;
use crate::generate::case::credentials::Field;
use crate::generate::case::{Case, Coordinates, Phase};
use crate::validate::intent::Intent;
use crate::wire::Exchange;

/// How many kept cases one run sends.
const KEPT_MAX: usize = 1000;

/// The files of a folder of kept cases, by name, as many as one run sends.
///
/// # Errors
/// When the folder can't be read.
pub fn kept_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    files.sort();
    files.truncate(KEPT_MAX);
    Ok(files)
}

/// Sends the kept cases of single requests that may be sent to this target. Sequences are left to their own phase: the
/// ids that they used up are not there any more.
pub(super) async fn run_phase(run: &Arc<Run>) {
    let Some(folder) = run.settings.regressions.clone() else { return };
    // Where there is no folder, nothing was kept.
    for path in kept_files(&folder).unwrap_or_default() {
        if run.budget.is_spent() {
            break;
        }
        let stored = match Stored::load(&path) {
            Ok(stored) => stored,
            Err(error) => {
                run.note(format!("a kept case can't be read: {error}")).await;
                continue;
            }
        };
        let Some(operation) = run.api.operation(&stored.at.operation).cloned() else { continue };
        let [step] = stored.steps.as_slice() else { continue };
        if stored.at.phase == Phase::Stateful {
            continue;
        }
        resend(run, &operation, &stored, step, &path).await;
    }
}

async fn resend(run: &Arc<Run>, operation: &Arc<Operation>, stored: &Stored, step: &StoredStep, path: &Path) {
    let case = case_of(run, operation, stored, step);
    let Some((exchange, failed)) = run.send(operation, &case).await.done() else { return };
    let same = failed.into_iter().find(|f| f.check == stored.check && run.is_cause(&f.failure.cause, stored));
    let Some(same) = same else {
        // Only an answer proves that.
        if exchange.outcome.is_ok() {
            run.note(format!("{} does not fail any more", path.display())).await;
        }
        return;
    };
    let key =
        Key { operation: operation.head.id.clone(), check: same.check, cause: same.failure.cause.clone() };
    if run.register(&key) {
        findings::found(
            run,
            operation,
            key,
            same.failure,
            vec![(String::new(), 1, case, exchange)],
            0,
            false,
        )
        .await;
    }
}

/// The kept step as a case, with the user's secrets put in.
pub(super) fn case_of(run: &Run, operation: &Arc<Operation>, stored: &Stored, step: &StoredStep) -> Case {
    let fields: Vec<Field> = run.maker.credentials(operation).fields.clone();
    let header = |name: &str| {
        let credential =
            fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)).map(|f| f.text.clone());
        credential.or_else(|| run.settings.case.header(name).map(|secret| secret.expose().to_owned()))
    };
    let step = step.filled(&header, &|label| run.left_out(label, &fields));
    Case {
        at: Coordinates { ..stored.at.clone() },
        operation: OperationIndex(operation.head.index.0),
        intent: step.intent,
        label: step.label,
        fair: step.fair,
        sent: step.sent,
        path_values: step.path_values,
        request: step.request,
        kept: Some(Seed(stored.seed)),
    }
}

/// What was left out of a kept case for being secret, and is not given now.
pub(super) fn missing(run: &Run, operation: &Arc<Operation>, stored: &Stored) -> Vec<String> {
    let fields: Vec<Field> = run.maker.credentials(operation).fields.clone();
    let given = |name: &str| {
        fields.iter().any(|field| field.name.eq_ignore_ascii_case(name))
            || run.settings.case.header(name).is_some()
    };
    let mut missing: Vec<String> = stored
        .steps
        .iter()
        .flat_map(StoredStep::withheld)
        .filter(|part| part.header().is_none_or(|name| !given(name)))
        .map(|part| part.to_string())
        .collect();
    missing.sort();
    missing.dedup();
    missing
}

/// Sends a kept case again, if the guard lets all of its steps pass. What came, and the failure if it is still there.
pub(super) async fn replay(run: &Arc<Run>, operation: &Arc<Operation>, stored: &Stored) -> Replayed {
    let mut replayed = Replayed::default();
    let mut same_statuses = true;
    let cases: Vec<Case> = stored.steps.iter().map(|step| case_of(run, operation, stored, step)).collect();
    replayed.withheld = cases.iter().find_map(|case| run.gate.judge(operation, case).err());
    if replayed.withheld.is_some() {
        return replayed;
    }
    for (step, case) in stored.steps.iter().zip(cases) {
        let sends = (0..step.repeat).map(|_| run.send(operation, &case));
        let sent = futures_util::future::join_all(sends).await;
        for (exchange, failed) in sent.into_iter().filter_map(Sending::done) {
            let status = exchange.outcome.as_ref().ok().map(|response| response.status);
            same_statuses &= step.repeat > 1 || status == step.status;
            if let Some(same) =
                failed.into_iter().find(|f| f.check == stored.check && run.is_cause(&f.failure.cause, stored))
            {
                replayed.failure = Some(same.failure);
            }
            replayed.steps.push((step.role.clone(), case.clone(), exchange));
        }
    }
    replayed.same_statuses = same_statuses;
    replayed
}

/// What came of a kept case.
#[derive(Default)]
pub(super) struct Replayed {
    pub(super) failure: Option<crate::check::Failure>,
    /// It was not sent: why.
    pub(super) withheld: Option<Reason>,
    pub(super) steps: Vec<(String, Case, Exchange)>,
    /// Each step was answered with the status of then.
    pub(super) same_statuses: bool,
}

/// Why a kept case that was sent again and did not fail shows nothing; `missing` names what was left out of the file for
/// being secret and was not given now.
pub(super) fn inconclusive(stored: &Stored, replayed: &Replayed, missing: &[String]) -> Option<String> {
    if !missing.is_empty() {
        return Some(format!(
            "secrets are not kept with a case, and this one needs {}: give it with --auth SCHEME=VALUE or -H 'Name: value'",
            missing.join(", ")
        ));
    }
    if replayed.steps.is_empty() {
        return Some("nothing was sent".to_owned());
    }
    let then = |status: u16| stored.steps.iter().any(|step| step.status == Some(status));
    replayed.steps.iter().find_map(|(_, case, exchange)| match &exchange.outcome {
        Err(error) => Some(format!("a request was not answered: {error}")),
        Ok(answer) if turns_away(answer.status) && !then(answer.status) => {
            let credentials = matches!(answer.status, 401 | 403 | 407);
            let fair = credentials && matches!(case.intent, Intent::Credentials(_));
            let hint = if credentials { "; are --auth and -H right?" } else { "" };
            (!fair).then(|| format!("the target turned a request away ({}){hint}", answer.status))
        }
        Ok(_) => None,
    })
}
