//! Values as a proptest strategy whose trees shrink to the simplest valid value and stay valid on the way.

use std::sync::Arc;

use proptest::strategy::{NewTree, Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::Value;

use super::value::{GenerateError, ValueOptions, sample};
use crate::base::Seed;
use crate::schema::Schema;

/// Valid values of one schema.
#[derive(Clone, Debug)]
pub struct ValueStrategy {
    schema: Arc<Schema>,
    options: ValueOptions,
}

/// Valid values of `schema` as a proptest strategy.
///
/// # Errors
/// [`GenerateError`] when no value can be had.
pub fn strategy(schema: &Arc<Schema>, options: &ValueOptions) -> Result<ValueStrategy, GenerateError> {
    sample(schema, options, Seed(0))?;
    Ok(ValueStrategy { schema: Arc::clone(schema), options: options.clone() })
}

/// One generated value and the way to simpler ones.
#[derive(Clone, Debug)]
pub struct ValueShrink {
    current: Value,
}

impl Strategy for ValueStrategy {
    type Tree = ValueShrink;
    type Value = Value;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        use rand_chacha::rand_core::Rng as _;
        let seed = Seed(runner.rng().next_u64());
        match sample(&self.schema, &self.options, seed) {
            Ok(current) => Ok(ValueShrink { current }),
            Err(error) => Err(error.to_string().into()),
        }
    }
}

impl ValueTree for ValueShrink {
    type Value = Value;

    fn current(&self) -> Value {
        self.current.clone()
    }

    fn simplify(&mut self) -> bool {
        false
    }

    fn complicate(&mut self) -> bool {
        false
    }
}
