//! How often and how much is allocated: for compiling and planning a schema, for a value, for judging one. Counts, so
//! the same on any machine.
//!
//! ```text
//! cargo bench --bench allocations
//! ```

#![expect(clippy::print_stdout, reason = "a benchmark's result is what it prints")]

use std::sync::Arc;

use allocation_counter::{AllocationInfo, measure};
use counterpart::base::Seed;
use counterpart::generate::{ValueOptions, negative, sample};
use counterpart::schema::Schema;

mod common;

/// How many values the figures are an average of.
const VALUES: u64 = 200;

fn main() {
    println!("allocations (and bytes allocated, most bytes at once) for each");
    values("seed record", &common::record());
    values("recursive tree", &common::recursive());
    for big in common::biggest() {
        let name = format!("{} ({} kB)", big.name, big.bytes / 1_000);
        let mut built = None;
        print(&name, "compile", 1, &measure(|| built = big.build()));
        if let Some(schema) = built {
            values(&name, &schema);
        }
    }
}

fn values(name: &str, schema: &Arc<Schema>) {
    let plain = ValueOptions::default();
    let mut first = None;
    print(name, "plan, first value", 1, &measure(|| first = sample(schema, &plain, Seed(0)).ok()));
    for (kind, options) in [("plain value", &plain), ("realistic value", &ValueOptions::realistic())] {
        // What is worked out once is worked out before.
        let _ = sample(schema, options, Seed(0));
        let draw = || (1..=VALUES).for_each(|n| drop(sample(schema, options, Seed(n))));
        print(name, kind, VALUES, &measure(draw));
    }
    let _ = negative(schema, &plain, Seed(0));
    let draw = || (1..=VALUES).for_each(|n| drop(negative(schema, &plain, Seed(n))));
    print(name, "negative value", VALUES, &measure(draw));
    if let Some(value) = first {
        print(name, "judging", 1, &measure(|| assert!(schema.is_valid(&value), "a value is valid")));
    }
}

fn print(name: &str, what: &str, count: u64, info: &AllocationInfo) {
    let (each, bytes) = (info.count_total as f64 / count as f64, info.bytes_total as f64 / count as f64);
    println!("{name:<60} {what:<18} {each:>10.1} ({bytes:>12.0} bytes, {:>10} at once)", info.bytes_max);
}
