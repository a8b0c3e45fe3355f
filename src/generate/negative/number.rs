//! `minimum`, `maximum`, their exclusive forms, `multipleOf`.

use serde_json::Value;

use super::family::{Aim, Family};
use crate::generate::decimal::Decimal;

/// One beyond the bound first, then further away.
pub(super) const BOUNDS: Family = Family {
    keywords: &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
    propose: beyond,
};

fn beyond(aim: &mut Aim<'_>) -> Vec<Value> {
    let Some(bound) = aim.rule.as_number().and_then(Decimal::from_number) else { return Vec::new() };
    let step = aim
        .members
        .get("multipleOf")
        .and_then(Value::as_number)
        .and_then(Decimal::from_number)
        .filter(|_| aim.keyword != "multipleOf");
    let mut found: Vec<Option<Decimal>> = Vec::new();
    let steps: [i128; 4] = [1, 2, 10, 1000];
    match aim.keyword {
        "multipleOf" => {
            let old = aim.old.as_number().and_then(Decimal::from_number).unwrap_or(Decimal::ONE);
            let half = bound.half();
            found.push(old.plus(Decimal::ONE));
            found.push(half.and_then(|half| old.plus(half)));
            found.push(half);
            found.push(old.minus(Decimal::ONE));
        }
        keyword => {
            let down = matches!(keyword, "minimum" | "exclusiveMinimum");
            if keyword.starts_with("exclusive") {
                found.push(Some(bound));
            }
            for n in steps {
                // On the grid that `multipleOf` lays nothing but the bound is broken.
                let by = match step {
                    Some(step) => {
                        let start = if down { bound.floor_div(step) } else { bound.ceil_div(step) };
                        let k = start.and_then(|k| if down { k.checked_sub(n) } else { k.checked_add(n) });
                        found.push(k.and_then(|k| step.times(k)));
                        continue;
                    }
                    None => Decimal::ONE.times(n),
                };
                found.push(by.and_then(|by| if down { bound.minus(by) } else { bound.plus(by) }));
            }
            // A hair beyond, for numbers with fractions.
            let hair = Decimal::new(1, 2);
            found.push(if down { bound.minus(hair) } else { bound.plus(hair) });
        }
    }
    found.into_iter().flatten().filter_map(Decimal::to_value).collect()
}
