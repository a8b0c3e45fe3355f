//! SARIF 2.1.0, for code scanning: a rule for each check, a result for each finding, at its place in the contract.

use serde_json::{Value, json};

use crate::check;
use crate::exercise::{Finding, Summary, Verdict};

/// The document.
#[must_use]
pub fn report(summary: &Summary) -> String {
    let rules: Vec<Value> = check::ALL
        .iter()
        .filter(|check| summary.plan.checks.iter().any(|name| name == check.name()))
        .map(|check| {
            json!({
                "id": check.name(),
                "shortDescription": {"text": check.about()},
                "defaultConfiguration": {"level": "error"},
            })
        })
        .collect();
    let results: Vec<Value> = summary.findings.iter().map(|finding| result(finding)).collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "counterpart",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": "https://crates.io/crates/counterpart",
                "rules": rules,
            }},
            "invocations": [invocation(summary)],
            "results": results,
        }],
    });
    format!("{document:#}\n")
}

/// How the run went: whether all of it, and what stopped it.
fn invocation(summary: &Summary) -> Value {
    let unusable = match &summary.verdict {
        Verdict::Unusable(why) => Some(why),
        _ => None,
    };
    let told: Vec<Value> = unusable
        .map(|why| &**why)
        .into_iter()
        .chain(summary.cut.as_deref())
        .map(|text| json!({"level": "warning", "message": {"text": text}}))
        .collect();
    let withheld = summary.withheld.iter().map(|withheld| {
        json!({"descriptor": {"id": "withheld"}, "level": "note", "message": {"text": withheld.line()}})
    });
    let told: Vec<Value> = told.into_iter().chain(withheld).collect();
    let mut invocation = json!({"executionSuccessful": unusable.is_none() && !summary.interrupted});
    if !told.is_empty() {
        invocation["toolExecutionNotifications"] = Value::Array(told);
    }
    invocation
}

fn result(finding: &Finding) -> Value {
    let curl = finding.steps.last().map_or("", |step| step.curl.as_str());
    let text = format!(
        "{} {}: {} Expected {}; seen {}. {curl}",
        finding.method, finding.path, finding.message, finding.expected, finding.seen
    );
    let location = finding.place.as_ref().map(|place| {
        json!({
            "physicalLocation": {
                "artifactLocation": {"uri": uri(&place.file)},
                "region": {"startLine": place.line, "startColumn": place.column},
            },
            "logicalLocations": [{"fullyQualifiedName": finding.operation, "kind": "function"}],
        })
    });
    json!({
        "ruleId": finding.check,
        "level": "error",
        "message": {"text": text},
        "locations": location.into_iter().collect::<Vec<_>>(),
        "partialFingerprints": {"counterpart/v1": finding.fingerprint},
        "occurrenceCount": finding.occurrences,
    })
}

/// A file's name as a URI reference (RFC 3986): what may not stand there is encoded.
fn uri(file: &str) -> String {
    let mut uri = String::new();
    for byte in file.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/:@!$&'()*+,;=".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_become_uris() {
        assert_eq!(uri("spec/my api.yaml"), "spec/my%20api.yaml");
        assert_eq!(uri("<embedded>/x"), "%3Cembedded%3E/x");
    }
}
