//! Any JSON as a schema: no panic, no hang, and whatever is generated is valid, or invalid for the recorded keyword.
#![no_main]

use counterpart::base::Seed;
use counterpart::generate::{GenerateError, ValueOptions, negative, sample};
use counterpart::schema::Schema;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(document) = serde_json::from_slice(data) else { return };
    let Ok(schema) = Schema::from_value(document) else { return };
    for (seed, options) in [(1, ValueOptions::default()), (2, ValueOptions::realistic())] {
        match sample(&schema, &options, Seed(seed)) {
            Ok(value) => assert!(schema.is_valid(&value), "{value}"),
            Err(GenerateError::Unsatisfiable { .. } | GenerateError::GaveUp { .. }) => return,
        }
    }
    if let Ok(Some((value, mutation))) = negative(&schema, &ValueOptions::default(), Seed(3)) {
        let violations = schema.violations(&value);
        assert!(violations.iter().any(|v| v.keyword == mutation.keyword && v.schema == mutation.schema), "{value}");
    }
});
