//! How properties of forms and parts are written.

use std::collections::HashSet;

use serde_json::Value;

use crate::base::limits::REFERENCE_CHAIN_MAX;
use crate::contract::{Contract, MediaType};
use crate::document::files::nearest;
use crate::document::{Diagnostic, Location, Severity};
use crate::lint::rule::{Linter, Rule};

/// The rules.
pub const RULES: [Rule; 1] = [Rule {
    name: "encoding",
    severity: Severity::Warning,
    summary: "`encoding` names properties of the schema, of a form or of parts",
    explanation: "The keys of `encoding` are names of properties of the schema beside it; it applies to \
        `multipart` and `application/x-www-form-urlencoded` bodies only.",
    run: Some(run),
}];

fn run(linter: &mut Linter) {
    let mut found = Vec::new();
    for operation in linter.everything() {
        let bodies = operation.request_body.iter().flat_map(|body| &body.content);
        let answers = operation.responses.iter().flat_map(|response| &response.content);
        bodies.chain(answers).for_each(|media| of_media(&linter.contract, media, &mut found));
    }
    linter.found.extend(found);
}

fn of_media(contract: &Contract, media: &MediaType, found: &mut Vec<Diagnostic>) {
    if media.encoding.is_empty() {
        return;
    }
    let at = media.location.join("encoding");
    let name = media.name.to_ascii_lowercase();
    let form = name.starts_with("multipart/") || name.starts_with("application/x-www-form-urlencoded");
    if !form && !name.contains('*') {
        let message = format!("`encoding` means nothing for `{}`", media.name);
        found.push(Diagnostic::warning("encoding", at, message).at_key());
        return;
    }
    let mut names = HashSet::new();
    let Some(schema) = &media.schema else { return };
    // An open end (a map, or a schema that could not be had): any name may be a property.
    if !properties(contract, schema, &mut names, &mut HashSet::new()) || names.is_empty() {
        return;
    }
    for name in media.encoding.keys().filter(|name| !names.contains(*name)) {
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        let message = format!("the schema has no property `{name}`");
        let mut diagnostic = Diagnostic::warning("encoding", at.join(name), message).at_key();
        diagnostic.hint = nearest(name, &known).map(|near| format!("did you mean `{near}`?"));
        found.push(diagnostic);
    }
}

/// Collects the names of the properties of a schema; false when it may have others.
fn properties(
    contract: &Contract,
    at: &Location,
    names: &mut HashSet<String>,
    seen: &mut HashSet<Location>,
) -> bool {
    if !seen.insert(at.clone()) || seen.len() > REFERENCE_CHAIN_MAX {
        return true;
    }
    let files = contract.files();
    let mut next: Vec<Location> = Vec::new();
    let look = |schema: &Value| {
        let Value::Object(map) = schema else { return true };
        names.extend(
            map.get("properties").and_then(Value::as_object).into_iter().flat_map(|m| m.keys().cloned()),
        );
        if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
            match files.resolve(at, reference) {
                Ok(target) => next.push(target),
                Err(_) => return false,
            }
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            let count = map.get(key).and_then(Value::as_array).map_or(0, Vec::len);
            next.extend((0..count).map(|n| at.join(key).index(n)));
        }
        let open = map.get("additionalProperties").is_some_and(|more| *more != Value::Bool(false));
        !open && !map.contains_key("patternProperties")
    };
    let closed = files.with(at, look).unwrap_or(false);
    closed && next.iter().all(|at| properties(contract, at, names, seen))
}
