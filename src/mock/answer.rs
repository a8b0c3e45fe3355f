//! An answer on its way: the response, when it is sent, and what goes wrong with it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::contract::OperationIndex;
use crate::mock::callback::Posting;
use crate::mock::fault::{FaultKind, FaultRule};
use crate::mock::store::Commit;
use crate::wire::Response;

/// How an answer goes wrong on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mishap {
    /// It does not.
    #[default]
    None,
    /// The connection breaks before it.
    Reset,
    /// The body ends early: after so many bytes, or half-way.
    Truncate(Option<u64>),
    /// The body comes in small pieces: so many bytes in a second, or in ten pieces.
    Slow(Option<u64>),
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The response.
    pub response: Response,
    /// How long to wait before it is sent.
    pub delay: Duration,
    /// What happens to it on its way.
    pub mishap: Mishap,
    /// What it waits for before it leaves.
    pub commit: Commit,
    /// The fault that struck, for people.
    pub fault: Option<String>,
    /// The expectation that answered (its id).
    pub expectation: Option<Arc<str>>,
    /// The operation that the request was routed to.
    pub operation: Option<OperationIndex>,
    /// The callbacks that are posted once it is sent and this is dropped.
    pub(crate) calls: Option<Arc<Posting>>,
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        Self { response, ..Self::default() }
    }
}

impl Answer {
    /// Lets a fault of the way strike: the response is there already.
    pub(super) fn suffer(&mut self, rule: &FaultRule) {
        match rule.kind {
            FaultKind::Reset => self.mishap = Mishap::Reset,
            FaultKind::Truncate => self.mishap = Mishap::Truncate(rule.bytes),
            FaultKind::Slow => self.mishap = Mishap::Slow(rule.bytes_per_second),
            FaultKind::Garbage => {
                self.response.body = Bytes::from_static(b"{\"\xff\x00garbage\": [1, 2, <]>");
            }
            FaultKind::Status | FaultKind::Latency | FaultKind::Declared(_) => {}
        }
    }

    /// The status that arrives; 0 where nothing does.
    pub(super) fn sent_status(&self) -> u16 {
        if self.mishap == Mishap::Reset { 0 } else { self.response.status }
    }

    /// Notes the fault for people.
    pub(super) fn note(&mut self, kind: &FaultKind) {
        match &mut self.fault {
            Some(before) => {
                before.push_str(", ");
                before.push_str(kind.name());
            }
            None => self.fault = Some(kind.name().to_owned()),
        }
    }
}
