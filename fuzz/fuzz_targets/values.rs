//! Any JSON as a schema: no panic, no hang, and whatever is generated is valid, or invalid for the recorded keyword.
//!
//! `cargo +nightly fuzz run values fuzz/corpus/values fuzz/seeds/values`

#![no_main]

mod exercise;

libfuzzer_sys::fuzz_target!(|data: &[u8]| exercise::values(data));
