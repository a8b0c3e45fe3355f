//! SARIF 2.1.0 (OASIS), for code scanning.

use std::collections::BTreeSet;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
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

/// What may not stand in the path of a URI reference (RFC 3986, section 3.3).
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}');

/// The name of a file as a URI reference.
fn uri(file: &str) -> String {
    if file.starts_with("http://") || file.starts_with("https://") {
        return file.to_owned();
    }
    utf8_percent_encode(&file.replace('\\', "/"), PATH).to_string()
}

fn location(place: &Place) -> Value {
    json!({"physicalLocation": {
        "artifactLocation": {"uri": uri(&place.file)},
        "region": {"startLine": place.line, "startColumn": place.column},
    }})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_become_uris() {
        assert_eq!(uri("api/my file#1.yaml"), "api/my%20file%231.yaml");
        assert_eq!(uri("<stdin>"), "%3Cstdin%3E");
        assert_eq!(uri("https://x.example/a?b"), "https://x.example/a?b");
    }
}
