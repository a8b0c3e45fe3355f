//! Identifiers of operations.

use std::collections::HashMap;

use crate::document::{Diagnostic, Location, Severity};
use crate::lint::rule::{Linter, Rule};

/// The rules.
pub const RULES: [Rule; 2] = [
    Rule {
        name: "duplicate-operation-id",
        severity: Severity::Error,
        summary: "no two operations have the same `operationId`",
        explanation: "Links, generated clients and the filters of this program name operations by their id; the \
            specification demands that it is unique in the whole contract.",
        run: Some(run),
    },
    Rule {
        name: "unreadable-operation",
        severity: Severity::Error,
        summary: "every operation can be read",
        explanation: "An operation that could not be brought to the structure of the model, in spite of all repairs. \
            Please report it: this is most likely a defect of this program.",
        run: None,
    },
];

fn run(linter: &mut Linter) {
    let mut seen: HashMap<String, Location> = HashMap::new();
    let mut found = Vec::new();
    for operation in linter.everything() {
        let at = operation.head.location.join("operationId");
        let written = linter.contract.files().with(&at, |id| id.as_str().map(str::to_owned));
        let Some(Some(id)) = written else { continue };
        match seen.get(&id) {
            // One path item that two paths refer to has one operation, not two.
            Some(first) if *first == at => {}
            Some(first) => {
                let message = format!("the operationId `{id}` is taken");
                let diagnostic = Diagnostic::error("duplicate-operation-id", at, message);
                found.push(diagnostic.with_related(first.clone(), "first here"));
            }
            None => {
                seen.insert(id, at);
            }
        }
    }
    linter.found.extend(found);
}
