//! Cost against size: time and bytes for checking a contract and for drawing a value, at growing sizes of one kind, and
//! the exponent that the last doubling shows (1: linear, 2: quadratic).
//!
//! ```text
//! cargo bench --bench growth
//! ```

#![expect(clippy::print_stdout, reason = "a benchmark's result is what it prints")]

use std::time::Instant;

use allocation_counter::measure;
use counterpart::base::Seed;
use counterpart::contract::Contract;
use counterpart::document::Direction;
use counterpart::generate::{ValueOptions, sample};
use counterpart::lint::{Selection, check_open};
use counterpart::schema::Schemas;
use serde_json::{Map, Value, json};

/// The sizes of each kind.
const SIZES: [usize; 4] = [250, 500, 1000, 2000];

/// Name, and the schemas of that size; the first one is drawn from.
type Kind = (&'static str, fn(usize) -> Value);

const KINDS: [Kind; 7] = [
    ("properties", |size| json!({"S0": {"type": "object", "properties": members(size)}})),
    ("required", |size| {
        let names: Vec<String> = members(size).keys().cloned().collect();
        json!({"S0": {"type": "object", "properties": members(size), "required": names}})
    }),
    ("enum", |size| json!({"S0": {"enum": (0..size).map(|n| format!("v{n}")).collect::<Vec<_>>()}})),
    ("allOf", |size| {
        let part = |(name, member): (String, Value)| json!({"properties": {name: member}});
        json!({"S0": {"allOf": members(size).into_iter().map(part).collect::<Vec<_>>()}})
    }),
    ("oneOf", |size| {
        let branch = |name: &String| json!({"type": "object", "required": [name]});
        json!({"S0": {"oneOf": members(size).keys().map(branch).collect::<Vec<_>>()}})
    }),
    ("references", |size| chain(size, |next| json!({"properties": {"a": next}, "type": "object"}))),
    ("fan-out", |size| chain(size, |next| json!({"allOf": [next, {"allOf": [next]}]}))),
];

fn members(size: usize) -> Map<String, Value> {
    (0..size).map(|n| (format!("p{n}"), json!({"type": "string"}))).collect()
}

fn chain(size: usize, level: fn(Value) -> Value) -> Value {
    let next = |n: usize| json!({"$ref": format!("#/components/schemas/S{}", n + 1)});
    let mut all: Map<String, Value> = (0..size).map(|n| (format!("S{n}"), level(next(n)))).collect();
    all.insert(format!("S{size}"), json!({"type": "object"}));
    Value::Object(all)
}

fn main() {
    println!("{:<12} {:>6} {:>12} {:>14} {:>12} {:>14}", "kind", "size", "check", "bytes", "value", "bytes");
    for (name, schemas) in KINDS {
        let mut last: Option<[f64; 2]> = None;
        let mut exponents = [0.0; 2];
        for size in SIZES {
            let text = json!({
                "openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {},
                "components": {"schemas": schemas(size)},
            });
            let figures = one(name, size, &text.to_string());
            if let Some(before) = last {
                exponents = [0, 1].map(|n| (figures[n] / before[n]).log2());
            }
            last = Some(figures);
        }
        println!("{name:<12} exponents by bytes: check {:.1}, value {:.1}", exponents[0], exponents[1]);
    }
}

/// Bytes for checking, and for the first value.
fn one(name: &str, size: usize, text: &str) -> [f64; 2] {
    let Ok(contract) = Contract::from_text("x", text) else { return [1.0; 2] };
    let started = Instant::now();
    let check = measure(|| drop(check_open(&contract, &Selection::default())));
    let checked = started.elapsed();
    let started = Instant::now();
    let value = measure(|| {
        let schemas = Schemas::new(contract.schema_source());
        let first = contract.named_schemas().into_iter().next();
        let schema = first.and_then(|at| schemas.get(&at, Direction::Response).ok());
        drop(schema.map(|schema| sample(&schema, &ValueOptions::default(), Seed(1))));
    });
    let drawn = started.elapsed();
    println!(
        "{name:<12} {size:>6} {checked:>12.1?} {:>14} {drawn:>12.1?} {:>14}",
        check.bytes_total, value.bytes_total
    );
    [check.bytes_total as f64, value.bytes_total as f64]
}
