//! From a failing case to the smallest one that fails the same check for the same cause.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::contract::Operation;
use crate::exercise::ledger::Key;
use crate::exercise::run::Run;
use crate::generate::case::{Case, Phase};
use crate::wire::Exchange;

/// How many requests shrinking one failure may cost.
pub(super) const SHRINK_STEPS_MAX: u32 = 400;

/// How long shrinking one failure may take.
pub(super) const SHRINK_TIME_MAX: Duration = Duration::from_secs(10);

/// Where an operation's least request is found.
const LEAST: (Phase, u64) = (Phase::Boundary, 0);

/// The smallest case found.
#[derive(Debug)]
pub(super) struct Shrunk {
    pub(super) case: Case,
    pub(super) exchange: Exchange,
    pub(super) steps: u32,
    pub(super) flaky: bool,
    pub(super) failure: crate::check::Failure,
}

/// Shrinks the case at the coordinates, starting from how it failed first.
///
/// The case's tree can't leave the thread it was made on, so this is not `Send`: it runs on a thread of its own.
pub(super) async fn shrink(
    run: &Run,
    operation: &Arc<Operation>,
    first: (Case, Exchange, crate::check::Failure),
    key: &Key,
) -> Shrunk {
    let (case, exchange, failure) = first;
    let (phase, index) = (case.at.phase, case.at.index);
    let mut best = Shrunk { case, exchange, steps: 0, flaky: false, failure };
    if phase == Phase::Stateful || run.budget.is_over() {
        return best;
    }
    // Where the least request of the operation fails in the same way, nothing odd is needed to show it.
    let mut start = (phase, index);
    if (phase, index) != LEAST
        && let Ok(least) = run.maker.case(operation, LEAST.0, LEAST.1)
        && let Some((case, exchange, failure)) = attempt(run, operation, least, key).await
    {
        best = Shrunk { case, exchange, steps: 1, flaky: false, failure };
        start = LEAST;
    }
    let Ok(mut tree) = run.maker.tree(operation, start.0, start.1) else { return best };
    let started = Instant::now();
    // The case as it was must fail again; else there is nothing to go by.
    let mut tried = 0;
    let mut ever_failed = false;
    while tried < SHRINK_STEPS_MAX && started.elapsed() < SHRINK_TIME_MAX && !run.budget.is_over() {
        let failed = match tree.current() {
            None => false,
            Some(case) => {
                tried += 1;
                match attempt(run, operation, case, key).await {
                    None => false,
                    Some((case, exchange, failure)) => {
                        best = Shrunk { case, exchange, failure, steps: best.steps, flaky: false };
                        if ever_failed {
                            best.steps += 1;
                        }
                        ever_failed = true;
                        true
                    }
                }
            }
        };
        if !ever_failed {
            best.flaky = true;
            return best;
        }
        if !tree.advance(failed) {
            break;
        }
    }
    best
}

/// Sends the case; what failed if it fails for the same cause.
async fn attempt(
    run: &Run,
    operation: &Arc<Operation>,
    case: Case,
    key: &Key,
) -> Option<(Case, Exchange, crate::check::Failure)> {
    if !run.maker.keeps_intent(operation, &case) {
        return None;
    }
    let (exchange, failed) = run.send(operation, &case).await.done()?;
    let same = failed.into_iter().find(|f| f.check == key.check && f.failure.cause == key.cause)?;
    Some((case, exchange, same.failure))
}
