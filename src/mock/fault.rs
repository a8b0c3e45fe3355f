//! Faults, injected on purpose: which kinds there are, which are switched on, and whose turn it is.
//!
//! Whether a fault strikes is drawn from the seed and the number of times its rule was asked, so that a run can be
//! repeated.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use serde::{Deserialize, Serialize};

use crate::base::Seed;
use crate::base::limits::FAULT_RULES_MAX;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum FaultKind {
    /// The answer is an error of the server.
    Status,
    /// The connection breaks before an answer.
    Reset,
    /// The body ends before its announced length.
    Truncate,
    /// The body comes in small pieces.
    Slow,
    /// The body is no valid document.
    Garbage,
    /// A fault that a resource declares, by its name.
    Declared(String),
}

impl From<String> for FaultKind {
    fn from(name: String) -> Self {
        match name.as_str() {
            "status" => Self::Status,
            "reset" => Self::Reset,
            "truncate" => Self::Truncate,
            "slow" => Self::Slow,
            "garbage" => Self::Garbage,
            _ => Self::Declared(name),
        }
    }
}

impl From<FaultKind> for String {
    fn from(kind: FaultKind) -> Self {
        kind.name().to_owned()
    }
}

impl FaultKind {
    /// Its name, as `--fault` takes it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Status => "status",
            Self::Reset => "reset",
            Self::Truncate => "truncate",
            Self::Slow => "slow",
            Self::Garbage => "garbage",
            Self::Declared(name) => name,
        }
    }

    /// The kinds that every contract has.
    pub const GENERAL: [&'static str; 5] = ["status", "reset", "truncate", "slow", "garbage"];
}

/// A rule: what goes wrong, how often, and where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// What goes wrong.
    pub kind: FaultKind,
    /// How often: 0 never, 1 always.
    #[serde(default = "always")]
    pub rate: f64,
    /// Only for this operation (its id).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The status of a [`FaultKind::Status`], 500 to 599; 503 when none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How many more times; for ever when none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
}

fn always() -> f64 {
    1.0
}

impl FaultRule {
    /// Reads `KIND=RATE` or `KIND:STATUS=RATE`; the rate is a fraction (`0.25`) or a percentage (`25%`).
    ///
    /// # Errors
    /// What is wrong with the text, one sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, rate) = text.split_once('=').ok_or("a fault is written KIND=RATE, such as reset=0.1")?;
        let (name, status) = match name.split_once(':') {
            Some((name, status)) => {
                (name, Some(status.parse().map_err(|_| format!("`{status}` is no status"))?))
            }
            None => (name, None),
        };
        let number = |text: &str| text.parse::<f64>().map_err(|_| format!("`{text}` is no rate"));
        let rate = match rate.strip_suffix('%') {
            Some(percent) => number(percent)? / 100.0,
            None => number(rate)?,
        };
        let rule =
            Self { kind: FaultKind::from(name.to_owned()), rate, operation: None, status, times: None };
        rule.check()?;
        Ok(rule)
    }

    /// Checks the numbers.
    ///
    /// # Errors
    /// What is wrong with the rule, one sentence.
    pub fn check(&self) -> Result<(), String> {
        if self.kind.name().is_empty() {
            return Err("the kind of fault is missing".to_owned());
        }
        if !(0.0..=1.0).contains(&self.rate) {
            return Err(format!("the rate {} is not between 0 and 1", self.rate));
        }
        match self.status {
            Some(_) if self.kind != FaultKind::Status => Err("only `status` faults have a status".to_owned()),
            Some(status) if !(500..=599).contains(&status) => {
                Err(format!("the status {status} is not between 500 and 599"))
            }
            _ => Ok(()),
        }
    }
}

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

    /// Removes the rules of a kind, or all; answers how many.
    pub fn remove(&self, kind: Option<&FaultKind>) -> usize {
        let stays = |active: &Active| kind.is_some_and(|kind| active.rule.kind != *kind);
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

    /// Asks all rules that `wanted` takes, for the operation called `operation`: the first that strikes, if any.
    pub fn strike(&self, operation: &str, wanted: impl Fn(&FaultKind) -> bool) -> Option<FaultRule> {
        let active = self.active.load();
        active
            .iter()
            .zip(0_u64..)
            .filter(|(a, _)| wanted(&a.rule.kind))
            .filter(|(a, _)| a.rule.operation.as_deref().is_none_or(|only| only == operation))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_and_refused() {
        let rule = FaultRule::parse("status:502=25%").unwrap();
        assert_eq!((rule.kind, rule.status, rule.rate), (FaultKind::Status, Some(502), 0.25));
        assert_eq!(FaultRule::parse("spill=1").unwrap().kind, FaultKind::Declared("spill".into()));
        for bad in [
            "",
            "reset",
            "reset=",
            "reset=x",
            "reset=1.5",
            "reset=-1",
            "=1",
            "status:400=1",
            "reset:503=1",
            "reset=NaN",
        ] {
            assert!(FaultRule::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_rate_is_kept_and_repeatable() {
        let strikes = |seed| {
            let faults = Faults::new(Seed(seed), &[FaultRule::parse("reset=0.3").unwrap()]);
            (0..1000).map(|_| faults.strike("op", |_| true).is_some()).collect::<Vec<_>>()
        };
        let first = strikes(1);
        let count = first.iter().filter(|s| **s).count();
        assert!((250..350).contains(&count), "{count}");
        assert_eq!(first, strikes(1));
        assert_ne!(first, strikes(2));
    }

    #[test]
    fn times_operations_and_kinds_are_minded() {
        let mut rule = FaultRule::parse("reset=1").unwrap();
        rule.times = Some(2);
        rule.operation = Some("a".into());
        let faults = Faults::new(Seed(0), &[rule]);
        assert!(faults.strike("b", |_| true).is_none());
        assert!(faults.strike("a", |kind| *kind == FaultKind::Slow).is_none());
        let struck = (0..5).filter(|_| faults.strike("a", |_| true).is_some()).count();
        assert_eq!(struck, 2);
        assert_eq!(faults.list()[0].times, Some(0));
        assert_eq!(faults.remove(Some(&FaultKind::Slow)), 0);
        assert_eq!(faults.remove(None), 1);
        assert!(faults.is_empty());
    }

    #[test]
    fn there_is_a_limit_to_rules() {
        let rule = FaultRule::parse("slow=0").unwrap();
        let faults = Faults::new(Seed(0), &vec![rule.clone(); FAULT_RULES_MAX + 5]);
        assert_eq!(faults.list().len(), FAULT_RULES_MAX);
        assert!(!faults.add(&rule));
    }
}
