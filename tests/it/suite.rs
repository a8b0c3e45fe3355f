//! The JSON Schema Test Suite as a source of schemas: what is generated must be valid, what is broken invalid.
//!
//! An ordinary run takes few values of each schema; `COUNTERPART_SUITE_CASES=200 cargo test --release --test it suite::
//! -- --nocapture` takes as many as wanted and prints the share.
#![expect(clippy::print_stderr, reason = "the shares are read by people")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use counterpart::base::Seed;
use counterpart::document::Direction;
use counterpart::generate::{GenerateError, ValueOptions, negative, sample};
use counterpart::schema::{Flat, Schema};
use serde_json::{Map, Value, json};

use crate::support::shared;

/// One schema of the suite with its examples.
struct Group {
    name: String,
    schema: Value,
    tests: Vec<(Value, bool)>,
}

fn cases() -> u64 {
    std::env::var("COUNTERPART_SUITE_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(8)
}

fn groups(folder: &Path, prefix: &str) -> Vec<Group> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut groups = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|e| e == "json")) {
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        let content: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        for (n, group) in content.as_array().unwrap().iter().enumerate() {
            let tests = group["tests"].as_array().unwrap();
            groups.push(Group {
                name: format!("{prefix}{stem}[{n}] {}", group["description"].as_str().unwrap()),
                schema: group["schema"].clone(),
                tests: tests.iter().map(|t| (t["data"].clone(), t["valid"] == json!(true))).collect(),
            });
        }
    }
    groups
}

fn remotes(root: &Path, version: &str, lower: fn(&Value) -> Value) -> Vec<(String, Value)> {
    fn walk(folder: &Path, uri: &str, found: &mut Vec<(String, Value)>, lower: fn(&Value) -> Value) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !name.starts_with("draft") && name != "v1" {
                    walk(&path, &format!("{uri}{name}/"), found, lower);
                }
            } else if let Ok(value) = serde_json::from_str(&fs::read_to_string(&path).unwrap()) {
                found.push((format!("{uri}{name}"), lower(&value)));
            }
        }
    }
    let mut found = Vec::new();
    walk(&root.join("remotes"), "http://localhost:1234/", &mut found, lower);
    let own = root.join("remotes").join(version);
    if own.is_dir() {
        walk(&own, &format!("http://localhost:1234/{version}/"), &mut found, lower);
    }
    found
}

/// Draft 4 in the words of 2020-12.
fn from_draft4(schema: &Value) -> Value {
    let Value::Object(members) = schema else { return schema.clone() };
    if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
        // Lists of items have another name now.
        let reference = json!(reference.replace("#/items/", "#/prefixItems/"));
        // Siblings of a reference are ignored there, but references may lead into them.
        let mut out = Map::new();
        out.insert("$ref".into(), reference);
        if let Some(Value::Object(definitions)) = members.get("definitions") {
            out.insert(
                "definitions".into(),
                definitions.iter().map(|(name, sub)| (name.clone(), from_draft4(sub))).collect(),
            );
        }
        return Value::Object(out);
    }
    let mut out = Map::new();
    for (keyword, value) in members {
        match (keyword.as_str(), value) {
            ("id", Value::String(id)) if id.starts_with('#') => {
                out.insert("$anchor".into(), json!(id[1..]));
            }
            ("id", Value::String(_)) => {
                out.insert("$id".into(), value.clone());
            }
            ("exclusiveMinimum" | "exclusiveMaximum", Value::Bool(_)) | ("$schema", _) => {}
            ("minimum", limit) if members.get("exclusiveMinimum") == Some(&json!(true)) => {
                out.insert("exclusiveMinimum".into(), limit.clone());
            }
            ("maximum", limit) if members.get("exclusiveMaximum") == Some(&json!(true)) => {
                out.insert("exclusiveMaximum".into(), limit.clone());
            }
            ("items", Value::Array(items)) => {
                out.insert("prefixItems".into(), items.iter().map(from_draft4).collect());
                if let Some(rest) = members.get("additionalItems") {
                    out.insert("items".into(), from_draft4(rest));
                }
            }
            ("additionalItems", _) => {}
            ("dependencies", Value::Object(map)) => {
                let (names, schemas): (Vec<_>, Vec<_>) = map.iter().partition(|(_, v)| v.is_array());
                let names: Map<String, Value> =
                    names.iter().map(|(k, v)| ((*k).clone(), (*v).clone())).collect();
                out.insert("dependentRequired".into(), Value::Object(names));
                let schemas: Map<String, Value> =
                    schemas.iter().map(|(k, v)| ((*k).clone(), from_draft4(v))).collect();
                out.insert("dependentSchemas".into(), Value::Object(schemas));
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(parts)) => {
                out.insert(keyword.clone(), parts.iter().map(from_draft4).collect());
            }
            ("items" | "not" | "additionalProperties", sub) => {
                out.insert(keyword.clone(), from_draft4(sub));
            }
            ("properties" | "patternProperties" | "definitions", Value::Object(map)) => {
                let map: Map<String, Value> = map.iter().map(|(k, v)| (k.clone(), from_draft4(v))).collect();
                out.insert(keyword.clone(), Value::Object(map));
            }
            _ => {
                out.insert(keyword.clone(), value.clone());
            }
        }
    }
    Value::Object(out)
}

/// What came of one suite.
#[derive(Default)]
struct Tally {
    schemas: usize,
    positive: usize,
    unsatisfiable: usize,
    negative: usize,
    nothing_wrong: usize,
    values: u64,
    broken: u64,
    failures: BTreeMap<String, String>,
    missed: BTreeMap<String, String>,
    wrong: Vec<String>,
    disagreements: Vec<String>,
}

fn try_group(group: &Group, schema: &Arc<Schema>, tally: &mut Tally) {
    for (data, valid) in &group.tests {
        let flat = schema.is_valid_flat(&Flat::parse(data.to_string().as_bytes()).unwrap());
        if schema.is_valid(data) != *valid || flat != *valid {
            tally.disagreements.push(format!("{}: {data} should be {valid}", group.name));
        }
    }
    let options = ValueOptions::default();
    let satisfiable = group.tests.iter().any(|(_, valid)| *valid);
    let mut failed = None;
    for case in 0..cases() {
        match sample(schema, &options, Seed(case)) {
            Ok(value) => {
                tally.values += 1;
                if !schema.is_valid(&value) {
                    tally.wrong.push(format!("{}: {value} is not valid", group.name));
                }
            }
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    match failed {
        None => tally.positive += 1,
        Some(GenerateError::Unsatisfiable { .. }) if !satisfiable => tally.unsatisfiable += 1,
        Some(error @ GenerateError::Unsatisfiable { .. }) => {
            tally.wrong.push(format!("{}: {error}, but it can be fulfilled", group.name));
        }
        Some(error) => {
            tally.failures.insert(group.name.clone(), error.to_string());
        }
    }
    try_negatives(group, schema, tally);
}

fn try_negatives(group: &Group, schema: &Arc<Schema>, tally: &mut Tally) {
    let options = ValueOptions::default();
    let breakable = group.tests.iter().any(|(data, valid)| !valid && !schema.is_valid(data));
    let mut found = 0;
    for case in 0..cases() {
        match negative(schema, &options, Seed(case)) {
            Ok(Some((value, mutation))) => {
                found += 1;
                tally.broken += 1;
                let violations = schema.violations(&value);
                let recorded =
                    violations.iter().any(|v| v.keyword == mutation.keyword && v.schema == mutation.schema);
                if !recorded {
                    tally.wrong.push(format!("{}: {value} does not break {mutation:?}", group.name));
                }
            }
            Ok(None) => {}
            Err(_) => break,
        }
    }
    if found == cases() {
        tally.negative += 1;
    } else if !breakable {
        tally.nothing_wrong += 1;
    } else {
        tally.missed.insert(group.name.clone(), format!("{found} of {}", cases()));
    }
}

fn run(root: &Path, version: &str, lower: fn(&Value) -> Value) -> Tally {
    let folder = root.join("tests").join(version);
    let mut all = groups(&folder, "");
    let formats = folder.join("optional").join("format");
    if formats.is_dir() {
        all.extend(groups(&formats, "format/"));
    }
    let mut others = remotes(root, version, lower);
    if version == "draft4" {
        let text = include_str!("../../spec/openapi/json-schema-draft-04.json");
        let metaschema: Value = serde_json::from_str(text).unwrap();
        others.push(("http://json-schema.org/draft-04/schema".to_owned(), lower(&metaschema)));
    } else {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("spec/openapi/json-schema-2020-12");
        for file in std::fs::read_dir(own).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let metaschema: Value = serde_json::from_str(&text).unwrap();
            others.push((metaschema["$id"].as_str().unwrap().to_owned(), metaschema));
        }
    }
    let mut tally = Tally::default();
    for group in &all {
        tally.schemas += 1;
        let mut documents = vec![(String::new(), lower(&group.schema))];
        documents.extend(others.iter().cloned());
        match Schema::from_documents(documents, Direction::Response) {
            Ok(schema) => {
                if schema.bundle().defects().is_empty() {
                    try_group(group, &schema, &mut tally);
                } else {
                    tally.failures.insert(group.name.clone(), format!("{:?}", schema.bundle().defects()[0]));
                }
            }
            Err(error) => {
                tally.failures.insert(group.name.clone(), error.to_string());
            }
        }
    }
    report(version, &tally);
    tally
}

fn report(version: &str, tally: &Tally) {
    let share = |n: usize| format!("{:.1} %", 100.0 * n as f64 / tally.schemas.max(1) as f64);
    eprintln!(
        "{version}: {} schemas; positive {} + unsatisfiable {} = {}; negative {} + nothing can be wrong {} = {}; \
         {} values, {} broken",
        tally.schemas,
        tally.positive,
        tally.unsatisfiable,
        share(tally.positive + tally.unsatisfiable),
        tally.negative,
        tally.nothing_wrong,
        share(tally.negative + tally.nothing_wrong),
        tally.values,
        tally.broken,
    );
    for (title, list) in [("no value", &tally.failures), ("too few broken values", &tally.missed)] {
        for (name, reason) in list {
            eprintln!("  {title}: {name}: {reason}");
        }
    }
    for line in &tally.disagreements {
        eprintln!("  judge and suite disagree: {line}");
    }
    for line in &tally.wrong {
        eprintln!("  WRONG: {line}");
    }
}

#[test]
fn draft_2020_12_schemas_get_valid_and_broken_values() {
    let Some(root) = shared("json-schema-test-suite") else { return };
    let tally = run(&root, "draft2020-12", Value::clone);
    assert!(tally.wrong.is_empty(), "{:#?}", tally.wrong);
    assert!((tally.positive + tally.unsatisfiable) * 100 >= tally.schemas * 95);
}

#[test]
fn draft_4_schemas_get_valid_and_broken_values() {
    let Some(root) = shared("json-schema-test-suite") else { return };
    let tally = run(&root, "draft4", from_draft4);
    assert!(tally.wrong.is_empty(), "{:#?}", tally.wrong);
    assert!((tally.positive + tally.unsatisfiable) * 100 >= tally.schemas * 95);
}
