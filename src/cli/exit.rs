//! The exit codes, a promise to whoever calls the program in CI.

use std::process::ExitCode;

use crate::cli::signals::Signal;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done; nothing violated the contract.
    Success,
    /// The contract was violated: findings, or unreviewed snapshot changes.
    Violated,
    /// Wrong usage, configuration or contract document.
    Usage,
    /// Nothing was tested: the target could not be reached, or answered nothing usable at all, or nothing was sent.
    Unreachable,
    /// A signal ended it; what was found so far has been reported, unless it was asked twice.
    Ended(Signal),
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
            // As shells say it: 128 and the signal's number.
            Self::Ended(Signal::HangUp) => 129,
            Self::Ended(Signal::Interrupt) => 130,
            Self::Ended(Signal::Terminate) => 143,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
