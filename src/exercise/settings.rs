//! What a run may do, and how much of it.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::check::{ALL, Check};
use crate::generate::case::{CaseSettings, Phase};

/// One machine's share of the cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which, from 1.
    pub number: u64,
    /// Of how many.
    pub of: u64,
}

impl Shard {
    /// True when the case of that index is this machine's.
    #[must_use]
    pub fn takes(self, index: u64) -> bool {
        index % self.of.max(1) == self.number.saturating_sub(1)
    }
}

impl Default for Shard {
    fn default() -> Self {
        Self { number: 1, of: 1 }
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let complain = || format!("`{text}` is no share: write I/N with 1 ≤ I ≤ N");
        let (number, of) = text.split_once('/').ok_or_else(complain)?;
        let shard =
            Self { number: number.parse().map_err(|_| complain())?, of: of.parse().map_err(|_| complain())? };
        if shard.number == 0 || shard.number > shard.of { Err(complain()) } else { Ok(shard) }
    }
}

/// The settings of a run.
#[derive(Clone)]
pub struct Settings {
    /// How cases are made.
    pub case: CaseSettings,
    /// Which phases, in order.
    pub phases: Vec<Phase>,
    /// Which checks.
    pub checks: Vec<&'static dyn Check>,
    /// At most this many cases for each operation and phase.
    pub cases: u64,
    /// Requests under way at once.
    pub workers: usize,
    /// Requests in a second, at most.
    pub rate: Option<f64>,
    /// The run stops after this many findings.
    pub failures_max: Option<u64>,
    /// How long judging one answer may take.
    pub judging_max: Duration,
    /// The run stops after this time.
    pub time_max: Option<Duration>,
    /// This machine's share.
    pub shard: Shard,
    /// Where failing cases are kept; `None`: nowhere.
    pub regressions: Option<PathBuf>,
    /// Tell every exchange as an event.
    pub records: bool,
    /// The target's base URL, for people.
    pub url: String,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("case", &self.case)
            .field("cases", &self.cases)
            .finish_non_exhaustive()
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            case: CaseSettings::default(),
            phases: Phase::ALL.to_vec(),
            checks: ALL.to_vec(),
            cases: 100,
            workers: 4,
            rate: None,
            failures_max: None,
            judging_max: Duration::from_secs(10),
            time_max: None,
            shard: Shard::default(),
            regressions: None,
            records: false,
            url: String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_and_cover_everything_once() {
        let shards: Vec<Shard> = (1..=3).map(|i| format!("{i}/3").parse().unwrap()).collect();
        for index in 0..50 {
            assert_eq!(shards.iter().filter(|s| s.takes(index)).count(), 1);
        }
        for text in ["0/3", "4/3", "1", "a/b", "1/0"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
