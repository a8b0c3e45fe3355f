//! Any bytes as a contract: opened, all operations built, all schemas lowered, judged and rendered.
//!
//! `cargo +nightly fuzz run loader fuzz/corpus/loader fuzz/seeds/loader -- -dict=fuzz/loader.dict`

#![no_main]

mod exercise;

libfuzzer_sys::fuzz_target!(|data: &[u8]| exercise::loader(data));
