//! How the values of one parameter or body are made.

use std::sync::Arc;

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

use crate::base::Seed;
use crate::generate::{ValueOptions, ValueStrategy, strategy};
use crate::schema::Schema;

/// How one value is made.
#[derive(Clone, Debug, Default)]
pub(super) struct ValueMaker {
    /// Its schema; none: anything goes.
    pub(super) schema: Option<Arc<Schema>>,
    /// Its values; none when there are none to be had.
    pub(super) strategy: Option<ValueStrategy>,
}

impl ValueMaker {
    pub(super) fn of(schema: Option<Arc<Schema>>, options: &ValueOptions) -> Self {
        let strategy = schema.as_ref().and_then(|schema| strategy(schema, options).ok());
        Self { schema, strategy }
    }

    /// True when the text fits the schema.
    pub(super) fn takes(&self, text: &str) -> bool {
        self.schema.as_ref().is_none_or(|schema| schema.is_valid(&Value::String(text.to_owned())))
    }

    /// True when any text goes, however odd.
    pub(super) fn takes_any_text(&self) -> bool {
        ["x", "a/b %\u{e9}\u{1f980}'\"", ""].iter().all(|text| self.takes(text))
            && self.takes(&"x".repeat(9000))
    }
}

/// A runner that draws from the seed and from nothing else: no environment, no files, all limits explicit.
pub(super) fn runner(seed: Seed) -> TestRunner {
    let config = Config {
        failure_persistence: None,
        source_file: None,
        cases: 1,
        max_local_rejects: 1000,
        max_global_rejects: 1000,
        max_flat_map_regens: 1000,
        max_shrink_iters: 1000,
        verbose: 0,
        rng_algorithm: RngAlgorithm::ChaCha,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed.bytes()))
}
