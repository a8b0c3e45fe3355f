//! The structure by the published JSON Schema of the version, in all files of the contract.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::base::Pointer;
use crate::document::{Diagnostic, Direction, FileId, Location, Severity};
use crate::lint::refer;
use crate::lint::rule::{Linter, Rule};
use crate::lint::wording::{self, NOT_HERE, Official};
use crate::schema::{Schema, Violation};

/// The rule.
pub const RULE: Rule = Rule {
    name: "structure",
    severity: Severity::Error,
    summary: "the document has the structure that its version prescribes",
    explanation: "The OpenAPI Initiative publishes a JSON Schema for each version of the specification. This rule \
        judges the document against it: members that must be there, members that don't exist, values of the wrong \
        type. What other files hold is judged as what the references to it say it is. Tools that are strict refuse \
        documents that break it.",
    run: Some(run),
};

fn run(linter: &mut Linter) {
    let documents = linter.contract.structure();
    let schema = match Schema::from_documents(documents.clone(), Direction::Response) {
        Ok(schema) => schema,
        Err(error) => {
            let at = Location::default();
            linter.warn(RULE.name, &at, format!("the structure could not be judged: {error}"));
            return;
        }
    };
    let root = Location::new(FileId(0), Pointer::root());
    let mut found = judged(linter, &schema, &Official::new(&documents, 0), &root);
    found.extend(parts(linter, &documents));
    linter.found.extend(found);
}

/// What stands in other files, judged by the definition of its kind.
fn parts(linter: &Linter, documents: &[(String, Value)]) -> Vec<Diagnostic> {
    let mut judges: HashMap<&'static str, Option<Arc<Schema>>> = HashMap::new();
    let mut wrapped = vec![("counterpart:part".to_owned(), Value::Null)];
    wrapped.extend(documents.iter().cloned());
    let official = Official::new(documents, 1);
    let mut found = Vec::new();
    for (kind, at) in foreign(linter) {
        let Some(name) = definition(linter.contract.version_name(), kind) else { continue };
        let judge = judges.entry(kind).or_insert_with(|| {
            wrapped[0].1 = json!({ "$ref": format!("{}#{name}", documents[0].0) });
            Schema::from_documents(wrapped.clone(), Direction::Response).ok()
        });
        if let Some(judge) = judge {
            found.extend(judged(linter, judge, &official, &at));
        }
    }
    found
}

/// The definition, in the published schema, of a kind of component.
fn definition(version: &str, kind: &str) -> Option<String> {
    let name = match (version, kind) {
        ("Swagger 2.0", "parameters") => "parameter",
        ("Swagger 2.0", "responses") => "response",
        ("Swagger 2.0", "schemas") => "schema",
        ("Swagger 2.0", "pathItems") => "pathItem",
        ("Swagger 2.0", "operations") => "operation",
        ("Swagger 2.0", _) => return None,
        ("OpenAPI 3.0", "parameters") => "Parameter",
        ("OpenAPI 3.0", "responses") => "Response",
        ("OpenAPI 3.0", "headers") => "Header",
        ("OpenAPI 3.0", "examples") => "Example",
        ("OpenAPI 3.0", "links") => "Link",
        ("OpenAPI 3.0", "requestBodies") => "RequestBody",
        ("OpenAPI 3.0", "callbacks") => "Callback",
        ("OpenAPI 3.0", "securitySchemes") => "SecurityScheme",
        ("OpenAPI 3.0", "pathItems") => "PathItem",
        ("OpenAPI 3.0", "operations") => "Operation",
        ("OpenAPI 3.0", "schemas") => "Schema",
        (_, "parameters") => "parameter",
        (_, "responses") => "response",
        (_, "headers") => "header",
        (_, "examples") => "example",
        (_, "links") => "link",
        (_, "requestBodies") => "request-body",
        (_, "callbacks") => "callbacks",
        (_, "securitySchemes") => "security-scheme",
        (_, "pathItems") => "path-item",
        (_, "operations") => "operation",
        // Schemas are judged keyword by keyword as they are read.
        _ => return None,
    };
    let old = matches!(version, "Swagger 2.0" | "OpenAPI 3.0");
    Some(format!("/{}/{name}", if old { "definitions" } else { "$defs" }))
}

/// What stands in other files and is referred to as a component of some kind.
fn foreign(linter: &Linter) -> Vec<(&'static str, Location)> {
    let files = linter.contract.files();
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    // Resolving loads files: the list grows.
    let mut number = 0;
    while let Some(references) = files.with(&file(number), |value| refer::all(value, number > 0)) {
        for found in references {
            let from = Location::new(FileId(number), found.at);
            let (Some(kind), Ok(target)) = (found.wanted, files.resolve(&from, &found.reference)) else {
                continue;
            };
            // References are judged where they stand; a file with a dialect of its own is no Schema Object.
            let other = files.with(&target, |value| {
                value.get("$ref").is_none() && (kind != "schemas" || value.get("$schema").is_none())
            });
            if target.file != FileId(0) && other == Some(true) && seen.insert((kind, target.clone())) {
                out.push((kind, target));
            }
        }
        number += 1;
    }
    out
}

fn file(number: u32) -> Location {
    Location::new(FileId(number), Pointer::root())
}

/// What is wrong with what stands at `at`.
fn judged(linter: &Linter, schema: &Schema, official: &Official<'_>, at: &Location) -> Vec<Diagnostic> {
    let files = Arc::clone(linter.contract.files());
    let look = |value: &Value| {
        let violations = schema.violations(value);
        let mut leaves: Vec<&Violation> = violations.iter().flat_map(|v| telling(v, value)).collect();
        // The judge may meet one definition on several ways.
        let mut seen = HashSet::new();
        leaves.retain(|v| seen.insert((v.instance.clone(), v.keyword.clone(), v.message.clone())));
        // That a list is none of the allowed words says more than that it is no text.
        let listed: HashSet<_> =
            leaves.iter().filter(|v| v.keyword == "enum").map(|v| v.instance.clone()).collect();
        leaves.retain(|v| v.keyword != "type" || !listed.contains(&v.instance));
        let words = wording::Words { official, version: linter.contract.version_name(), at, root: value };
        leaves.iter().flat_map(|violation| words.of(violation)).collect::<Vec<_>>()
    };
    let mut found = files.with(at, look).unwrap_or_default();
    // A member that breaks its schema counts as unknown as well; that is no news.
    let places: Vec<Location> =
        found.iter().filter(|d| !d.message.ends_with(NOT_HERE)).map(|d| d.location.clone()).collect();
    let all: Vec<Location> = found.iter().map(|d| d.location.clone()).collect();
    let refers = |at: &Location| files.with(at, |value| value.get("$ref").is_some()) == Some(true);
    found.retain(|d| {
        // What is missing beside a reference stands where that leads.
        if d.message.ends_with(wording::MISSING) && refers(&d.location) {
            return false;
        }
        if !d.message.ends_with(NOT_HERE) {
            return true;
        }
        let below = |other: &Location| other.pointer.starts_with(&d.location.pointer);
        let deeper = |other: &Location| below(other) && *other != d.location;
        !places.iter().any(below) && !all.iter().any(deeper)
    });
    // What only a branch allows is unknown once that branch fails elsewhere.
    let parent = |at: &Location| at.pointer.parent().unwrap_or_default();
    let says = |at: &Location, d: &Diagnostic| {
        d.location != *at
            && d.location.pointer.starts_with(&parent(at))
            && !(d.message.ends_with(NOT_HERE) && parent(&d.location) == parent(at))
    };
    let cascades: Vec<bool> = found
        .iter()
        .map(|d| {
            d.message.ends_with(NOT_HERE)
                && d.hint.as_deref() == Some(wording::IN_A_BRANCH)
                && found.iter().any(|other| says(&d.location, other))
        })
        .collect();
    let mut cascades = cascades.into_iter();
    found.retain(|_| !cascades.next().unwrap_or(false));
    found
}

/// How good a branch is: for what stands there, for things of its kind, how far it came.
type Rank = (bool, Reverse<usize>, usize);

/// The violations that say most: of alternatives, those of the one that came furthest; those of a reference only where
/// there is one.
fn telling<'v>(violation: &'v Violation, root: &Value) -> Vec<&'v Violation> {
    let is_reference = |at: &Pointer| at.lookup(root).is_some_and(|value| value.get("$ref").is_some());
    // An empty branch is one that accepts: too many do.
    if violation.branches.is_empty() || violation.branches.iter().any(Vec::is_empty) {
        return vec![violation];
    }
    let reference = is_reference(&violation.instance);
    let mut best: Option<(Vec<&Violation>, Rank)> = None;
    for branch in &violation.branches {
        let leaves: Vec<&Violation> = branch.iter().flat_map(|v| telling(v, root)).collect();
        let depth = leaves.iter().map(|v| v.instance.as_str().len()).max().unwrap_or(0);
        let wants_reference = branch.iter().any(|v| v.keyword == "required" && v.expected == "$ref");
        let rank = (wants_reference == reference, Reverse(strangeness(branch)), depth);
        if best.as_ref().is_none_or(|(_, other)| rank > *other) {
            best = Some((leaves, rank));
        }
    }
    best.map_or_else(|| vec![violation], |(leaves, _)| leaves)
}

/// How many members say that the branch is for things of another kind: their `in` or `type`.
fn strangeness(branch: &[Violation]) -> usize {
    let of = |violation: &Violation| {
        let fixed = matches!(violation.keyword.as_str(), "enum" | "const");
        let tells = violation.instance.last().is_some_and(|name| name == "in" || name == "type");
        let least = violation.branches.iter().map(|branch| strangeness(branch)).min().unwrap_or(0);
        usize::from(fixed && tells) + least
    };
    branch.iter().map(of).sum()
}
