//! Equality of JSON values as JSON Schema means it: 1 and 1.0 are the same (Core, 4.2.2).

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
