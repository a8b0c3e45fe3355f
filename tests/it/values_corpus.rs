//! Values for the request and response schemas of real contracts.
//!
//! An ordinary run takes a few schemas of each contract. All of them: `COUNTERPART_CORPUS_SCHEMAS=1000000
//! COUNTERPART_CORPUS_CASES=20 cargo test --release --test it values_corpus -- --nocapture`.
#![expect(clippy::print_stderr, reason = "the shares are read by people")]

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use counterpart::base::Seed;
use counterpart::contract::Contract;
use counterpart::contract::model::{Operation, OperationIndex};
use counterpart::document::{Direction, Location, SpecSource};
use counterpart::generate::{GenerateError, ValueOptions, negative, sample};
use counterpart::schema::Schemas;
use serde_json::Value;

use crate::support::shared;

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[derive(Default)]
struct Tally {
    schemas: usize,
    answered: usize,
    unsatisfiable: Vec<String>,
    gave_up: Vec<String>,
    not_compiled: Vec<String>,
    negatives: usize,
    without_negative: usize,
    values: u64,
    wrong: Vec<String>,
    slowest: Vec<(Duration, String)>,
}

fn places(operation: &Operation) -> Vec<(Location, Direction)> {
    let mut found = Vec::new();
    for parameter in &operation.parameters {
        found.extend(parameter.schema().map(|at| (at.clone(), Direction::Request)));
    }
    for media in operation.request_body.iter().flat_map(|body| &body.content) {
        found.extend(media.schema.iter().map(|at| (at.clone(), Direction::Request)));
    }
    for response in &operation.responses {
        for media in &response.content {
            found.extend(media.schema.iter().map(|at| (at.clone(), Direction::Response)));
        }
        for header in &response.headers {
            found.extend(header.schema().map(|at| (at.clone(), Direction::Response)));
        }
    }
    found
}

fn try_contract(
    name: &str,
    contract: &std::sync::Arc<Contract>,
    limit: usize,
    cases: u64,
    tally: &mut Tally,
) {
    let schemas = Schemas::new(contract.schema_source());
    let mut seen = BTreeSet::new();
    let count = contract.heads().len();
    // Spread over the operations, so that a few schemas are not all of the first one.
    let step = if limit >= count { 1 } else { count / limit.max(1) };
    for head in contract.heads().iter().step_by(step.max(1)) {
        let operation = contract.operation(OperationIndex(head.index.0));
        for (at, direction) in places(&operation) {
            if seen.len() >= limit || !seen.insert((at.clone(), direction == Direction::Request)) {
                continue;
            }
            let label = format!("{name} {}", at.pointer);
            let start = Instant::now();
            if std::env::var_os("COUNTERPART_CORPUS_LOUD").is_some() {
                eprintln!("{label}");
            }
            try_schema(&label, &schemas, &at, direction, cases, tally);
            tally.slowest.push((start.elapsed(), label));
        }
    }
    tally.slowest.sort();
    tally.slowest.reverse();
    tally.slowest.truncate(12);
}

fn try_schema(
    label: &str,
    schemas: &Schemas,
    at: &Location,
    direction: Direction,
    cases: u64,
    tally: &mut Tally,
) {
    tally.schemas += 1;
    let schema = match schemas.get(at, direction) {
        Ok(schema) => schema,
        Err(error) => {
            tally.not_compiled.push(format!("{label}: {error}"));
            return;
        }
    };
    for case in 0..cases {
        // Both ways of drawing, in turn.
        let options = if case % 2 == 0 { ValueOptions::default() } else { ValueOptions::realistic() };
        match sample(&schema, &options, Seed(case)) {
            Ok(value) => {
                tally.values += 1;
                if !schema.is_valid(&value) {
                    tally.wrong.push(format!("{label}: {value}"));
                }
            }
            Err(error) => {
                let list = match error {
                    GenerateError::Unsatisfiable { .. } => &mut tally.unsatisfiable,
                    GenerateError::GaveUp { .. } => &mut tally.gave_up,
                };
                list.push(format!("{label}: {error}"));
                return;
            }
        }
    }
    tally.answered += 1;
    match negative(&schema, &ValueOptions::default(), Seed(7)) {
        Ok(Some((value, mutation))) => {
            tally.negatives += 1;
            let recorded = schema
                .violations(&value)
                .iter()
                .any(|v| v.keyword == mutation.keyword && v.schema == mutation.schema);
            if !recorded {
                tally.wrong.push(format!("{label}: {mutation:?}"));
            }
        }
        _ => tally.without_negative += 1,
    }
}

#[test]
fn real_contracts_get_valid_values() {
    let Some(corpus) = shared("corpus") else { return };
    let limit = number("COUNTERPART_CORPUS_SCHEMAS", 3);
    let cases = number("COUNTERPART_CORPUS_CASES", 2) as u64;
    let only = std::env::var("COUNTERPART_CORPUS_ONLY").unwrap_or_default();
    let index: Value =
        serde_json::from_str(&std::fs::read_to_string(corpus.join("index.json")).unwrap()).unwrap();
    let entries = index.as_array().or_else(|| index["contracts"].as_array()).expect("a list of contracts");
    let mut tally = Tally::default();
    for entry in entries.iter().filter(|entry| entry["expect"] == "accept") {
        let name = entry["name"].as_str().unwrap_or_default();
        // The largest ones take too long to load for an ordinary run.
        let large = entry["bytes"].as_u64().is_some_and(|bytes| bytes > 600_000);
        if !name.contains(&only) || limit < 100 && large {
            continue;
        }
        let file = corpus.join(entry["file"].as_str().unwrap_or_default());
        match Contract::load(&SpecSource::Path(file), &counterpart::document::LoadOptions::default()) {
            Ok(contract) => {
                let before = Instant::now();
                try_contract(name, &contract, limit, cases, &mut tally);
                if limit > 100 {
                    eprintln!("{name}: {:?}, {} schemas so far", before.elapsed(), tally.schemas);
                }
            }
            Err(_) => tally.not_compiled.push(format!("{name}: not loaded")),
        }
    }
    eprintln!(
        "corpus: {} schemas, {} answered ({:.2} %), {} values; {} with a broken value, {} without",
        tally.schemas,
        tally.answered,
        100.0 * tally.answered as f64 / tally.schemas.max(1) as f64,
        tally.values,
        tally.negatives,
        tally.without_negative
    );
    for (title, list) in [
        ("nothing can fulfil", &tally.unsatisfiable),
        ("gave up", &tally.gave_up),
        ("not compiled", &tally.not_compiled),
        ("WRONG", &tally.wrong),
    ] {
        for line in list {
            eprintln!("  {title}: {line}");
        }
    }
    for (time, label) in &tally.slowest {
        eprintln!("  slow: {time:?} {label}");
    }
    assert!(tally.wrong.is_empty());
    assert!(tally.schemas == 0 || tally.answered * 100 >= tally.schemas * 97);
}
