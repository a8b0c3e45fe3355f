//! A case: one request, where it comes from, and what it is for.

use std::fmt;

use crate::base::Seed;
use crate::contract::OperationIndex;
use crate::generate::case::path::fill;
use crate::validate::intent::{Intent, Sent};
use crate::wire::Request;

/// The parts of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// What the contract gives as examples.
    Examples,
    /// Each bound and oddity once.
    Boundary,
    /// Drawn from the seed.
    Random,
    /// Sequences on one resource.
    Stateful,
}

impl Phase {
    /// All, in the order of a run.
    pub const ALL: [Self; 4] = [Self::Examples, Self::Boundary, Self::Random, Self::Stateful];

    /// The name on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Examples => "examples",
            Self::Boundary => "boundary",
            Self::Random => "random",
            Self::Stateful => "stateful",
        }
    }

    /// The phase of that name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == name)
    }
}

/// Where a case is found again, given the contract and the seed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Coordinates {
    /// The operation's id (`operationId`, or `METHOD /path`).
    pub operation: String,
    /// The phase.
    pub phase: Phase,
    /// The number in the phase, from 0.
    pub index: u64,
}

impl fmt::Display for Coordinates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.operation, self.phase.as_str(), self.index)
    }
}

/// A whole request with its meaning.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Where it is found again.
    pub at: Coordinates,
    /// The operation.
    pub operation: OperationIndex,
    /// What it is for.
    pub intent: Intent,
    /// What is special about it, in a few words: `unicode id`, `extra query`.
    pub label: String,
    /// Statuses that are fair although the contract may not list them.
    pub fair: Vec<u16>,
    /// The parameters sent.
    pub sent: Vec<Sent>,
    /// The path's parameters by name, as they are written in the target.
    pub path_values: Vec<(String, String)>,
    /// The request.
    pub request: Request,
    /// The seed of the run that made it, for a case that was kept. Its ids may be ones that were given to that run: only those that
    /// show that they were made up are nobody's.
    pub kept: Option<Seed>,
}

impl Case {
    /// Whether the target's path is the template with the case's values put in; what stands behind it, if anything.
    #[must_use]
    pub fn behind(&self, template: &str) -> Option<String> {
        let values = self.path_values.iter().cloned().collect();
        let path = fill(template, &values)?;
        let rest = self.request.target.strip_prefix(&path)?;
        Some(rest.split('?').next().unwrap_or_default().to_owned())
    }
}

/// Why there is no case at the coordinates.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MakeError {
    /// It could destroy what the run may not touch.
    #[error(
        "they could hit what is not this run's to touch (--ids gives it more, --destructive all everything)"
    )]
    Guarded,
    /// No value is to be had for a part.
    #[error("no value for {0}")]
    NoValue(String),
    /// What should be broken can't be, or what was made is not what it should be.
    #[error("nothing to send there")]
    Nothing,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_are_found_by_their_names() {
        for phase in Phase::ALL {
            assert_eq!(Phase::by_name(phase.as_str()), Some(phase));
        }
        assert_eq!(Phase::by_name("chaos"), None);
    }
}
