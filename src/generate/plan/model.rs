//! What a plan is.

use super::kind::{Draft, Kind};
use super::node::Node;

/// The height of what has no end.
pub(crate) const ENDLESS: u32 = u32::MAX;

/// One way to fulfil a plan.
#[derive(Debug)]
pub(crate) struct Alternative {
    pub(crate) node: Node,
    /// Kinds of values, with the height of the lowest.
    pub(crate) kinds: Vec<(Kind, u32)>,
}

/// What fulfils a set of terms.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) ways: Vec<Alternative>,
    /// False when there may be ways that were not looked at.
    pub(crate) complete: bool,
    /// The height of the lowest value; [`ENDLESS`] when there is none.
    pub(crate) height: u32,
    /// Why there is none, where that is because of a limit.
    pub(crate) limit: Option<Limit>,
}

/// What stands in the way of a value that there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// The smallest value is too large.
    Weight,
    /// Working it out takes too many steps.
    Steps,
}

/// A plan on the way.
pub(super) struct Sketch {
    pub(super) ways: Vec<(Node, Vec<(Draft, u32)>)>,
    pub(super) complete: bool,
    pub(super) height: u32,
    pub(super) limit: Option<Limit>,
}
