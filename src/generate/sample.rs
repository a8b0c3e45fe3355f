//! One valid value from a seed.

use serde_json::Value;

use super::budget;
use super::draw::{Draw, Stuck, TOO_LARGE};
use super::interface::{GenerateError, ValueOptions};
use super::plan::{ENDLESS, Limit, Planner};
use crate::base::limits::{ANSWER_NODES_MAX, DRAWN_NODES_MAX, VALUE_WEIGHT_MAX};
use crate::base::{Dice, Seed};
use crate::schema::Schema;

/// How many values are drawn before the schema is given up.
pub(crate) const ATTEMPTS: u64 = 60;

/// Draws one value with these choices; `attempt` counts from 0 and lowers the sights as it grows. Of the values `left` to
/// be drawn, nested ones counted, those that this takes are taken away.
pub(crate) fn draw(
    schema: &Schema,
    planner: &Planner,
    options: &ValueOptions,
    dice: &mut Dice,
    attempt: u64,
    left: &mut usize,
) -> Result<Value, Stuck> {
    let plainer;
    let options = if attempt >= ATTEMPTS / 4 && (options.use_examples || options.realistic) {
        plainer = ValueOptions { use_examples: false, realistic: false, ..options.clone() };
        &plainer
    } else {
        options
    };
    let lean = attempt >= ATTEMPTS * 3 / 4;
    let hints = attempt < ATTEMPTS / 2;
    let mut draw = Draw::new(planner, schema, options, dice);
    draw.lean = lean;
    draw.hints = hints;
    draw.nodes_max = draw.nodes_max.min(*left);
    let drawn = draw.value(0, 0, None);
    *left = left.saturating_sub(draw.nodes);
    budget::spend(draw.nodes);
    drawn
}

/// A valid value.
pub(crate) fn sample(schema: &Schema, options: &ValueOptions, seed: Seed) -> Result<Value, GenerateError> {
    let planner = planner(schema)?;
    let mut reason = Stuck("the drawn values were not valid");
    let mut left = budget::left(DRAWN_NODES_MAX);
    if left == 0 {
        return Err(spent());
    }
    for attempt in 0..ATTEMPTS {
        let mut dice = if attempt + 1 == ATTEMPTS { Dice::simplest() } else { Dice::new(seed.nth(attempt)) };
        match draw(schema, planner, options, &mut dice, attempt, &mut left) {
            Ok(value) if schema.is_valid(&value) => return Ok(value),
            Ok(_) => {}
            // Smaller than the smallest it does not get.
            Err(Stuck(TOO_LARGE)) if attempt * 4 >= ATTEMPTS * 3 || left == 0 => {
                return Err(GenerateError::GaveUp { places: planner.heavy(), reason: TOO_LARGE.to_owned() });
            }
            Err(stuck) => reason = stuck,
        }
        if left == 0 {
            break;
        }
    }
    Err(GenerateError::GaveUp { places: Vec::new(), reason: reason.0.to_owned() })
}

/// Why nothing is drawn any more.
pub(crate) fn spent() -> GenerateError {
    let reason = format!("more than {ANSWER_NODES_MAX} values were drawn for one answer already");
    GenerateError::GaveUp { places: Vec::new(), reason }
}

/// The schema's planner, if there is anything to plan for.
pub(crate) fn planner(schema: &Schema) -> Result<&Planner, GenerateError> {
    let lost = || GenerateError::GaveUp { places: Vec::new(), reason: "the schema has no plan".to_owned() };
    let planner = Planner::of(schema).ok_or_else(lost)?;
    let plan = planner.plan(schema.bundle(), 0).ok_or_else(lost)?;
    if plan.height != ENDLESS {
        return Ok(planner);
    }
    match plan.limit {
        Some(Limit::Weight) => {
            let reason = format!("{TOO_LARGE}: more than {VALUE_WEIGHT_MAX} values, nested ones counted");
            return Err(GenerateError::GaveUp { places: planner.heavy(), reason });
        }
        Some(Limit::Steps) => {
            let reason = "finding out what fulfils it takes too many steps".to_owned();
            return Err(GenerateError::GaveUp {
                places: schema.bundle().origin("").into_iter().collect(),
                reason,
            });
        }
        None => {}
    }
    if plan.complete {
        let places = planner.conflicts();
        let reason = if places.is_empty() {
            "every value would have to contain itself".to_owned()
        } else {
            "its keywords contradict one another, or a value would never end".to_owned()
        };
        return Err(GenerateError::Unsatisfiable { places, reason });
    }
    Err(GenerateError::GaveUp {
        places: Vec::new(),
        reason: "no way to fulfil the schema was found".to_owned(),
    })
}
