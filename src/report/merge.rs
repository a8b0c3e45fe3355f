//! Joins the JSON reports of shards into one.

use std::collections::BTreeMap;

use crate::report::json::{FindingRecord, Operation, Report, VERSION, WithheldRecord};

/// Why reports can't be joined.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// There are none.
    #[error("there are no reports to join")]
    Nothing,
    /// It is no report of ours.
    #[error("no JSON report of `counterpart test`: {0}")]
    Format(String),
    /// It is of a later version.
    #[error("the report is of version {0}, this program reads up to {VERSION}")]
    Version(u32),
    /// They are of different runs.
    #[error("the reports are of different runs: {0}")]
    Differ(String),
}

/// Reads a report.
///
/// # Errors
/// [`MergeError`] when the text is no report, or of a later version.
pub fn read(text: &str) -> Result<Report, MergeError> {
    let format = |error: serde_json::Error| MergeError::Format(error.to_string());
    let value: serde_json::Value = serde_json::from_str(text).map_err(format)?;
    let version = value.get("version").and_then(serde_json::Value::as_u64).unwrap_or(0);
    let version = u32::try_from(version).unwrap_or(u32::MAX);
    if version > VERSION {
        return Err(MergeError::Version(version));
    }
    serde_json::from_value(value).map_err(format)
}

/// One report of several: counts are added up, a finding that several have stands once. Contract and seed must be the
/// same.
///
/// # Errors
/// [`MergeError`] when there are none, or they are of different runs.
pub fn merge(reports: Vec<Report>) -> Result<Report, MergeError> {
    let mut reports = reports.into_iter();
    let mut whole = reports.next().ok_or(MergeError::Nothing)?;
    for part in reports {
        if part.title != whole.title {
            return Err(MergeError::Differ(format!("the contracts `{}` and `{}`", whole.title, part.title)));
        }
        if part.seed != whole.seed {
            return Err(MergeError::Differ(format!("the seeds {} and {}", whole.seed, part.seed)));
        }
        add(&mut whole, part);
    }
    for operation in &mut whole.operations {
        operation.findings = whole.findings.iter().filter(|f| f.operation == operation.id).count() as u64;
    }
    Ok(whole)
}

/// The worse of two verdicts.
fn worse(a: &str, b: &str) -> String {
    let rank = |verdict: &str| match verdict {
        "passed" => 0,
        "unusable" => 1,
        _ => 2,
    };
    if rank(b) > rank(a) { b.to_owned() } else { a.to_owned() }
}

fn add(whole: &mut Report, part: Report) {
    whole.verdict = worse(&whole.verdict, &part.verdict);
    whole.reason = whole.reason.take().or(part.reason);
    whole.interrupted |= part.interrupted;
    whole.cut = whole.cut.take().or(part.cut);
    // Shards run at the same time.
    whole.seconds = whole.seconds.max(part.seconds);
    whole.cases += part.cases;
    whole.requests += part.requests;
    for operation in part.operations {
        add_operation(&mut whole.operations, operation);
    }
    for finding in part.findings {
        add_finding(&mut whole.findings, finding);
    }
    whole
        .findings
        .sort_by(|a, b| (&a.operation, &a.check, &a.cause).cmp(&(&b.operation, &b.check, &b.cause)));
    for note in part.notes {
        if !whole.notes.contains(&note) {
            whole.notes.push(note);
        }
    }
    add_counts(&mut whole.skipped, part.skipped);
    for withheld in part.withheld {
        add_withheld(&mut whole.withheld, withheld);
    }
    for withheld in &mut whole.withheld {
        let operation = whole.operations.iter().find(|operation| operation.id == withheld.operation);
        withheld.partly |= operation.is_some_and(|operation| operation.cases > 0);
    }
}

fn add_withheld(whole: &mut Vec<WithheldRecord>, part: WithheldRecord) {
    let Some(known) = whole.iter_mut().find(|known| known.operation == part.operation) else {
        whole.push(part);
        return;
    };
    known.cases += part.cases;
    for reason in part.reasons {
        if !known.reasons.contains(&reason) {
            known.reasons.push(reason);
        }
    }
    for allow in part.allow {
        if !known.allow.contains(&allow) {
            known.allow.push(allow);
        }
    }
}

fn add_counts<K: Ord>(whole: &mut BTreeMap<K, u64>, part: BTreeMap<K, u64>) {
    for (key, count) in part {
        *whole.entry(key).or_default() += count;
    }
}

fn add_operation(operations: &mut Vec<Operation>, part: Operation) {
    match operations.iter_mut().find(|operation| operation.id == part.id) {
        None => operations.push(part),
        Some(known) => {
            known.cases += part.cases;
            add_counts(&mut known.statuses, part.statuses);
        }
    }
}

fn add_finding(findings: &mut Vec<FindingRecord>, part: FindingRecord) {
    match findings.iter_mut().find(|finding| finding.fingerprint == part.fingerprint) {
        None => findings.push(part),
        Some(known) => {
            let occurrences = known.occurrences + part.occurrences;
            // The one that came further down is the better example.
            if part.simplified > known.simplified {
                *known = part;
            }
            known.occurrences = occurrences;
        }
    }
}
