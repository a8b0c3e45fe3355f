//! One JSON line for each event, as it happens.

use serde_json::{Value, json};

use crate::base::plain;
use crate::base::secret::{MASK, is_secret_header};
use crate::exercise::{Event, Record};
use crate::report::json::{FindingRecord, Report};

/// The event's line; `None` for those that only move a progress bar.
#[must_use]
pub fn line(event: &Event) -> Option<String> {
    let value = match event {
        Event::Started(plan) => json!({
            "event": "started", "version": super::json::VERSION, "title": plan.title, "spec": plan.spec,
            "url": plan.url, "seed": plan.seed, "operations": plan.operations.0, "checks": plan.checks,
        }),
        Event::PhaseStarted { phase, cases } => {
            json!({"event": "phase-started", "phase": phase.as_str(), "cases": cases})
        }
        Event::Exchanged(record) => exchanged(record),
        Event::Progress(_) => return None,
        Event::Found(finding) => json!({"event": "found", "finding": FindingRecord::from(finding.as_ref())}),
        Event::Note(text) => json!({"event": "note", "text": text}),
        Event::PhaseFinished(phase) => json!({"event": "phase-finished", "phase": phase.as_str()}),
        Event::Finished(summary) => {
            let mut report = Report::from(summary.as_ref());
            // They have been told already, each in a line of its own.
            report.findings.clear();
            json!({"event": "finished", "report": report, "findings": summary.findings.len()})
        }
    };
    Some(value.to_string())
}

/// The line that says how many lines were left out.
#[must_use]
pub fn dropped(count: u64) -> String {
    json!({"event": "dropped", "lines": count}).to_string()
}

fn exchanged(record: &Record) -> Value {
    let headers: Vec<(String, String)> = record
        .request
        .headers
        .iter()
        .map(|(name, value)| {
            let shown = if is_secret_header(name) { MASK.into() } else { plain::utf8(value).into_owned() };
            (name.to_owned(), shown)
        })
        .collect();
    let (status, bytes, error) = match &record.outcome {
        Ok(response) => (Some(response.status), response.body.len(), None),
        Err(reason) => (None, 0, Some(reason)),
    };
    json!({
        "event": "exchanged", "operation": record.at.operation, "phase": record.at.phase.as_str(),
        "index": record.at.index, "intent": record.intent, "label": record.label,
        "method": record.request.method, "target": record.request.target, "headers": headers,
        "status": status, "bytes": bytes, "error": error,
        "microseconds": u64::try_from(record.elapsed.as_micros()).unwrap_or(u64::MAX),
        "failed": record.failed,
    })
}
