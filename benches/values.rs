//! Values per second, and what compiling and planning a schema costs: for the seed's record, a recursive tree, and the
//! biggest schemas of the corpus.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use counterpart::base::Seed;
use counterpart::generate::{ValueOptions, negative, sample};
use counterpart::schema::Schema;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

mod common;

/// Draws one value after the other.
fn values(c: &mut Criterion, name: &str, schema: &Arc<Schema>, seconds: u64) {
    let mut group = c.benchmark_group(name);
    group.throughput(Throughput::Elements(1)).sample_size(10).measurement_time(Duration::from_secs(seconds));
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
    values(c, "seed record", &common::record(), 3);
}

fn recursive(c: &mut Criterion) {
    values(c, "recursive tree", &common::recursive(), 3);
}

fn biggest(c: &mut Criterion) {
    for big in common::biggest() {
        let name = format!("{} ({} kB)", big.name, big.bytes / 1_000);
        let mut group = c.benchmark_group(&name);
        group.sample_size(10).measurement_time(Duration::from_secs(1));
        group.bench_function("compile", |b| b.iter(|| big.build().is_some()));
        group.bench_function("compile, plan, one value", |b| {
            b.iter(|| sample(&big.build()?, &ValueOptions::default(), Seed(1)).ok());
        });
        group.finish();
        if let Some(schema) = big.build() {
            values(c, &name, &schema, 1);
        }
    }
}

criterion_group!(benches, record, recursive, biggest);
criterion_main!(benches);
