//! The exit codes, a promise to whoever calls the program in CI.

use std::process::ExitCode;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done; nothing violated the contract.
    Success,
    /// The contract was violated: findings, or unreviewed snapshot changes.
    Violated,
    /// Wrong usage, configuration or contract document.
    Usage,
    /// The target could not be reached, or answered nothing usable at all.
    Unreachable,
    /// Interrupted; what was found so far has been reported.
    Interrupted,
}

impl Exit {
    /// The number the process ends with.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Violated => 1,
            Self::Usage => 2,
            Self::Unreachable => 3,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
