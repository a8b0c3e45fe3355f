//! The structure by the published JSON Schema of the version.

use serde_json::Value;

use crate::base::Pointer;
use crate::document::files::nearest;
use crate::document::{Diagnostic, Direction, FileId, Location, Severity};
use crate::lint::rule::{Linter, Rule};
use crate::schema::{Schema, Violation};

/// The rule.
pub const RULE: Rule = Rule {
    name: "structure",
    severity: Severity::Error,
    summary: "the document has the structure that its version prescribes",
    explanation: "The OpenAPI Initiative publishes a JSON Schema for each version of the specification. This rule \
        judges the document against it: members that must be there, members that don't exist, values of the wrong \
        type. Tools that are strict refuse documents that break it.",
    run: Some(run),
};

fn run(linter: &mut Linter) {
    let schema = match Schema::from_documents(linter.contract.structure(), Direction::Response) {
        Ok(schema) => schema,
        Err(error) => {
            let at = Location::default();
            linter.warn(RULE.name, &at, format!("the structure could not be judged: {error}"));
            return;
        }
    };
    let root = Location::new(FileId(0), Pointer::root());
    let files = std::sync::Arc::clone(linter.contract.files());
    let violations = files.with(&root, |value| schema.violations(value)).unwrap_or_default();
    let mut found = Vec::new();
    for violation in violations {
        found.extend(files.with(&root, |value| diagnostic(telling(&violation, value), value)));
    }
    // A member that breaks its schema counts as unknown as well; that is no news.
    let places: Vec<Location> =
        found.iter().filter(|d| !d.message.ends_with(NOT_HERE)).map(|d| d.location.clone()).collect();
    let refers = |at: &Location| files.with(at, |value| value.get("$ref").is_some()) == Some(true);
    found.retain(|d| {
        // What is missing beside a reference stands where that leads.
        if d.message.ends_with(MISSING) && refers(&d.location) {
            return false;
        }
        let below = |at: &Location| at.pointer.starts_with(&d.location.pointer);
        !d.message.ends_with(NOT_HERE) || !places.iter().any(below)
    });
    linter.found.extend(found);
}

/// How the message about a missing member ends.
const MISSING: &str = "is missing";

/// How the message about an unknown member ends.
const NOT_HERE: &str = "does not belong here";

/// The violation that says most: of alternatives, the one that came furthest; that of a reference only where there is one.
fn telling<'v>(violation: &'v Violation, root: &Value) -> &'v Violation {
    let is_reference = |at: &Pointer| at.lookup(root).is_some_and(|value| value.get("$ref").is_some());
    let reference = is_reference(&violation.instance);
    let mut best: Option<(&Violation, (bool, usize))> = None;
    for branch in &violation.branches {
        // A branch as a whole is as good as its worst finding is deep.
        let deepest = branch.iter().map(|v| telling(v, root)).max_by_key(|v| v.instance.as_str().len());
        let Some(deepest) = deepest else { continue };
        let wants_reference = branch.iter().any(|v| v.keyword == "required" && v.expected == "$ref");
        let rank = (wants_reference == reference, deepest.instance.as_str().len());
        if best.is_none_or(|(_, other)| rank > other) {
            best = Some((deepest, rank));
        }
    }
    best.map_or(violation, |(deepest, _)| deepest)
}

fn diagnostic(violation: &Violation, root: &Value) -> Diagnostic {
    let at = Location::new(FileId(0), violation.instance.clone());
    match violation.keyword.as_str() {
        "required" => {
            let name = violation.expected.as_str().unwrap_or_default();
            let mut diagnostic = Diagnostic::error(RULE.name, at.clone(), format!("`{name}` {MISSING}"));
            diagnostic.at_key = !at.pointer.is_root();
            let keys = keys(&at.pointer, root);
            diagnostic.hint = nearest(name, &keys).map(|near| format!("did you mean `{name}` by `{near}`?"));
            diagnostic
        }
        "additionalProperties" | "unevaluatedProperties" => {
            let keys = keys(&at.pointer, root);
            let named = keys.iter().find(|key| violation.message.contains(&format!("'{key}'")));
            match named {
                Some(name) => {
                    let message = format!("`{name}` {NOT_HERE}");
                    let mut diagnostic = Diagnostic::error(RULE.name, at.join(name), message).at_key();
                    diagnostic.hint = Some("vendor extensions start with `x-`".to_owned());
                    diagnostic
                }
                None => Diagnostic::error(RULE.name, at, sentence(&violation.message)),
            }
        }
        "false" => {
            let name = at.pointer.last().unwrap_or_default().into_owned();
            Diagnostic::error(RULE.name, at, format!("`{name}` {NOT_HERE}")).at_key()
        }
        "not" => {
            let names = violation.expected.get("required").and_then(Value::as_array);
            let names: Vec<String> =
                names.into_iter().flatten().filter_map(Value::as_str).map(|n| format!("`{n}`")).collect();
            let message = match names.len() {
                0 => sentence(&violation.message),
                1 => format!("{} does not belong here", names[0]),
                _ => format!("{} exclude each other", names.join(" and ")),
            };
            Diagnostic::error(RULE.name, at, message)
        }
        // Formats are annotations of the published schemas; what breaks one is rarely meant.
        "format" => Diagnostic::warning(RULE.name, at, sentence(&violation.message)),
        _ => Diagnostic::error(RULE.name, at, sentence(&violation.message)),
    }
}

fn keys<'v>(at: &Pointer, root: &'v Value) -> Vec<&'v str> {
    match at.lookup(root) {
        Some(Value::Object(map)) => map.keys().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

/// A judge's message can quote a whole object: cut to a line.
fn sentence(message: &str) -> String {
    const CHARS_MAX: usize = 160;
    let count = message.chars().count();
    if count <= CHARS_MAX {
        return message.to_owned();
    }
    let head: String = message.chars().take(60).collect();
    let tail: String = message.chars().skip(count - 90).collect();
    format!("{head} … {tail}")
}
