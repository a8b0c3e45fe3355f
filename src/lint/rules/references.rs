//! References that lead nowhere, or to the wrong kind of thing.

use std::sync::Arc;

use crate::base::Pointer;
use crate::contract::unresolvable;
use crate::document::{Diagnostic, FileId, Location, Severity};
use crate::lint::refer;
use crate::lint::rule::{Linter, Rule};

/// The rules.
pub const RULES: [Rule; 2] = [
    Rule {
        name: "unresolvable-ref",
        severity: Severity::Error,
        summary: "every `$ref` leads somewhere",
        explanation: "A reference that leads nowhere leaves a hole in the contract: nobody knows what stands there. It \
            may be misspelt, name a file that is missing, run in a cycle, or lead out of the contract's folder or to \
            the network, which has to be allowed.",
        run: Some(run),
    },
    Rule {
        name: "wrong-kind-ref",
        severity: Severity::Error,
        summary: "a `$ref` leads to the kind of thing that belongs in its place",
        explanation: "A reference in the place of a parameter must lead to a parameter, one in the place of a schema \
            to a schema, and so on. What kind a component is says the map of `components` that it stands in.",
        run: None,
    },
];

/// The maps of `components` whose kinds are told apart.
const KINDS: [&str; 10] = [
    "schemas",
    "parameters",
    "responses",
    "headers",
    "examples",
    "links",
    "requestBodies",
    "callbacks",
    "securitySchemes",
    "pathItems",
];

fn run(linter: &mut Linter) {
    let files = Arc::clone(linter.contract.files());
    for number in 0..files.names().len() {
        let id = FileId(u32::try_from(number).unwrap_or(u32::MAX));
        let root = Location::new(id, Pointer::root());
        for found in files.with(&root, |value| refer::all(value, number > 0)).unwrap_or_default() {
            let at = Location::new(id, found.at);
            match files.resolve(&at, &found.reference).and_then(|target| files.follow(&at).map(|_| target)) {
                Ok(target) => wrong_kind(linter, &at, found.wanted, &target),
                Err(error) => linter.found.push(unresolvable(&error)),
            }
        }
    }
}

fn wrong_kind(linter: &mut Linter, at: &Location, wanted: Option<&str>, target: &Location) {
    let tokens: Vec<_> = target.pointer.tokens().collect();
    let tokens: Vec<&str> = tokens.iter().map(AsRef::as_ref).collect();
    let found = match tokens[..] {
        ["components", kind, _] => kind,
        ["definitions", _] => "schemas",
        [kind @ ("parameters" | "responses"), _] => kind,
        _ => return,
    };
    let Some(wanted) = wanted else { return };
    if wanted == found || !KINDS.contains(&found) {
        return;
    }
    let message = format!("here belongs one of the {wanted}, the reference leads to one of the {found}");
    let diagnostic = Diagnostic::error("wrong-kind-ref", at.join("$ref"), message);
    linter.found.push(diagnostic.with_related(target.clone(), "it leads here"));
}
