//! Events: the contract between the engine and everything that shows what it does. Texts in them that came from the user,
//! the target or the contract are masked: a report has nothing else to write.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::base::secret::Masked;
use crate::document::Place;
use crate::exercise::guard::Withheld;
use crate::generate::case::{Coordinates, Phase};
use crate::wire::{MaskedRequest, MaskedResponse};

/// Something that happened in a run, in the order in which it did.
#[derive(Clone, Debug)]
pub enum Event {
    /// The run begins.
    Started(Arc<Plan>),
    /// A phase begins.
    PhaseStarted {
        /// Which.
        phase: Phase,
        /// How many cases it will send at most.
        cases: u64,
    },
    /// A request was answered (only when the settings ask for records).
    Exchanged(Arc<Record>),
    /// How far the run is; a few times a second.
    Progress(Counts),
    /// A failure, as small as it gets; each comes once.
    Found(Arc<Finding>),
    /// Something that people should know: what was skipped, and why.
    Note(Masked),
    /// A phase is over.
    PhaseFinished(Phase),
    /// The run is over.
    Finished(Arc<Summary>),
}

/// What a run sets out to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The contract's title.
    pub title: Masked,
    /// The contract as the user named it.
    pub spec: Masked,
    /// The target.
    pub url: Masked,
    /// The seed.
    pub seed: u64,
    /// How many operations are tested, and how many there are.
    pub operations: (usize, usize),
    /// The names of the checks.
    pub checks: Vec<String>,
    /// How many requests are under way at once.
    pub workers: usize,
}

/// How many of what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests sent, those of shrinking included.
    pub requests: u64,
    /// Cases whose answer was judged.
    pub cases: u64,
    /// Cases that the phase will send at most.
    pub cases_max: u64,
    /// Cases that could not be made, or must not be sent.
    pub skipped: u64,
    /// Findings so far.
    pub findings: u64,
}

/// One request and its answer.
#[derive(Clone, Debug)]
pub struct Record {
    /// Where the case is found again.
    pub at: Coordinates,
    /// What it was for.
    pub intent: String,
    /// What is special about it.
    pub label: Masked,
    /// The request.
    pub request: MaskedRequest,
    /// The answer, or why there is none.
    pub outcome: Result<MaskedResponse, Masked>,
    /// How long it took.
    pub elapsed: Duration,
    /// The names of the checks that failed.
    pub failed: Vec<&'static str>,
}

/// A request of a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingStep {
    /// What it was for.
    pub role: String,
    /// How many of them at the same time.
    pub repeat: usize,
    /// `METHOD target`.
    pub line: Masked,
    /// The request's header fields.
    pub headers: Vec<(Masked, Masked)>,
    /// The request's body, cut to what people read.
    pub body: Option<Masked>,
    /// The request as a `curl` command.
    pub curl: Masked,
    /// The answer's status; none without an answer.
    pub status: Option<u16>,
    /// The answer's header fields.
    pub answer_headers: Vec<(Masked, Masked)>,
    /// The answer's body, or why there is none; cut to what people read.
    pub answer: Masked,
}

/// A broken rule with all that is needed to see and mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The same for the same cause in every run.
    pub fingerprint: String,
    /// The operation's id.
    pub operation: String,
    /// Its method.
    pub method: String,
    /// Its path.
    pub path: String,
    /// The check's name.
    pub check: &'static str,
    /// What makes it the same as another.
    pub cause: Masked,
    /// One sentence.
    pub message: Masked,
    /// What should have come.
    pub expected: Masked,
    /// What came.
    pub seen: Masked,
    /// Where the contract says so.
    pub place: Option<Place>,
    /// The line there.
    pub source_line: Option<Masked>,
    /// The case that showed it first.
    pub at: Coordinates,
    /// What that case was for, and what is special about it.
    pub intent: Masked,
    /// The smallest requests that still show it, in order.
    pub steps: Vec<FindingStep>,
    /// The target's base URL.
    pub url: Masked,
    /// How many steps led to them.
    pub shrunk: u32,
    /// Sent again, the case did not fail.
    pub flaky: bool,
    /// The file that sends it again.
    pub replay: Option<PathBuf>,
    /// How many cases showed it.
    pub occurrences: u64,
}

/// What became of one operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OperationCounts {
    /// Its id.
    pub id: String,
    /// Its method.
    pub method: String,
    /// Its path.
    pub path: String,
    /// Cases sent.
    pub cases: u64,
    /// Answers by status; 0 for none.
    pub statuses: BTreeMap<u16, u64>,
    /// Findings.
    pub findings: u64,
}

/// How a run ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing broke the contract.
    #[default]
    Passed,
    /// Something did.
    Failed,
    /// Nothing was tested: the target could not be reached, answered nothing usable, or nothing was sent. Why.
    Unusable(Masked),
}

/// The final value of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// What the run set out to do.
    pub plan: Plan,
    /// How many of what.
    pub counts: Counts,
    /// By operation, in the contract's order.
    pub operations: Vec<OperationCounts>,
    /// The findings, by operation and check.
    pub findings: Vec<Arc<Finding>>,
    /// What people should know.
    pub notes: Vec<Masked>,
    /// Cases skipped, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// Operations that were not sent, or not with every case, because they could have hit what is not the run's.
    pub withheld: Vec<Withheld>,
    /// The run was interrupted.
    pub interrupted: bool,
    /// Why not all was sent; `None` when all was.
    pub cut: Option<String>,
    /// How it ended.
    pub verdict: Verdict,
    /// How long it took.
    pub elapsed: Duration,
}

impl Summary {
    /// What was withheld of an operation, if nothing of it was sent but what was merely tried on its path.
    #[must_use]
    pub fn not_sent(&self, operation: &str) -> Option<&Withheld> {
        self.withheld.iter().find(|withheld| withheld.operation == operation && !withheld.partly)
    }
}
