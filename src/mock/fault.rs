//! Faults, injected on purpose: which kinds there are, and the rules by which they strike.

use serde::{Deserialize, Serialize};

use crate::contract::OperationHead;
use crate::mock::latency::Latency;
use crate::mock::matching::names;

mod active;
pub(in crate::mock) mod strike;

pub use active::Faults;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum FaultKind {
    /// The answer is an error; nothing is done.
    Status,
    /// The connection breaks before an answer; nothing is done, or (`after`) all was.
    Reset,
    /// The body ends before its announced length. What was asked for is done.
    Truncate,
    /// The body comes in small pieces. What was asked for is done.
    Slow,
    /// The body is no valid document. What was asked for is done.
    Garbage,
    /// The answer is late.
    Latency,
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
            "latency" => Self::Latency,
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
            Self::Latency => "latency",
            Self::Declared(name) => name,
        }
    }

    /// The kinds that every contract has.
    pub const GENERAL: [&'static str; 6] = ["status", "reset", "truncate", "slow", "garbage", "latency"];
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
    /// Only for this operation: its id, or `METHOD /path`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The status of a [`FaultKind::Status`], 400 to 599; 503 when none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The delay of a [`FaultKind::Latency`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
    /// How many bytes of the body a [`FaultKind::Truncate`] lets through; half of them when none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// The pace of a [`FaultKind::Slow`]; ten pieces in a second when none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes_per_second: Option<u64>,
    /// A [`FaultKind::Reset`] strikes after the request was done, so that the client can't know.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub after: bool,
    /// How many more times; for ever when none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
}

fn always() -> f64 {
    1.0
}

impl FaultRule {
    /// A fault of this kind that always strikes, everywhere.
    #[must_use]
    pub fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            rate: 1.0,
            operation: None,
            status: None,
            latency: None,
            bytes: None,
            bytes_per_second: None,
            after: false,
            times: None,
        }
    }

    /// Reads `KIND[:HOW][@OPERATION]=RATE[xTIMES]`; the rate is a fraction (`0.25`) or a percentage (`25%`). HOW is the
    /// status of `status`, the delay of `latency`, the bytes of `truncate`, the bytes in a second of `slow`, and `after`
    /// of `reset`.
    ///
    /// # Errors
    /// What is wrong with the text, one sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (what, rate) = text.rsplit_once('=').ok_or("a fault is written KIND=RATE, such as reset=0.1")?;
        let (what, operation) = match what.split_once('@') {
            Some((what, operation)) => (what, Some(operation.to_owned())),
            None => (what, None),
        };
        let mut rule = Self::how(what)?;
        rule.operation = operation;
        let (rate, times) = match rate.split_once('x') {
            Some((rate, times)) => {
                (rate, Some(times.parse().map_err(|_| format!("`{times}` is no number of times"))?))
            }
            None => (rate, None),
        };
        rule.times = times;
        let number = |text: &str| text.parse::<f64>().map_err(|_| format!("`{text}` is no rate"));
        rule.rate = match rate.strip_suffix('%') {
            Some(percent) => number(percent)? / 100.0,
            None => number(rate)?,
        };
        rule.check()?;
        Ok(rule)
    }

    /// Reads `KIND[:HOW]`: a fault that always strikes.
    ///
    /// # Errors
    /// What is wrong with the text, one sentence.
    pub fn how(text: &str) -> Result<Self, String> {
        let (name, how) = match text.split_once(':') {
            Some((name, how)) => (name, Some(how)),
            None => (text, None),
        };
        let mut rule = Self::new(FaultKind::from(name.to_owned()));
        let Some(how) = how else { return Ok(rule) };
        match rule.kind {
            FaultKind::Status => {
                rule.status = Some(how.parse().map_err(|_| format!("`{how}` is no status"))?)
            }
            FaultKind::Latency => rule.latency = Some(how.parse()?),
            FaultKind::Truncate => {
                rule.bytes = Some(how.parse().map_err(|_| format!("`{how}` is no number of bytes"))?);
            }
            FaultKind::Slow => {
                let number = how.strip_suffix("/s").unwrap_or(how);
                let number = number.strip_suffix('B').unwrap_or(number);
                let (number, unit) = match number.strip_suffix(['k', 'K']) {
                    Some(number) => (number, 1000),
                    None => (number, 1),
                };
                let pace = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
                rule.bytes_per_second =
                    Some(pace.ok_or_else(|| {
                        format!("`{how}` is no number of bytes in a second, such as 2kB/s")
                    })?);
            }
            FaultKind::Reset if how == "after" => rule.after = true,
            _ => return Err(format!("`{name}` faults know no `{how}`")),
        }
        Ok(rule)
    }

    /// Checks that all fits together.
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
        for (given, name, kind) in [
            (self.status.is_some(), "status", FaultKind::Status),
            (self.latency.is_some(), "latency", FaultKind::Latency),
            (self.bytes.is_some(), "bytes", FaultKind::Truncate),
            (self.bytes_per_second.is_some(), "bytes_per_second", FaultKind::Slow),
            (self.after, "after", FaultKind::Reset),
        ] {
            if given && self.kind != kind {
                return Err(format!("`{name}` belongs to `{}` faults only", kind.name()));
            }
        }
        if self.kind == FaultKind::Latency && self.latency.is_none() {
            return Err("a `latency` fault needs its delay, such as latency:50ms=0.1".to_owned());
        }
        if self.bytes_per_second == Some(0) {
            return Err("no bytes in a second are too few".to_owned());
        }
        match self.status {
            Some(status) if !(400..=599).contains(&status) => {
                Err(format!("the status {status} is not between 400 and 599"))
            }
            _ => Ok(()),
        }
    }

    /// Whether it is meant for this operation.
    #[must_use]
    pub fn concerns(&self, head: &OperationHead) -> bool {
        self.operation.as_deref().is_none_or(|name| names(head, name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Seed;
    use crate::base::limits::FAULT_RULES_MAX;
    use crate::contract::{Operation, OperationIndex};

    fn head(id: &str) -> OperationHead {
        OperationHead { id: id.to_owned(), ..Operation::nothing(OperationIndex(0)).head }
    }

    #[test]
    fn rules_are_read_and_refused() {
        let rule = FaultRule::parse("status:502=25%").unwrap();
        assert_eq!((rule.kind, rule.status, rule.rate), (FaultKind::Status, Some(502), 0.25));
        assert_eq!(FaultRule::parse("spill=1").unwrap().kind, FaultKind::Declared("spill".into()));
        let rule = FaultRule::parse("latency:lognormal:p50=20ms,p95=80ms@GET /=5%x3").unwrap();
        assert_eq!((rule.kind.name(), rule.rate, rule.times), ("latency", 0.05, Some(3)));
        assert!(rule.latency.is_some() && rule.concerns(&head("x")));
        assert_eq!(FaultRule::parse("slow:2kB/s=1").unwrap().bytes_per_second, Some(2000));
        assert_eq!(FaultRule::parse("truncate:0@a=1").unwrap().bytes, Some(0));
        assert!(FaultRule::parse("reset:after=1").unwrap().after);
        for bad in [
            "",
            "reset",
            "reset=",
            "reset=x",
            "reset=1.5",
            "reset=-1",
            "=1",
            "status:302=1",
            "latency=1",
            "latency:soon=1",
            "slow:0=1",
            "slow:fast=1",
            "truncate:x=1",
            "garbage:5=1",
            "reset=1xx",
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
            (0..1000).map(|_| faults.strike(&head("op"), |_| true).is_some()).collect::<Vec<_>>()
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
        assert!(faults.strike(&head("b"), |_| true).is_none());
        assert!(faults.strike(&head("a"), |kind| *kind == FaultKind::Slow).is_none());
        let struck = (0..5).filter(|_| faults.strike(&head("a"), |_| true).is_some()).count();
        assert_eq!(struck, 2);
        assert_eq!(faults.list()[0].times, Some(0));
        assert_eq!(faults.remove(Some(&FaultKind::Slow), None), 0);
        assert_eq!(faults.remove(None, Some("b")), 0);
        assert_eq!(faults.remove(None, Some("a")), 1);
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
