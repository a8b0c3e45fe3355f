//! Values as a proptest strategy whose trees shrink to the simplest valid value and stay valid on the way.
//!
//! What shrinks are the choices that a value was drawn with: groups of them are left out or set to the simplest choice,
//! single ones are lowered, and the value is drawn again. Only valid values are ever shown.

use std::sync::Arc;

use proptest::strategy::{NewTree, Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use rand_chacha::rand_core::Rng as _;
use serde_json::Value;

use super::budget;
use super::interface::{GenerateError, ValueOptions};
use super::sample::{ATTEMPTS, draw, planner, spent};
use super::value::sample;
use crate::base::dice::{Record, Span, Switch};
use crate::base::limits::{DRAWN_NODES_MAX, SHRINK_NODES_MAX, SHRINK_STEPS_MAX};
use crate::base::{Dice, Seed};
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

impl Strategy for ValueStrategy {
    type Tree = ValueShrink;
    type Value = Value;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let seed = Seed(runner.rng().next_u64());
        ValueShrink::new(&self.schema, &self.options, seed).map_err(|error| error.to_string().into())
    }
}

/// A value with the choices that led to it.
#[derive(Clone, Debug)]
struct Drawn {
    value: Value,
    record: Record,
}

impl Drawn {
    /// Fewer choices are simpler, then smaller ones from the left.
    fn is_simpler_than(&self, other: &Self) -> bool {
        let (own, others) = (&self.record.choices, &other.record.choices);
        own.len() < others.len() || own.len() == others.len() && own < others
    }
}

/// Where the search for simpler values stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Everything at its simplest.
    All,
    /// The group of that number: left out, then zeroed.
    Group(usize, bool),
    /// The choice of that number, lowered by itself shifted so far.
    Choice(usize, u8),
    /// Nothing left to try.
    Done,
}

/// One generated value and the way to simpler ones.
#[derive(Clone, Debug)]
pub struct ValueShrink {
    schema: Arc<Schema>,
    options: ValueOptions,
    attempt: u64,
    /// What is shown.
    current: Drawn,
    /// The simplest value so far that the caller has not turned down.
    best: Drawn,
    step: Step,
    /// True when this round over all groups and choices has found something.
    progress: bool,
    tried: usize,
    /// How many values, nested ones counted, may still be drawn.
    left: usize,
}

impl ValueShrink {
    /// Draws the value of a seed: the same for the same schema, options and seed.
    ///
    /// # Errors
    /// [`GenerateError`] when no value can be had.
    pub fn new(schema: &Arc<Schema>, options: &ValueOptions, seed: Seed) -> Result<Self, GenerateError> {
        let planner = planner(schema)?;
        let mut left = budget::left(DRAWN_NODES_MAX);
        if left == 0 {
            return Err(spent());
        }
        for attempt in 0..ATTEMPTS {
            let mut dice = if attempt + 1 == ATTEMPTS {
                Dice::replaying(Vec::new())
            } else {
                Dice::recording(seed.nth(attempt))
            };
            if let Ok(value) = draw(schema, planner, options, &mut dice, attempt, &mut left)
                && schema.is_valid(&value)
            {
                let drawn = Drawn { value, record: dice.into_record().unwrap_or_default() };
                return Ok(Self {
                    schema: Arc::clone(schema),
                    options: options.clone(),
                    attempt,
                    current: drawn.clone(),
                    best: drawn,
                    step: Step::All,
                    progress: false,
                    tried: 0,
                    left: SHRINK_NODES_MAX,
                });
            }
            if left == 0 {
                break;
            }
        }
        Err(GenerateError::GaveUp {
            places: Vec::new(),
            reason: "the drawn values were not valid".to_owned(),
        })
    }

    /// The choices to try at the step; `None` when it has nothing to try.
    fn changed(&self) -> Option<Dice> {
        let record = &self.best.record;
        let mut choices = record.choices.clone();
        match self.step {
            Step::All => Some(Dice::replaying(Vec::new())),
            Step::Group(number, true) => {
                let Span { start, end, .. } = *record.spans.get(number)?;
                (start < end).then(|| Dice::changing(choices, number, end, true))
            }
            Step::Group(number, false) => {
                let Span { start, end, switch } = *record.spans.get(number)?;
                match switch? {
                    Switch::Zero(at) => *choices.get_mut(at)? = 0,
                    Switch::Less(at) => {
                        let count = choices.get_mut(at)?;
                        *count = count.checked_sub(1)?;
                    }
                }
                choices.drain(start..end);
                Some(Dice::replaying(choices))
            }
            Step::Choice(number, how) => {
                let choice = choices.get_mut(number)?;
                // Zero, a half, three quarters, …, one less.
                let by = choice.checked_shr(how.into()).unwrap_or(0);
                if by == 0 {
                    return None;
                }
                *choice -= by;
                let inner = record.spans.iter().rposition(|span| (span.start..span.end).contains(&number))?;
                Some(Dice::changing(choices, inner, record.spans.get(inner)?.end, false))
            }
            Step::Done => None,
        }
    }

    /// The step after this one did not help.
    fn advance(&mut self) {
        let record = &self.best.record;
        self.step = match self.step {
            Step::All => Step::Group(0, false),
            Step::Group(number, false) => Step::Group(number, true),
            Step::Group(number, true) if number + 1 < record.spans.len() => Step::Group(number + 1, false),
            Step::Group(..) => Step::Choice(0, 0),
            Step::Choice(number, how)
                if record
                    .choices
                    .get(number)
                    .is_some_and(|old| old.checked_shr(how.into()).unwrap_or(0) > 1) =>
            {
                Step::Choice(number, how + 1)
            }
            Step::Choice(number, _) if number + 1 < record.choices.len() => Step::Choice(number + 1, 0),
            Step::Choice(..) if self.progress => {
                self.progress = false;
                Step::Group(0, false)
            }
            Step::Choice(..) | Step::Done => Step::Done,
        };
    }

    /// Shows the next simpler value; false when there is none.
    fn next(&mut self) -> bool {
        let schema = Arc::clone(&self.schema);
        let Ok(planner) = planner(&schema) else { return false };
        while self.step != Step::Done {
            if self.tried >= SHRINK_STEPS_MAX || self.left == 0 {
                self.step = Step::Done;
                break;
            }
            if let Some(mut dice) = self.changed() {
                self.tried += 1;
                let mut left = self.left;
                let drawn = draw(&schema, planner, &self.options, &mut dice, self.attempt, &mut left);
                self.left = left;
                if let Ok(value) = drawn {
                    let drawn = Drawn { value, record: dice.into_record().unwrap_or_default() };
                    if drawn.is_simpler_than(&self.best) {
                        if drawn.value == self.best.value {
                            // The same value for simpler choices: taken without asking.
                            self.best = drawn.clone();
                            self.current = drawn;
                            self.progress = true;
                            continue;
                        }
                        if self.schema.is_valid(&drawn.value) {
                            self.current = drawn;
                            return true;
                        }
                    }
                }
            }
            self.advance();
        }
        false
    }
}

impl ValueTree for ValueShrink {
    type Value = Value;

    fn current(&self) -> Value {
        self.current.value.clone()
    }

    fn simplify(&mut self) -> bool {
        if self.current.record != self.best.record {
            self.best = self.current.clone();
            self.progress = true;
            match self.step {
                // Nothing is simpler than the simplest.
                Step::All => self.step = Step::Done,
                Step::Choice(number, _) => self.step = Step::Choice(number, 0),
                _ => {}
            }
        }
        self.next()
    }

    fn complicate(&mut self) -> bool {
        if self.current.record == self.best.record {
            return false;
        }
        self.current = self.best.clone();
        self.advance();
        // The best value was shown before: only another candidate is news.
        self.next()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Shrinks as the engine does, as long as `fails` holds, and checks validity on the way.
    fn shrink(schema: &Arc<Schema>, seed: u64, fails: impl Fn(&Value) -> bool) -> Option<Value> {
        let mut tree = ValueShrink::new(schema, &ValueOptions::default(), Seed(seed)).unwrap();
        if !fails(&tree.current()) {
            return None;
        }
        let mut last = tree.current();
        let mut more = tree.simplify();
        while more {
            let value = tree.current();
            assert!(schema.is_valid(&value), "{value}");
            if fails(&value) {
                last = value;
                more = tree.simplify();
            } else {
                more = tree.complicate();
            }
        }
        assert_eq!(tree.current(), last, "after shrinking the simplest failing value is shown");
        Some(last)
    }

    fn record() -> Arc<Schema> {
        Schema::from_value(json!({
            "type": "object",
            "required": ["id", "tags"],
            "properties": {
                "id": {"type": "string", "pattern": "^[a-z]{3,12}$"},
                "size": {"type": "integer", "minimum": 10, "maximum": 100_000},
                "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1},
                "next": {"$ref": "#"},
            },
        }))
        .unwrap()
    }

    #[test]
    fn what_always_fails_shrinks_to_the_simplest_value() {
        let schema = record();
        for seed in 0..40 {
            let found = shrink(&schema, seed, |_| true);
            assert_eq!(found, Some(json!({"id": "aaa", "tags": [""]})));
        }
    }

    #[test]
    fn only_what_matters_is_left() {
        let schema = record();
        let mut failed = 0;
        for seed in 0..60 {
            let large = |value: &Value| value["size"].as_i64().is_some_and(|size| size > 1000);
            if let Some(found) = shrink(&schema, seed, large) {
                failed += 1;
                assert_eq!(found, json!({"id": "aaa", "size": 1001, "tags": [""]}), "seed {seed}");
            }
        }
        assert!(failed > 5);
    }

    #[test]
    fn lists_lose_what_does_not_matter() {
        let schema = record();
        let mut failed = 0;
        for seed in 0..60 {
            let long = |value: &Value| value["tags"].as_array().is_some_and(|tags| tags.len() >= 3);
            if let Some(found) = shrink(&schema, seed, long) {
                failed += 1;
                assert_eq!(found, json!({"id": "aaa", "tags": ["", "", ""]}), "seed {seed}");
            }
        }
        assert!(failed > 5);
    }

    #[test]
    fn strategies_run_under_proptest() {
        let strategy = strategy(&record(), &ValueOptions::default()).unwrap();
        let config = proptest::test_runner::Config { failure_persistence: None, ..Default::default() };
        let mut runner = TestRunner::new(config);
        let schema = record();
        runner
            .run(&strategy, |value| {
                assert!(schema.is_valid(&value));
                Ok(())
            })
            .unwrap();
    }
}
