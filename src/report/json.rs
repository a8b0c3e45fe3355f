//! One JSON document with everything, for programs; shards are joined from it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::secret::Masked;
use crate::exercise::{Finding, Summary, Verdict, Withheld};

/// The version of the format.
pub const VERSION: u32 = 1;

/// A run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The version of the format.
    pub version: u32,
    /// The program and its version.
    pub tool: String,
    /// The contract's title.
    pub title: String,
    /// The contract as the user named it.
    pub spec: String,
    /// The target.
    pub url: String,
    /// The seed.
    pub seed: u64,
    /// `passed`, `failed` or `unusable`.
    pub verdict: String,
    /// Why the target is unusable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The run was interrupted.
    pub interrupted: bool,
    /// Why not all was sent; absent when all was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<String>,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Cases judged.
    pub cases: u64,
    /// Requests sent.
    pub requests: u64,
    /// The names of the checks.
    pub checks: Vec<String>,
    /// By operation.
    pub operations: Vec<Operation>,
    /// What was found.
    pub findings: Vec<FindingRecord>,
    /// What people should know.
    pub notes: Vec<String>,
    /// Cases skipped, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// Operations that were not sent, or not with every case, to spare what is not the run's.
    #[serde(default)]
    pub withheld: Vec<WithheldRecord>,
}

/// An operation that was not sent, or not with every case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithheldRecord {
    /// The operation's id.
    pub operation: String,
    /// Its method.
    pub method: String,
    /// Its path.
    pub path: String,
    /// Some of its cases were sent.
    pub partly: bool,
    /// How many cases were not.
    pub cases: u64,
    /// Why.
    pub reasons: Vec<String>,
    /// Arguments that allow it, each by itself.
    pub allow: Vec<String>,
}

impl From<&Withheld> for WithheldRecord {
    fn from(w: &Withheld) -> Self {
        Self {
            operation: w.operation.clone(),
            method: w.method.clone(),
            path: w.path.clone(),
            partly: w.partly,
            cases: w.cases,
            reasons: w.reasons.iter().map(|reason| (*reason).to_owned()).collect(),
            allow: w.allow.clone(),
        }
    }
}

/// What became of one operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// Its id.
    pub id: String,
    /// Its method.
    pub method: String,
    /// Its path.
    pub path: String,
    /// Cases judged.
    pub cases: u64,
    /// Answers by status; `0`: none came.
    pub statuses: BTreeMap<u16, u64>,
    /// Findings.
    pub findings: u64,
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindingRecord {
    /// The same for the same cause in every run.
    pub fingerprint: String,
    /// The operation's id.
    pub operation: String,
    /// Its method.
    pub method: String,
    /// Its path.
    pub path: String,
    /// The check.
    pub check: String,
    /// What makes it the same as another.
    pub cause: String,
    /// One sentence.
    pub message: String,
    /// What should have come.
    pub expected: String,
    /// What came.
    pub seen: String,
    /// Where the contract says so.
    pub contract: Option<Place>,
    /// Where the case is found again.
    pub case: Case,
    /// The smallest requests, in order.
    pub requests: Vec<Step>,
    /// How many steps led to them.
    pub simplified: u32,
    /// It did not fail when sent again.
    pub flaky: bool,
    /// The replay file.
    pub replay: Option<String>,
    /// How many cases showed it.
    pub occurrences: u64,
}

/// A place in the contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// The line's text.
    pub source: Option<String>,
}

/// Where a case is found again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// The phase.
    pub phase: String,
    /// Its number.
    pub index: u64,
    /// What it was for.
    pub intent: String,
}

/// A request and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its part in a sequence.
    pub role: String,
    /// How many at the same time.
    pub repeat: usize,
    /// Method and target.
    pub line: String,
    /// Header fields, secrets masked.
    pub headers: Vec<(String, String)>,
    /// The body, shortened.
    pub body: Option<String>,
    /// As a command.
    pub curl: String,
    /// The answer's status.
    pub status: Option<u16>,
    /// The answer's header fields.
    pub answer_headers: Vec<(String, String)>,
    /// The answer's body, shortened, or why there is none.
    pub answer: String,
}

impl From<&Finding> for FindingRecord {
    fn from(f: &Finding) -> Self {
        Self {
            fingerprint: f.fingerprint.clone(),
            operation: f.operation.clone(),
            method: f.method.clone(),
            path: f.path.clone(),
            check: f.check.to_owned(),
            cause: f.cause.to_string(),
            message: f.message.to_string(),
            expected: f.expected.to_string(),
            seen: f.seen.to_string(),
            contract: f.place.as_ref().map(|place| Place {
                file: place.file.clone(),
                line: place.line,
                column: place.column,
                source: f.source_line.as_ref().map(ToString::to_string),
            }),
            case: Case {
                phase: f.at.phase.as_str().to_owned(),
                index: f.at.index,
                intent: f.intent.to_string(),
            },
            requests: f
                .steps
                .iter()
                .map(|s| Step {
                    role: s.role.clone(),
                    repeat: s.repeat,
                    line: s.line.to_string(),
                    headers: texts(&s.headers),
                    body: s.body.as_ref().map(ToString::to_string),
                    curl: s.curl.to_string(),
                    status: s.status,
                    answer_headers: texts(&s.answer_headers),
                    answer: s.answer.to_string(),
                })
                .collect(),
            simplified: f.shrunk,
            flaky: f.flaky,
            replay: f.replay.as_ref().map(|path| path.display().to_string()),
            occurrences: f.occurrences,
        }
    }
}

fn texts(fields: &[(Masked, Masked)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

impl From<&Summary> for Report {
    fn from(s: &Summary) -> Self {
        let (verdict, reason) = match &s.verdict {
            Verdict::Passed => ("passed", None),
            Verdict::Failed => ("failed", None),
            Verdict::Unusable(why) => ("unusable", Some(why.to_string())),
        };
        Self {
            version: VERSION,
            tool: concat!("counterpart ", env!("CARGO_PKG_VERSION")).to_owned(),
            title: s.plan.title.to_string(),
            spec: s.plan.spec.to_string(),
            url: s.plan.url.to_string(),
            seed: s.plan.seed,
            verdict: verdict.to_owned(),
            reason,
            interrupted: s.interrupted,
            cut: s.cut.clone(),
            seconds: s.elapsed.as_secs_f64(),
            cases: s.counts.cases,
            requests: s.counts.requests,
            checks: s.plan.checks.clone(),
            operations: s
                .operations
                .iter()
                .map(|o| Operation {
                    id: o.id.clone(),
                    method: o.method.clone(),
                    path: o.path.clone(),
                    cases: o.cases,
                    statuses: o.statuses.clone(),
                    findings: o.findings,
                })
                .collect(),
            findings: s.findings.iter().map(|finding| FindingRecord::from(finding.as_ref())).collect(),
            notes: s.notes.iter().map(ToString::to_string).collect(),
            skipped: s.skipped.clone(),
            withheld: s.withheld.iter().map(WithheldRecord::from).collect(),
        }
    }
}

/// The document.
#[must_use]
pub fn report(summary: &Summary) -> String {
    text(&Report::from(summary))
}

/// A report's text. Such a record always has one: no maps with keys that are not text.
#[must_use]
pub fn text(report: &Report) -> String {
    serde_json::to_string_pretty(report).unwrap_or_default() + "\n"
}
