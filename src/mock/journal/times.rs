//! How many requests are wanted of a kind.

use std::fmt;
use std::ops::{RangeFrom, RangeInclusive, RangeToInclusive};

/// How many requests are wanted: `2`, `1..`, `..=3` or `1..=3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    from: usize,
    to: usize,
}

impl Times {
    /// Whether so many are right.
    #[must_use]
    pub fn takes(self, count: usize) -> bool {
        (self.from..=self.to).contains(&count)
    }
}

impl From<usize> for Times {
    fn from(count: usize) -> Self {
        Self { from: count, to: count }
    }
}

impl From<RangeFrom<usize>> for Times {
    fn from(range: RangeFrom<usize>) -> Self {
        Self { from: range.start, to: usize::MAX }
    }
}

impl From<RangeToInclusive<usize>> for Times {
    fn from(range: RangeToInclusive<usize>) -> Self {
        Self { from: 0, to: range.end }
    }
}

impl From<RangeInclusive<usize>> for Times {
    fn from(range: RangeInclusive<usize>) -> Self {
        Self { from: *range.start(), to: *range.end() }
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.from, self.to) {
            (from, to) if from == to => write!(f, "{from}"),
            (from, usize::MAX) => write!(f, "at least {from}"),
            (0, to) => write!(f, "at most {to}"),
            (from, to) => write!(f, "{from} to {to}"),
        }
    }
}

/// Not as many requests came as were wanted; the text says what came instead.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unmet(pub(in crate::mock) String);

impl fmt::Debug for Unmet {
    /// As it reads: tests unwrap it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_numbers_and_ranges() {
        let all: [(Times, &str, [bool; 3]); 4] = [
            (1.into(), "1", [false, true, false]),
            ((1..).into(), "at least 1", [false, true, true]),
            ((..=1).into(), "at most 1", [true, true, false]),
            ((1..=2).into(), "1 to 2", [false, true, true]),
        ];
        for (times, text, takes) in all {
            assert_eq!(times.to_string(), text);
            assert_eq!([0, 1, 2].map(|n| times.takes(n)), takes, "{text}");
        }
    }
}
