//! The faults that are switched on, and whose turn it is.
//!
//! Whether a fault strikes is drawn from the seed and the number of times its rule was asked, so that a run can be
//! repeated.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;

use super::{FaultKind, FaultRule};
use crate::base::Seed;
use crate::base::limits::FAULT_RULES_MAX;
use crate::contract::OperationHead;

#[derive(Debug)]
struct Active {
    rule: FaultRule,
    asked: AtomicU64,
    left: AtomicU64,
}

/// The rules that are switched on.
#[derive(Debug)]
pub struct Faults {
    seed: Seed,
    active: ArcSwap<Vec<Arc<Active>>>,
}

impl Faults {
    /// These rules, drawn from `seed`.
    #[must_use]
    pub fn new(seed: Seed, rules: &[FaultRule]) -> Self {
        let faults = Self { seed: seed.derive("faults"), active: ArcSwap::default() };
        faults.set(rules);
        faults
    }

    /// Replaces all rules; counts start anew. Rules beyond [`FAULT_RULES_MAX`] are left out.
    pub fn set(&self, rules: &[FaultRule]) {
        let active = rules.iter().take(FAULT_RULES_MAX).map(|rule| Arc::new(Active::new(rule))).collect();
        self.active.store(Arc::new(active));
    }

    /// Adds a rule; `false` when there are [`FAULT_RULES_MAX`] already.
    pub fn add(&self, rule: &FaultRule) -> bool {
        let before = self.active.rcu(|now| {
            let mut more = Vec::clone(now);
            if more.len() < FAULT_RULES_MAX {
                more.push(Arc::new(Active::new(rule)));
            }
            more
        });
        before.len() < FAULT_RULES_MAX
    }

    /// Whether a fault of this kind strikes an operation now.
    pub(in crate::mock) fn strikes(&self, head: &OperationHead, kind: &FaultKind) -> bool {
        !self.is_empty() && self.strike(head, |known| known == kind).is_some()
    }

    /// Removes the rules of a kind and of an operation, as far as they are given; answers how many.
    pub fn remove(&self, kind: Option<&FaultKind>, operation: Option<&str>) -> usize {
        let stays = |active: &Active| {
            kind.is_some_and(|kind| active.rule.kind != *kind)
                || operation.is_some_and(|only| active.rule.operation.as_deref() != Some(only))
        };
        let before = self.active.rcu(|now| now.iter().filter(|a| stays(a)).cloned().collect::<Vec<_>>());
        before.iter().filter(|a| !stays(a)).count()
    }

    /// The rules as they stand, with what is left of their times.
    #[must_use]
    pub fn list(&self) -> Vec<FaultRule> {
        let mut rules: Vec<FaultRule> = Vec::new();
        for active in self.active.load().iter() {
            let times = active.rule.times.map(|_| active.left.load(Ordering::Relaxed));
            rules.push(FaultRule { times, ..active.rule.clone() });
        }
        rules
    }

    /// True when no rule is switched on.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.active.load().is_empty()
    }

    /// Asks all rules that `wanted` takes, for the operation: the first that strikes, if any.
    pub fn strike(
        &self,
        operation: &OperationHead,
        wanted: impl Fn(&FaultKind) -> bool,
    ) -> Option<FaultRule> {
        let active = self.active.load();
        active
            .iter()
            .zip(0_u64..)
            .filter(|(a, _)| wanted(&a.rule.kind))
            .filter(|(a, _)| a.rule.concerns(operation))
            .find(|(a, n)| a.strikes(self.seed.derive(a.rule.kind.name()).nth(*n)))
            .map(|(a, _)| a.rule.clone())
    }
}

impl Active {
    fn new(rule: &FaultRule) -> Self {
        let left = AtomicU64::new(rule.times.unwrap_or(u64::MAX));
        Self { rule: rule.clone(), asked: AtomicU64::new(0), left }
    }

    fn strikes(&self, seed: Seed) -> bool {
        let number = self.asked.fetch_add(1, Ordering::Relaxed);
        // 53 bits: as many as a double tells apart in [0, 1).
        let drawn = (seed.nth(number).0 >> 11) as f64 / (1_u64 << 53) as f64;
        if drawn >= self.rule.rate {
            return false;
        }
        self.rule.times.is_none()
            || self
                .left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
                .is_ok()
    }
}
