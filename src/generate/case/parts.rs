//! The parts of a request, each with its own way to simpler ones.

use std::fmt;

use proptest::strategy::ValueTree;
use serde_json::Value;

use super::ids::{IdText, IdTree};

/// What a part contributes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    /// A value, written in the contract's style or media type.
    Value(Value),
    /// An id, written as one path segment.
    Id(IdText),
    /// Bytes as they are (a header's value, a body).
    Bytes(Vec<u8>),
}

/// Where a part goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// The operation's parameter of that number.
    Parameter(usize),
    /// A query member that the contract does not know.
    Query(String),
    /// A header field that the contract does not know, or one sent again.
    Header(String),
    /// The body in the contract's media type of that number.
    Body(usize),
    /// A body of another media type (empty: none said).
    RawBody(String),
}

/// How a part gets simpler.
pub(super) enum Source {
    /// It does not.
    Fixed(Content),
    /// By a value's tree.
    Value(Box<dyn ValueTree<Value = Value>>),
    /// By an id's tree.
    Id(IdTree),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.content().fmt(f)
    }
}

impl Source {
    pub(super) fn content(&self) -> Content {
        match self {
            Self::Fixed(content) => content.clone(),
            Self::Value(tree) => Content::Value(tree.current()),
            Self::Id(tree) => Content::Id(tree.current()),
        }
    }

    fn simplify(&mut self) -> bool {
        match self {
            Self::Fixed(_) => false,
            Self::Value(tree) => tree.simplify(),
            Self::Id(tree) => tree.simplify(),
        }
    }

    fn complicate(&mut self) -> bool {
        match self {
            Self::Fixed(_) => false,
            Self::Value(tree) => tree.complicate(),
            Self::Id(tree) => tree.complicate(),
        }
    }
}

/// A part of a request.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) slot: Slot,
    pub(super) source: Source,
    /// May be left out without changing what the case is for.
    pub(super) removable: bool,
    pub(super) present: bool,
    /// The content of the last case that failed, once the tree is used up.
    settled: Option<Content>,
    /// The content of the last case that failed.
    good: Option<Content>,
}

impl Part {
    pub(super) fn new(slot: Slot, source: Source, removable: bool) -> Self {
        Self { slot, source, removable, present: true, settled: None, good: None }
    }

    pub(super) fn fixed(slot: Slot, content: Content) -> Self {
        Self::new(slot, Source::Fixed(content), false)
    }

    /// The same, but it may be left out.
    pub(super) fn optional(mut self) -> Self {
        self.removable = true;
        self
    }

    pub(super) fn content(&self) -> Content {
        self.settled.clone().unwrap_or_else(|| self.source.content())
    }

    /// The case as it is now failed: remember it.
    pub(super) fn failed(&mut self) {
        if self.settled.is_none() {
            self.good = Some(self.source.content());
        }
    }

    /// One step to a simpler content.
    pub(super) fn simplify(&mut self) -> bool {
        self.settled.is_none() && self.source.simplify()
    }

    /// Part of the last step back; false when the tree is used up, and the part stays as it last failed.
    pub(super) fn complicate(&mut self) -> bool {
        if self.settled.is_some() {
            return false;
        }
        let moved = self.source.complicate();
        if !moved {
            self.settled = self.good.clone();
        }
        moved
    }

    /// No more steps: the part stays as it last failed.
    pub(super) fn settle(&mut self) {
        if self.settled.is_none() {
            self.settled = self.good.clone();
        }
    }
}
