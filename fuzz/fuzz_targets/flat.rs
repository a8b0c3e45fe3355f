//! Any bytes as a flat document: no panic, and nothing but what the library reads.
//!
//! `cargo +nightly fuzz run flat fuzz/corpus/flat fuzz/seeds/flat`

#![no_main]

mod exercise;

libfuzzer_sys::fuzz_target!(|data: &[u8]| exercise::flat(data));
