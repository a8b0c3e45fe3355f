//! Values that are invalid for exactly one known reason.
//!
//! A valid value is drawn, a place in it and a keyword that surely applies there are chosen, and a replacement for that
//! place is proposed: first by the keyword's family, with a small change of what stands there, then by the plan in which
//! that keyword is negated and everything else asserted. The judge decides: a proposal counts when it finds that keyword
//! broken and nothing else.

mod array;
mod family;
mod logic;
mod number;
mod object;
mod place;
mod text;
mod types;

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use self::family::{Aim, Family};
use self::place::{Place, places};
use super::interface::{GenerateError, Mutation, ValueOptions};
use super::plan::Planner;
use super::plan::table::Id;
use super::sample::{planner, sample};
use crate::base::{Dice, Pointer, Seed};
use crate::document::Location;
use crate::schema::{Schema, Violation};

/// How many valid values are drawn to start from.
const STARTS: u64 = 8;
/// How many keywords are tried in each of them.
const AIMS: usize = 10;
/// How many replacements the negated plan is asked for.
const REDRAWS: usize = 3;

/// All families.
const ALL: &[Family] = &[
    types::TYPE,
    types::VALUES,
    number::BOUNDS,
    text::LENGTH,
    text::PATTERN,
    text::FORMAT,
    array::COUNT,
    array::UNIQUE,
    array::ITEMS,
    object::REQUIRED,
    object::COUNT,
    object::NAMES,
    object::DEPENDENT,
    logic::LOGIC,
];

/// An invalid value with its one reason. `accept` may turn candidates down.
pub(super) fn negative(
    schema: &Arc<Schema>,
    options: &ValueOptions,
    seed: Seed,
    accept: &dyn Fn(&Value) -> bool,
) -> Result<Option<(Value, Mutation)>, GenerateError> {
    let planner = match planner(schema) {
        Err(GenerateError::Unsatisfiable { .. }) => return Ok(without_start(schema, accept)),
        other => other?,
    };
    let seed = seed.derive("negative");
    let mut second_best = None;
    for start in 0..STARTS {
        let start_options = ValueOptions { realistic: options.realistic, ..options.clone() };
        let value = sample(schema, &start_options, seed.nth(start))?;
        let mut dice = Dice::new(seed.nth(start).derive("aim"));
        let found = places(schema, planner, &value);
        let mut aims = aims(schema, planner, &found);
        if aims.is_empty() {
            return Ok(None);
        }
        for _ in 0..AIMS.min(aims.len()) {
            // One keyword out of all that the schema has, wherever it stands most often.
            let chosen = dice.index(aims.len());
            let (id, keyword, at) = aims.swap_remove(chosen);
            let Some(place) = dice.pick(&at).and_then(|n| found.get(*n)) else { continue };
            let held = planner.with_table(|table| table.value(schema.bundle(), id));
            let Value::Object(members) = &*held else { continue };
            let (Some(rule), Some(old)) = (members.get(&keyword), place.pointer.lookup(&value)) else {
                continue;
            };
            let mut aim = Aim {
                schema,
                planner,
                options,
                dice: &mut dice,
                members,
                keyword: &keyword,
                rule,
                old,
                ids: &place.ids,
                id,
            };
            match try_aim(&mut aim, &value, place, accept) {
                Some((found, true)) => return Ok(Some(found)),
                Some((found, false)) if second_best.is_none() => second_best = Some(found),
                _ => {}
            }
        }
    }
    Ok(second_best)
}

/// For a schema that nothing fulfils, any value is invalid: the one with the fewest reasons serves.
fn without_start(schema: &Schema, accept: &dyn Fn(&Value) -> bool) -> Option<(Value, Mutation)> {
    let judged = types::samples().into_iter().filter(|value| accept(value)).filter_map(|value| {
        let violations = schema.violations(&value);
        (!violations.is_empty()).then_some((value, violations))
    });
    let (value, violations) = judged.min_by_key(|(_, violations)| violations.len())?;
    let first = violations.into_iter().next()?;
    let mutation = Mutation {
        instance: Pointer::root(),
        keyword: first.keyword,
        schema: first.schema,
        before: Value::Null,
        after: value.clone(),
    };
    Some((value, mutation))
}

/// True for keywords whose schemas apply to parts of the value: what is broken is a keyword in one of those.
fn applies_below(keyword: &str) -> bool {
    matches!(
        keyword,
        "properties"
            | "patternProperties"
            | "additionalProperties"
            | "items"
            | "prefixItems"
            | "dependentSchemas"
            | "if"
    )
}

/// Schema, keyword, and the numbers of the places where it applies.
type Chance = (Id, String, Vec<usize>);

/// All that could be broken somewhere in the value.
fn aims(schema: &Schema, planner: &Planner, places: &[Place]) -> Vec<Chance> {
    let mut aims: Vec<Chance> = Vec::new();
    let mut known: HashMap<(Id, String), usize> = HashMap::new();
    planner.with_table(|table| {
        for (number, place) in places.iter().enumerate() {
            for id in &place.ids {
                let held = table.value(schema.bundle(), *id);
                let Value::Object(members) = &*held else { continue };
                for keyword in members.keys().filter(|keyword| family(keyword).is_some()) {
                    let at = *known.entry((*id, keyword.clone())).or_insert(aims.len());
                    match aims.get_mut(at) {
                        Some((_, _, at)) => at.push(number),
                        None => aims.push((*id, keyword.clone(), vec![number])),
                    }
                }
            }
        }
    });
    aims
}

fn family(keyword: &str) -> Option<&'static Family> {
    ALL.iter().find(|family| family.keywords.contains(&keyword))
}

/// Tries to break the keyword. True in the answer when nothing else is broken.
fn try_aim(
    aim: &mut Aim<'_>,
    value: &Value,
    place: &Place,
    accept: &dyn Fn(&Value) -> bool,
) -> Option<((Value, Mutation), bool)> {
    let family = family(aim.keyword)?;
    let wanted = aim.planner.with_table(|table| table.place(aim.schema.bundle(), aim.id, aim.keyword));
    let mut proposals = (family.propose)(aim);
    for _ in 0..REDRAWS {
        proposals.extend(aim.redraw());
    }
    let mut second_best = None;
    for after in proposals {
        if after == *aim.old {
            continue;
        }
        let mut broken = value.clone();
        let Some(target) = broken.pointer_mut(place.pointer.as_str()) else { continue };
        *target = after;
        if aim.schema.is_valid(&broken) || !accept(&broken) {
            continue;
        }
        let violations = aim.schema.violations(&broken);
        let Some(aimed) = violations.iter().find(|violation| {
            applies_below(aim.keyword) && violation.instance.starts_with(&place.pointer)
                || wanted.as_ref().is_some_and(|wanted| {
                    violation.schema.file == wanted.file
                        && violation.schema.pointer.starts_with(&wanted.pointer)
                        || is_alias(aim.keyword, violation, wanted)
                })
        }) else {
            continue;
        };
        let only = violations.iter().all(|v| v.keyword == aimed.keyword && v.schema == aimed.schema);
        if !only && (second_best.is_some() || !violations.iter().all(|v| follows(v, aimed, &place.pointer))) {
            continue;
        }
        let after = place.pointer.lookup(&broken).cloned().unwrap_or_default();
        let mutation = Mutation {
            instance: place.pointer.clone(),
            keyword: aimed.keyword.clone(),
            schema: aimed.schema.clone(),
            before: aim.old.clone(),
            after,
        };
        if only {
            return Some(((broken, mutation), true));
        }
        second_best = Some(((broken, mutation), false));
    }
    second_best
}

/// The judge's name for some rules is not their keyword: `contains` may be reported as `maxContains`, and an `if` that
/// holds is broken in its `then`.
fn is_alias(keyword: &str, violation: &Violation, wanted: &Location) -> bool {
    let Some(holder) = wanted.pointer.parent() else { return false };
    let under = |word: &str| violation.schema.pointer.starts_with(&holder.join(word));
    match keyword {
        "contains" => under("minContains") || under("maxContains"),
        "if" => under("then") || under("else"),
        _ => false,
    }
}

/// True when `other` can't but be broken along with `aimed`: a value of the wrong type is in no `enum` and fulfils no
/// alternative either, and what failed does not count as evaluated.
fn follows(other: &Violation, aimed: &Violation, at: &Pointer) -> bool {
    if other.schema == aimed.schema {
        return true;
    }
    let unevaluated = matches!(other.keyword.as_str(), "unevaluatedProperties" | "unevaluatedItems");
    let same_place = other.instance == aimed.instance || other.instance.starts_with(at);
    let wide = matches!(
        aimed.keyword.as_str(),
        "type" | "enum" | "const" | "anyOf" | "oneOf" | "false" | "required"
    );
    let follower = matches!(
        other.keyword.as_str(),
        "enum" | "const" | "anyOf" | "oneOf" | "type" | "not" | "format" | "pattern"
    );
    unevaluated && at.starts_with(&other.instance) || same_place && wide && follower
}
