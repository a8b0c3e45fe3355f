//! From judged cases to findings: failures are shrunk, told, and kept for the next run.

use std::path::PathBuf;
use std::sync::Arc;

use crate::base::files::{self, Access};
use crate::base::plain;
use crate::base::secret::Redactor;
use crate::check::{Failure, Role, Step};
use crate::contract::Operation;
use crate::exercise::event::{Event, Finding, FindingStep};
use crate::exercise::inspect::Failed;
use crate::exercise::ledger::Key;
use crate::exercise::run::{Run, lock};
use crate::exercise::shown;
use crate::exercise::shrink::shrink;
use crate::exercise::store::{Stored, StoredStep};
use crate::generate::case::Case;
use crate::wire::Exchange;

/// Counts a judged case, tells of it, and takes its failures on.
pub(super) async fn judged(
    run: &Arc<Run>,
    operation: &Arc<Operation>,
    case: Case,
    exchange: Exchange,
    failed: Vec<Failed>,
) {
    let names = failed.iter().map(|f| f.check).collect();
    run.count(operation, &case, &exchange, names).await;
    for Failed { check, failure } in failed {
        let key = Key { operation: operation.head.id.clone(), check, cause: failure.cause.clone() };
        if !run.register(&key) {
            continue;
        }
        let (shared, operation) = (Arc::clone(run), Arc::clone(operation));
        let (case, exchange) = (case.clone(), exchange.clone());
        run.shrinking.lock().await.spawn(async move {
            let Ok(permit) = Arc::clone(&shared.shrinkers).acquire_owned().await else { return };
            let handle = tokio::runtime::Handle::current();
            let work = {
                let (run, operation, key) = (Arc::clone(&shared), Arc::clone(&operation), key.clone());
                move || handle.block_on(shrink(&run, &operation, (case, exchange, failure), &key))
            };
            // A panic while shrinking is a bug of ours; the run goes on without that finding's details.
            if let Ok(small) = tokio::task::spawn_blocking(work).await {
                let steps = vec![(String::new(), 1, small.case, small.exchange)];
                found(&shared, &operation, key, small.failure, steps, small.steps, small.flaky).await;
            }
            drop(permit);
        });
    }
}

/// As [`judged`], for a step of a sequence: nothing shrinks, the steps up to it are the finding's.
pub(super) async fn judged_step(
    run: &Arc<Run>,
    operation: &Arc<Operation>,
    steps: &[Step],
    cases: &[Case],
    exchange: Exchange,
    case: Case,
    failed: Vec<Failed>,
) {
    let mut told = Vec::new();
    for Failed { check, failure } in failed {
        told.push(check);
        let key = Key { operation: operation.head.id.clone(), check, cause: failure.cause.clone() };
        if run.register(&key) {
            found(run, operation, key, failure, sent_steps(steps, cases), 0, false).await;
        }
    }
    run.count(operation, &case, &exchange, told).await;
}

/// A failure in its final form: told, and kept for the next run. Steps: role, how many at once, case, exchange.
pub(super) async fn found(
    run: &Run,
    operation: &Operation,
    key: Key,
    failure: Failure,
    steps: Vec<(String, usize, Case, Exchange)>,
    shrunk: u32,
    flaky: bool,
) {
    let Some((_, _, case, _)) = steps.last() else { return };
    let (at, intent) = (case.at.clone(), format!("{} ({})", case.intent, case.label));
    let redactor = shown::redactor(&run.redactor, steps.iter().map(|(_, _, _, exchange)| exchange));
    let replay = keep(run, operation, &key, &failure, &steps, &redactor);
    let shown: Vec<FindingStep> = steps
        .iter()
        .map(|(role, repeat, _, exchange)| shown::step(role, *repeat, exchange, &run.settings.url, &redactor))
        .collect();
    let mut place = failure.place.as_ref().and_then(|at| run.api.places.place(at));
    if let Some(place) = &mut place {
        // A contract's URL may hold a key.
        place.file = redactor.text(&place.file).into_string();
    }
    let source_line = failure.place.as_ref().and_then(|at| run.api.places.source_line(at));
    let finding = Finding {
        fingerprint: key.fingerprint(),
        operation: operation.head.id.clone(),
        method: operation.head.method.clone(),
        path: operation.head.path.clone(),
        check: key.check,
        cause: run.redactor.text(&key.cause),
        message: redactor.text(&failure.message),
        expected: redactor.text(&failure.expected),
        seen: redactor.text(&failure.seen),
        place,
        source_line: source_line.map(|line| redactor.looks(&line)),
        at,
        intent: redactor.text(&intent),
        steps: shown,
        url: redactor.text(&run.settings.url),
        shrunk,
        flaky,
        replay,
        occurrences: 1,
    };
    lock(&run.ledger).settle(&key, finding.clone());
    run.tell(Event::Found(Arc::new(finding))).await;
    run.budget.found();
}

/// Writes the case down; a folder that can't be written is said once and is no failure.
fn keep(
    run: &Run,
    operation: &Operation,
    key: &Key,
    failure: &Failure,
    steps: &[(String, usize, Case, Exchange)],
    shown: &Redactor,
) -> Option<PathBuf> {
    let folder = run.settings.regressions.as_ref()?;
    let (_, _, last, _) = steps.last()?;
    let stored = Stored {
        spec: run.api.spec.clone(),
        seed: run.settings.case.seed().0,
        at: last.at.clone(),
        check: key.check.to_owned(),
        cause: key.cause.clone(),
        message: failure.message.clone(),
        steps: steps
            .iter()
            .map(|(role, repeat, case, exchange)| stored_step(role, *repeat, case, exchange))
            .collect(),
    };
    let path = folder.join(format!("{}.json", key.fingerprint()));
    let known = run.api.operations.iter().find(|op| op.head.index == operation.head.index);
    let fields = known.map(|op| run.maker.credentials(op).fields.clone()).unwrap_or_default();
    let text = stored.write(&run.redactor, shown, &run.credentials(fields));
    match files::write(&path, plain::json(&text).as_bytes(), Access::Private) {
        Ok(()) => Some(path),
        Err(error) => {
            let note = format!("failing cases can't be kept in {}: {error}", folder.display());
            let note = run.redactor.text(&note);
            let mut notes = lock(&run.notes);
            if !notes.contains(&note) {
                notes.push(note);
            }
            None
        }
    }
}

fn stored_step(role: &str, repeat: usize, case: &Case, exchange: &Exchange) -> StoredStep {
    StoredStep {
        role: role.to_owned(),
        repeat,
        intent: case.intent.clone(),
        label: case.label.clone(),
        fair: case.fair.clone(),
        sent: case.sent.clone(),
        path_values: case.path_values.clone(),
        request: exchange.request.clone(),
        status: exchange.outcome.as_ref().ok().map(|response| response.status),
    }
}

/// The steps as a finding tells them: what raced together is one step.
pub(super) fn sent_steps(steps: &[Step], cases: &[Case]) -> Vec<(String, usize, Case, Exchange)> {
    let mut sent: Vec<(String, usize, Case, Exchange)> = Vec::new();
    for (step, case) in steps.iter().zip(cases) {
        match sent.last_mut() {
            Some((role, repeat, _, exchange))
                if step.role == Role::Concurrent && role == Role::Concurrent.as_str() =>
            {
                *repeat += 1;
                // The winner's answer tells more than a refusal.
                if step.succeeded() {
                    *exchange = step.exchange.clone();
                }
            }
            _ => sent.push((step.role.as_str().to_owned(), 1, case.clone(), step.exchange.clone())),
        }
    }
    sent
}
