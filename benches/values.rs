//! Values per second, and what compiling and planning a schema costs.

use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use counterpart::base::Seed;
use counterpart::contract::Contract;
use counterpart::contract::model::OperationIndex;
use counterpart::document::{Direction, LoadOptions, Location, SpecSource};
use counterpart::generate::{ValueOptions, negative, sample};
use counterpart::schema::{Schema, Schemas};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde_json::json;

/// The schema of the first 200 answer of the contract's first operation.
fn first_response(contract: &Arc<Contract>) -> Option<Location> {
    let operation = contract.operation(OperationIndex(0));
    operation.responses.iter().find_map(|response| response.content.first()?.schema.clone())
}

fn seed() -> Arc<Contract> {
    Contract::load(&SpecSource::Embedded, &LoadOptions::default()).expect("the embedded contract is sound")
}

/// Draws one value after the other.
fn values(c: &mut Criterion, name: &str, schema: &Arc<Schema>) {
    let mut group = c.benchmark_group(name);
    group.throughput(Throughput::Elements(1)).measurement_time(Duration::from_secs(3));
    for (kind, options) in [("plain", ValueOptions::default()), ("realistic", ValueOptions::realistic())] {
        let mut n = 0;
        group.bench_function(kind, |b| {
            b.iter(|| {
                n += 1;
                sample(black_box(schema), &options, Seed(n)).ok()
            });
        });
    }
    let value = sample(schema, &ValueOptions::default(), Seed(1)).ok();
    group.bench_function("judging alone", |b| {
        b.iter(|| value.as_ref().map(|value| schema.is_valid(black_box(value))))
    });
    let mut n = 0;
    group.bench_function("negative", |b| {
        b.iter(|| {
            n += 1;
            negative(black_box(schema), &ValueOptions::default(), Seed(n)).ok()
        });
    });
    group.finish();
}

fn record(c: &mut Criterion) {
    let contract = seed();
    let schemas = Schemas::new(contract.schema_source());
    let Some(schema) = first_response(&contract).and_then(|at| schemas.get(&at, Direction::Response).ok())
    else {
        return;
    };
    values(c, "seed record", &schema);
}

fn recursive(c: &mut Criterion) {
    let schema = Schema::from_value(json!({
        "$defs": {"node": {
            "type": "object",
            "required": ["name", "children"],
            "properties": {
                "name": {"type": "string", "pattern": "^[a-z]{3,12}$"},
                "parent": {"$ref": "#/$defs/node"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/node"}, "maxItems": 3},
                "weight": {"type": "number", "multipleOf": 0.01, "minimum": 0, "maximum": 100},
            },
        }},
        "$ref": "#/$defs/node",
    }));
    if let Ok(schema) = schema {
        values(c, "recursive tree", &schema);
    }
}

/// The largest contracts of the corpus: compiling and planning a schema, then values of it.
fn large(c: &mut Criterion) {
    let corpus = std::env::var_os("COUNTERPART_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from)
        .join("corpus");
    for (name, file) in [("stripe", "huge/stripe.json"), ("github", "huge/github.json")] {
        let Some(file) = find(&corpus, file) else { continue };
        let Ok(contract) = Contract::load(&SpecSource::Path(file), &LoadOptions::default()) else { continue };
        let Some(at) = first_response(&contract) else { continue };
        let source = contract.schema_source();
        let mut group = c.benchmark_group(format!("{name}: first answer"));
        group.sample_size(10).measurement_time(Duration::from_secs(5));
        group.bench_function("compile", |b| {
            b.iter(|| Schema::build(&*source, &at, Direction::Response).is_ok())
        });
        group.bench_function("compile, plan, one value", |b| {
            b.iter(|| {
                let schema = Schema::build(&*source, &at, Direction::Response).ok()?;
                sample(&schema, &ValueOptions::default(), Seed(1)).ok()
            });
        });
        group.finish();
        if let Ok(schema) = Schema::build(&*source, &at, Direction::Response) {
            values(c, &format!("{name}: values"), &schema);
        }
    }
}

/// The file, or the first in its folder whose name contains the stem.
fn find(corpus: &std::path::Path, file: &str) -> Option<PathBuf> {
    let path = corpus.join(file);
    if path.exists() {
        return Some(path);
    }
    let stem = path.file_stem()?.to_string_lossy().into_owned();
    let entries = std::fs::read_dir(path.parent()?).ok()?;
    entries.flatten().map(|entry| entry.path()).find(|found| {
        found.is_file() && found.file_name().is_some_and(|name| name.to_string_lossy().contains(&stem))
    })
}

criterion_group!(benches, record, recursive, large);
criterion_main!(benches);
