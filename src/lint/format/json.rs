//! For programs: a list of findings for each contract.

use serde_json::{Value, json};

use crate::document::{Diagnostic, Files};
use crate::lint::Checked;
use crate::lint::format::Format;

/// The format.
pub const FORMAT: Format = Format { name: "json", write };

fn write(all: &[Checked], _color: bool) -> String {
    let contracts: Vec<Value> = all.iter().map(contract).collect();
    let mut text = serde_json::to_string_pretty(&json!({"contracts": contracts})).unwrap_or_default();
    text.push('\n');
    text
}

fn contract(checked: &Checked) -> Value {
    let findings: Vec<Value> = checked.findings.iter().map(|f| finding(&checked.files, f)).collect();
    json!({
        "file": checked.files.names().first(),
        "files": checked.files.names(),
        "operations": checked.operations,
        "findings": findings,
    })
}

fn finding(files: &Files, finding: &Diagnostic) -> Value {
    let place = files.diagnostic_place(finding);
    let related: Vec<Value> = files
        .related_places(finding)
        .into_iter()
        .map(|(place, label)| json!({"file": place.file, "line": place.line, "column": place.column, "label": label}))
        .collect();
    json!({
        "rule": finding.rule,
        "severity": finding.severity.as_str(),
        "message": finding.message,
        "hint": finding.hint,
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "pointer": finding.location.pointer.as_str(),
        "related": related,
    })
}
