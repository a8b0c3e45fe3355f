//! The phases of single requests: workers take numbers, make the cases, send them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::task::JoinSet;

use crate::contract::Operation;
use crate::exercise::event::Event;
use crate::exercise::findings;
use crate::exercise::guard::Reason;
use crate::exercise::run::{Run, Sending};
use crate::generate::case::{MakeError, Phase};

/// Positions of a phase: the operations take turns, so that a run cut short has seen each.
struct Positions {
    /// Operation and how many cases it has, most first.
    counts: Vec<(Arc<Operation>, u64)>,
    total: u64,
}

impl Positions {
    fn of(run: &Run, phase: Phase) -> Self {
        let mut counts: Vec<(Arc<Operation>, u64)> = run
            .api
            .operations
            .iter()
            // Working out what there is to send takes its time with thousands of operations.
            .take_while(|_| !run.budget.is_spent())
            .map(|operation| {
                let count = run.maker.count(operation, phase).unwrap_or(u64::MAX).min(run.settings.cases);
                (Arc::clone(operation), count)
            })
            .collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let total = counts.iter().map(|(_, count)| count).sum();
        Self { counts, total }
    }

    /// The case at a position: round by round, one of each operation that still has cases.
    fn at(&self, position: u64) -> Option<(&Arc<Operation>, u64)> {
        let mut left = position;
        let mut round = 0;
        let mut alive = self.counts.len();
        // Operations drop out in the order of their counts: each stretch of rounds has a fixed number of them.
        while alive > 0 {
            let until = self.counts[alive - 1].1;
            let stretch = (until - round).saturating_mul(alive as u64);
            if left < stretch {
                let row = round + left / alive as u64;
                let column = usize::try_from(left % alive as u64).ok()?;
                return self.counts.get(column).map(|(operation, _)| (operation, row));
            }
            left -= stretch;
            round = until;
            while alive > 0 && self.counts[alive - 1].1 <= round {
                alive -= 1;
            }
        }
        None
    }
}

/// Runs a phase of single requests.
pub(super) async fn run_phase(run: &Arc<Run>, phase: Phase) {
    let positions = Arc::new(Positions::of(run, phase));
    if positions.total == 0 {
        return;
    }
    let share = positions.total / run.settings.shard.of.max(1);
    run.cases_max.fetch_add(share, Ordering::Relaxed);
    run.tell(Event::PhaseStarted { phase, cases: share }).await;
    let next = Arc::new(AtomicU64::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..run.settings.workers.max(1) {
        workers.spawn(work(Arc::clone(run), phase, Arc::clone(&positions), Arc::clone(&next)));
    }
    while workers.join_next().await.is_some() {}
    run.settle().await;
    run.tell(Event::PhaseFinished(phase)).await;
}

async fn work(run: Arc<Run>, phase: Phase, positions: Arc<Positions>, next: Arc<AtomicU64>) {
    while !run.budget.is_spent() {
        let position = next.fetch_add(1, Ordering::Relaxed);
        let Some((operation, index)) = positions.at(position) else { break };
        if !run.settings.shard.takes(index) {
            continue;
        }
        if run.hangs(operation) {
            run.skip("the operation does not answer in time");
            continue;
        }
        let case = match run.maker.case(operation, phase, index) {
            Ok(case) => case,
            Err(MakeError::Nothing) => {
                run.skip("there is nothing to send");
                continue;
            }
            Err(MakeError::Guarded) => {
                run.withhold(operation, Reason::guarded(run.maker.settings()), false);
                continue;
            }
            Err(error @ MakeError::NoValue(_)) => {
                run.skip(&error.to_string());
                continue;
            }
        };
        match run.send(operation, &case).await {
            Sending::Done(exchange, failed) => {
                findings::judged(&run, operation, case, *exchange, failed).await
            }
            Sending::Withheld => {}
            Sending::Stopped => break,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positions(counts: &[u64]) -> Positions {
        let mut counts: Vec<_> = counts
            .iter()
            .zip(0..)
            .map(|(count, n)| (Arc::new(Operation::nothing(crate::contract::OperationIndex(n))), *count))
            .collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let total = counts.iter().map(|(_, count)| count).sum();
        Positions { counts, total }
    }

    #[test]
    fn every_case_has_one_position() {
        for counts in [&[3, 1, 0, 5][..], &[2, 2], &[0], &[7]] {
            let positions = positions(counts);
            let mut seen: Vec<(u32, u64)> = (0..positions.total)
                .map(|p| positions.at(p).map(|(op, index)| (op.head.index.0, index)).unwrap())
                .collect();
            seen.sort_unstable();
            let mut wanted: Vec<(u32, u64)> =
                (0..).zip(counts).flat_map(|(n, count)| (0..*count).map(move |i| (n, i))).collect();
            wanted.sort_unstable();
            assert_eq!(seen, wanted);
            assert!(positions.at(positions.total).is_none());
        }
    }

    #[test]
    fn operations_take_turns() {
        let positions = positions(&[2, 2]);
        let order: Vec<u32> = (0..4).map(|p| positions.at(p).unwrap().0.head.index.0).collect();
        assert_eq!(order, [0, 1, 0, 1]);
    }
}
