//! SARIF 2.1.0 (OASIS), for code scanning.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::document::{Diagnostic, Files, Place, Severity};
use crate::lint::Checked;
use crate::lint::format::Format;
use crate::lint::rules;

/// The format.
pub const FORMAT: Format = Format { name: "sarif", write };

fn write(all: &[Checked], _color: bool) -> String {
    let used: BTreeSet<&str> = all.iter().flat_map(|c| &c.findings).map(|finding| finding.rule).collect();
    let described: Vec<Value> = rules::all()
        .filter(|rule| used.contains(rule.name))
        .map(|rule| {
            json!({
                "id": rule.name,
                "shortDescription": {"text": rule.summary},
                "fullDescription": {"text": rule.explanation},
                "defaultConfiguration": {"level": rule.severity.as_str()},
            })
        })
        .collect();
    let results: Vec<Value> =
        all.iter().flat_map(|c| c.findings.iter().map(|finding| result(&c.files, finding))).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "counterpart",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": described,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

fn result(files: &Files, finding: &Diagnostic) -> Value {
    let text = match &finding.hint {
        Some(hint) => format!("{} ({hint})", finding.message),
        None => finding.message.clone(),
    };
    let related: Vec<Value> = files
        .related_places(finding)
        .iter()
        .map(|(place, label)| {
            let mut at = location(place);
            at["message"] = json!({"text": label});
            at
        })
        .collect();
    let mut result = json!({
        "ruleId": finding.rule,
        "level": match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        },
        "message": {"text": text},
        "locations": [location(&files.diagnostic_place(finding))],
    });
    if !related.is_empty() {
        result["relatedLocations"] = Value::Array(related);
    }
    result
}

fn location(place: &Place) -> Value {
    json!({"physicalLocation": {
        "artifactLocation": {"uri": place.file.replace('\\', "/")},
        "region": {"startLine": place.line, "startColumn": place.column},
    }})
}
