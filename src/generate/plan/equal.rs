//! Equality of JSON values as JSON Schema means it: 1 and 1.0 are the same (Core, 4.2.2).

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};

use serde_json::Value;

use crate::generate::decimal::Decimal;

/// True when both are the same value.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => {
            x == y
                || match (Decimal::from_number(x), Decimal::from_number(y)) {
                    (Some(x), Some(y)) => x == y,
                    _ => x.as_f64() == y.as_f64(),
                }
        }
        (Value::Array(x), Value::Array(y)) => x.len() == y.len() && x.iter().zip(y).all(|(a, b)| same(a, b)),
        (Value::Object(x), Value::Object(y)) => {
            x.len() == y.len() && x.iter().all(|(name, a)| y.get(name).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

/// True when one of `values` is the same as `value`.
pub(crate) fn contains(values: &[Value], value: &Value) -> bool {
    values.iter().any(|known| same(known, value))
}

/// Up to so many comparisons a list is cheaper to walk than to index.
const WALKED_MAX: usize = 256;

/// A list of values by their hashes, so that looking for one does not compare it with all.
#[derive(Debug, Default)]
pub(crate) struct Index {
    places: HashMap<u64, Vec<usize>>,
}

impl Index {
    /// The values of a list.
    pub(crate) fn of(values: &[Value]) -> Self {
        let mut index = Self::default();
        values.iter().enumerate().for_each(|(at, value)| index.add(at, value));
        index
    }

    /// Takes in the value that stands `at` a place of the list.
    pub(crate) fn add(&mut self, at: usize, value: &Value) {
        self.places.entry(hash(value)).or_default().push(at);
    }

    /// True when one of `values`, the list that was taken in, is the same as `value`.
    pub(crate) fn has(&self, values: &[Value], value: &Value) -> bool {
        let alike = self.places.get(&hash(value)).into_iter().flatten();
        alike.filter_map(|at| values.get(*at)).any(|known| same(known, value))
    }
}

/// Equal for values that are the same.
fn hash(value: &Value) -> u64 {
    let mut state = DefaultHasher::new();
    match value {
        Value::Null => 0_u8.hash(&mut state),
        Value::Bool(flag) => (1_u8, flag).hash(&mut state),
        // 0.0 and -0.0 are one number.
        Value::Number(number) => (2_u8, (number.as_f64().unwrap_or(0.0) + 0.0).to_bits()).hash(&mut state),
        Value::String(text) => (3_u8, text).hash(&mut state),
        Value::Array(items) => {
            4_u8.hash(&mut state);
            items.iter().for_each(|item| hash(item).hash(&mut state));
        }
        Value::Object(members) => {
            // Members have no order.
            let sum = members.iter().fold(0_u64, |sum, (name, member)| {
                let mut own = DefaultHasher::new();
                (name, hash(member)).hash(&mut own);
                sum.wrapping_add(own.finish())
            });
            (5_u8, sum).hash(&mut state);
        }
    }
    state.finish()
}

/// Those of `values` that are (`wanted`) or are not among `others`.
pub(crate) fn among<'v>(values: &'v [Value], others: &[Value], wanted: bool) -> Vec<&'v Value> {
    if values.len().saturating_mul(others.len()) <= WALKED_MAX {
        return values.iter().filter(|value| contains(others, value) == wanted).collect();
    }
    let index = Index::of(others);
    values.iter().filter(|value| index.has(others, value) == wanted).collect()
}

/// True when no two of the values are the same.
pub(crate) fn distinct(values: &[Value]) -> bool {
    if values.len() * values.len() <= WALKED_MAX {
        return (0..values.len()).all(|n| !contains(&values[..n], &values[n]));
    }
    let mut index = Index::default();
    values.iter().enumerate().all(|(at, value)| {
        let new = !index.has(values, value);
        index.add(at, value);
        new
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_are_looked_through_alike_whether_walked_or_indexed() {
        let values: Vec<Value> =
            (0..100).map(|n| json!({"a": [n, f64::from(n)], "b": n.to_string()})).collect();
        let others: Vec<Value> =
            (50..150).map(|n| json!({"b": n.to_string(), "a": [f64::from(n), n]})).collect();
        assert_eq!(among(&values, &others, true).len(), 50);
        assert_eq!(among(&values, &others, false), values[..50].iter().collect::<Vec<_>>());
        assert!(distinct(&values) && distinct(&values[..3]));
        let twice = [&values[..], &others[..]].concat();
        assert!(!distinct(&twice) && !distinct(&[json!(-0.0), json!(0)]));
    }

    #[test]
    fn numbers_compare_by_value() {
        assert!(same(&json!({"a": [1, 2.0]}), &json!({"a": [1.0, 2]})));
        assert!(
            !same(&json!(1), &json!(true))
                && !same(&json!([1]), &json!([1, 1]))
                && !same(&json!(0), &json!("0"))
        );
    }
}
