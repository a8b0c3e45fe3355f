//! An entry of the journal: a request and what became of it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::contract::Operation;
use crate::mock::matching::Subject;
use crate::wire::{Headers, Request};

/// One request and what became of it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its number, from 1, never used twice.
    pub number: u64,
    /// When it came, in seconds of the logical clock.
    pub time: u64,
    /// The request; a long body is cut.
    pub request: Request,
    /// How long the request's body was, in bytes.
    pub body_bytes: usize,
    /// The operation it was routed to.
    pub operation: Option<Arc<Operation>>,
    /// The status it was answered with.
    pub status: u16,
    /// What else was answered.
    pub outcome: Outcome,
}

/// What became of a request, besides its status.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The headers of the answer.
    pub headers: Headers,
    /// The body of the answer, cut where it is long; `None` when it had to make room for newer ones.
    pub body: Option<Bytes>,
    /// How long the body was, in bytes.
    pub body_bytes: usize,
    /// How long the answer took to make.
    pub took: Duration,
    /// How long it was kept waiting on purpose.
    pub delay: Duration,
    /// The fault that struck.
    pub fault: Option<String>,
    /// The expectation that answered (its id).
    pub expectation: Option<Arc<str>>,
}

impl Entry {
    /// What matchers look at.
    #[must_use]
    pub fn subject(&self) -> Subject<'_> {
        Subject::new(&self.request, self.operation.as_deref().map(|operation| &operation.head))
    }

    /// True when the body was too long to be kept whole.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.body_bytes > self.request.body.as_ref().map_or(0, Bytes::len)
    }
}

/// What is to be recorded beside the request.
#[derive(Debug, Default)]
pub struct Told<'a> {
    /// The status it was answered with.
    pub status: u16,
    /// The headers of the answer; `None` when none of it arrived.
    pub headers: Option<&'a Headers>,
    /// The body of the answer; a long one is cut.
    pub body: Option<Bytes>,
    /// How long the answer took to make.
    pub took: Duration,
    /// How long it was kept waiting on purpose.
    pub delay: Duration,
    /// The fault that struck.
    pub fault: Option<String>,
    /// The expectation that answered (its id).
    pub expectation: Option<Arc<str>>,
}
